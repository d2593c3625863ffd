// The OAuth apps: which connector has one, whose it is, and which one its service refuses.

import type { Connector } from '../../domain/connector.ts'
import { PageHead, Tile } from '../components/page-head.tsx'
import { Badge } from '../components/state.tsx'
import { Time } from '../components/time.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

/** The service refuses the OAuth app itself, since when, and in its own words. */
export interface Held {
  since: number
  detail: string
}

export interface ConnectorRow extends Pick<Connector, 'id' | 'name' | 'category'> {
  /** Whose OAuth app is used; null where there is none. */
  configuredBy: 'workspace' | 'deployment' | null
  held: Held | null
  connectionCount: number
}

interface ConnectorsProps {
  member: PageMember
  now: number
  connectors: ConnectorRow[]
}

export function ConnectorsPage({ member, now, connectors }: ConnectorsProps) {
  return (
    <Layout title="Connectors" member={member} current="connectors">
      <PageHead
        title="Connectors"
        lead="Each service knows Evergrant by an OAuth app: a client ID and a secret that you register there once."
      />
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
            {connectors.map((connector) => (
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
  const { id, name, category, configuredBy, held, connectionCount } = connector
  return (
    <tr id={`connector-${id}`} class="row">
      <th scope="row" class="cell-name">
        <Tile name={name} />
        <span class="cell-name-text">
          <a href={`/connectors/${id}`}>{name}</a>
          <span class="quiet">{category}</span>
        </span>
      </th>
      <td class="cell-state">
        {held ? <Badge tone="bad">Refused</Badge> : <span class="cell-label">OAuth app </span>}
        {configuredBy ? (
          <span class={held ? 'note' : undefined}>{OWNERS[configuredBy]}</span>
        ) : (
          <span class="quiet">not set up</span>
        )}
        {held ? (
          <span class="note">
            began <Time at={held.since} now={now} />
          </span>
        ) : null}
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
