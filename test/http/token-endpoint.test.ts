import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, editRecord, start, steer, stubOf } from '../setup/harness.ts'
import { PUBLIC_URL } from './browser.ts'
import { tokenRequests } from './flow.ts'
import { problem } from './problems.ts'
import { type ApiInit, api, counted, newTenant, type Tenant } from './tenant.ts'

const SCOPE = 'openid email profile offline_access contacts.read'

interface Token {
  access_token: string
  expires_in: number | null
  expires_at: string | null
}

let tenant: Tenant
let key: string

beforeAll(async () => {
  tenant = await newTenant()
  key = await tenant.key()
})
beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

const connectHere = (options = {}) => connect({ member: tenant.members.owner, ...options })

function read({ connectionId }: { connectionId: string }, query = '', init: ApiInit = {}) {
  return api(`/v1/connections/${connectionId}/token${query}`, { key, ...init }, counted().fetch)
}

async function tokenOf(answer: Response): Promise<Token> {
  expect(answer.status).toBe(200)
  return answer.json<Token>()
}

async function refreshed(connected: Connected, cacheControl?: string): Promise<boolean> {
  const before = await tokenRequests()
  const headers: Record<string, string> = cacheControl ? { 'Cache-Control': cacheControl } : {}
  await tokenOf(await read(connected, '', { headers }))
  return (await tokenRequests()) > before
}

describe('the answer', () => {
  it('is what the contract says, field by field, and works at the service', async () => {
    const connected = await connectHere()
    const before = Date.now()
    const answer = await read(connected)
    expect(answer.headers.get('Content-Type')).toContain('application/json')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{32}$/)
    const token = await answer.json<Record<string, unknown>>()
    expect(token).toEqual({
      access_token: expect.stringMatching(/^[\w-]{20,}$/),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      scope: SCOPE,
      connection_id: connected.connectionId,
      connector: 'local',
    })
    const { expires_in, expires_at } = token as unknown as { expires_in: number; expires_at: string }
    expect(Number.isInteger(expires_in)).toBe(true)
    expect(expires_in).toBeGreaterThan(110)
    expect(expires_in).toBeLessThanOrEqual(120)
    expect(Math.abs(Date.parse(expires_at) - before - 120_000)).toBeLessThan(5_000)
    const me = await fetch(`${env.SIGN_IN_ISSUER}/api/me`, {
      headers: { Authorization: `Bearer ${token.access_token}` },
    })
    expect(me.status).toBe(200)
  })

  it('has null for both times where the provider gave none', async () => {
    await steer.nextToken({ do: 'edit', remove: ['expires_in'] })
    const connected = await connectHere()
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, expiresAt: null, dueAt: null },
    }))
    const token = await tokenOf(await read(connected))
    expect(token).toMatchObject({ expires_in: null, expires_at: null })
  })

  it('to HEAD is the same without a body', async () => {
    const connected = await connectHere()
    const answer = await read(connected, '', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toContain('application/json')
    expect(await answer.text()).toBe('')
  })

  it.each([
    ['POST', 'token', 'GET, HEAD'],
    ['DELETE', 'token', 'GET, HEAD'],
    ['GET', 'token/rejected', 'POST'],
    ['PUT', 'token/rejected', 'POST'],
  ])('to %s …/%s is 405 and names what works', async (method, path, allow) => {
    const answer = await api(`/v1/connections/con_${'a'.repeat(26)}/${path}`, { key, method })
    expect(answer.headers.get('Allow')).toBe(allow)
    await problem(answer, 'method_not_allowed')
  })
})

describe('freshness', () => {
  it('a new token is not refreshed for freshness, however much is asked', async () => {
    const connected = await connectHere()
    expect(await refreshed(connected, 'min-fresh=300')).toBe(false)
    expect(await refreshed(connected, 'no-cache')).toBe(false)
  })

  it('a token with less left than a quarter of its life is refreshed before the answer', async () => {
    const connected = await connectHere()
    const old = await tokenOf(await read(connected))
    advance(91_000)
    const token = await tokenOf(await read(connected))
    expect(token.access_token).not.toBe(old.access_token)
    expect(token.expires_in).toBeGreaterThan(100)
    expect(await tokenRequests()).toBe(2)
  })

  it.each([
    ['min-fresh=300', true],
    ['max-age=0, Min-Fresh="300"', true],
    ['min-fresh=99999999999', true],
    ['min-fresh=10', false],
    ['min-fresh=soon', false],
    ['min-fresh=-300', false],
  ])('Cache-Control: %s with 250 of 3600 seconds left: refreshed %s', async (header, expected) => {
    await steer.settings({ access_token_ttl: 3600 })
    const connected = await connectHere()
    await runInDurableObject(stubOf(connected), (_, state) => state.storage.deleteAlarm())
    advance(3_350_000)
    const before = await tokenOf(await read(connected, '', { headers: { 'Cache-Control': header } }))
    expect((before.expires_in ?? 0) > 1000).toBe(expected)
  })

  it('an expired token is never answered', async () => {
    const connected = await connectHere()
    const old = await tokenOf(await read(connected))
    advance(121_000)
    await steer.nextToken({ do: 'answer', status: 503, body: 'down', times: 9 })
    const answer = await read(connected)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    const text = await answer.clone().text()
    await problem(answer, 'provider_unavailable')
    expect(text).not.toContain(old.access_token)
  })

  it('a token that lives is answered while the provider fails', async () => {
    const connected = await connectHere()
    const old = await tokenOf(await read(connected))
    advance(100_000)
    await steer.nextToken({ do: 'answer', status: 503, body: 'down', times: 9 })
    const token = await tokenOf(await read(connected))
    expect(token.access_token).toBe(old.access_token)
    expect(token.expires_in).toBeLessThanOrEqual(20)
  })

  it('an app the service refuses is the app’s trouble, once the token has ended', async () => {
    const connected = await connectHere()
    advance(121_000)
    await steer.nextToken({ do: 'invalid_client', times: 9 })
    await problem(await read(connected), 'provider_misconfigured')
  })
})

describe('what the caller needs', () => {
  it.each([
    '?scope=contacts.read',
    '?scope=openid%20contacts.read',
    '?scope=openid+email',
    '?tool=contacts.read',
    '?scope=&tool=',
    '?tool=contacts.read&scope=openid',
  ])('and is there: %s', async (query) => {
    expect((await read(await connectHere(), query)).status).toBe(200)
  })

  it.each([
    ['?scope=deals.read', ['deals.read']],
    ['?scope=contacts.read%20contacts.write%20deals.read', ['contacts.write', 'deals.read']],
    ['?tool=deals.read', ['deals.read']],
    ['?tool=contacts.read&tool=contacts.write', ['contacts.write']],
    ['?tool=deals.read&scope=deals.read', ['deals.read']],
    ['?scope=contacts.read&scope=deals.read', ['deals.read']],
    ['?scope=openid&tool=contacts.read&scope=%20&scope=deals.read%20email', ['deals.read']],
    ['?scope=CONTACTS.READ', ['CONTACTS.READ']],
  ])('and is missing: %s', async (query, missing) => {
    const connected = await connectHere()
    const answer = await read(connected, query)
    const text = await answer.clone().text()
    expect(await problem(answer, 'insufficient_scope')).toMatchObject({
      missing_scopes: missing,
      reconnect_url: `${PUBLIC_URL}/connections/${connected.connectionId}`,
    })
    expect(text).not.toContain('access_token')
  })

  it('follows what was granted, not what was asked for', async () => {
    const connected = await connectHere({
      scopes: ['openid', 'offline_access'],
      tools: ['contacts.read', 'deals.read'],
    })
    const found = await problem(await read(connected, '?tool=deals.read'), 'insufficient_scope')
    expect(found.missing_scopes).toEqual(['deals.read'])
  })

  it.each(['?tool=gmail.send', '?tool=Contacts.Read', '?tool=%00'])('is unknown: %s', async (query) => {
    expect(await problem(await read(await connectHere(), query), 'invalid_request')).toMatchObject({
      errors: [{ path: 'tool', message: expect.stringContaining('has no tool') }],
    })
  })
})

describe('a state without a token', () => {
  it('pending', async () => {
    await problem(await read(await start({ member: tenant.members.owner })), 'connection_pending')
  })

  it('paused, and back', async () => {
    const connected = await connectHere()
    const patch = (paused: boolean) =>
      api(`/v1/connections/${connected.connectionId}`, { key, method: 'PATCH', json: { paused } })
    await patch(true)
    await problem(await read(connected), 'connection_paused')
    await problem(
      await read(connected, '', { headers: { 'Cache-Control': 'no-cache' } }),
      'connection_paused',
    )
    await patch(false)
    expect((await read(connected)).status).toBe(200)
  })

  it('reauthorize: with the reason and where a person can mend it', async () => {
    const connected = await connectHere()
    advance(121_000)
    await steer.nextToken({ do: 'invalid_grant' })
    const found = await problem(await read(connected), 'reauthorization_required')
    expect(found).toMatchObject({
      reason: 'grant_revoked',
      reconnect_url: `${PUBLIC_URL}/connections/${connected.connectionId}`,
    })
    await problem(await read(connected), 'reauthorization_required')
    expect(await tokenRequests()).toBe(2)
  })

  it('deleted', async () => {
    const connected = await connectHere()
    await api(`/v1/connections/${connected.connectionId}`, { key, method: 'DELETE' })
    await problem(await read(connected), 'connection_not_found')
  })
})

describe('an id that is no connection is 404, and wakes no object', () => {
  it.each([
    'x',
    'con_',
    `con_${'a'.repeat(25)}`,
    `con_${'a'.repeat(27)}`,
    `CON_${'a'.repeat(26)}`,
    `con_${'A'.repeat(26)}`,
    `con_${'a'.repeat(25)}%00`,
    `con_${'a'.repeat(26)}%20`,
    'con_%F0%9F%92%A9aaaaaaaaaaaaaaaaaaaaaaaaa',
    '..%2F..%2Fx',
    "'%20OR%201=1--",
    'a'.repeat(4000),
  ])('%s', async (id) => {
    const { calls, fetch } = counted()
    await problem(await api(`/v1/connections/${id}/token`, { key }, fetch), 'connection_not_found')
    const json = { access_token: 'x' }
    const report = { key, method: 'POST', json }
    await problem(await api(`/v1/connections/${id}/token/rejected`, report, fetch), 'connection_not_found')
    expect(calls.objects).toEqual([])
  })

  it('nor does one that nobody has write anything', async () => {
    const connectionId = `con_${'0'.repeat(26)}`
    await problem(await read({ connectionId }), 'connection_not_found')
    const stored = await runInDurableObject(
      stubOf({ workspaceId: tenant.workspaceId, connectionId }),
      async (_, state) => [...state.storage.kv.list(), await state.storage.getAlarm()],
    )
    expect(stored).toEqual([null])
  })
})
