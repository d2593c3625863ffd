// One connection in the list: name, service, account, state with its reason, the quiet expiry bar, last use.

import type { ConnectionSnapshot, ListedConnection } from '../../domain/snapshot.ts'
import { consentDeadline } from '../deadline.ts'
import { pathWith } from '../format.ts'
import { LifeBar } from './bar.tsx'
import { Tile } from './page-head.tsx'
import { StateBadge, stateNote } from './state.tsx'
import { Time, TimeOr } from './time.tsx'

interface RowProps {
  connection: ListedConnection
  connectorName: string
  /** File of public/icons. */
  icon?: string | undefined
  /** What it may not do, in one sentence. */
  lacking?: string | undefined
  now: number
}

export function ConnectionRow({ connection, connectorName, icon, lacking, now }: RowProps) {
  const { id, name, account, state, health, decideUntil } = connection
  const note = stateNote(connection)
  const end = consentDeadline(connection, now)
  return (
    <tr id={`connection-${id}`} class="row">
      <th scope="row" class="cell-name">
        <Tile name={connectorName} icon={icon} />
        <span class="cell-name-text">
          <a href={`/connections/${id}`}>{name}</a>
          <span class="quiet">{connectorName}</span>
        </span>
      </th>
      <td class="cell-account">{account ? <Account account={account} /> : <None />}</td>
      <td class="cell-state">
        <StateBadge state={state} health={health} />
        {decideUntil === null ? null : (
          <span class="note warn">
            Another account came back: choose one. The choice ends <Time at={decideUntil} now={now} />
          </span>
        )}
        {note ? <span class="note">{note}</span> : null}
        {lacking && state !== 'reauthorize' ? <span class="note warn">{lacking}</span> : null}
        {end ? (
          <span class={`note ${end.tone}`}>
            {end.passed ? 'Consent ended ' : 'Consent ends '}
            <Time at={end.at} now={now} />
          </span>
        ) : null}
      </td>
      <td class="cell-life">
        <Life connection={connection} now={now} />
      </td>
      <td class="cell-used">
        <span class="cell-label">Last used </span>
        <TimeOr at={connection.lastUsedAt} now={now} empty="never" />
      </td>
    </tr>
  )
}

/** Leads to all that act as this account. */
function Account({ account }: { account: NonNullable<ConnectionSnapshot['account']> }) {
  return (
    <a href={pathWith('/connections', { account: account.email ?? account.id })}>
      {account.email ?? account.name ?? account.id}
    </a>
  )
}

/** Known to the list up to an hour late: an end that has passed says nothing, so it draws nothing. A token that is not served has no life to show. */
function Life({ connection, now }: { connection: ConnectionSnapshot; now: number }) {
  const { state, accessExpiresAt, lastRefreshedAt, createdAt } = connection
  const served = state === 'active' || state === 'paused'
  if (!served || accessExpiresAt === null || accessExpiresAt <= now) return <None />
  return (
    <>
      <LifeBar from={lastRefreshedAt ?? createdAt} to={accessExpiresAt} now={now} />
      <span class="quiet">
        <span class="cell-label">Access token </span>ends <Time at={accessExpiresAt} now={now} />
      </span>
    </>
  )
}

function None() {
  return (
    <span class="quiet none">
      <span aria-hidden="true">–</span>
      <span class="sr">none</span>
    </span>
  )
}
