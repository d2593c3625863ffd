// The OAuth apps: which connector has one, whose it is, and what is wrong with it.

import type { Connector } from '../../domain/connector.ts'
import { AppAlerts, type AppHealth, ROTATING } from '../components/app-alerts.tsx'
import { PageHead, Tile } from '../components/page-head.tsx'
import { Badge } from '../components/state.tsx'
import { Time } from '../components/time.tsx'
import { secretDeadline } from '../deadline.ts'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

export interface ConnectorRow extends Pick<Connector, 'id' | 'name' | 'icon' | 'category'> {
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
}

export function ConnectorsPage({ member, now, connectors }: ConnectorsProps) {
  const isSetUp = ({ configuredBy }: ConnectorRow) => Number(configuredBy !== null)
  const setUpFirst = connectors.toSorted((left, right) => isSetUp(right) - isSetUp(left))
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
      <div class="notices">
        {connectors.map(({ id, name, configuredBy, health }) =>
          health ? (
            <AppAlerts
              connector={{ id, name }}
              health={health}
              own={configuredBy === 'workspace'}
              now={now}
              link
            />
          ) : null,
        )}
      </div>
      {connectors.length === 0 ? (
        <div class="empty">
          <p>No service is available in this deployment.</p>
        </div>
      ) : (
        <table class="rows connectors">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">OAuth app</th>
              <th scope="col">Connections</th>
            </tr>
          </thead>
          <tbody>
            {setUpFirst.map((connector) => (
              <Row connector={connector} now={now} />
            ))}
          </tbody>
        </table>
      )}
    </Layout>
  )
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
          <span class="quiet">no connections</span>
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
