// What happens to a connection while something about it waits for D1, KV or the service: the latest word stands, and what
// is gone stays gone.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  consent,
  copyOf,
  editRecord,
  finish,
  loseStorage,
  nudge,
  putRecord,
  readToken,
  reconnect,
  rowOf,
  start,
  steer,
  storedRecord,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'

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

/** D1 takes its time from now on, until it is let go. */
function slowD1(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  faults.d1Slow = promise
  return () => {
    faults.d1Slow = undefined
    resolve()
  }
}

/** The alarm at the end of a pending connection, held where it deletes the row. */
async function endingPending(started: Connected): Promise<(d1: 'answers' | 'fails') => Promise<void>> {
  const { pendingUntil } = await storedRecord(started)
  advance((pendingUntil ?? 0) - Date.now())
  const letGo = slowD1()
  const alarm = runDurableObjectAlarm(stubOf(started))
  await scheduler.wait(50)
  return async (d1) => {
    faults.d1Down = d1 === 'fails'
    letGo()
    await alarm
    faults.d1Down = false
  }
}

describe('the end of a pending connection', () => {
  it.each(['answers', 'fails'] as const)(
    'is off where somebody consents in that very moment; D1 %s',
    async (d1) => {
      const started = await start()
      const query = await consent(started.authorizeUrl)
      await editRecord(started, (record) => ({ ...record, pendingUntil: Date.now() + 60_000 }))
      const end = await endingPending(started)
      const finished = finish(started, query)
      await scheduler.wait(200)
      await end(d1)
      expect(await finished).toMatchObject({ kind: 'finished' })
      expect(await stored(started)).toMatchObject({ state: 'active', generation: 1, pendingUntil: null })
      expect(await readToken(started)).toMatchObject({ ok: true, value: { generation: 1 } })
      advance(60_000)
      await runDurableObjectAlarm(stubOf(started))
      expect(await rowOf(started)).toMatchObject({ state: 'active', generation: 1 })
    },
  )
})

describe('the cron, with a row of before', () => {
  it('brings no connection back that has ended since', async () => {
    const started = await start()
    const row = await rowOf(started)
    await editRecord(started, (record) => ({ ...record, pendingUntil: Date.now() }))
    await runDurableObjectAlarm(stubOf(started))
    expect(await rowOf(started)).toBeNull()
    expect(await nudge(started, row ?? {})).toEqual({ result: 'ok' })
    expect(await rowOf(started)).toBeNull()
    expect(await stored(started)).toBeUndefined()
  })

  it('brings no connection back that was deleted since', async () => {
    const connected = await connect()
    const row = await rowOf(connected)
    await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    advance(121_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await stored(connected)).toBeUndefined()
    expect(await nudge(connected, row ?? {})).toEqual({ result: 'ok' })
    expect(await rowOf(connected)).toBeNull()
    expect(await stored(connected)).toBeUndefined()
  })

  it('leaves what it cannot look up alone, and comes again', async () => {
    const connected = await connect()
    const row = await rowOf(connected)
    await loseStorage(connected)
    faults.d1Down = true
    expect(await nudge(connected, row ?? {}).catch(() => 'thrown')).toEqual({ result: 'failed' })
    faults.d1Down = false
    expect(await nudge(connected)).toEqual({ result: 'empty' })
  })
})

/** The token at the edge, as its second reader leaves it. */
async function published(connected: Connected): Promise<void> {
  await readToken(connected)
  await readToken(connected)
  await until(async () => (await copyOf(connected)).value !== null)
}

const pause = (connected: Connected, paused: boolean) =>
  setConnectionPaused(testContext(), { ...connected, actor: connected.id }, paused, Date.now())

describe('a copy at the edge', () => {
  it('is replaced by a pause although the copy of a later, shorter-lived token was refused', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'edit', set: { expires_in: 7200 }, grant_type: 'refresh_token' })
    await stubOf(connected).refreshNow(connected)
    await published(connected)
    await stubOf(connected).refreshNow(connected)
    faults.kvDown = true
    await readToken(connected)
    await readToken(connected)
    await until(async () => (await storedRecord(connected)).publishedGeneration === 3)
    faults.kvDown = false
    advance(200_000)
    await pause(connected, true)
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { state: 'paused' } })
  })

  it('that says paused does not outlive the pause, however near the end of the token was', async () => {
    const connected = await connect()
    await published(connected)
    const { copyLivesUntil } = await storedRecord(connected)
    advance(copyLivesUntil - Date.now() - 1_000)
    await pause(connected, true)
    expect(await copyOf(connected)).toMatchObject({ metadata: { state: 'paused' } })
    advance(10_000)
    await pause(connected, false)
    expect(await copyOf(connected)).toMatchObject({ metadata: { state: 'active' } })
  })

  it('that says reauthorize does not outlive a reconnect', async () => {
    const connected = await connect()
    await published(connected)
    const { copyLivesUntil } = await storedRecord(connected)
    advance(copyLivesUntil - Date.now() - 1_000)
    await steer.nextToken({ do: 'invalid_grant', grant_type: 'refresh_token' })
    await stubOf(connected).refreshNow(connected)
    expect(await copyOf(connected)).toMatchObject({ metadata: { state: 'reauthorize' } })
    advance(10_000)
    await reconnect(connected)
    expect(await copyOf(connected)).toMatchObject({ metadata: { state: 'active' } })
  })
})

describe('what is owed', () => {
  it('is paid once storage takes writes again', async () => {
    const connected = await connect()
    await runInDurableObject(stubOf(connected), async (instance) => {
      const rename = (name: string) => instance.rename({ ...connected, name })
      const letGo = slowD1()
      const first = rename('One')
      await until(async () => faults.d1Calls > 0)
      faults.storage = 'put'
      letGo()
      expect(await first).toMatchObject({ ok: false, error: { code: 'temporarily_unavailable' } })
      faults.storage = undefined
      expect(await rename('Two')).toMatchObject({ ok: true })
    })
    expect(await rowOf(connected)).toMatchObject({ name: 'Two' })
    expect(await storedRecord(connected)).toMatchObject({ debts: null })
  })
})

describe('an object that somebody restored to before its connection was deleted', () => {
  // A missing row is no proof of a deletion: it is as well what a restore of D1 leaves, and the object writes it again.
  it('is in the list again, as what its grant has become', async () => {
    const connected = await connect()
    const before = await storedRecord(connected)
    await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    advance(121_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toBeNull()
    await putRecord(connected, before)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'grant_revoked' },
    })
    await until(async () => (await rowOf(connected))?.state === 'reauthorize')
  })
})

describe('the life of a token', () => {
  it('is counted from before the exchange: a slow answer is served no longer than the service takes it', async () => {
    const started = await start()
    const query = await consent(started.authorizeUrl)
    await steer.nextToken({ do: 'delay_answer', ms: 300, grant_type: 'authorization_code' })
    const sentAt = advance(0)
    const finished = finish(started, query)
    await until(async () => (await tokenRequests('authorization_code')) === 1)
    advance(9_000)
    await finished
    const { grant } = await storedRecord(started)
    expect(grant).toMatchObject({ obtainedAt: sentAt, expiresAt: sentAt + 120_000 })
  })
})

describe('a deletion during a refresh', () => {
  it('revokes what the service gave last, and keeps nothing of it', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'delay_answer', ms: 400, grant_type: 'refresh_token' })
    const refreshed = stubOf(connected).refreshNow(connected)
    await until(async () => (await tokenRequests('refresh_token')) === 1)
    const removed = await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect(removed).toMatchObject({ ok: true, value: { report: { revoked: true } } })
    await refreshed
    const presented = (await steer.requests({ path: '/token' })).map((each) => each.refresh_token_sha256)
    const [revoked, ...more] = await steer.requests({ path: '/token/revocation' })
    expect(more).toEqual([])
    expect(presented).not.toContain(revoked?.refresh_token_sha256)
    expect(await stored(connected)).toMatchObject({ grant: null, deletion: { phase: 'cleared' } })
  })

  it('does not wait for a service that does not answer', async () => {
    faults.deadlines = { revocationMs: 300 }
    const connected = await connect()
    await steer.nextToken({ do: 'hang', grant_type: 'refresh_token' })
    const refreshed = stubOf(connected).refreshNow(connected)
    await until(async () => (await tokenRequests('refresh_token')) === 1)
    await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect(await stored(connected)).toMatchObject({ grant: null, deletion: { phase: 'cleared' } })
    await steer.reset()
    await refreshed
    expect(await stored(connected)).toMatchObject({ grant: null, deletion: { phase: 'cleared' } })
  })
})
