import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../src/http/route.ts'
import { ROUTES } from '../../src/http/table.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, newKey, readToken, steer } from '../setup/harness.ts'
import { addressOf as addressOfHook } from '../setup/receiver.ts'
import type { Browser } from './browser.ts'
import {
  addressOf,
  eventOf,
  isOwned,
  NOTHING,
  newBelongings,
  newOwned,
  type Owned,
  rotated,
  startsWith,
} from './owned.ts'
import { problem } from './problems.ts'
import { api, newTenant, rowsOf, type Tenant } from './tenant.ts'

let a: Tenant
let b: Tenant
let connected: Connected
let token: string
let apiKey: Awaited<ReturnType<typeof newKey>>
let things: Owned

beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  a = await newTenant()
  b = await newTenant()
  connected = await connect({ member: a.members.owner })
  const read = await readToken(connected)
  if (!read.ok) throw new Error(read.error.code)
  token = read.value.accessToken
  await readToken(connected)
  apiKey = await newKey(a.members.owner)
  const { connectionId } = connected
  things = { ...(await newBelongings(a.members.owner)), connectionId, keyId: apiKey.summary.id }
  const app = { client_id: 'client-of-a', client_secret: 'secret-of-a' }
  const saved = await (await a.as()).post('/connectors/google/app', app)
  expect(saved.status).toBe(303)
  await connect({ member: b.members.owner, account: 'grace' })
})

/** The catalog is everybody's; what a workspace adds to it (its app) is its own. */
const CATALOG = ['/connections/new/:connector', '/connectors/:id', '/v1/connectors/:id']
/** Pages of connectors of a workspace's own. */
const OWN_PAGES = ['/connectors/:id/definition', '/connectors/:id/delete']
/** Only for connectors of a workspace's own: the catalog cannot be changed. */
const OWN_ONLY = ['PUT /v1/connectors/:id', 'DELETE /v1/connectors/:id']
const isOwnOnly = (route: Route) =>
  OWN_PAGES.includes(route.path) || OWN_ONLY.includes(`${route.method} ${route.path}`)
/** Bound to the state, and tested in callback.test.ts. */
const BOUND_BY_STATE = ['/oauth/callback/:connector']
/** Bound to the link's own token, and tested in connect-link.test.ts and invitations.test.ts. */
const BOUND_BY_TOKEN = ['/connect/:token', '/connect/:token', '/invitations/:token', '/invitations/:token']
/** The workspace's own app, tested in api-apps.test.ts. */
const OWN_APP = '/v1/connectors/:id/app'

const withParameter = ROUTES.filter(({ path }) => path.includes(':'))
const owned = withParameter.filter(({ path }) => isOwned(path))
const apps = withParameter.filter(({ path }) => path === OWN_APP)
const catalog = withParameter.filter(
  (route) =>
    !apps.includes(route) && !isOwnOnly(route) && CATALOG.some((prefix) => startsWith(route.path, prefix)),
)
const ownConnectors = withParameter.filter((route) =>
  CATALOG.some((prefix) => startsWith(route.path, prefix)),
)
const named = (routes: Route[]) => routes.map((route) => [`${route.method} ${route.path}`, route] as const)

const FORM = {
  name: 'Taken',
  role: 'viewer',
  client_id: 'taken',
  client_secret: 'taken',
  choice: 'keep',
  url: addressOfHook('taken'),
  events: 'connection.held',
}

async function ask(route: Route, path: string, visitor: Browser, key: string): Promise<Response> {
  if (route.kind !== 'api') {
    if (route.method === 'GET') return visitor.get(path)
    return visitor.post(path, { ...FORM, event: await eventOf(path) })
  }
  const method = route.method === 'ALL' ? 'GET' : route.method
  const json = path.endsWith('/rejected')
    ? { access_token: token }
    : path.endsWith('/reconnect')
      ? {}
      : { name: 'Taken' }
  return api(path, { key, method, ...(method === 'GET' ? {} : { json }) })
}

async function stateOfA() {
  const key = `key:${await sha256Hex(apiKey.key)}`
  return {
    rows: await rowsOf(a.workspaceId),
    detail: await detailOf(connected),
    copy: await env.KV.getWithMetadata(`token:${connected.connectionId}`),
    key: await env.KV.get(key),
    session: await env.DB.prepare('SELECT * FROM sessions WHERE id = ?').bind(things.sessionId).first(),
    upstream: (await steer.requests()).length,
  }
}

/** Nothing that only workspace A has may be in what B sees. */
function secretsOfA(): string[] {
  const ids = [a.workspaceId, ...Object.values(things), a.members.viewer.id]
  return [...ids, 'client-of-a', token, 'Ada Lovelace', 'Made by A']
}

describe('the matrix', () => {
  it('knows every route with a parameter', () => {
    const known = [...owned, ...catalog, ...apps, ...ownConnectors]
    const rest = withParameter.filter((route) => !known.includes(route)).map(({ path }) => path)
    expect(rest.sort()).toEqual([...BOUND_BY_STATE, ...BOUND_BY_TOKEN].sort())
    expect(owned.length).toBeGreaterThan(19)
  })
})

describe("another workspace's anything is 404", () => {
  it.each(named(owned))('%s', async (_name, route) => {
    const before = await stateOfA()
    const path = addressOf(route.path, things)
    const answer = await ask(route, path, await b.as(), await b.key())
    expect(answer.status).toBe(404)
    const text = await answer.text()
    for (const secret of secretsOfA()) expect(text).not.toContain(secret)
    expect(await stateOfA()).toEqual(before)
  })

  it.each(named(owned))('and is the same as what does not exist: %s', async (_name, route) => {
    const own = addressOf(route.path, things)
    const none = addressOf(route.path, NOTHING)
    const [visitor, key] = [await b.as(), await b.key()]
    const texts: string[] = []
    for (const path of [own, none]) {
      const text = await (await ask(route, path, visitor, key)).text()
      texts.push(text.replace(/[0-9a-f]{32}/g, '').replaceAll(path, ''))
    }
    expect(texts[0]).toBe(texts[1])
  })

  it.each(named(owned))('but not to its own people: %s', async (_name, route) => {
    const own = await newOwned(a.members.owner)
    if (route.path.endsWith('/finish')) await rotated(a.members.owner, own.keyId)
    const path = addressOf(route.path, own)
    expect((await ask(route, path, await a.as(), await a.key())).status).toBeLessThan(400)
  })
})

describe('the catalog is shared, what a workspace adds to it is not', () => {
  it.each(named(catalog))('%s', async (_name, route) => {
    const before = await stateOfA()
    const answer = await ask(route, addressOf(route.path, NOTHING), await b.as(), await b.key())
    expect(answer.status).toBeLessThan(400)
    const text = await answer.text()
    for (const secret of secretsOfA()) expect(text).not.toContain(secret)
    expect(await stateOfA()).toEqual(before)
  })

  it("does not count another workspace's app or connections", async () => {
    await (await b.as()).post('/connectors/google/app/remove')
    const configured = async (key: string) =>
      (await (await api('/v1/connectors/google', { key })).json<{ app_configured: boolean }>()).app_configured
    expect(await configured(await a.key())).toBe(true)
    expect(await configured(await b.key())).toBe(false)
    const fresh = await newTenant()
    expect(await (await (await fresh.as()).get('/connectors')).text()).not.toContain('client-of-a')
  })
})

describe("another workspace's own connector is 404", () => {
  const id = 'own-of-a'
  const json = {
    name: 'Made by A',
    authorize: { url: 'https://login.example.com/authorize' },
    token: { url: 'https://login.example.com/token' },
    api: { baseUrl: 'https://api.example.com' },
  }

  beforeAll(async () => {
    const made = await api(`/v1/connectors/${id}`, { method: 'PUT', key: await a.key(), json })
    expect(made.status).toBe(201)
  })

  it.each(named(ownConnectors.filter(({ method, path }) => method !== 'PUT' || path.endsWith('/app'))))(
    '%s',
    async (_name, route) => {
      const before = await stateOfA()
      const path = route.path.replace(/:\w+/, id)
      const visitor = await b.as()
      const answer =
        route.kind === 'api'
          ? await api(path, {
              method: route.method,
              key: await b.key(),
              ...(route.method === 'PUT' ? { json: { client_id: 'b', client_secret: 'b' } } : {}),
            })
          : await ask(route, path, visitor, '')
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toContain('Made by A')
      expect(await stateOfA()).toEqual(before)
    },
  )

  it('and one of the same id is another', async () => {
    const own = { ...json, name: 'Made by B' }
    const before = await stateOfA()
    const made = await api(`/v1/connectors/${id}`, { method: 'PUT', key: await b.key(), json: own })
    expect(await made.json()).toMatchObject({ name: 'Made by B' })
    expect(await stateOfA()).toEqual(before)
  })
})

describe('lists hold the own rows only', () => {
  it.each([
    '/connections',
    '/connections?q=Ada',
    '/keys',
    '/connectors',
    '/connectors?q=own',
    '/connections/new',
    '/members',
    '/audit',
    '/audit/export?format=jsonl',
    '/settings',
    '/settings/webhooks',
    '/connections?state=attention',
  ])('%s', async (path) => {
    const text = await (await (await b.as()).get(path)).text()
    for (const secret of secretsOfA()) expect(text).not.toContain(secret)
  })

  it('/v1/connections, with any filter', async () => {
    const key = await b.key()
    for (const query of ['', '?connector=local', '?state=active', '?limit=100']) {
      const list = await (await api(`/v1/connections${query}`, { key })).json<{ data: { id: string }[] }>()
      expect(list.data).toHaveLength(1)
      expect(JSON.stringify(list)).not.toContain(connected.connectionId)
    }
  })

  it("not even with another workspace's cursor", async () => {
    const first = await (await api('/v1/connections?limit=1', { key: await a.key() })).json<{
      next_cursor: string
    }>()
    const answer = await api(`/v1/connections?cursor=${first.next_cursor}`, { key: await b.key() })
    const list = await answer.json<{ data: { account: { id: string } }[] }>()
    for (const { account } of list.data) expect(account.id).toBe('grace')
  })
})

describe('a key with a connection list', () => {
  const routes = owned.filter(({ kind }) => kind === 'api')

  it.each(named(routes))('answers 404 for every other connection: %s', async (_name, route) => {
    const other = await connect({ member: a.members.owner })
    const key = await a.key({ connectionIds: [other.connectionId] })
    const before = await stateOfA()
    const path = addressOf(route.path, things)
    await problem(await ask(route, path, await a.as(), key), 'connection_not_found')
    expect(await stateOfA()).toEqual(before)
    const own = addressOf(route.path, { ...things, connectionId: other.connectionId })
    expect((await ask(route, own, await a.as(), key)).status).toBe(200)
  })

  it('lists only those it names', async () => {
    const key = await a.key({ connectionIds: [connected.connectionId] })
    const list = await (await api('/v1/connections', { key })).json<{ data: { id: string }[] }>()
    expect(list.data.map(({ id }) => id)).toEqual([connected.connectionId])
  })

  it('reaches nothing of another workspace by naming it', async () => {
    const form = { name: 'Reach', permissions: 'tokens:read', connections: connected.connectionId }
    const page = await (await (await b.as()).post('/keys', form)).text()
    const key = /egk_[0-9A-Za-z]{50}/.exec(page)?.[0] ?? ''
    await problem(
      await api(`/v1/connections/${connected.connectionId}/token`, { key }),
      'connection_not_found',
    )
  })
})
