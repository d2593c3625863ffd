// The OAuth apps: which connector has one, whose it is, and what is wrong with it. What needs a person comes first, then
// what is set up, then the rest; a search narrows it to the service somebody came for, the closest names first.

import { closestFirst } from '../../domain/catalog-search.ts'
import type { Connector } from '../../domain/connector.ts'
import { AppAlerts, type AppHealth, ROTATING } from '../components/app-alerts.tsx'
import { NoService } from '../components/no-service.tsx'
import { PageHead, Tile } from '../components/page-head.tsx'
import { SearchForm } from '../components/search-form.tsx'
import { Badge } from '../components/state.tsx'
import { Time } from '../components/time.tsx'
import { secretDeadline } from '../deadline.ts'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

export interface ConnectorRow extends Pick<Connector, 'id' | 'name' | 'icon' | 'category'> {
  /** Key of the OAuth app, which several connectors may share. */
  appKey: string
  /** Whose OAuth app is used; null where there is none. */
  configuredBy: 'workspace' | 'deployment' | null
  /** Of that app; null where there is none. */
  health: AppHealth | null
  connectionCount: number
}

interface ConnectorsProps {
  member: PageMember
  now: number
  connectors: ConnectorRow[]
  query: { q: string | null }
}

export function ConnectorsPage({ member, now, connectors, query }: ConnectorsProps) {
  return (
    <Layout title="Connectors" member={member} current="connectors">
      <PageHead
        title="Connectors"
        lead="Each service knows Evergrant by an OAuth app: a client ID and a secret that you register there once."
        actions={
          <a class="button" href="/connectors/new">
            Add your own
          </a>
        }
      />
      <SearchForm path="/connectors" listId="connector-list" label="Search services" value={query.q}>
        <button type="submit" class="button">
          Search
        </button>
      </SearchForm>
      {connectors.length === 0 ? (
        <NoService id="connector-list" path="/connectors" searching={query.q !== null} />
      ) : (
        <ConnectorList connectors={connectors} now={now} query={query} />
      )}
    </Layout>
  )
}

function ConnectorList({ connectors, now, query }: Omit<ConnectorsProps, 'member'>) {
  const ordered = connectors
    .toSorted((left, right) => placeOf(left, now) - placeOf(right, now))
    .sort(closestFirst(query.q ?? ''))
  return (
    <div id="connector-list">
      <div class="notices">
        {appsOf(ordered).map(({ row: { id, name, configuredBy, health }, shared }) =>
          health ? (
            <AppAlerts
              connector={{ id, name, shared }}
              health={health}
              own={configuredBy === 'workspace'}
              now={now}
              link
            />
          ) : null,
        )}
      </div>
      <table class="rows connectors">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">OAuth app</th>
            <th scope="col">Connections</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((connector) => (
            <Row connector={connector} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The lower, the further up: refused, consents lost, a secret that ends, set up, the rest. */
function placeOf({ configuredBy, health }: ConnectorRow, now: number): number {
  if (health?.held) return 0
  if (health?.commonCause) return 1
  if (health && secretDeadline(health.secretExpiresAt, now)) return 2
  return configuredBy === null ? 4 : 3
}

/** An app is told of once, under the connector it is named after where that is among those that share it. */
function appsOf(connectors: ConnectorRow[]): { row: ConnectorRow; shared: boolean }[] {
  const families = Map.groupBy(connectors, ({ appKey }) => appKey)
  return [...families].flatMap(([appKey, family]) => {
    const row = family.find(({ id }) => id === appKey) ?? family[0]
    return row ? [{ row, shared: family.length > 1 }] : []
  })
}

const OWNERS = { workspace: 'of this workspace', deployment: 'of this deployment' } as const

function Row({ connector, now }: { connector: ConnectorRow; now: number }) {
  const { id, name, icon, category, configuredBy, health, connectionCount } = connector
  const badge = health?.held ? 'Refused' : health?.commonCause ? 'Consents lost' : null
  return (
    <tr id={`connector-${id}`} class="row">
      <th scope="row" class="cell-name">
        <Tile name={name} icon={icon} />
        <span class="cell-name-text">
          <a href={`/connectors/${id}`}>{name}</a>
          <span class="quiet">{category}</span>
        </span>
      </th>
      <td class="cell-state">
        {badge ? (
          <Badge tone={health?.held ? 'bad' : 'warn'}>{badge}</Badge>
        ) : (
          <span class="cell-label">OAuth app </span>
        )}
        {configuredBy ? (
          <span class={badge ? 'note' : undefined}>{OWNERS[configuredBy]}</span>
        ) : (
          <span class="quiet">not set up</span>
        )}
        {health ? <HealthNotes health={health} now={now} /> : null}
      </td>
      <td class="cell-count">
        {connectionCount === 0 ? (
          <span class="quiet none">no connections</span>
        ) : (
          plural(connectionCount, 'connection')
        )}
      </td>
    </tr>
  )
}

function HealthNotes({ health, now }: { health: AppHealth; now: number }) {
  const since = (health.held ?? health.commonCause)?.since
  const end = secretDeadline(health.secretExpiresAt, now)
  return (
    <>
      {since === undefined ? null : (
        <span class="note">
          began <Time at={since} now={now} />
        </span>
      )}
      {end ? (
        <span class={`note ${end.tone}`}>
          {end.passed ? (
            'Secret expired'
          ) : (
            <>
              Secret ends <Time at={end.at} now={now} />
            </>
          )}
        </span>
      ) : null}
      {health.rotating ? <span class="note">{ROTATING}</span> : null}
    </>
  )
}
