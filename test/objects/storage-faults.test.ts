// The object's own storage failing after a rotation, alone and with D1 and KV down; what people do while a refresh is
// under way; a token endpoint slower than every deadline across an instance that dies. Rules 1, 2 and 5.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Replay } from '../../src/domain/connector.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { renameConnection } from '../../src/services/change-connection.ts'
import { saveApp } from '../../src/services/oauth-apps.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend, type StorageFailure } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  copyOf,
  detailOf,
  editRecord,
  readToken,
  reconnect,
  rowOf,
  steer,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import type { TokenAction } from '../upstream/client.ts'

const DUE_MS = 103_000
const EXPIRED_MS = 121_000
/** Before and after a call that began can no longer be in flight. */
const STILL_OPEN_MS = 34_000
const CALL_OVER_MS = 36_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

function stored(connected: Connected): Promise<ConnectionRecord | undefined> {
  return runInDurableObject(stubOf(connected), (_instance, { storage }) =>
    storage.kv.get<ConnectionRecord>('record'),
  )
}

async function token(connected: Connected): Promise<string> {
  const answer = await readToken(connected)
  if (!answer.ok) throw new Error(answer.error.code)
  return answer.value.accessToken
}

async function worksAtService(accessToken: string): Promise<boolean> {
  const { status, body } = await fetch(`${inject('upstreamOrigin')}/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await body?.cancel()
  return status === 200
}

function storageFails(how: StorageFailure): void {
  faults.storageFails = { from: 'refresh:answered', how }
}

function storageMended(): void {
  faults.storageFails = undefined
  faults.storage = undefined
}

const OUTAGES = [
  { with: 'D1 and KV up', outage: {} },
  { with: 'D1 down', outage: { d1Down: true } },
  { with: 'KV down', outage: { kvDown: true } },
  { with: 'D1 and KV down', outage: { d1Down: true, kvDown: true } },
]

describe.each(OUTAGES)('storage that takes no write after the rotation, $with', ({ outage }) => {
  async function refreshUnstored(connector: string): Promise<Connected> {
    const connected = await connect({ connector })
    const held = await token(connected)
    Object.assign(faults, outage)
    storageFails('put')
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'temporarily_unavailable' },
    })
    expect(await tokenRequests('refresh_token')).toBe(1)
    storageMended()
    const record = await stored(connected)
    expect(record).toMatchObject({ generation: 1, state: 'active' })
    expect(record?.journal?.refreshTokenHash).toBe(record?.grant?.refreshTokenHash)
    // Neither the old token, which has ended, nor the new one, which nobody stored.
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
    expect(await readToken(connected, { noCache: false })).toMatchObject({ ok: false })
    expect(await worksAtService(held)).toBe(true)
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(CALL_OVER_MS)
    return connected
  }

  it('replay never: nobody gets the token that was not stored, and a person is asked', async () => {
    const connected = await refreshUnstored('local')
    const asked = { ok: false, error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' } }
    expect(await readToken(connected)).toMatchObject(asked)
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await stored(connected)).toMatchObject({ state: 'reauthorize', generation: 1, journal: null })
  })

  it('replay in grace: the same answer is fetched again and stored', async () => {
    const connected = await refreshUnstored('local-lenient')
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await tokenRequests('refresh_token')).toBe(2)
    expect(await stored(connected)).toMatchObject({ state: 'active', generation: 2, journal: null })
    expect(await worksAtService(await token(connected))).toBe(true)
  })

  it('in the background: the alarm rings on, and the old token is served while it lives', async () => {
    const connected = await connect()
    Object.assign(faults, outage)
    storageFails('put')
    advance(DUE_MS)
    expect(await runDurableObjectAlarm(stubOf(connected))).toBe(true)
    expect(await tokenRequests('refresh_token')).toBe(1)
    storageMended()
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    expect(await runDurableObjectAlarm(stubOf(connected))).toBe(true)
    advance(EXPIRED_MS - DUE_MS + CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toMatchObject({ state: 'reauthorize', reason: 'rotation_in_doubt' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

describe.each(OUTAGES)('storage that does not promise, $with', ({ outage }) => {
  it('the caller of an unconfirmed rotation gets no token; the stored one is served once it is', async () => {
    const connected = await connect()
    Object.assign(faults, outage)
    storageFails('sync')
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'temporarily_unavailable' },
    })
    storageMended()
    expect(await stored(connected)).toMatchObject({ state: 'active', generation: 2, journal: null })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
  })

  it('no call leaves whose note is not confirmed', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    Object.assign(faults, outage)
    advance(EXPIRED_MS)
    faults.storage = 'sync'
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'temporarily_unavailable' },
    })
    expect(await tokenRequests('refresh_token')).toBe(0)
    storageMended()
    advance(CALL_OVER_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it('no call leaves whose note could not be written, and the next read makes one', async () => {
    const connected = await connect()
    Object.assign(faults, outage)
    advance(EXPIRED_MS)
    faults.storage = 'put'
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'temporarily_unavailable' },
    })
    expect(await tokenRequests('refresh_token')).toBe(0)
    storageMended()
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

describe('an answer that was lost', () => {
  it('is fetched again inside the window although the service is down for a moment when it is asked', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    await steer.nextToken({ do: 'drop', grant_type: 'refresh_token' })
    await steer.nextToken({ do: 'answer', status: 503, grant_type: 'refresh_token' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    advance(CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(2)
    expect(await stored(connected)).toMatchObject({ state: 'active', health: 'in_doubt', generation: 1 })
    advance(10_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toMatchObject({ state: 'active', health: 'ok', generation: 2 })
    expect(await tokenRequests('refresh_token')).toBe(3)
  })

  it('stays lost where the next attempt fails before it leaves, so that no spent token is sent later', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    await steer.nextToken({ do: 'drop', grant_type: 'refresh_token' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    const lost = await stored(connected)
    expect(lost).toMatchObject({ health: 'in_doubt', trouble: { class: 'in_doubt' } })
    const other = { clientId: 'another', clientSecret: 'secret', secretExpires: '' }
    const form = { ...other, params: { origin: inject('upstreamOrigin') } }
    await saveApp(testContext(), connected, 'local-lenient', form, Date.now())
    advance(CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toMatchObject({
      state: 'active',
      health: 'in_doubt',
      trouble: { class: 'config' },
      journal: lost?.journal,
    })
    await env.DB.prepare('DELETE FROM oauth_apps WHERE workspace_id = ?').bind(connected.workspaceId).run()
    // The service forgives a replay for a minute, and that is over.
    advance(60_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toMatchObject({ state: 'reauthorize', reason: 'rotation_in_doubt' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

/** A refresh by alarm that is at the service when this resolves. */
async function refreshUnderWay(connected: Connected, next: TokenAction): Promise<{ over: Promise<unknown> }> {
  await steer.nextToken({ ...next, grant_type: 'refresh_token' })
  advance(DUE_MS)
  const over = runDurableObjectAlarm(stubOf(connected))
  await until(async () => (await tokenRequests('refresh_token')) === 1)
  return { over }
}

describe('while a refresh is under way', () => {
  const SLOW: TokenAction = { do: 'delay_answer', ms: 300 }

  it('a new name stands', async () => {
    const connected = await connect()
    const refresh = await refreshUnderWay(connected, SLOW)
    await renameConnection(testContext(), { ...connected, actor: connected.id }, 'Newsletter', Date.now())
    await refresh.over
    expect(await detailOf(connected)).toMatchObject({ name: 'Newsletter', generation: 2, state: 'active' })
    expect(await rowOf(connected)).toMatchObject({ name: 'Newsletter' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it.each<[string, TokenAction]>([
    ['succeeds', SLOW],
    ['fails', { do: 'answer', status: 503, ms: 300 }],
    ['ends the grant', { do: 'answer', status: 400, body: { error: 'invalid_grant' }, ms: 300 }],
  ])('a deletion stands, where the refresh then %s', async (_, next) => {
    const connected = await connect()
    const held = await token(connected)
    await readToken(connected)
    await until(async () => (await copyOf(connected)).value !== null)
    const refresh = await refreshUnderWay(connected, next)
    const removed = await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect(removed).toMatchObject({ ok: true })
    await refresh.over
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'connection_not_found' } })
    expect(await stored(connected)).toMatchObject({ grant: null, deletion: { phase: 'cleared' } })
    expect(await rowOf(connected)).toBeNull()
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { state: 'deleted' } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
    expect(await worksAtService(held)).toBe(false)
    advance(EXPIRED_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toBeUndefined()
    expect(await rowOf(connected)).toBeNull()
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { state: 'deleted' } })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it.each<[string, TokenAction]>([
    ['succeeds', SLOW],
    ['fails', { do: 'answer', status: 503, ms: 300 }],
    [
      'is told that the old grant is dead',
      { do: 'answer', status: 400, body: { error: 'invalid_grant' }, ms: 300 },
    ],
    [
      'is told that the app is refused',
      { do: 'answer', status: 401, body: { error: 'invalid_client' }, ms: 300 },
    ],
    ['never answers', { do: 'hang' }],
  ])('a reconnect stands, where the refresh then %s', async (_, next) => {
    faults.deadlines = { tokenCallMs: 500 }
    const connected = await connect()
    const refresh = await refreshUnderWay(connected, next)
    await reconnect(connected)
    const fresh = await token(connected)
    const held = await stored(connected)
    expect(held).toMatchObject({ state: 'active', generation: 2 })
    await refresh.over
    expect(await stored(connected)).toMatchObject({
      state: 'active',
      health: 'ok',
      generation: 2,
      grant: held?.grant,
      journal: null,
      trouble: null,
    })
    expect(await token(connected)).toBe(fresh)
    expect(await worksAtService(fresh)).toBe(true)
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
    expect(await worksAtService(await token(connected))).toBe(true)
    expect((await steer.stats()).max_in_flight_per_refresh_token).toBe(1)
  })
})

describe('a token endpoint slower than every deadline, across an instance that dies', () => {
  const RULES: [string, Replay, number][] = [
    ['never', { rule: 'never' }, 1],
    ['once', { rule: 'once', pauseSeconds: 5 }, 2],
    ['in grace', { rule: 'grace', windowSeconds: 60 }, 2],
  ]

  /** The instance dies while its request hangs at the service. */
  async function dieInFlight(replay: Replay): Promise<Connected> {
    const connected = await connect({ connector: 'local-lenient' })
    await editRecord(connected, (record) => ({ ...record, rules: { ...record.rules, replay } }))
    await steer.nextToken({ do: 'delay', ms: 600, grant_type: 'refresh_token' })
    advance(EXPIRED_MS)
    const reader = readToken(connected)
    await until(async () => (await steer.stats()).in_flight === 1)
    await runInDurableObject(stubOf(connected), (_instance, ctx) => ctx.abort('moved')).catch(() => undefined)
    expect(await reader).toMatchObject({ ok: false, error: { code: 'temporarily_unavailable' } })
    return connected
  }

  it.each(RULES)('replay %s: the refresh token is never in flight twice', async (_, replay, requests) => {
    const connected = await dieInFlight(replay)
    for (let wait = 0; wait < 3; wait++) {
      const answers = await Promise.all([readToken(connected), readToken(connected)])
      for (const answer of answers)
        expect(answer).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
      await runDurableObjectAlarm(stubOf(connected))
      await stubOf(connected).refreshNow(connected)
      expect(await tokenRequests('refresh_token')).toBe(1)
      if (wait < 2) advance(STILL_OPEN_MS / 2)
    }
    await until(async () => (await steer.stats()).in_flight === 0)
    advance(CALL_OVER_MS - STILL_OPEN_MS)
    const answer = await readToken(connected)
    expect(await tokenRequests('refresh_token')).toBe(requests)
    expect((await steer.stats()).max_in_flight_per_refresh_token).toBe(1)
    if (requests === 1) {
      expect(answer).toMatchObject({ ok: false, error: { reason: 'rotation_in_doubt' } })
    } else {
      expect(answer).toMatchObject({ ok: true, value: { generation: 2 } })
      expect(await worksAtService(await token(connected))).toBe(true)
    }
  })

  it('in one instance: readers, alarm and admin join the call that hangs, and none makes another', async () => {
    faults.deadlines = { tokenCallMs: 700, readerWaitMs: 50 }
    const connected = await connect()
    await steer.nextToken({ do: 'hang', grant_type: 'refresh_token' })
    advance(EXPIRED_MS)
    const stub = stubOf(connected)
    const early = await Promise.all([
      readToken(connected),
      stub.refreshNow(connected),
      runDurableObjectAlarm(stub),
      ...Array.from({ length: 8 }, () => readToken(connected)),
    ])
    expect(early[0]).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    await until(async () => (await stored(connected))?.health === 'in_doubt')
    await readToken(connected)
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect((await steer.stats()).max_in_flight_per_refresh_token).toBe(1)
  })
})
