import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { hashApiKey, newApiKey, PERMISSIONS, type Permission } from '../../src/domain/api-key.ts'
import { ROUTES } from '../../src/http/table.ts'
import { endApiKey } from '../../src/services/api-keys.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, newKey, steer, testContext } from '../setup/harness.ts'
import { problem } from './problems.ts'
import { allBut, api, counted, deployment, newTenant, rowsOf, type Tenant } from './tenant.ts'

/** The permission of every endpoint, written out a second time. */
const NEEDS: Record<string, Permission> = {
  'GET /v1/connections': 'connections:read',
  'GET /v1/connections/:id': 'connections:read',
  'PATCH /v1/connections/:id': 'connections:write',
  'POST /v1/connections/:id/refresh': 'connections:write',
  'DELETE /v1/connections/:id': 'connections:write',
  'GET /v1/connections/:id/token': 'tokens:read',
  'POST /v1/connections/:id/token/rejected': 'tokens:read',
  'ALL /v1/connections/:id/proxy/*': 'proxy',
  'POST /v1/connections': 'connections:write',
  'POST /v1/connections/import': 'connections:write',
  'POST /v1/connections/:id/reconnect': 'connections:write',
  'GET /v1/connectors/:id/app': 'connectors:write',
  'PUT /v1/connectors/:id/app': 'connectors:write',
  'DELETE /v1/connectors/:id/app': 'connectors:write',
  'GET /v1/connectors': 'connections:read',
  'GET /v1/connectors/:id': 'connections:read',
  'PUT /v1/connectors/:id': 'connectors:write',
  'DELETE /v1/connectors/:id': 'connectors:write',
}

/** What is answered where the permission is enough; 200 unless told. */
const ENOUGH: Record<string, number> = {
  'POST /v1/connections': 201,
  // The service knows no such token.
  'POST /v1/connections/import': 400,
}

const names = ROUTES.filter(({ kind }) => kind === 'api').map((route) => `${route.method} ${route.path}`)
const HASH = { token_sha256: '0'.repeat(64) }
/** A connector of the workspace's own, which alone can be put and deleted. */
const OWN_ID = 'own-matrix'
const OWN_CONNECTOR = {
  name: 'Matrix',
  authorize: { url: 'https://login.example.com/authorize' },
  token: { url: 'https://login.example.com/token' },
  api: { baseUrl: 'https://api.example.com' },
}
const OWN = ['PUT /v1/connectors/:id', 'DELETE /v1/connectors/:id']
const BODIES: Record<string, unknown> = {
  'PATCH /v1/connections/:id': { name: 'Renamed' },
  'POST /v1/connections/:id/token/rejected': HASH,
  'POST /v1/connections': { connector: 'local' },
  'POST /v1/connections/import': { connector: 'local', refresh_token: 'nobody-gave-this' },
  'POST /v1/connections/:id/reconnect': {},
  'PUT /v1/connectors/:id/app': { client_id: 'a', client_secret: 'b' },
  'PUT /v1/connectors/:id': OWN_CONNECTOR,
}

let tenant: Tenant
let connected: Connected

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  connected = await connect({ member: tenant.members.owner })
})

function ask(name: string, key: string | undefined, id = connected.connectionId, headers = {}) {
  const [verb = '', path = ''] = name.split(' ')
  const method = verb === 'ALL' ? 'GET' : verb
  const address = path
    .replace(':id', OWN.includes(name) ? OWN_ID : path.startsWith('/v1/connectors') ? 'google' : id)
    .replace('*', 'contacts')
  const json = BODIES[name]
  return api(address, {
    method,
    headers,
    ...(key === undefined ? {} : { key }),
    ...(json === undefined ? {} : { json }),
  })
}

async function stateOf() {
  return { rows: await rowsOf(tenant.workspaceId), detail: await detailOf(connected) }
}

describe('the matrix', () => {
  it('has a line for every endpoint, and none for one that is gone', () => {
    expect(Object.keys(NEEDS).sort()).toEqual([...names].sort())
  })
})

describe('a permission', () => {
  it.each(names)('that is missing is named, and nothing is changed: %s', async (name) => {
    const permission = NEEDS[name] as Permission
    const before = await stateOf()
    const key = await tenant.key({ permissions: allBut(permission) })
    expect(await problem(await ask(name, key), 'forbidden')).toMatchObject({ permission })
    expect(await stateOf()).toEqual(before)
  })

  it.each(names)('is enough, without any other: %s', async (name) => {
    const own = await connect({ member: tenant.members.owner })
    const key = await tenant.key({ permissions: [NEEDS[name] as Permission] })
    if (name.endsWith('/app')) await ask('PUT /v1/connectors/:id/app', await tenant.key())
    if (OWN.includes(name)) await ask('PUT /v1/connectors/:id', await tenant.key())
    expect((await ask(name, key, own.connectionId)).status).toBe(ENOUGH[name] ?? 200)
  })

  it('is looked at before the connection is: nobody learns what exists', async () => {
    const key = await tenant.key({ permissions: ['proxy'] })
    for (const id of [connected.connectionId, `con_${'0'.repeat(26)}`, 'x']) {
      await problem(await ask('GET /v1/connections/:id', key, id), 'forbidden')
    }
  })

  it('has a line here for each there is', () => {
    const used = new Set(Object.values(NEEDS))
    expect([...used].sort()).toEqual([...PERMISSIONS].sort())
  })
})

describe('what is no living key is 401', () => {
  const keys: [string, () => Promise<string | undefined>][] = [
    ['none', async () => undefined],
    ['one nobody made', async () => unknownKey()],
    ['a revoked one', revokedKey],
    ['an expired one', () => tenant.key({ expiresAt: Date.now() - 1 })],
  ]
  const cases = keys.flatMap(([which, key]) => names.map((name) => [which, name, key] as const))

  it.each(cases)('%s: %s', async (_which, name, key) => {
    const presented = await key()
    const before = await stateOf()
    const answer = await ask(name, presented)
    await problem(answer, 'invalid_api_key')
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(await stateOf()).toEqual(before)
  })

  it.each(names)('a session is no key: %s', async (name) => {
    const visitor = await tenant.as('owner')
    const Cookie = [...visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
    await problem(await ask(name, undefined, undefined, { Cookie }), 'invalid_api_key')
  })
})

describe('a key that is not well formed ends before KV', () => {
  const real = unknownKey()
  const malformed: [string, (key: string) => string][] = [
    ['empty', () => 'Bearer '],
    ['another scheme', (key) => `Basic ${key}`],
    ['no scheme', (key) => key],
    ['another prefix', (key) => `Bearer ${key.replace('egk_', 'egx_')}`],
    [
      'a wrong character',
      (key) => `Bearer ${key.slice(0, 30)}${key[30] === 'A' ? 'B' : 'A'}${key.slice(31)}`,
    ],
    ['a wrong checksum', (key) => `Bearer ${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`],
    ['too short', (key) => `Bearer ${key.slice(0, -1)}`],
    ['too long', (key) => `Bearer ${key}0`],
    ['two keys', (key) => `Bearer ${key} ${key}`],
    ['a long one', () => `Bearer egk_${'a'.repeat(5000)}`],
    ['a word', () => 'Bearer undefined'],
  ]

  it.each(malformed)('%s', async (_name, header) => {
    const { calls, fetch } = counted()
    const headers = { Authorization: header(real) }
    await problem(await api('/v1/connections', { headers }, fetch), 'invalid_api_key')
    expect(calls).toEqual({ d1: 0, kv: [], objects: [] })
  })

  it('while a well-formed one asks KV once, and never D1', async () => {
    const { calls, fetch } = counted()
    await problem(await api('/v1/connections', { key: real }, fetch), 'invalid_api_key')
    expect(calls).toEqual({ d1: 0, kv: ['get'], objects: [] })
  })

  it('takes the scheme in any case', async () => {
    const headers = { Authorization: `bEARER  ${await tenant.key()}` }
    expect((await api('/v1/connections', { headers })).status).toBe(200)
  })
})

describe('KV', () => {
  it('that is down is our fault, not the key’s', async () => {
    const { bindings } = counted()
    const KV = { get: () => Promise.reject(new Error('down')) } as unknown as KVNamespace
    const answer = await api('/v1/connections', { key: await tenant.key() }, deployment({ ...bindings, KV }))
    await problem(answer, 'temporarily_unavailable')
  })

  it.each(['{}', 'not json', '{"revoked":false}', '[]', 'null'])(
    'with a record of %s lets nobody in',
    async (text) => {
      const key = await tenant.key()
      await env.KV.put(`key:${await hashApiKey(key)}`, text)
      await problem(await api('/v1/connections', { key }, counted().fetch), 'invalid_api_key')
    },
  )
})

/** Well formed, and nobody's. */
function unknownKey(): string {
  return newApiKey((length) => crypto.getRandomValues(new Uint8Array(length))).key
}

async function revokedKey(): Promise<string> {
  const made = await newKey(tenant.members.owner)
  await endApiKey(testContext(), tenant.members.owner, made.summary.id, Date.now())
  return made.key
}
