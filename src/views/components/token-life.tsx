// The life of the access token and the signs of life of the connection, as facts.

import type { ConnectionDetail } from '../../domain/snapshot.ts'
import { amount, countdown } from '../format.ts'
import { LifeBar } from './bar.tsx'
import { Fact } from './fact.tsx'
import { Time, TimeOr } from './time.tsx'

interface TokenLifeProps {
  connection: ConnectionDetail
  now: number
}

export function TokenLife({ connection, now }: TokenLifeProps) {
  const { account, reauthorizeBefore, lastRefreshedAt } = connection
  return (
    <dl class="facts">
      <Fact term="Acts as">
        {account ? <AccountText account={account} /> : <span class="quiet">not known yet</span>}
      </Fact>
      <Fact term="Access token">
        <Life connection={connection} now={now} />
      </Fact>
      <Fact term="Next refresh">
        <NextRefresh connection={connection} now={now} />
      </Fact>
      <Fact term="Health">
        <span aria-live="polite">{healthWords(connection)}</span>
      </Fact>
      <Fact term="Last refreshed">
        <TimeOr at={lastRefreshedAt} now={now} empty="not yet" />
      </Fact>
      <Fact term="Last used">
        <LastUsed connection={connection} now={now} />
      </Fact>
      {reauthorizeBefore === null ? null : (
        <Fact term="Reconnect before">
          <Time at={reauthorizeBefore} now={now} />
          <span class="quiet"> (the service limits how long one consent lasts)</span>
        </Fact>
      )}
      <Fact term="OAuth app">
        {connection.appOwner === 'deployment' ? 'of this deployment' : 'of this workspace'}
      </Fact>
      <Fact term="Created">
        <Time at={connection.createdAt} now={now} />
      </Fact>
    </dl>
  )
}

export function accountLabel(account: NonNullable<ConnectionDetail['account']>): string {
  return account.email ?? account.name ?? account.id
}

function AccountText({ account }: { account: NonNullable<ConnectionDetail['account']> }) {
  const { name, email, id } = account
  return (
    <>
      <span class="strong">{accountLabel(account)}</span>
      {name && name !== accountLabel(account) ? <span class="quiet block">{name}</span> : null}
      {email || name ? (
        <span class="quiet block">
          ID at the service: <code>{id}</code>
        </span>
      ) : null}
    </>
  )
}

function Life({ connection, now }: TokenLifeProps) {
  const { accessExpiresAt, obtainedAt, refreshDueAt, state } = connection
  if (obtainedAt === null) return <span class="quiet">none yet</span>
  if (state === 'reauthorize') return <span class="quiet">not served until somebody reconnects</span>
  if (accessExpiresAt === null) return <>The service names no end; it is checked once a day</>
  if (accessExpiresAt <= now) {
    return (
      <>
        ended <Time at={accessExpiresAt} now={now} />
      </>
    )
  }
  return (
    <>
      <LifeBar from={obtainedAt} to={accessExpiresAt} mark={refreshDueAt} now={now} />
      {countdown(accessExpiresAt - now)} left of {amount(accessExpiresAt - obtainedAt)}
    </>
  )
}

function NextRefresh({ connection, now }: TokenLifeProps) {
  const { state, health, accessExpiresAt, obtainedAt } = connection
  if (state === 'reauthorize' || obtainedAt === null) return <span class="quiet">none</span>
  if (health === 'in_doubt') return <span class="quiet">not before the last renewal is clear</span>
  const at = nextAttemptAt(connection)
  if (at === null) {
    return (
      <span class="quiet">
        {accessExpiresAt === null ? 'not needed' : 'not possible, the service gave no way'}
      </span>
    )
  }
  return at > now ? <Time at={at} now={now} precise /> : <>due now</>
}

/** After a failure the later of both: a refresh that failed early is not repeated before it is due. */
export function nextAttemptAt({ refreshDueAt, trouble }: ConnectionDetail): number | null {
  return trouble ? Math.max(trouble.retryAt, refreshDueAt ?? 0) : refreshDueAt
}

function healthWords({ state, health, trouble }: ConnectionDetail): string {
  if (state === 'pending') return 'Not connected yet'
  if (state === 'reauthorize') return 'Needs a new consent'
  switch (health) {
    case 'ok':
      return 'OK'
    case 'retrying':
      return trouble && trouble.attempts > 0
        ? `Retrying, ${trouble.attempts} failed ${trouble.attempts === 1 ? 'attempt' : 'attempts'} so far`
        : 'Retrying'
    case 'in_doubt':
      return 'In doubt, the last renewal is unclear'
    case 'held':
      return 'Held, the OAuth app is refused'
  }
}

export function LastUsed({ connection, now }: TokenLifeProps) {
  const { lastUse, lastUsedAt } = connection
  if (lastUse) {
    return (
      <>
        <Time at={lastUse.at} now={now} /> by key <KeyName use={lastUse} />
      </>
    )
  }
  return <TimeOr at={lastUsedAt} now={now} empty="never" />
}

function KeyName({ use }: { use: NonNullable<ConnectionDetail['lastUse']> }) {
  return use.keyName ? <span class="strong">{use.keyName}</span> : <code>{`egk_${use.keyId}…`}</code>
}
