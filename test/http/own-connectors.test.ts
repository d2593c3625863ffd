// A workspace's own connectors over the API: discovery, the JSON form, and the whole walk with one.

import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { advance } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  copyOf,
  detailOf,
  editRecord,
  nudge,
  readToken,
  rowOf,
  steer,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { consentAs, PUBLIC_URL } from './browser.ts'
import { problem } from './problems.ts'
import { api, newTenant, rowsOf, type Tenant } from './tenant.ts'

const ORIGIN = env.SIGN_IN_ISSUER
const ID = 'own-crm'
const PATH = `/v1/connectors/${ID}`
const EXPIRED_MS = 121_000

let tenant: Tenant
let key: string

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  key = await tenant.key()
})

const put = (json: unknown, path = PATH, by = key) => api(path, { method: 'PUT', key: by, json })
const remove = (path = PATH, by = key) => api(path, { method: 'DELETE', key: by })

/** The smallest JSON form. */
const minimal = {
  name: 'Our CRM',
  authorize: { url: 'https://login.example.com/authorize' },
  token: { url: 'https://login.example.com/token' },
  api: { baseUrl: 'https://api.example.com/v1' },
}

async function stored(id = ID) {
  return env.DB.prepare('SELECT * FROM custom_connectors WHERE workspace_id = ? AND id = ?')
    .bind(tenant.workspaceId, id)
    .first<{ definition: string; issuer: string | null; version: number }>()
}

async function audited(): Promise<string[]> {
  const { audit = [] } = await rowsOf(tenant.workspaceId)
  return (audit as { action: string; outcome: string }[])
    .filter(({ action }) => action.startsWith('connector.'))
    .map(({ action, outcome }) => `${action} ${outcome}`)
    .sort()
}

/** Discovered at the local upstream, with its app. */
async function discoverCrm() {
  expect((await put({ issuer: ORIGIN, name: 'Our CRM', api_base_url: `${ORIGIN}/api` })).status).toBe(201)
  const app = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm }
  expect((await api(`${PATH}/app`, { method: 'PUT', key, json: app })).status).toBe(200)
}

async function connectCrm() {
  await discoverCrm()
  const visitor = await tenant.as('admin')
  const started = await visitor.post('/connections', { connector: ID, tools: 'contacts.read' })
  expect(started.status).toBe(303)
  const landed = await visitor.get(await consentAs('ada', started.headers.get('Location')))
  const connectionId = (landed.headers.get('Location') ?? '').split('/').at(-1) ?? ''
  const connected = { ...tenant.members.admin, connectionId, flowCookie: '' }
  expect(await detailOf(connected)).toMatchObject({ state: 'active', connector: ID })
  return { connected, visitor }
}

describe('an own connector found through its issuer', () => {
  it('is walked from the document to a refreshed token, also with D1 down', async () => {
    const { connected } = await connectCrm()
    const detail = await detailOf(connected)
    expect(detail).toMatchObject({
      account: { id: 'ada', email: 'ada@example.com' },
      appOwner: tenant.workspaceId,
      appConnector: ID,
      name: 'Our CRM - Ada Lovelace',
    })
    const path = `/v1/connections/${connected.connectionId}`
    const first = await (await api(`${path}/token`, { key })).json<{
      access_token: string
      connector: string
    }>()
    expect(first.connector).toBe(ID)
    const proxied = await api(`${path}/proxy/contacts`, { key })
    expect(await proxied.json()).toMatchObject({ contacts: [{ name: 'Charles Babbage' }] })
    for (const d1Down of [false, true]) {
      faults.d1Down = d1Down
      advance(EXPIRED_MS)
      const answer = await readToken(connected)
      expect(answer).toMatchObject({ ok: true, value: { generation: d1Down ? 3 : 2 } })
    }
    expect(await tokenRequests('refresh_token')).toBe(2)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok' })
  })

  it('takes from the document what it says, and care where it says nothing', async () => {
    await discoverCrm()
    const row = await stored()
    expect(row).toMatchObject({ issuer: ORIGIN, version: 1 })
    expect(JSON.parse(row?.definition ?? '')).toMatchObject({
      id: ID,
      category: 'Your own',
      confidence: 'unverified',
      authorize: {
        url: `${ORIGIN}/auth`,
        pkce: 'S256',
        params: { prompt: 'consent' },
        issuer: ORIGIN,
        issuerAlwaysNamed: true,
        loginHintParam: 'login_hint',
      },
      token: { url: `${ORIGIN}/token`, clientAuth: 'client_secret_basic' },
      baseScopes: ['openid', 'email', 'profile', 'offline_access'],
      identity: { url: `${ORIGIN}/me`, id: 'sub', emailVerified: 'email_verified' },
      revocation: { style: 'rfc7009', url: `${ORIGIN}/token/revocation`, clientAuth: 'client_secret_basic' },
      refresh: { rotates: true, replay: { rule: 'once' } },
    })
    const shown = await (await api(PATH, { key })).json<Record<string, unknown>>()
    expect(shown).toMatchObject({ id: ID, custom: true, confidence: 'unverified', app_configured: true })
    expect(await audited()).toEqual(['connector.created ok'])
  })

  it('tells what its tools need without D1, from the copy and from the object', async () => {
    const { connected } = await connectCrm()
    for (let reads = 0; reads < 2; reads++) await readToken(connected)
    await until(async () => (await copyOf(connected)).value !== null)
    faults.d1Down = true
    for (const noCache of [true, false]) {
      expect(await readToken(connected, { noCache, tools: ['contacts.read'] })).toMatchObject({ ok: true })
      expect(await readToken(connected, { noCache, tools: ['contacts.write'] })).toMatchObject({
        ok: false,
        error: { code: 'insufficient_scope', missingScopes: ['contacts.write'] },
      })
      for (const unknown of ['nothing', 'constructor', '__proto__']) {
        expect(await readToken(connected, { noCache, tools: [unknown] })).toMatchObject({
          ok: false,
          error: { code: 'invalid_request' },
        })
      }
    }
  })

  it('is reconnected, refreshed by the alarm, and its lost object rebuilt', async () => {
    const { connected, visitor } = await connectCrm()
    const again = await visitor.post(`/connections/${connected.connectionId}/reconnect`)
    await visitor.get(await consentAs('ada', again.headers.get('Location')))
    expect(await detailOf(connected)).toMatchObject({ generation: 2 })
    advance(110_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ generation: 3, health: 'ok' })
    const lost = { ...connected, connectionId: `con_${'z'.repeat(26)}` }
    const row = await rowOf(connected)
    expect(await nudge(lost, { ...row, id: lost.connectionId })).toEqual({ result: 'empty' })
    expect(await detailOf(lost)).toMatchObject({
      state: 'reauthorize',
      connector: ID,
      reason: 'grant_missing',
    })
  })

  it('is never given the OAuth app of the deployment', async () => {
    expect(testContext().config.deploymentApps.has(ID)).toBe(true)
    await put({ issuer: ORIGIN })
    expect(await (await api(PATH, { key })).json()).toMatchObject({ app_configured: false })
    await problem(
      await api('/v1/connections', { method: 'POST', key, json: { connector: ID } }),
      'app_not_configured',
    )
  })
})

describe('hosts that change under living connections', () => {
  const elsewhere = { ...minimal, token: { url: 'https://evil.example.com/token' } }

  it('get neither the refresh token nor the secret: the connection waits for a reconnect', async () => {
    const { connected } = await connectCrm()
    const before = await env.DB.prepare('SELECT * FROM oauth_apps WHERE connector = ?').bind(ID).first()
    expect(before).not.toBeNull()
    expect((await put(elsewhere)).status).toBe(200)
    expect(await audited()).toEqual(['connector.changed hosts_changed', 'connector.created ok'])
    const { oauth_apps: apps } = await rowsOf(tenant.workspaceId)
    expect(apps).toEqual([])
    const app = { client_id: 'local-crm', client_secret: 'another' }
    await api(`${PATH}/app`, { method: 'PUT', key, json: app })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_misconfigured' } })
    expect(await tokenRequests('refresh_token')).toBe(0)
    const { trouble } = await detailOf(connected)
    expect(trouble).toMatchObject({ class: 'config', detail: expect.stringContaining('Reconnect') })
  })

  it('are those of before again: the connection goes on by itself', async () => {
    const { connected } = await connectCrm()
    const { definition } = (await stored()) ?? { definition: '' }
    await put(elsewhere)
    advance(EXPIRED_MS)
    await readToken(connected)
    expect((await put(JSON.parse(definition))).status).toBe(200)
    const app = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm }
    await api(`${PATH}/app`, { method: 'PUT', key, json: app })
    advance(EXPIRED_MS)
    await stubOf(connected).refreshNow(connected)
    expect(await detailOf(connected)).toMatchObject({ generation: 2, health: 'ok' })
  })

  it('get no code: a consent under way ends with a word', async () => {
    await discoverCrm()
    const visitor = await tenant.as('admin')
    const started = await visitor.post('/connections', { connector: ID, tools: 'contacts.read' })
    const callback = await consentAs('ada', started.headers.get('Location'))
    await put(elsewhere)
    await api(`${PATH}/app`, {
      method: 'PUT',
      key,
      json: { client_id: 'local-crm', client_secret: 'another' },
    })
    expect((await visitor.get(callback)).status).toBe(303)
    expect(await tokenRequests('authorization_code')).toBe(0)
    const connectionId = new URL(started.headers.get('Location') ?? '').searchParams
      .get('state')
      ?.split('.')[1]
    const flow = { ...tenant.members.admin, connectionId: connectionId ?? '', flowCookie: '' }
    expect(await detailOf(flow)).toMatchObject({ state: 'pending', notice: { kind: 'app_refused' } })
  })

  it('get no API call either, until the token is one of theirs', async () => {
    const { connected, visitor } = await connectCrm()
    const definition = JSON.parse((await stored())?.definition ?? '{}')
    await put({ ...definition, api: { ...definition.api, baseUrl: 'https://evil.example.com' } })
    const app = { client_id: 'local-crm', client_secret: 'another' }
    await api(`${PATH}/app`, { method: 'PUT', key, json: app })
    // Not even once a consent at the new ones has begun.
    const begun = await visitor.post(`/connections/${connected.connectionId}/reconnect`)
    expect(begun.status).toBe(303)
    const answer = await api(`/v1/connections/${connected.connectionId}/proxy/contacts`, { key })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toHaveProperty('contacts')
  })

  it('are looked at again at use: an address of loopback or of our own is not called', async () => {
    const { connected } = await connectCrm()
    const definition = JSON.parse((await stored())?.definition ?? '{}')
    definition.token.url = `${PUBLIC_URL}/token`
    await env.DB.prepare('UPDATE custom_connectors SET definition = ? WHERE workspace_id = ?')
      .bind(JSON.stringify(definition), tenant.workspaceId)
      .run()
    await editRecord(connected, (record) => {
      const { boundTo: _, ...grant } = record.grant ?? ({} as never)
      return { ...record, grant }
    })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_misconfigured' } })
    expect(await tokenRequests('refresh_token')).toBe(0)
  })
})

describe('PUT and DELETE /v1/connectors/{id}', () => {
  it('create, replace, and delete, and say so', async () => {
    expect((await put(minimal)).status).toBe(201)
    const again = await put({ ...minimal, name: 'Renamed' })
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ id: ID, name: 'Renamed', custom: true, category: 'Your own' })
    expect((await put({ ...minimal, name: 'Renamed' })).status).toBe(200)
    expect(await stored()).toMatchObject({ version: 2 })
    const list = await (await api('/v1/connectors', { key })).json<{ data: { id: string }[] }>()
    expect(list.data.map(({ id }) => id)).toContain(ID)
    expect(await (await remove()).json()).toEqual({ connector: ID, removed: true })
    await problem(await remove(), 'connector_not_found')
    expect(await audited()).toEqual(['connector.changed ok', 'connector.created ok', 'connector.deleted ok'])
  })

  it('delete the app too: another connector of this id never gets its secret', async () => {
    await put(minimal)
    await api(`${PATH}/app`, { method: 'PUT', key, json: { client_id: 'a', client_secret: 'b' } })
    await remove()
    await put(elsewhereOf())
    expect(await (await api(PATH, { key })).json()).toMatchObject({ app_configured: false })
  })

  it('do not delete what a connection uses, and say how many do', async () => {
    const { connected } = await connectCrm()
    const body = await problem(await remove(), 'conflict')
    expect(body.detail).toBe('One connection uses this connector. Delete what uses it first.')
    await api(`/v1/connections/${connected.connectionId}`, { method: 'DELETE', key })
    expect((await remove()).status).toBe(200)
  })

  it.each([
    ['crm', 'use own-crm'],
    ['google', 'use own-google'],
    ['own-', 'Begin with own-'],
    ['own-Ü', 'Begin with own-'],
    ['own--a', 'Begin with own-'],
    [`own-${'a'.repeat(61)}`, '64 characters at most'],
    ['__proto__', 'Begin with own-'],
  ])('take no id that is not one of an own connector: %s', async (id, words) => {
    for (const json of [minimal, { issuer: ORIGIN }]) {
      const answer = await put(json, `/v1/connectors/${encodeURIComponent(id)}`)
      const { errors } = await problem(answer, 'invalid_request')
      expect(errors).toEqual([{ path: 'id', message: expect.stringContaining(words) }])
    }
    expect(await steer.requests()).toEqual([])
  })

  it('leave the catalog as it is', async () => {
    await problem(await remove('/v1/connectors/google'), 'conflict')
  })

  it('take nothing but one JSON object, and not both forms', async () => {
    await problem(await api(PATH, { method: 'PUT', key, body: '[]' }), 'invalid_request')
    await problem(await api(PATH, { method: 'PUT', key, body: 'no json' }), 'invalid_request')
    await problem(await put({ ...minimal, issuer: ORIGIN }), 'invalid_request')
    await problem(await put({ ...minimal, id: 'own-other' }), 'invalid_request')
    await problem(await put({}), 'invalid_request')
    await problem(await put({ name: 'x'.repeat(70_000) }), 'payload_too_large')
    expect(await stored()).toBeNull()
  })

  it('belong to the workspace: to others it does not exist', async () => {
    await connectCrm()
    const other = await newTenant()
    const theirs = await other.key()
    await problem(await api(PATH, { key: theirs }), 'connector_not_found')
    await problem(await remove(PATH, theirs), 'connector_not_found')
    for (const method of ['GET', 'DELETE']) {
      await problem(await api(`${PATH}/app`, { method, key: theirs }), 'connector_not_found')
    }
    const app = { client_id: 'a', client_secret: 'b' }
    await problem(await api(`${PATH}/app`, { method: 'PUT', key: theirs, json: app }), 'connector_not_found')
    const json = { connector: ID }
    await problem(await api('/v1/connections', { method: 'POST', key: theirs, json }), 'connector_not_found')
    const list = await (await api('/v1/connectors', { key: theirs })).text()
    expect(list).not.toContain('Our CRM')
    // Theirs of the same id is another one.
    expect((await put(minimal, PATH, theirs)).status).toBe(201)
    expect(JSON.parse((await stored())?.definition ?? '')).toMatchObject({
      token: { url: `${ORIGIN}/token` },
    })
  })

  it('are open to a key only for the connectors that it names', async () => {
    const narrow = await tenant.key({ connectors: ['google'] })
    await problem(await put(minimal, PATH, narrow), 'connector_not_found')
    await put(minimal)
    await problem(await remove(PATH, narrow), 'connector_not_found')
  })
})

function elsewhereOf() {
  return { ...minimal, token: { url: 'https://other.example.com/token' } }
}
