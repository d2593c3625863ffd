// What happens to a connection while something about it waits for D1, KV or the service: the latest word stands, and what
// is gone stays gone.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  consent,
  editRecord,
  finish,
  readToken,
  rowOf,
  start,
  steer,
  storedRecord,
  stubOf,
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
