// The whole walk with a workspace's own connector: found through its issuer, connected, held; and hosts that change.

import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { advance } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  copyOf,
  detailOf,
  editRecord,
  loseStorage,
  nudge,
  readToken,
  steer,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { consentAs, PUBLIC_URL } from './browser.ts'
import { type Crm, ID, minimal, newCrm, ORIGIN, PATH } from './own-crm.ts'
import { problem } from './problems.ts'
import { api, rowsOf, type Tenant } from './tenant.ts'

const EXPIRED_MS = 121_000

let crm: Crm
let tenant: Tenant
let key: string

beforeEach(async () => {
  mend()
  await steer.reset()
  crm = await newCrm()
  tenant = crm.tenant
  key = crm.key
})

describe('an own connector found through its issuer', () => {
  it('is walked from the document to a refreshed token, also with D1 down', async () => {
    const { connected } = await crm.connect()
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
    await crm.discover()
    const row = await crm.stored()
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
    expect(await crm.audited()).toEqual(['connector.created ok'])
  })

  it('tells what its tools need without D1, from the copy and from the object', async () => {
    const { connected } = await crm.connect()
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
    const { connected, visitor } = await crm.connect()
    const again = await visitor.post(`/connections/${connected.connectionId}/reconnect`)
    await visitor.get(await consentAs('ada', again.headers.get('Location')))
    expect(await detailOf(connected)).toMatchObject({ generation: 2 })
    advance(110_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ generation: 3, health: 'ok' })
    await loseStorage(connected)
    expect(await nudge(connected)).toEqual({ result: 'empty' })
    expect(await detailOf(connected)).toMatchObject({
      state: 'reauthorize',
      connector: ID,
      reason: 'grant_missing',
    })
  })

  it('is never given the OAuth app of the deployment', async () => {
    expect(testContext().config.deploymentApps.has(ID)).toBe(true)
    await crm.put({ issuer: ORIGIN })
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
    const { connected } = await crm.connect()
    const before = await env.DB.prepare('SELECT * FROM oauth_apps WHERE connector = ?').bind(ID).first()
    expect(before).not.toBeNull()
    expect((await crm.put(elsewhere)).status).toBe(200)
    expect(await crm.audited()).toEqual(['connector.changed hosts_changed', 'connector.created ok'])
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
    const { connected } = await crm.connect()
    const { definition } = (await crm.stored()) ?? { definition: '' }
    await crm.put(elsewhere)
    advance(EXPIRED_MS)
    await readToken(connected)
    expect((await crm.put(JSON.parse(definition))).status).toBe(200)
    const app = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm }
    await api(`${PATH}/app`, { method: 'PUT', key, json: app })
    advance(EXPIRED_MS)
    await stubOf(connected).refreshNow(connected)
    expect(await detailOf(connected)).toMatchObject({ generation: 2, health: 'ok' })
  })

  it('get no code: a consent under way ends with a word', async () => {
    await crm.discover()
    const visitor = await tenant.as('admin')
    const started = await visitor.post('/connections', { connector: ID, tools: 'contacts.read' })
    const callback = await consentAs('ada', started.headers.get('Location'))
    await crm.put(elsewhere)
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
    const { connected, visitor } = await crm.connect()
    const definition = JSON.parse((await crm.stored())?.definition ?? '{}')
    await crm.put({ ...definition, api: { ...definition.api, baseUrl: 'https://evil.example.com' } })
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
    const { connected } = await crm.connect()
    const definition = JSON.parse((await crm.stored())?.definition ?? '{}')
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
