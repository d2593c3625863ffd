// A crash at every step of connect, reconnect, refresh and delete. A crash is `ctx.abort()` at a named step.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Replay } from '../../src/domain/connector.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { startReconnect } from '../../src/services/start-authorization.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  consent,
  detailOf,
  editRecord,
  finish,
  readToken,
  reconnect,
  rowOf,
  start,
  steer,
  stubOf,
  testContext,
  tokenRequests,
} from '../setup/harness.ts'

const DUE_MS = 103_000
const EXPIRED_MS = 121_000
const CALL_OVER_MS = 36_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

/** The alarm, as the platform would ring it; an object that died before its alarm is asked by its next caller. */
async function wake(connected: Connected): Promise<void> {
  await runDurableObjectAlarm(stubOf(connected))
}

async function setReplay(connected: Connected, replay: Replay): Promise<void> {
  await editRecord(connected, (record) => ({ ...record, rules: { ...record.rules, replay } }))
}

describe('connect', () => {
  it('begun: the attempt is lost, the connection is there, pending, and can be finished', async () => {
    faults.crashAt = 'connect:begun'
    await expect(start()).rejects.toThrow('temporarily_unavailable')
    expect(faults.crashes).toBe(1)
    expect(await tokenRequests('authorization_code')).toBe(0)
  })

  it.each([
    { step: 'connect:consumed', exchanges: 0 },
    { step: 'connect:exchanged', exchanges: 1 },
  ] as const)(
    '$step: the answer is spent, nothing is stored, a new attempt works',
    async ({ step, exchanges }) => {
      const started = await start()
      const query = await consent(started.authorizeUrl)
      faults.crashAt = step
      expect(await finish(started, query)).toMatchObject({ kind: 'refused', why: 'unavailable' })
      expect(faults.crashes).toBe(1)
      expect(await tokenRequests('authorization_code')).toBe(exchanges)
      expect(await detailOf(started)).toMatchObject({ state: 'pending', generation: 0 })
      expect(await finish(started, query)).toMatchObject({ kind: 'refused', why: 'replayed' })
      expect(await tokenRequests('authorization_code')).toBe(exchanges)
      expect(await reconnect(started)).toMatchObject({ kind: 'finished' })
      expect(await readToken(started)).toMatchObject({ ok: true, value: { generation: 1 } })
    },
  )

  it('stored: the grant survives, and the row is written on the alarm', async () => {
    const started = await start()
    const query = await consent(started.authorizeUrl)
    faults.crashAt = 'connect:stored'
    expect(await finish(started, query)).toMatchObject({ kind: 'refused', why: 'unavailable' })
    expect(faults.crashes).toBe(1)
    expect(await readToken(started)).toMatchObject({ ok: true, value: { generation: 1 } })
    advance(11_000)
    await wake(started)
    expect(await rowOf(started)).toMatchObject({ state: 'active', generation: 1, account_id: 'ada' })
  })
})

describe('reconnect', () => {
  it.each(['connect:begun', 'connect:consumed', 'connect:exchanged'] as const)(
    '%s: the old grant goes on serving and refreshing',
    async (step) => {
      const connected = await connect()
      faults.crashAt = step
      await reconnect(connected).catch(() => undefined)
      expect(faults.crashes).toBe(1)
      expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
      advance(EXPIRED_MS)
      expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    },
  )

  it('stored: the new grant is the one that serves', async () => {
    const connected = await connect()
    faults.crashAt = 'connect:stored'
    expect(await reconnect(connected)).toMatchObject({ kind: 'refused', why: 'unavailable' })
    expect(faults.crashes).toBe(1)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
  })
})

describe('refresh', () => {
  const steps = [
    { step: 'refresh:journaled', sent: 0 },
    { step: 'refresh:answered', sent: 1 },
  ] as const

  async function crashDuringRefresh(connector: string, step: 'refresh:journaled' | 'refresh:answered') {
    const connected = await connect({ connector })
    advance(DUE_MS)
    faults.crashAt = step
    await expect(runDurableObjectAlarm(stubOf(connected))).rejects.toThrow()
    expect(faults.crashes).toBe(1)
    return connected
  }

  it.each(steps)(
    '$step, replay never: serves while the token lives, then asks a person',
    async ({ step, sent }) => {
      const connected = await crashDuringRefresh('local', step)
      expect(await tokenRequests('refresh_token')).toBe(sent)
      expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
      advance(EXPIRED_MS - DUE_MS)
      expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
      advance(CALL_OVER_MS)
      expect(await readToken(connected)).toMatchObject({
        ok: false,
        error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' },
      })
      expect(await tokenRequests('refresh_token')).toBe(sent)
    },
  )

  it.each(steps)('$step, replay in grace: the same answer is fetched again', async ({ step, sent }) => {
    const connected = await crashDuringRefresh('local-lenient', step)
    expect(await tokenRequests('refresh_token')).toBe(sent)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    expect(await tokenRequests('refresh_token')).toBe(sent)
    advance(CALL_OVER_MS)
    await wake(connected)
    expect(await tokenRequests('refresh_token')).toBe(sent + 1)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok', generation: 2 })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
  })

  it.each(steps)('$step, replay once: asked again once, and not a second time', async ({ step, sent }) => {
    const connected = await crashDuringRefresh('local-lenient', step)
    await setReplay(connected, { rule: 'once', pauseSeconds: 5 })
    advance(CALL_OVER_MS)
    faults.crashAt = 'refresh:answered'
    await readToken(connected)
    expect(faults.crashes).toBe(2)
    advance(CALL_OVER_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' },
    })
    expect(await tokenRequests('refresh_token')).toBe(sent + 1)
  })

  it('stored: the new grant survives', async () => {
    const connected = await connect()
    advance(DUE_MS)
    faults.crashAt = 'refresh:stored'
    await expect(runDurableObjectAlarm(stubOf(connected))).rejects.toThrow()
    expect(faults.crashes).toBe(1)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
  })
})

describe('delete', () => {
  const target = (connected: Connected) => ({ ...connected, actor: connected.id })

  it.each([
    { step: 'remove:marked', revocations: 1 },
    { step: 'remove:revoking', revocations: 0 },
    { step: 'remove:revoked', revocations: 1 },
    { step: 'remove:erased', revocations: 1 },
    { step: 'remove:cleared', revocations: 1 },
  ] as const)('$step: vending has stopped, and the alarm finishes it', async ({ step, revocations }) => {
    const connected = await connect()
    faults.crashAt = step
    await removeConnection(testContext(), target(connected), Date.now())
    expect(faults.crashes).toBe(1)
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'connection_not_found' } })
    advance(31_000)
    await wake(connected)
    expect(await rowOf(connected)).toBeNull()
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(revocations)
    advance(180_000)
    await wake(connected)
    const left = await runInDurableObject(stubOf(connected), async (_instance, state) => [
      ...(await state.storage.list()).keys(),
      ...state.storage.kv.list(),
    ])
    expect(left).toEqual([])
  })

  it('makes nothing more of a reconnect that was under way', async () => {
    const connected = await connect()
    const again = await startReconnect(
      testContext(),
      connected,
      connected.connectionId,
      connected.flowCookie,
      Date.now(),
    )
    if (!again.ok) throw new Error(again.error.code)
    const query = await consent(again.value.authorizeUrl)
    await removeConnection(testContext(), target(connected), Date.now())
    expect(await finish(connected, query)).toMatchObject({ kind: 'refused' })
    expect(await tokenRequests('authorization_code')).toBe(1)
  })
})
