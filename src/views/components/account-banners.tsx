// Whose account it is, where that is a question: a reconnect came back as another one, or a new connection as one that
// is connected already.

import { may } from '../../domain/roles.ts'
import { missingScopes, scopeTitle } from '../../domain/scopes.ts'
import type { ParkedAccount } from '../../domain/snapshot.ts'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { Banner } from './notice.tsx'
import { Time } from './time.tsx'
import { accountLabel } from './token-life.tsx'

/** Both accounts side by side, and an admin's two answers. */
export function ParkedBanner(props: ConnectionProps) {
  const { member, connection, connector, holder, now } = props
  const { parked, account } = connection
  if (!parked || !account) return null
  const other = accountLabel(parked.account)
  const serves = connection.state !== 'reauthorize'
  return (
    <Banner tone="warn" title="That was another account">
      <p>
        Somebody reconnected with another account than the one this connection belongs to. Nothing was changed
        yet: say which of the two it shall be. Without an answer the new access is thrown away{' '}
        <Time at={parked.until} now={now} />.
      </p>
      <div class="accounts">
        <section class="account">
          <h3>Until now</h3>
          <Who account={account} tenant={connection.accountTenant} />
          <p class="quiet">{serves ? 'Workflows act as this account.' : 'Its access has ended.'}</p>
          <Answer {...props} parked={parked} choice="keep" label={`Keep ${accountLabel(account)}`} />
        </section>
        <section class="account">
          <h3>Came back</h3>
          <Who account={parked.account} tenant={parked.tenant} />
          <Lacking connector={connector} parked={parked} />
          {holder ? (
            <p>
              It is connected already, as <a href={connectionPath(holder.id)}>{holder.name}</a>.
            </p>
          ) : null}
          <Answer {...props} parked={parked} choice="switch" label={`Switch to ${other}`} />
        </section>
      </div>
      {may(member.role, 'connections.manage') ? (
        <>
          <p>
            Keep throws the new access away. Switch puts it in place of the old one: workflows then act as{' '}
            {other}, under the same ID and name. Neither takes any access away at {connector.name} itself.
          </p>
          <p class="hint">A switch is normally seen everywhere within a minute.</p>
        </>
      ) : (
        <p class="strong">Ask an owner or an admin of this workspace to decide.</p>
      )}
    </Banner>
  )
}

function Who({ account, tenant }: { account: ParkedAccount['account']; tenant: string | null }) {
  const label = accountLabel(account)
  return (
    <p>
      <span class="strong">{label}</span>
      {account.name && account.name !== label ? <span class="block quiet">{account.name}</span> : null}
      <span class="block quiet">
        <code>{tenant === null ? account.id : `${account.id} · ${tenant}`}</code>
      </span>
    </p>
  )
}

function Lacking({ connector, parked }: Pick<ConnectionProps, 'connector'> & { parked: ParkedAccount }) {
  const missing = missingScopes(parked.requestedScopes, parked.grantedScopes)
  if (missing.length === 0) return <p class="quiet">It gave every permission asked for.</p>
  return (
    <p class="quiet">It did not give: {missing.map((scope) => scopeTitle(connector, scope)).join(', ')}.</p>
  )
}

interface AnswerProps extends Pick<ConnectionProps, 'member' | 'connection'> {
  parked: ParkedAccount
  choice: 'keep' | 'switch'
  label: string
}

function Answer({ member, connection, parked, choice, label }: AnswerProps) {
  if (!may(member.role, 'connections.manage')) return null
  return (
    <form method="post" action={connectionPath(connection.id, 'account')}>
      <input type="hidden" name="parked" value={parked.id} />
      <input type="hidden" name="choice" value={choice} />
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}

/** Right after connecting: the account is here already. */
export function TwinBanner({ member, connection, connector, twin }: ConnectionProps) {
  const { account } = connection
  if (!twin || !account) return null
  const shared = connector.refresh.sharedGrant
  return (
    <Banner tone="warn" title="This account is connected already">
      <p>
        {accountLabel(account)} is the account of{' '}
        <a href={connectionPath(twin.id)}>
          <span class="strong">{twin.name}</span>
        </a>
        , too. If one connection is enough, use that one and delete this one; two are fine where they are
        meant to differ, in their tools for example.
      </p>
      {shared ? (
        <p>
          Both stand on one grant at {connector.name}. Deleting this one leaves that grant in place, so the
          other keeps working.
        </p>
      ) : null}
      {may(member.role, 'connections.manage') ? (
        <div class="actions">
          <a class="button primary" href={connectionPath(twin.id)}>
            Use the existing one
          </a>
          <a class="button" href={`${connectionPath(connection.id)}?confirm=delete#confirm`}>
            Delete this new one
          </a>
        </div>
      ) : null}
    </Banner>
  )
}
