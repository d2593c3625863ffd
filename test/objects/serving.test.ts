// What a caller is told at the moment a token ends, and for every kind of answer a token endpoint may give: the caller's
// answer through the door, the requests that reached the service, what is stored after.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appObjectName } from '../../src/domain/ids.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import type { OAuthAppRpc } from '../../src/objects/rpc.ts'
import { api } from '../http/tenant.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  consent,
  copyOf,
  editRecord,
  finish,
  newKey,
  nudge,
  reconnect,
  start,
  steer,
  stubOf,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import type { TokenAction } from '../upstream/client.ts'

const DUE_MS = 103_000
const LIFE_MS = 120_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

async function stored(connected: Connected): Promise<ConnectionRecord> {
  return runInDurableObject(stubOf(connected), (_instance, { storage }) => {
    const record = storage.kv.get<ConnectionRecord>('record')
    if (!record) throw new Error('the object is empty')
    return record
  })
}

/** The workflow's side: its key, and what it is told. */
async function caller(connected: Connected) {
  const { key } = await newKey(connected)
  const path = `/v1/connections/${connected.connectionId}/token`
  const told = async (answer: Response) => ({
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    ...(await answer.json<{ code?: string; reason?: string; access_token?: string; expires_in?: number }>()),
  })
  return {
    read: async (headers: Record<string, string> = {}) => told(await api(path, { key, headers })),
    reject: async (accessToken: string) =>
      told(await api(`${path}/rejected`, { method: 'POST', key, json: { access_token: accessToken } })),
  }
}

async function toTheMomentOfExpiry(connected: Connected): Promise<void> {
  const { grant } = await stored(connected)
  advance((grant?.expiresAt ?? 0) - Date.now())
}

describe('the exact moment of expiry', () => {
  it('64 reads, alarm, cron and a rejected report make one request, and all get the new token', async () => {
    const connected = await connect()
    const { read, reject } = await caller(connected)
    const old = (await read()).access_token ?? ''
    await toTheMomentOfExpiry(connected)
    const [rejected, , , ...reads] = await Promise.all([
      reject(old),
      runDurableObjectAlarm(stubOf(connected)),
      nudge(connected),
      ...Array.from({ length: 64 }, () => read()),
    ])
    const tokens = new Set(
      [rejected, ...reads].map(({ status, access_token }) => `${status} ${access_token}`),
    )
    expect([...tokens]).toEqual([expect.stringMatching(/^200 \S+$/)])
    expect(tokens.has(`200 ${old}`)).toBe(false)
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await stored(connected)).toMatchObject({
      generation: 2,
      state: 'active',
      journal: null,
      trouble: null,
    })
  })

  it('a millisecond before it the token is served where the service fails, at it nobody gets it', async () => {
    const connected = await connect()
    const { read } = await caller(connected)
    await steer.nextToken({ do: 'answer', status: 503, times: 9, grant_type: 'refresh_token' })
    const { grant } = await stored(connected)
    advance((grant?.expiresAt ?? 0) - Date.now() - 1)
    expect(await read()).toMatchObject({ status: 200 })
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(1)
    expect(await read()).toMatchObject({
      status: 503,
      code: 'provider_unavailable',
      retryAfter: expect.stringMatching(/^[12]$/),
    })
    expect(await read({ 'cache-control': 'no-cache' })).toMatchObject({ status: 503 })
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await stored(connected)).toMatchObject({ generation: 1, state: 'active', health: 'retrying' })
  })

  it('a reader does not wait for its turn when the alarm, which has to, came first', async () => {
    const connected = await connect()
    const { read } = await caller(connected)
    faults.paced = true
    const { appOwner: owner, appConnector, grant } = await stored(connected)
    const app = env.APPS.getByName(
      appObjectName({ owner, connector: appConnector }),
    ) as unknown as OAuthAppRpc
    advance((grant?.expiresAt ?? 0) - Date.now())
    const crowd = { owner, connector: appConnector, connectionId: 'con_another', scheduled: false }
    for (let others = 0; others < 100; others++) await app.admit(crowd)
    const [alarm, answer] = await Promise.all([runDurableObjectAlarm(stubOf(connected)), read()])
    expect(alarm).toBe(true)
    expect(answer).toMatchObject({ status: 200 })
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await stored(connected)).toMatchObject({ generation: 2, holdOff: null })
  })
})

describe('the life of a token', () => {
  it('is counted from before its request: a slow answer is served no longer than the service takes it', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'delay_answer', ms: 300, grant_type: 'refresh_token' })
    const sentAt = advance(DUE_MS)
    const alarm = runDurableObjectAlarm(stubOf(connected))
    await until(async () => (await tokenRequests('refresh_token')) === 1)
    advance(9_000)
    await alarm
    const { grant, lastRefreshedAt } = await stored(connected)
    expect(grant).toMatchObject({ obtainedAt: sentAt, expiresAt: sentAt + LIFE_MS })
    expect(lastRefreshedAt).toBe(sentAt + 9_000)
  })

  it('is counted from the exchange, however long the account takes to read', async () => {
    faults.deadlines = { identityRetryMs: [400] }
    const started = await start()
    const query = await consent(started.authorizeUrl)
    await steer.userinfo({ status: 503 })
    const receivedAt = advance(0)
    const finished = finish(started, query)
    await until(async () => (await steer.requests({ path: '/me' })).length >= 1)
    advance(9_000)
    await finished
    const { grant } = await stored(started)
    expect(grant).toMatchObject({ obtainedAt: receivedAt, expiresAt: receivedAt + LIFE_MS })
  })
})

describe('the turn of the background', () => {
  it('does not wait with a new grant for what the old one was told', async () => {
    const connected = await connect()
    const until = Date.now() + 3_600_000
    await editRecord(connected, (record) => ({ ...record, holdOff: { until, reserved: false } }))
    await reconnect(connected)
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toMatchObject({ generation: 3, holdOff: null })
  })

  it('is not taken where a reader has refreshed in the meantime', async () => {
    const connected = await connect()
    const { read } = await caller(connected)
    faults.admitMs = 1_200
    await toTheMomentOfExpiry(connected)
    const alarm = runDurableObjectAlarm(stubOf(connected))
    await until(async () => faults.admissions === 1)
    expect(await read()).toMatchObject({ status: 200 })
    await alarm
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await stored(connected)).toMatchObject({ generation: 2, holdOff: null })
  })
})

describe('a grant without a refresh token', () => {
  it('is served until it ends, then 409 whoever asks and however, and no request is made', async () => {
    const started = await start()
    const query = await consent(started.authorizeUrl)
    await steer.nextToken({ do: 'edit', remove: ['refresh_token'], grant_type: 'authorization_code' })
    await finish(started, query)
    const { read, reject } = await caller(started)
    for (let ask = 0; ask < 2; ask++)
      expect(await read({ 'cache-control': 'no-cache' })).toMatchObject({ status: 200 })
    await until(async () => (await copyOf(started)).value !== null)
    const { grant } = await stored(started)
    advance((grant?.expiresAt ?? 0) - Date.now() - 1)
    const last = await read()
    expect(last).toMatchObject({ status: 200, expires_in: 0 })
    advance(1)
    const ended = { status: 409, code: 'reauthorization_required', reason: 'no_refresh_token' }
    expect(await Promise.all(Array.from({ length: 8 }, () => read()))).toEqual(
      Array.from({ length: 8 }, () => expect.objectContaining(ended)),
    )
    expect(await read({ 'cache-control': 'no-cache' })).toMatchObject(ended)
    expect(await read({ 'cache-control': 'min-fresh=300' })).toMatchObject(ended)
    expect(await reject(last.access_token ?? '')).toMatchObject(ended)
    await runDurableObjectAlarm(stubOf(started))
    await nudge(started)
    expect(await read()).toMatchObject(ended)
    expect(await tokenRequests('refresh_token')).toBe(0)
    expect(await stored(started)).toMatchObject({
      state: 'reauthorize',
      reason: 'no_refresh_token',
      generation: 1,
    })
  })
})

interface Case {
  answer: string
  next: TokenAction
  /** What the caller whose token has ended is told. */
  told: object
  after: object
  /** What is stored then where the token has ended, if that differs. */
  ended?: object
  /** Whether the refresh token held after it is a new one. */
  rotated: boolean
}

const SERVED = { status: 200, expires_in: LIFE_MS / 1_000 }
const RENEWED = { state: 'active', health: 'ok', generation: 2, journal: null, trouble: null }
const WAIT = { status: 503, code: 'provider_unavailable', retryAfter: expect.stringMatching(/^\d+$/) }
const IN_DOUBT = { state: 'active', health: 'in_doubt', generation: 1, trouble: { class: 'in_doubt' } }
const LOST = { status: 409, code: 'reauthorization_required', reason: 'rotation_in_doubt' }
const RETRYING = { state: 'active', health: 'retrying', generation: 1, trouble: { class: 'transient' } }
const REFUSED = { state: 'active', health: 'ok', generation: 1, trouble: { class: 'config' } }

const edited = (set: Record<string, unknown>): TokenAction => ({ do: 'edit', set })
const bytes = (text: string): TokenAction => ({ do: 'bytes', base64: btoa(text) })
const renewed = { told: SERVED, after: RENEWED, rotated: true }
const doubtful = { told: WAIT, after: IN_DOUBT, rotated: false }
/** The call is seen to be over, and this service forgives no replay: nothing can bring the lost token set back. */
const lost = {
  told: LOST,
  after: IN_DOUBT,
  ended: { state: 'reauthorize', reason: 'rotation_in_doubt', generation: 1 },
  rotated: false,
}
const retried = { told: WAIT, after: RETRYING, rotated: false }

const CASES: Case[] = [
  { answer: 'no expires_in', next: { do: 'edit', remove: ['expires_in'] }, ...renewed },
  { answer: 'a negative expires_in', next: edited({ expires_in: -3600 }), ...renewed },
  { answer: 'an expires_in of zero', next: edited({ expires_in: 0 }), ...renewed },
  { answer: 'a huge expires_in', next: edited({ expires_in: 1e18 }), ...renewed },
  { answer: 'an expires_in that is no number', next: edited({ expires_in: 'soon' }), ...renewed },
  { answer: 'expires_in as text', next: edited({ expires_in: '120' }), ...renewed },
  {
    answer: 'bytes that are not UTF-8 in a field nobody needs',
    next: bytes('{"access_token":"at-1","refresh_token":"rt-1","note":"\xff\xfe"}'),
    ...renewed,
  },
  { answer: 'a token of bytes that are not UTF-8', next: bytes('{"access_token":"at\xff"}'), ...lost },
  { answer: 'nothing but bytes that are not UTF-8', next: bytes('\xff\xfe\x00\x80'), ...retried },
  { answer: 'a token with a line break', next: edited({ access_token: 'one\r\nX-Two: 2' }), ...lost },
  { answer: 'a token with a space', next: edited({ access_token: 'one two' }), ...lost },
  { answer: 'ten megabytes', next: { do: 'pad', bytes: 10_000_000 }, ...lost },
  {
    answer: 'a refresh token with a line break',
    next: edited({ refresh_token: 'one\ntwo' }),
    told: SERVED,
    after: RENEWED,
    rotated: false,
  },
  {
    answer: 'a body that never ends, drop by drop',
    next: { do: 'endless', chunk: ' ', every_ms: 20 },
    ...doubtful,
  },
  {
    answer: 'a body that never ends, faster than its limit',
    next: { do: 'endless', chunk: 'x'.repeat(16_384), every_ms: 1 },
    ...lost,
  },
  {
    answer: '302 to another host',
    next: { do: 'answer', status: 302, headers: { location: 'https://elsewhere.example/token' } },
    told: { status: 502, code: 'provider_misconfigured' },
    after: REFUSED,
    rotated: false,
  },
  { answer: '204', next: { do: 'answer', status: 204, body: '' }, ...retried },
  { answer: '200 with an error', next: { do: 'answer', body: { error: 'server_error' } }, ...retried },
  {
    answer: 'HTML with 200',
    next: { do: 'answer', body: '<html>', headers: { 'content-type': 'text/html' } },
    ...retried,
  },
]

describe.each(CASES)('an answer with $answer', ({ next, told, after, ended, rotated }) => {
  it('to a caller whose token has ended', async () => {
    const connected = await connect()
    const { read } = await caller(connected)
    const before = await stored(connected)
    await toTheMomentOfExpiry(connected)
    faults.deadlines = { tokenCallMs: 400 }
    await restart(connected)
    await steer.nextToken({ ...next, grant_type: 'refresh_token' })
    expect(await read()).toMatchObject(told)
    expect(await tokenRequests('refresh_token')).toBe(1)
    const now = await stored(connected)
    expect(now).toMatchObject(ended ?? after)
    expect(now.grant?.refreshTokenHash !== before.grant?.refreshTokenHash).toBe(rotated)
    expect(await read()).toMatchObject(told)
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it('in the background: the old token or the new one is served, never none', async () => {
    faults.deadlines = { tokenCallMs: 400 }
    const connected = await connect()
    const { read } = await caller(connected)
    const old = (await read()).access_token ?? ''
    advance(DUE_MS)
    await steer.nextToken({ ...next, grant_type: 'refresh_token' })
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(1)
    const now = await stored(connected)
    expect(now).toMatchObject(after)
    const answer = await read({ 'cache-control': 'no-cache' })
    expect(answer.status).toBe(200)
    expect(await sha256Hex(answer.access_token ?? '')).toBe(now.grant?.accessTokenHash)
    expect(answer.access_token === old).toBe(now.generation === 1)
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

/** A new instance reads its deadlines again. */
async function restart(connected: Connected): Promise<void> {
  await runInDurableObject(stubOf(connected), (_instance, ctx) => ctx.abort('restart')).catch(() => undefined)
}
