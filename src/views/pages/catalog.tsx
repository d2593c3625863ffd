// The catalog: which service to connect.

import type { Connector } from '../../domain/connector.ts'
import { PageHead, Tile } from '../components/page-head.tsx'
import { SearchForm } from '../components/search-form.tsx'
import { Badge } from '../components/state.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

/** A connector as a card. */
export interface CatalogEntry
  extends Pick<Connector, 'id' | 'name' | 'category' | 'description' | 'confidence'> {
  /** Connections of this workspace. */
  connectionCount: number
}

interface CatalogProps {
  member: PageMember
  connectors: CatalogEntry[]
  query: { q: string | null }
}

export function CatalogPage({ member, connectors, query }: CatalogProps) {
  return (
    <Layout title="Add a connection" member={member} current="connections">
      <PageHead
        title="Add a connection"
        back={{ href: '/connections', label: 'Connections' }}
        lead="Choose the service whose account you want to connect."
      />
      <SearchForm path="/connections/new" listId="catalog" label="Search services" value={query.q}>
        <button type="submit" class="button">
          Search
        </button>
      </SearchForm>
      <Cards connectors={connectors} query={query} />
    </Layout>
  )
}

function Cards({ connectors, query }: Omit<CatalogProps, 'member'>) {
  if (connectors.length === 0) {
    return (
      <div id="catalog" class="empty">
        <p>{query.q ? 'No service matches this search.' : 'No service is available in this deployment.'}</p>
        {query.q ? (
          <p>
            <a href="/connections/new">Show all services</a>
          </p>
        ) : null}
      </div>
    )
  }
  const anyUnverified = connectors.some(({ confidence }) => confidence === 'unverified')
  return (
    <div id="catalog">
      <ul class="cards">
        {connectors.map((connector) => (
          <Card connector={connector} />
        ))}
      </ul>
      {anyUnverified ? (
        <p class="hint">
          “Unverified” services follow their documentation, but have not been tried against the real service
          yet.
        </p>
      ) : null}
    </div>
  )
}

function Card({ connector }: { connector: CatalogEntry }) {
  const { id, name, category, description, confidence, connectionCount } = connector
  return (
    <li class="card" id={`connector-${id}`}>
      <Tile name={name} large />
      <div class="card-text">
        <h2>
          <a href={`/connections/new/${id}`}>{name}</a>
          {confidence === 'unverified' ? <Badge tone="calm">Unverified</Badge> : null}
        </h2>
        <p>{description}</p>
        <p class="quiet">
          {category}
          {connectionCount === 0 ? null : `, connected ${plural(connectionCount, 'time')}`}
        </p>
      </div>
    </li>
  )
}
