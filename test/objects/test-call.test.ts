import { runInDurableObject } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import { TEST_PAUSE_MS } from '../../src/domain/test-call.ts'
import { advance } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  steer,
  stubOf,
  tokenRequests,
} from '../setup/harness.ts'

let connected: Connected

beforeEach(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  connected = await connect()
})

const ref = () => ({ workspaceId: connected.workspaceId, connectionId: connected.connectionId })
const test = () => stubOf(connected).testCall(ref())
const asked = async () => (await steer.requests({ path: '/me' })).length

async function lastTest() {
  const answer = await test()
  if (!answer.ok) throw new Error(answer.error.code)
  return answer.value.lastTest
}

describe('a test call', () => {
  it('asks the service whose account this is, and says status, time and name', async () => {
    const before = await detailOf(connected)
    expect(await lastTest()).toMatchObject({
      asked: 'identity',
      outcome: 'worked',
      status: 200,
      account: 'Ada Lovelace',
    })
    const after = await detailOf(connected)
    expect(after).toMatchObject({ state: 'active', health: 'ok', generation: before.generation })
    expect(after.lastUse).toBeNull()
  })

  it('holds nothing of the credential', async () => {
    const text = JSON.stringify(await test())
    const stored = await runInDurableObject(stubOf(connected), async (instance) => {
      const token = await instance.accessToken(ref())
      return token.ok ? token.value.accessToken : ''
    })
    expect(stored).not.toBe('')
    expect(text).not.toContain(stored)
  })

  it('goes out once in a few seconds, however often it is pressed', async () => {
    const start = await asked()
    await Promise.all([test(), test(), test()])
    await test()
    expect((await asked()) - start).toBe(1)
    advance(TEST_PAUSE_MS)
    await test()
    expect((await asked()) - start).toBe(2)
  })

  it('of a service that fails changes nothing', async () => {
    await steer.userinfo({ status: 503 })
    const before = await detailOf(connected)
    expect(await lastTest()).toMatchObject({ outcome: 'failed', status: 503, account: null })
    const { state, health, generation } = await detailOf(connected)
    expect({ state, health, generation }).toEqual({
      state: 'active',
      health: 'ok',
      generation: before.generation,
    })
  })

  it('whose token is refused is answered with a new one where that can be had', async () => {
    await steer.userinfo({ status: 401 })
    expect(await lastTest()).toMatchObject({ outcome: 'refused', status: 401 })
    expect(await detailOf(connected)).toMatchObject({ state: 'active', generation: 2 })
    advance(TEST_PAUSE_MS)
    expect(await lastTest()).toMatchObject({ outcome: 'worked', status: 200 })
  })

  it('whose token is refused and cannot be renewed says so with its state', async () => {
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, refreshTokenHash: null },
    }))
    await steer.userinfo({ status: 401 })
    const answer = await test()
    expect(answer.ok && answer.value).toMatchObject({
      state: 'reauthorize',
      reason: 'rejected_by_provider',
      lastTest: { outcome: 'refused', status: 401 },
    })
  })

  it('brings a token that has ended to life first', async () => {
    advance(3601_000)
    expect(await lastTest()).toMatchObject({ outcome: 'worked' })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it('works while the connection is paused, and leaves it so', async () => {
    await stubOf(connected).setPaused({ ...ref(), paused: true })
    expect(await lastTest()).toMatchObject({ outcome: 'worked' })
    expect(await detailOf(connected)).toMatchObject({ state: 'paused' })
  })

  it('is refused where a person has to consent first', async () => {
    await editRecord(connected, (record) => ({ ...record, state: 'reauthorize', reason: 'grant_revoked' }))
    const start = await asked()
    expect(await test()).toMatchObject({ ok: false, error: { code: 'reauthorization_required' } })
    expect(await asked()).toBe(start)
  })
})
