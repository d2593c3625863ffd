// The list reads D1: its row says until when there is a choice of account, from the moment there is one until it is
// answered, replaced, over or gone; and what D1 did not take is owed.

import { runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ATTENTION } from '../../src/domain/attention.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { settleAccount } from '../../src/services/settle-account.ts'
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
  loseStorage,
  nudge,
  reconnect,
  rowOf,
  steer,
  storedRecord,
  stubOf,
  testContext,
} from '../setup/harness.ts'

const RETRIED_BY_MS = 61_000
const DUE_MS = 103_000
const NOTHING = { decide_until: null, attention: ATTENTION.active }

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

/** Connected as ada, reconnected as grace. */
async function parked(): Promise<Connected> {
  const connected = await connect()
  await reconnect(connected, { account: 'grace' })
  return connected
}

/** A reconnect up to the callback, which is the caller's. */
async function consentTo(connected: Connected, options: Parameters<typeof consent>[1]): Promise<string> {
  const { flowCookie, connectionId } = connected
  const again = await startReconnect(testContext(), connected, connectionId, flowCookie, Date.now())
  if (!again.ok) throw new Error(again.error.code)
  return consent(again.value.authorizeUrl, options)
}

async function settle(connected: Connected, choice: 'keep' | 'switch'): Promise<void> {
  const { parked: aside } = await detailOf(connected)
  const answer = { parkedId: aside?.id ?? 'none', choice }
  const settled = await settleAccount(
    testContext(),
    { ...connected, actor: connected.id },
    answer,
    Date.now(),
  )
  expect(settled.ok).toBe(true)
}

async function choiceOf(connected: Connected) {
  const until = (await storedRecord(connected)).parked?.until
  if (until === undefined) throw new Error('nothing is parked')
  return { decide_until: until, attention: ATTENTION.deciding }
}

/** To its end, without waiting for a day. */
async function passTime(connected: Connected): Promise<void> {
  await editRecord(connected, (held) => ({
    ...held,
    parked: held.parked ? { ...held.parked, until: Date.now() + DUE_MS } : null,
  }))
  advance(DUE_MS)
  await runDurableObjectAlarm(stubOf(connected))
}

async function expectPaid(connected: Connected): Promise<void> {
  expect((await storedRecord(connected)).debts).toBeNull()
}

describe('the row', () => {
  it('says until when there is a choice, at once', async () => {
    const connected = await connect()
    expect(await rowOf(connected)).toMatchObject(NOTHING)
    await reconnect(connected, { account: 'grace' })
    expect(await rowOf(connected)).toMatchObject(await choiceOf(connected))
    await expectPaid(connected)
  })

  it('follows a later attempt, and not one that is declined', async () => {
    const connected = await parked()
    const first = await choiceOf(connected)
    advance(DUE_MS)
    await reconnect(connected, { account: 'marketing' })
    const second = await choiceOf(connected)
    expect(second.decide_until).toBeGreaterThan(first.decide_until)
    expect(await rowOf(connected)).toMatchObject(second)
    await finish(connected, await consentTo(connected, { decline: true }))
    expect(await rowOf(connected)).toMatchObject(second)
  })

  it.each(['keep', 'switch'] as const)('has none after %s', async (choice) => {
    const connected = await parked()
    await settle(connected, choice)
    expect(await rowOf(connected)).toMatchObject({
      ...NOTHING,
      account_id: choice === 'keep' ? 'ada' : 'grace',
    })
    await expectPaid(connected)
  })

  it('has none once the right account came back', async () => {
    const connected = await parked()
    await reconnect(connected)
    expect(await rowOf(connected)).toMatchObject(NOTHING)
  })

  it('has none once nobody decided in time', async () => {
    const connected = await parked()
    await passTime(connected)
    expect((await storedRecord(connected)).parked).toBeNull()
    expect(await rowOf(connected)).toMatchObject(NOTHING)
    await expectPaid(connected)
  })

  it('goes with the connection', async () => {
    const connected = await parked()
    await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect(await rowOf(connected)).toBeNull()
  })

  it('has none where the object lost what it had put aside', async () => {
    const connected = await parked()
    await loseStorage(connected)
    await nudge(connected)
    expect(await rowOf(connected)).toMatchObject({ decide_until: null, attention: ATTENTION.reauthorize })
  })

  it('keeps what is lost above the choice', async () => {
    const connected = await parked()
    await editRecord(connected, (held) => ({ ...held, state: 'reauthorize', reason: 'grant_revoked' }))
    await nudge(connected)
    const { decide_until } = await choiceOf(connected)
    expect(await rowOf(connected)).toMatchObject({ decide_until, attention: ATTENTION.reauthorize })
  })
})

describe('while D1 is down', () => {
  async function payLater(connected: Connected): Promise<void> {
    expect((await storedRecord(connected)).debts?.row).not.toBeNull()
    faults.d1Down = false
    advance(RETRIED_BY_MS)
    await runDurableObjectAlarm(stubOf(connected))
    await expectPaid(connected)
  }

  it('a choice is owed, and told later', async () => {
    const connected = await connect()
    const query = await consentTo(connected, { account: 'grace' })
    faults.d1Down = true
    await finish(connected, query)
    expect(await rowOf(connected)).toMatchObject(NOTHING)
    await payLater(connected)
    expect(await rowOf(connected)).toMatchObject(await choiceOf(connected))
  })

  it.each(['keep', 'switch'] as const)('the answer %s is owed, and told later', async (choice) => {
    const connected = await parked()
    const before = await choiceOf(connected)
    faults.d1Down = true
    await settle(connected, choice)
    expect(await rowOf(connected)).toMatchObject(before)
    await payLater(connected)
    expect(await rowOf(connected)).toMatchObject(NOTHING)
  })

  it('the end of the day is owed, and told later', async () => {
    const connected = await parked()
    faults.d1Down = true
    await passTime(connected)
    expect(await rowOf(connected)).toMatchObject({ attention: ATTENTION.deciding })
    await payLater(connected)
    expect(await rowOf(connected)).toMatchObject(NOTHING)
  })
})

it('a crash right after it was put aside leaves the row owed', async () => {
  const connected = await connect()
  faults.crashAt = 'connect:parked'
  await reconnect(connected, { account: 'grace' })
  expect(faults.crashes).toBe(1)
  expect(await rowOf(connected)).toMatchObject(NOTHING)
  advance(RETRIED_BY_MS)
  await runDurableObjectAlarm(stubOf(connected))
  expect(await rowOf(connected)).toMatchObject(await choiceOf(connected))
})
