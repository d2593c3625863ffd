// The catalog: which service to connect.

import { closestFirst } from '../../domain/catalog-search.ts'
import type { Connector } from '../../domain/connector.ts'
import { NoService } from '../components/no-service.tsx'
import { PageHead, Tile } from '../components/page-head.tsx'
import { SearchForm } from '../components/search-form.tsx'
import { Badge } from '../components/state.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

/** A connector as a card. */
export interface CatalogEntry
  extends Pick<
    Connector,
    'id' | 'name' | 'icon' | 'category' | 'description' | 'confidence' | 'popular' | 'retired' | 'docsUrl'
  > {
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
      <p class="quiet">
        Your service is not here? <a href="/connectors/new">Add it as your own connector</a>
      </p>
    </Layout>
  )
}

function Cards({ connectors, query }: Omit<CatalogProps, 'member'>) {
  if (connectors.length === 0) {
    return <NoService id="catalog" path="/connections/new" searching={query.q !== null} />
  }
  const anyUnverified = connectors.some(({ confidence }) => confidence === 'unverified')
  return (
    <div id="catalog">
      {sectionsOf(connectors, query.q).map(({ title, entries }) => (
        <section class="catalog-section">
          {title ? <h2 class="catalog-title">{title}</h2> : null}
          <ul class="cards">
            {entries.map((connector) => (
              <Card connector={connector} />
            ))}
          </ul>
        </section>
      ))}
      {anyUnverified ? (
        <p class="hint">
          “Unverified” services follow their documentation, but have not been tried against the real service
          yet.
        </p>
      ) : null}
    </div>
  )
}

/** What people look for most first, then by category; a search shows one list, the closest names first. */
function sectionsOf(connectors: CatalogEntry[], q: string | null) {
  const byName = [...connectors].sort((left, right) => left.name.localeCompare(right.name))
  const rank = ({ popular = Number.POSITIVE_INFINITY }: CatalogEntry) => popular
  const popular = byName
    .filter((entry) => entry.popular !== undefined)
    .sort((left, right) => rank(left) - rank(right))
  const rest = byName.filter((entry) => entry.popular === undefined)
  if (q !== null || popular.length === 0) {
    return [{ title: null, entries: [...popular, ...rest].sort(closestFirst(q ?? '')) }]
  }
  const categories = [...new Set(rest.map(({ category }) => category))].sort()
  return [
    { title: 'Popular', entries: popular },
    ...categories.map((title) => ({ title, entries: rest.filter(({ category }) => category === title) })),
  ]
}

function Card({ connector }: { connector: CatalogEntry }) {
  const { id, name, icon, category, description, confidence, retired, docsUrl, connectionCount } = connector
  return (
    <li class="card" id={`connector-${id}`}>
      <Tile name={name} icon={icon} large />
      <div class="card-text">
        <h2>
          {retired ? name : <a href={`/connections/new/${id}`}>{name}</a>}
          {retired ? <Badge tone="calm">Closed</Badge> : null}
          {connectionCount === 0 ? null : <Badge tone="good">Connected</Badge>}
          {confidence === 'unverified' ? <Badge tone="calm">Unverified</Badge> : null}
        </h2>
        <p>{description}</p>
        {retired ? (
          <p>
            Closed since {retired.since}. {docsUrl ? <a href={docsUrl}>What took its place</a> : null}
          </p>
        ) : null}
        <p class="quiet">
          {category}
          {connectionCount === 0 ? null : `, ${plural(connectionCount, 'connection')}`}
        </p>
      </div>
    </li>
  )
}
