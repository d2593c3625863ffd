// The list of connections. Its order is the caller's: what needs attention comes first.

import type { WireState } from '../../domain/connection.ts'
import { may } from '../../domain/roles.ts'
import type { ConnectionSnapshot } from '../../domain/snapshot.ts'
import { ConnectionRow } from '../components/connection-row.tsx'
import { PageHead } from '../components/page-head.tsx'
import { SearchForm } from '../components/search-form.tsx'
import { STATE_NAMES } from '../components/state.tsx'
import { pathWith } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

const STATES: WireState[] = ['reauthorize', 'active', 'paused', 'pending']

interface Query {
  q: string | null
  state: WireState | null
  connector: string | null
}

interface ConnectionsProps {
  member: PageMember
  now: number
  connections: ConnectionSnapshot[]
  connectorNames: Record<string, string>
  /** Files of public/icons, by connector. */
  icons?: Record<string, string | undefined>
  /** What a connection lacks, in words, by its id. */
  lacking?: Record<string, string>
  query: Query
  nextCursor: string | null
}

export function ConnectionsPage(props: ConnectionsProps) {
  const { member, connections, query } = props
  const manages = may(member.role, 'connections.manage')
  const filtered = Boolean(query.q || query.state || query.connector)
  const empty = connections.length === 0 && !filtered
  return (
    <Layout title="Connections" member={member} current="connections">
      <PageHead title="Connections" actions={manages && !empty ? <AddButton /> : undefined} />
      {empty ? (
        <EmptyWorkspace manages={manages} />
      ) : (
        <>
          <FilterForm query={query} connectorNames={props.connectorNames} filtered={filtered} />
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

interface FilterProps {
  query: Query
  connectorNames: Record<string, string>
  filtered: boolean
}

function FilterForm({ query, connectorNames, filtered }: FilterProps) {
  const connectors = Object.entries(connectorNames).sort(([, left], [, right]) => left.localeCompare(right))
  return (
    <SearchForm path="/connections" listId="connection-list" label="Search name or account" value={query.q}>
      <label class="sr" for="state">
        State
      </label>
      <select id="state" name="state">
        <option value="">All states</option>
        {STATES.map((state) => (
          <option value={state} selected={state === query.state}>
            {STATE_NAMES[state]}
          </option>
        ))}
      </select>
      {connectors.length > 1 ? (
        <>
          <label class="sr" for="connector">
            Service
          </label>
          <select id="connector" name="connector">
            <option value="">All services</option>
            {connectors.map(([id, name]) => (
              <option value={id} selected={id === query.connector}>
                {name}
              </option>
            ))}
          </select>
        </>
      ) : null}
      <button type="submit" class="button">
        Search
      </button>
      {filtered ? (
        <a class="clear" href="/connections">
          Clear
        </a>
      ) : null}
    </SearchForm>
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

function EmptyWorkspace({ manages }: { manages: boolean }) {
  if (!manages) {
    return (
      <div class="empty">
        <p class="strong">No connection yet.</p>
        <p>An owner or an admin of this workspace can add one; it then appears here.</p>
      </div>
    )
  }
  return (
    <div class="panel start">
      <h2>Three steps to the first token</h2>
      <ol class="start-steps">
        <li>
          <span class="strong">Add a connection</span>
          <span>Choose a service, sign in there once, and agree to what the connection may do.</span>
        </li>
        <li>
          <span class="strong">Make an API key</span>
          <span>Your workflows use it to ask for tokens. It is shown once.</span>
        </li>
        <li>
          <span class="strong">Ask for a token</span>
          <span>The page of the connection has the ready command. Evergrant keeps the token fresh.</span>
        </li>
      </ol>
      <AddButton />
    </div>
  )
}
