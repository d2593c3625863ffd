// A refresh whose answer was lost: when it is asked again, what is served meanwhile, and how the doubt ends.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { saveApp } from '../../src/services/oauth-apps.ts'
import { reportRejected } from '../../src/services/report-rejected.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  keyOf,
  newMember,
  readToken,
  rowOf,
  steer,
  storedRecord,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'

const DUE_MS = 103_000
const EXPIRED_MS = 121_000
const CALL_OVER_MS = 36_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

const LOST = { ok: false, error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' } }

function alarmOf(connected: Connected): Promise<number | null> {
  return runInDurableObject(stubOf(connected), (_instance, { storage }) => storage.getAlarm())
}

async function reportHeld(connected: Connected) {
  const { grant } = await storedRecord(connected)
  const hash = grant?.accessTokenHash ?? ''
  return reportRejected(testContext(), keyOf(connected), connected.connectionId, hash)
}

/** A refresh by alarm that the service carried out and answered with a gateway's 504. */
async function loseAnswer(connected: Connected): Promise<void> {
  await steer.nextToken({ do: 'status', status: 504, body: 'upstream gone', grant_type: 'refresh_token' })
  advance(DUE_MS)
  await runDurableObjectAlarm(stubOf(connected))
  expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
  expect(await tokenRequests('refresh_token')).toBe(1)
}

/** A connection of the strict service, which ends the whole grant where a spent refresh token comes again. */
async function replayRefused(): Promise<Connected> {
  const connected = await connect()
  await editRecord(connected, (record) => ({
    ...record,
    rules: { ...record.rules, replay: { rule: 'once', pauseSeconds: 2 } },
  }))
  await loseAnswer(connected)
  advance(3_000)
  await runDurableObjectAlarm(stubOf(connected))
  expect(await tokenRequests('refresh_token')).toBe(2)
  return connected
}

describe('an answer that was seen to be lost', () => {
  it('is asked for again after the usual pause where the service has a grace window', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    await loseAnswer(connected)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(1_300)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(2)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok', generation: 2 })
  })

  it('is asked for again by a reader whose token has ended, who then has a new one', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    await steer.nextToken({ do: 'drop', grant_type: 'refresh_token' })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'provider_unavailable' },
    })
    advance(1_300)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect((await steer.stats()).max_in_flight_per_refresh_token).toBe(1)
  })
})

describe('the turn of the background', () => {
  it('holds no replay back, for the grace window would close', async () => {
    const connected = await connect({ connector: 'local-lenient' })
    const holdOff = { until: Date.now() + 600_000, reserved: false }
    await editRecord(connected, (record) => ({ ...record, holdOff }))
    await steer.nextToken({ do: 'drop', grant_type: 'refresh_token' })
    advance(EXPIRED_MS)
    await readToken(connected)
    advance(1_300)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(2)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok', generation: 2 })
  })

  it('is slept through where asking again is no replay', async () => {
    const connected = await connect()
    const until = Date.now() + 600_000
    await editRecord(connected, (record) => ({
      ...record,
      rules: { ...record.rules, rotates: false, replay: { rule: 'harmless' } },
      holdOff: { until, reserved: false },
    }))
    faults.crashAt = 'refresh:journaled'
    advance(EXPIRED_MS)
    await readToken(connected)
    advance(CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(0)
    expect(await alarmOf(connected)).toBe(until)
  })
})

describe('a replay that was refused', () => {
  it('is the last one: the token held is served while it lives, then a person is asked', async () => {
    const connected = await replayRefused()
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt', generation: 1 })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    await stubOf(connected).refreshNow(connected)
    advance(EXPIRED_MS - DUE_MS - 3_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await readToken(connected)).toMatchObject(LOST)
    expect(await rowOf(connected)).toMatchObject({ state: 'reauthorize', reason: 'rotation_in_doubt' })
    expect(await tokenRequests('refresh_token')).toBe(2)
  })

  it('a report that the token held is refused lets the service itself decide', async () => {
    const connected = await replayRefused()
    expect(await reportHeld(connected)).toMatchObject(LOST)
    expect(await tokenRequests('refresh_token')).toBe(2)
  })

  it('a false report changes nothing while the service accepts the token', async () => {
    const connected = await connect()
    await loseAnswer(connected)
    expect(await reportHeld(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

describe('a refresh that nobody saw end', () => {
  it('and whose token has ended by then asks a person, without anybody reading', async () => {
    const connected = await connect()
    advance(DUE_MS)
    faults.crashAt = 'refresh:answered'
    await expect(runDurableObjectAlarm(stubOf(connected))).rejects.toThrow()
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok' })
    advance(CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toMatchObject({ state: 'reauthorize', reason: 'rotation_in_doubt' })
  })

  it('and whose token lives on is admitted as a doubt in its health, with a line in the history', async () => {
    const connected = await connect()
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, expiresAt: Date.now() + 3_600_000 },
    }))
    faults.crashAt = 'refresh:answered'
    await stubOf(connected)
      .refreshNow(connected)
      .catch(() => undefined)
    expect(faults.crashes).toBe(1)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok' })
    advance(CALL_OVER_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({
      state: 'active',
      health: 'in_doubt',
      history: expect.arrayContaining([
        expect.objectContaining({ kind: 'refresh_failed', outcome: 'in_doubt' }),
      ]),
    })
    expect(await rowOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

describe('the older of two secrets, tried after the newer was refused', () => {
  it('has the whole deadline of a call before another may leave', async () => {
    const member = await newMember()
    const save = async (clientSecret: string) => {
      const params = { origin: inject('upstreamOrigin') }
      const form = { clientId: 'local-crm', clientSecret, secretExpires: '', params }
      expect(await saveApp(testContext(), member, 'local', form, Date.now())).toMatchObject({ ok: true })
    }
    await save(UPSTREAM_SECRETS.crm)
    const connected = await connect({ member })
    await save('mistyped')
    await steer.nextToken({ do: 'delay', ms: 300, grant_type: 'refresh_token' })
    await steer.nextToken({ do: 'hang', grant_type: 'refresh_token' })
    const refresh = stubOf(connected).refreshNow(connected)
    await until(async () => (await tokenRequests('refresh_token')) === 2)
    const { journal } = await storedRecord(connected)
    expect(journal).toMatchObject({ attempt: 2, replays: 0 })
    expect((journal?.startedAt ?? 0) - (journal?.firstStartedAt ?? 0)).toBeGreaterThanOrEqual(300)
    await steer.reset()
    await refresh
  })
})

describe('an object whose storage fails', () => {
  it('answers with a failure that says so, and not with an exception', async () => {
    const connected = await connect()
    faults.storage = 'put'
    const answer = await stubOf(connected).setPaused({ ...connected, paused: true })
    expect(answer).toEqual({ ok: false, error: { code: 'temporarily_unavailable', retryAfterSeconds: 2 } })
    faults.storage = undefined
    expect(await detailOf(connected)).toMatchObject({ state: 'active' })
  })
})
