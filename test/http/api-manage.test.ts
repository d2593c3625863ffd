import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { GrantSecret } from '../../src/domain/grant.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { pruneConnectLinks } from '../../src/services/connect-links.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, steer, stubOf, testContext } from '../setup/harness.ts'
import { problem } from './problems.ts'
import { api, deployment, newTenant, type Tenant } from './tenant.ts'

const DAY_MS = 24 * 3600_000

let tenant: Tenant
let key: string

beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  tenant = await newTenant()
  key = await tenant.key()
})
afterEach(realTime)

const BODY = { connector: 'local', tools: ['contacts.read'] }
const create = (json: Record<string, unknown> = BODY, headers: Record<string, string> = {}, by = key) =>
  api('/v1/connections', { method: 'POST', key: by, json, headers })
const total = () => env.DB.prepare('SELECT count(*) AS n FROM connections').first<number>('n')

describe('POST /v1/connections', () => {
  it('adds a pending connection that a list shows', async () => {
    const answer = await create({ ...BODY, name: 'CRM of Ada', login_hint: 'ada@example.com' })
    expect(answer.status).toBe(201)
    const made = await answer.json<{ id: string }>()
    expect(made).toMatchObject({
      state: 'pending',
      name: 'CRM of Ada',
      tools: ['contacts.read'],
      account: null,
      authorize_url: expect.stringContaining(`${env.PUBLIC_URL}/connect/`),
    })
    const list = await (await api('/v1/connections?state=pending', { key })).json<{
      data: { id: string }[]
    }>()
    expect(list.data.map(({ id }) => id)).toContain(made.id)
  })

  it.each([
    ['no connector', {}, 'invalid_request'],
    ['an unknown connector', { connector: 'nobody' }, 'connector_not_found'],
    ['an unknown tool', { ...BODY, tools: ['contacts.steal'] }, 'invalid_request'],
    ['a tool that is no text', { ...BODY, tools: [5] }, 'invalid_request'],
    ['an unknown field', { ...BODY, workspace_id: 'x' }, 'invalid_request'],
    ['a long name', { ...BODY, name: 'x'.repeat(101) }, 'invalid_request'],
    ['a scope with a space', { ...BODY, scopes: ['a b'] }, 'invalid_request'],
    ['an expected account of nothing', { ...BODY, login_hint: ' ' }, 'invalid_request'],
    ['a space around it', { ...BODY, login_hint: ' ada@example.com' }, 'invalid_request'],
    ['a line end in it', { ...BODY, login_hint: 'ada@example.com\n' }, 'invalid_request'],
    ['no app', { connector: 'google' }, 'app_not_configured'],
    ['a service that has closed', { connector: 'fitbit' }, 'conflict'],
  ])('with %s adds nothing', async (_name, json, code) => {
    const before = await total()
    await problem(await create(json), code)
    expect(await total()).toBe(before)
  })

  it('has each tool once, however often it is named', async () => {
    const tools = ['contacts.read', 'contacts.write', 'contacts.read']
    const made = await (await create({ ...BODY, tools })).json()
    expect(made).toMatchObject({ tools: ['contacts.read', 'contacts.write'] })
  })

  it('is not for a key with a list of connections, and for its connectors only', async () => {
    const listed = await tenant.key({ connectionIds: [`con_${'0'.repeat(26)}`] })
    expect(await problem(await create(BODY, {}, listed), 'forbidden')).toMatchObject({
      permission: 'connections:write',
      detail: expect.stringContaining('makes no new ones'),
    })
    const other = await tenant.key({ connectors: ['google'] })
    await problem(await create(BODY, {}, other), 'connector_not_found')
    expect((await create(BODY, {}, await tenant.key({ connectors: ['local'] }))).status).toBe(201)
  })
})

describe('Idempotency-Key', () => {
  const under = (name: string) => ({ 'Idempotency-Key': name })

  it('gives the same request the same answer, and does it once', async () => {
    const first = await (await create(BODY, under('one'))).json()
    const before = await total()
    expect(await (await create(BODY, under('one'))).json()).toEqual(first)
    expect(await total()).toBe(before)
    expect(await (await create(BODY, under('two'))).json()).not.toEqual(first)
  })

  it('looks at what is asked, not at the order in which it is written', async () => {
    const { connector, tools } = BODY
    const first = await (await create({ connector, tools, name: 'Ordered' }, under('order'))).json()
    expect(await (await create({ name: 'Ordered', tools, connector }, under('order'))).json()).toEqual(first)
  })

  it('is a conflict for another request, and another key’s own affair', async () => {
    await create(BODY, under('three'))
    await problem(await create({ ...BODY, name: 'Other' }, under('three')), 'conflict')
    expect((await create({ ...BODY, name: 'Other' }, under('three'), await tenant.key())).status).toBe(201)
  })

  it('lets one of two that come together through', async () => {
    const before = (await total()) ?? 0
    const answers = await Promise.all([1, 2].map(() => create(BODY, under('together'))))
    expect(answers.map(({ status }) => status).sort()).not.toEqual([409, 409])
    expect(await total()).toBe(before + 1)
  })

  it('keeps no failure', async () => {
    const json = { connector: 'google', tools: [] }
    await problem(await create(json, under('four')), 'app_not_configured')
    await problem(await create(json, under('four')), 'app_not_configured')
  })

  it('keeps no outage either: the same request is done as soon as it can be', async () => {
    let down = true
    const lost = () => Promise.reject(new Error('Network connection lost.'))
    const statement = { bind: () => statement, run: lost, all: lost, raw: lost }
    const DB = new Proxy(env.DB, {
      get(db, name) {
        if (name !== 'prepare') return Reflect.get(db, name)
        return (sql: string) => (down && sql.includes('"connect_links"') ? statement : db.prepare(sql))
      },
    })
    const send = deployment({ ...env, DB })
    const ask = () =>
      api('/v1/connections', { method: 'POST', key, json: BODY, headers: under('outage') }, send)
    await problem(await ask(), 'temporarily_unavailable')
    down = false
    expect((await ask()).status).toBe(201)
  })

  it('is forgotten after a day; what is kept is sealed', async () => {
    const { authorize_url: url } = await (await create(BODY, under('five'))).json<{ authorize_url: string }>()
    const { results } = await env.DB.prepare('SELECT * FROM idempotent_answers').all()
    expect(JSON.stringify(results)).not.toContain(url.split('/').at(-1))
    advance(DAY_MS + 60_000)
    await pruneConnectLinks(testContext(), Date.now())
    expect(await env.DB.prepare('SELECT count(*) AS n FROM idempotent_answers').first('n')).toBe(0)
  })

  it('lets a request through again that was cut before its answer, two minutes later', async () => {
    await create(BODY, under('cut'))
    await env.DB.exec('UPDATE idempotent_answers SET answer_sealed = NULL')
    await problem(await create(BODY, under('cut')), 'conflict')
    advance(120_001)
    await problem(await create({ ...BODY, name: 'Other' }, under('cut')), 'conflict')
    const again = await (await create(BODY, under('cut'))).json()
    expect(again).toMatchObject({ state: 'pending' })
    expect(await (await create(BODY, under('cut'))).json()).toEqual(again)
  })

  it.each(['', 'x'.repeat(256), 'a b'])('has a form: %j', async (name) => {
    const answer = await create(BODY, under(name))
    if (name === '') expect([201, 400]).toContain(answer.status)
    else await problem(answer, 'invalid_request')
  })
})

describe('POST /v1/connections/import', () => {
  const importToken = (json: Record<string, unknown>, headers: Record<string, string> = {}) =>
    api('/v1/connections/import', { method: 'POST', key, json: { ...BODY, ...json }, headers })

  /** The refresh token that a connection holds, as somebody who moves here would bring it. */
  async function brought(account = 'ada'): Promise<string> {
    const connected = await connect({ member: tenant.members.owner, account })
    return (await secretOf(connected)).refreshToken ?? ''
  }

  it('proves the token by one refresh, and has a living connection at once', async () => {
    const refresh_token = await brought()
    const before = (await steer.requests({ path: '/token' })).length
    const answer = await importToken({ refresh_token, name: 'Moved' })
    expect(answer.status).toBe(201)
    expect((await steer.requests({ path: '/token' })).length).toBe(before + 1)
    const made = await answer.json<{ id: string }>()
    expect(made).toMatchObject({ state: 'active', name: 'Moved', account: { id: 'ada' } })
    expect(JSON.stringify(made)).not.toContain(refresh_token)
    expect((await api(`/v1/connections/${made.id}/token`, { key })).status).toBe(200)
    const refreshed = await api(`/v1/connections/${made.id}/refresh`, { method: 'POST', key })
    expect(refreshed.status).toBe(200)
  })

  it('keeps nothing of a token that the service refuses', async () => {
    const before = await total()
    const told = await problem(await importToken({ refresh_token: 'nobody-gave-this' }), 'invalid_request')
    expect(told.errors).toMatchObject([{ path: 'refresh_token' }])
    expect(JSON.stringify(told)).not.toContain('nobody-gave-this')
    expect(await total()).toBe(before)
  })

  it.each([
    ['invalid_client', 'provider_misconfigured'],
    ['refuse', 'provider_unavailable'],
  ] as const)('says of %s whose trouble it is', async (action, code) => {
    const refresh_token = await brought()
    await steer.nextToken({ do: action, grant_type: 'refresh_token' })
    await problem(await importToken({ refresh_token }), code)
  })

  it('accepts only the account that login_hint names', async () => {
    const told = await problem(
      await importToken({ refresh_token: await brought('grace'), login_hint: 'ada@example.com' }),
      'invalid_request',
    )
    expect(told.errors).toMatchObject([{ path: 'login_hint' }])
  })

  it('is done once under an Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'import-1' }
    const json = { refresh_token: await brought() }
    const first = await (await importToken(json, headers)).json()
    expect(await (await importToken(json, headers)).json()).toEqual(first)
  })
})

function secretOf(connected: Connected): Promise<GrantSecret> {
  return runInDurableObject(stubOf(connected), async (_instance, { storage }) => {
    const record = storage.kv.get<ConnectionRecord>('record')
    const { vault } = testContext()
    const opened = await vault.open(
      { purpose: 'grant', workspaceId: connected.workspaceId, recordId: connected.connectionId },
      record?.grant?.sealed ?? '',
    )
    if (!opened.ok) throw new Error(opened.error)
    return JSON.parse(opened.value) as GrantSecret
  })
}
