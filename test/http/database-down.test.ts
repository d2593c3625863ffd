import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Route } from '../../src/http/route.ts'
import { ROUTES } from '../../src/http/table.ts'
import { isDatabaseDown, openDatabase } from '../../src/storage/database.ts'
import { members } from '../../src/storage/schema.ts'
import { faults, mend, starved } from '../setup/faults.ts'
import { type Connected, connect, editRecord, steer } from '../setup/harness.ts'
import { problem } from './problems.ts'
import { api, deployment, newTenant, signedIn, type Tenant } from './tenant.ts'

/** What needs nothing of D1; everything else says so. */
const WORKS = new Set([
  'GET /v1/connections/:id/token',
  'POST /v1/connections/:id/token/rejected',
  'ALL /v1/connections/:id/proxy/*',
  'GET /v1/connections/:id',
  'PATCH /v1/connections/:id',
  'POST /v1/connections/:id/refresh',
  'DELETE /v1/connections/:id',
  'GET /',
  'GET /docs',
  'GET /openapi.json',
  'POST /sign-in',
  // Nothing was begun in this browser.
  'GET /sign-in/callback',
  'GET /connect/done',
])
const BODIES: Record<string, unknown> = {
  'PATCH /v1/connections/:id': { name: 'Renamed' },
  'POST /v1/connections/:id/token/rejected': { token_sha256: '0'.repeat(64) },
  'POST /v1/connections': { connector: 'local' },
  'POST /v1/connections/import': { connector: 'local', refresh_token: 'nobody-gave-this' },
  'POST /v1/connections/:id/reconnect': {},
  'PUT /v1/connectors/:id': {
    name: 'Acme',
    authorize: { url: 'https://login.example.com/authorize' },
    token: { url: 'https://login.example.com/token' },
    api: { baseUrl: 'https://api.example.com' },
  },
  'PUT /v1/connectors/:id/app': { client_id: 'a', client_secret: 'b' },
}
const FORMS: Record<string, Record<string, string>> = {
  'POST /connections': { connector: 'local', tools: 'contacts.read' },
  'POST /connections/link': { connector: 'local', tools: 'contacts.read' },
}

const send = deployment(starved(env))
const nameOf = (route: Route) => `${route.method} ${route.path}`
const namesOf = (kind: 'api' | 'people') =>
  ROUTES.filter((route) => (route.kind === 'api') === (kind === 'api')).map(nameOf)

let tenant: Tenant
let connected: Connected
let key: string

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  key = await tenant.key()
})
beforeEach(async () => {
  connected = await connect({ member: tenant.members.owner })
})
afterEach(mend)

/** The catalog cannot be changed; whether there is a connector of one's own is for D1 to say. */
const OWN = ['PUT /v1/connectors/:id', 'DELETE /v1/connectors/:id']

const addressOf = (name: string) =>
  (name.split(' ')[1] ?? '')
    .replace(/:id$/, OWN.includes(name) ? 'own-acme' : ':id')
    .replace(/(connections\/):id/, `$1${connected.connectionId}`)
    .replace(/:token/, 'x'.repeat(43))
    .replace(/:\w+/, 'local')
    .replace('*', 'contacts')

function ask(name: string): Promise<Response> {
  const [verb = ''] = name.split(' ')
  const json = BODIES[name]
  return api(
    addressOf(name),
    { method: verb === 'ALL' ? 'GET' : verb, key, ...(json === undefined ? {} : { json }) },
    send,
  )
}

describe('while D1 is down', () => {
  it.each(namesOf('api'))('%s works, or says that it cannot for a moment', async (name) => {
    faults.d1Down = true
    const answer = await ask(name)
    if (WORKS.has(name)) return expect(answer.status).toBe(200)
    await problem(answer, 'temporarily_unavailable')
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a proxied %s works', async (method) => {
    faults.d1Down = true
    const path = `/v1/connections/${connected.connectionId}/proxy/contacts`
    const answer = await api(path, { method, key, body: '{}' }, send)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
  })

  it('an expired token is refreshed, for a reader and for the proxy', async () => {
    faults.d1Down = true
    for (const path of ['token', 'proxy/contacts']) {
      await expire()
      const answer = await api(`/v1/connections/${connected.connectionId}/${path}`, { key }, send)
      expect(answer.status).toBe(200)
    }
  })

  it('a new connection leaves nothing behind: asked again, it is made once', async () => {
    const init = { method: 'POST', key, json: { connector: 'local', name: 'Only once' } }
    faults.d1Down = true
    await problem(await api('/v1/connections', init, send), 'temporarily_unavailable')
    faults.d1Down = false
    expect((await api('/v1/connections', init, send)).status).toBe(201)
    const list = await (await api('/v1/connections?state=pending', { key }, send)).json<{ data: unknown[] }>()
    expect(list.data).toHaveLength(1)
  })

  it.each(namesOf('people'))('a person is told so on a page: %s', async (name) => {
    const visitor = await signedIn(tenant.members.owner, send)
    faults.d1Down = true
    const path = addressOf(name)
    const answer = name.startsWith('GET') ? await visitor.get(path) : await visitor.post(path, FORMS[name])
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    if (WORKS.has(name)) return expect(answer.status).toBeLessThan(500)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(await answer.text()).toContain('Evergrant cannot answer for a moment')
  })

  it('htmx and programs are told so as well', async () => {
    const visitor = await signedIn(tenant.members.owner, send)
    faults.d1Down = true
    const page = `/connections/${connected.connectionId}`
    expect((await visitor.get(`${page}/live`, { 'HX-Request': 'true' })).status).toBe(503)
    const answer = await visitor.get('/connections', { Accept: 'application/json' })
    await problem(answer, 'temporarily_unavailable')
  })
})

describe('a failure of D1', () => {
  const db = openDatabase(env.DB)
  const failed = (work: PromiseLike<unknown>) => Promise.resolve(work).catch((error: unknown) => error)
  const row = { id: 'mem_1', workspaceId: 'wsp_1', issuer: 'i', subject: 's', role: 'owner', createdAt: 1 }

  it('is told from a statement that is wrong', async () => {
    const member = { ...row, email: 'x@example.com' } as typeof members.$inferInsert
    const wrong = [
      () =>
        db
          .insert(members)
          .values({ ...member, workspaceId: tenant.workspaceId, id: tenant.members.owner.id }),
      () => db.run('SELECT * FROM nowhere'),
      () => db.run('not sql'),
      () => db.batch([db.run('SELECT * FROM nowhere')]),
    ]
    for (const statement of wrong) {
      const error = await failed(statement())
      expect(error).toBeInstanceOf(Error)
      expect(isDatabaseDown(error)).toBe(false)
    }
    expect(isDatabaseDown(new Error('Network connection lost.'))).toBe(false)
  })

  it.each([
    'Network connection lost.',
    'internal error; reference = abc',
    'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
    'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
    'D1_ERROR: database or disk is full: SQLITE_FULL',
    'D1_ERROR: Exceeded maximum DB size',
  ])('is known in a single statement and in a batch: %s', async (message) => {
    const lost = () => Promise.reject(new Error(message))
    const statement = { bind: () => statement, run: lost, all: lost, raw: lost, first: lost }
    const binding = { prepare: () => statement, batch: lost } as unknown as D1Database
    const broken = openDatabase(binding)
    expect(isDatabaseDown(await failed(broken.select().from(members)))).toBe(true)
    expect(isDatabaseDown(await failed(broken.batch([broken.select().from(members)])))).toBe(true)
  })
})

async function expire(): Promise<void> {
  await editRecord(connected, (record) => {
    if (!record.grant) throw new Error('no grant')
    const at = Date.now() - 7_200_000
    return { ...record, grant: { ...record.grant, obtainedAt: at, dueAt: at + 1, expiresAt: at + 3_600_000 } }
  })
}
