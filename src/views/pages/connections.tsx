// The list of connections. Its order is the caller's: what needs attention comes first.

import { may } from '../../domain/roles.ts'
import type { ListedConnection } from '../../domain/snapshot.ts'
import {
  ConnectionFilter,
  isNarrowed,
  type ListQuery,
  type MakersView,
} from '../components/connection-filter.tsx'
import { ConnectionRow } from '../components/connection-row.tsx'
import { PageHead } from '../components/page-head.tsx'
import { StartSteps } from '../components/start-steps.tsx'
import { TroubleStrip, type TroubleView } from '../components/trouble-strip.tsx'
import { pathWith } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

interface ConnectionsProps {
  member: PageMember
  now: number
  connections: ListedConnection[]
  connectorNames: Record<string, string>
  /** Files of public/icons, by connector. */
  icons?: Record<string, string | undefined>
  /** What a connection lacks, in words, by its id. */
  lacking?: Record<string, string>
  makers: MakersView
  trouble: TroubleView & { appConfigured: boolean }
  query: ListQuery
  /** This is not the first page. */
  later: boolean
  nextCursor: string | null
}

export function ConnectionsPage(props: ConnectionsProps) {
  const { member, now, connections, query, trouble, makers, connectorNames } = props
  const manages = may(member.role, 'connections.manage')
  const whole = !isNarrowed(query) && !props.later && props.nextCursor === null
  const empty = whole && connections.length === 0
  const unused = whole && connections.every(({ lastUsedAt }) => lastUsedAt === null)
  const working = connections.find(({ state }) => state === 'active')
  return (
    <Layout title="Connections" member={member} current="connections">
      <PageHead title="Connections" actions={manages && !empty ? <AddButton /> : undefined} />
      <TroubleStrip trouble={trouble} member={member} now={now} />
      {unused && manages ? (
        <StartSteps appConfigured={trouble.appConfigured} connectionId={working?.id ?? null} />
      ) : null}
      {empty && !manages ? <NothingYet /> : null}
      {empty ? null : (
        <>
          <ConnectionFilter query={query} connectorNames={connectorNames} makers={makers} />
          <ConnectionList {...props} />
        </>
      )}
    </Layout>
  )
}

function AddButton() {
  return (
    <a class="button primary" href="/connections/new">
      + Add Connection
    </a>
  )
}

function NothingYet() {
  return (
    <div class="empty">
      <p class="strong">No connection yet.</p>
      <p>An owner or an admin of this workspace can add one; it then appears here.</p>
    </div>
  )
}

function ConnectionList({
  connections,
  connectorNames,
  icons,
  lacking,
  query,
  nextCursor,
  now,
}: ConnectionsProps) {
  if (connections.length === 0) {
    return (
      <div id="connection-list" class="empty">
        <p>No connection matches this search.</p>
        <p>
          <a href="/connections">Show all connections</a>
        </p>
      </div>
    )
  }
  return (
    <div id="connection-list">
      <table class="rows connections">
        <thead>
          <tr>
            <th scope="col">Connection</th>
            <th scope="col">Account</th>
            <th scope="col">State</th>
            <th scope="col">Access token</th>
            <th scope="col">Last used</th>
          </tr>
        </thead>
        <tbody>
          {connections.map((connection) => (
            <ConnectionRow
              connection={connection}
              connectorName={connectorNames[connection.connector] ?? connection.connector}
              icon={icons?.[connection.connector]}
              lacking={lacking?.[connection.id]}
              now={now}
            />
          ))}
        </tbody>
      </table>
      {nextCursor ? (
        <p class="next-page">
          <a class="button" href={pathWith('/connections', { ...query, cursor: nextCursor })}>
            Next page
          </a>
        </p>
      ) : null}
    </div>
  )
}
