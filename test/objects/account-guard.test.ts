// A reconnect that comes back as another account: the old grant serves on, the new one is put aside for a day, and only
// an admin's word lets one go. Each promise with the requests that left for it.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { createLinkByMember } from '../../src/services/connect-links.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { settleAccount } from '../../src/services/settle-account.ts'
import { startReconnect } from '../../src/services/start-authorization.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  consent,
  copyOf,
  detailOf,
  editRecord,
  finish,
  loseStorage,
  nudge,
  readToken,
  reconnect,
  rowOf,
  start,
  steer,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'

const DAY_MS = 24 * 3600_000
const DUE_MS = 103_000
const EXPIRED_MS = 121_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

/** Connected as ada, reconnected as grace. */
async function parked(): Promise<{ connected: Connected; parkedId: string }> {
  const connected = await connect()
  await reconnect(connected, { account: 'grace' })
  return { connected, parkedId: (await detailOf(connected)).parked?.id ?? 'none' }
}

function settle(connected: Connected, choice: 'keep' | 'switch', parkedId: string) {
  return settleAccount(testContext(), { ...connected, actor: connected.id }, { parkedId, choice }, Date.now())
}

function record(connected: Connected): Promise<ConnectionRecord> {
  return runInDurableObject(stubOf(connected), (_instance, { storage }) => {
    const found = storage.kv.get<ConnectionRecord>('record')
    if (!found) throw new Error('the object is empty')
    return found
  })
}

async function whoIs(connected: Connected): Promise<string> {
  const answer = await readToken(connected)
  if (!answer.ok) return answer.error.code
  const me = await fetch(`${new URL(await originOf(connected)).origin}/me`, {
    headers: { authorization: `Bearer ${answer.value.accessToken}` },
  })
  return me.ok ? ((await me.json()) as { sub: string }).sub : `HTTP ${me.status}`
}

async function originOf(connected: Connected): Promise<string> {
  const again = await startReconnect(testContext(), connected, connected.connectionId, undefined, Date.now())
  if (!again.ok) throw new Error(again.error.code)
  return again.value.authorizeUrl
}

async function audited(connected: Connected): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    "SELECT action, actor, outcome, detail FROM audit WHERE subject = ? AND action LIKE 'connection.account%'",
  )
    .bind(connected.connectionId)
    .all()
  return results
}

describe('another account', () => {
  it('is put aside sealed, for a day, while the old grant serves and refreshes', async () => {
    const { connected } = await parked()
    expect(await detailOf(connected)).toMatchObject({
      state: 'active',
      generation: 1,
      account: { id: 'ada' },
      notice: { kind: 'other_account', detail: 'grace@example.com' },
      parked: { account: { id: 'grace', email: 'grace@example.com' } },
    })
    expect(await tokenRequests('authorization_code')).toBe(2)
    const { grant, parked: aside } = await record(connected)
    expect(aside?.grant.accessTokenHash).not.toBe(grant?.accessTokenHash)
    expect((aside?.until ?? 0) - (aside?.parkedAt ?? 0)).toBe(DAY_MS)
    expect(await whoIs(connected)).toBe('ada')
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await detailOf(connected)).toMatchObject({
      account: { id: 'ada' },
      parked: { account: { id: 'grace' } },
    })
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
  })

  it('never opens as the grant that serves, even where the records are mixed up', async () => {
    const { connected } = await parked()
    await editRecord(connected, (held) => ({ ...held, grant: held.parked?.grant ?? null }))
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'temporarily_unavailable' },
    })
  })

  it('is never refreshed and never published, whatever is read', async () => {
    const { connected } = await parked()
    const before = await record(connected)
    await readToken(connected)
    await readToken(connected)
    await until(async () => (await copyOf(connected)).value !== null)
    expect((await copyOf(connected)).metadata).toMatchObject({ generation: 1 })
    for (let rung = 0; rung < 5; rung++) {
      advance(DUE_MS)
      await runDurableObjectAlarm(stubOf(connected))
    }
    const after = await record(connected)
    expect(after.generation).toBe(6)
    expect(after.parked).toEqual(before.parked)
    expect(await tokenRequests('refresh_token')).toBe(5)
  })

  it('ends after a day by the alarm, unrevoked', async () => {
    const { connected, parkedId } = await parked()
    await editRecord(connected, (held) => ({
      ...held,
      parked: held.parked ? { ...held.parked, until: Date.now() + DUE_MS } : null,
    }))
    advance(DUE_MS)
    expect(await detailOf(connected)).toMatchObject({ parked: null })
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    })
    await runDurableObjectAlarm(stubOf(connected))
    expect((await record(connected)).parked).toBeNull()
    expect(await whoIs(connected)).toBe('ada')
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
  })

  it('that cannot be renewed waits no longer than it lives', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'edit', remove: ['refresh_token'], grant_type: 'authorization_code' })
    await reconnect(connected, { account: 'grace' })
    const { parked: aside } = await record(connected)
    expect(aside?.until).toBe(aside?.grant.expiresAt)
  })

  it('is replaced by the next attempt, whose answer the old page cannot give', async () => {
    const { connected, parkedId } = await parked()
    await reconnect(connected, { account: 'marketing' })
    const { parked: aside } = await detailOf(connected)
    expect(aside).toMatchObject({ account: { id: 'marketing' } })
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    })
    expect(await detailOf(connected)).toMatchObject({ account: { id: 'ada' }, generation: 1 })
  })

  it('is forgotten where the right account comes back after it', async () => {
    const { connected } = await parked()
    await reconnect(connected)
    expect(await detailOf(connected)).toMatchObject({ account: { id: 'ada' }, generation: 2, parked: null })
  })

  it('stays while a later consent is declined', async () => {
    const { connected, parkedId } = await parked()
    const again = await startReconnect(
      testContext(),
      connected,
      connected.connectionId,
      connected.flowCookie,
      Date.now(),
    )
    if (!again.ok) throw new Error(again.error.code)
    await finish(connected, await consent(again.value.authorizeUrl, { decline: true }))
    expect(await detailOf(connected)).toMatchObject({ parked: { id: parkedId }, generation: 1 })
  })

  it('goes with the connection, and only the grant that served is revoked', async () => {
    const { connected } = await parked()
    await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect((await record(connected)).parked).toBeNull()
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
  })

  it('that comes to a rebuilt connection is put aside, too', async () => {
    const connected = await connect()
    await loseStorage(connected)
    await nudge(connected)
    expect(await detailOf(connected)).toMatchObject({ state: 'reauthorize', account: { id: 'ada' } })
    await reconnect(connected, { account: 'grace' })
    expect(await detailOf(connected)).toMatchObject({
      state: 'reauthorize',
      parked: { account: { id: 'grace' } },
    })
    await reconnect(connected)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', account: { id: 'ada' } })
  })
})

describe('keep', () => {
  it('throws the other grant away, unrevoked, and says so in the history and the trail', async () => {
    const { connected, parkedId } = await parked()
    expect(await settle(connected, 'keep', parkedId)).toMatchObject({
      ok: true,
      value: { parked: null, generation: 1 },
    })
    expect(await whoIs(connected)).toBe('ada')
    const { history, notice } = await detailOf(connected)
    expect(history[0]).toMatchObject({ kind: 'account_kept', detail: 'grace@example.com' })
    expect(notice).toBeNull()
    expect(await audited(connected)).toEqual([
      {
        action: 'connection.account_kept',
        actor: connected.id,
        outcome: 'ok',
        detail: 'ada@example.com → grace@example.com',
      },
    ])
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
  })
})

describe('keep, where nothing is asked any more,', () => {
  it('is no trouble, unless the accounts were switched', async () => {
    const { connected, parkedId } = await parked()
    expect(await settle(connected, 'keep', 'another')).toMatchObject({
      ok: true,
      value: { parked: { id: parkedId } },
    })
    await settle(connected, 'switch', parkedId)
    expect(await settle(connected, 'keep', parkedId)).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    })
  })
})

describe('switch', () => {
  it('makes the other account the one that serves: new generation, same ID, nothing revoked', async () => {
    const { connected, parkedId } = await parked()
    await readToken(connected)
    await readToken(connected)
    await until(async () => (await copyOf(connected)).value !== null)
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({
      ok: true,
      value: {
        id: connected.connectionId,
        generation: 2,
        name: 'Local CRM - Grace Hopper',
        account: { id: 'grace' },
        notice: { kind: 'reconnected', detail: 'grace@example.com' },
        parked: null,
      },
    })
    expect(await whoIs(connected)).toBe('grace')
    expect(await rowOf(connected)).toMatchObject({ account_id: 'grace', generation: 2 })
    // The copy of the old account's token has become a marker.
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { generation: 2 } })
    expect((await detailOf(connected)).history[0]).toMatchObject({
      kind: 'account_switched',
      detail: 'ada@example.com → grace@example.com',
    })
    expect(await audited(connected)).toEqual([
      {
        action: 'connection.account_switched',
        actor: connected.id,
        outcome: 'ok',
        detail: 'ada@example.com → grace@example.com',
      },
    ])
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
    expect(await tokenRequests('refresh_token')).toBe(0)
  })

  it('refreshes at once where the parked access token has ended meanwhile', async () => {
    const { connected, parkedId } = await parked()
    advance(12 * 3600_000)
    await settle(connected, 'switch', parkedId)
    expect(await tokenRequests('refresh_token')).toBe(0)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ account: { id: 'grace' }, generation: 4, health: 'ok' })
  })

  it('brings a connection back whose own access had ended', async () => {
    const connected = await connect()
    await steer.revoke({ account: 'ada' })
    advance(EXPIRED_MS)
    await readToken(connected)
    expect(await detailOf(connected)).toMatchObject({ state: 'reauthorize' })
    await reconnect(connected, { account: 'grace' })
    const { state, parked: aside } = await detailOf(connected)
    expect(state).toBe('reauthorize')
    await settle(connected, 'switch', aside?.id ?? '')
    expect(await detailOf(connected)).toMatchObject({
      state: 'active',
      reason: null,
      account: { id: 'grace' },
    })
    expect(await whoIs(connected)).toBe('grace')
  })

  it('stands where a refresh of the old grant answers later', async () => {
    const { connected, parkedId } = await parked()
    advance(DUE_MS)
    await steer.nextToken({ do: 'delay_answer', ms: 300, grant_type: 'refresh_token' })
    const refresh = runDurableObjectAlarm(stubOf(connected))
    await until(async () => (await record(connected)).journal !== null)
    await settle(connected, 'switch', parkedId)
    await refresh
    expect(await detailOf(connected)).toMatchObject({ account: { id: 'grace' }, generation: 2 })
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it('keeps a pause', async () => {
    const { connected, parkedId } = await parked()
    await stubOf(connected).setPaused({ ...connected, paused: true })
    await settle(connected, 'switch', parkedId)
    expect(await detailOf(connected)).toMatchObject({ state: 'paused', account: { id: 'grace' } })
  })

  it('is answered twice where it is delivered twice, and done once', async () => {
    const { connected, parkedId } = await parked()
    const ask = { ...connected, parkedId, choice: 'switch' as const }
    const answers = await Promise.all([
      stubOf(connected).settleAccount(ask),
      stubOf(connected).settleAccount(ask),
    ])
    expect(answers.filter(({ ok }) => ok).length).toBeGreaterThan(0)
    expect(await stubOf(connected).settleAccount(ask)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await detailOf(connected)).toMatchObject({ generation: 2, account: { id: 'grace' } })
    expect(
      (await detailOf(connected)).history.filter(({ kind }) => kind === 'account_switched'),
    ).toHaveLength(1)
  })

  it('is refused, and changes nothing, where the parked grant does not open', async () => {
    const { connected, parkedId } = await parked()
    await editRecord(connected, (held) => ({
      ...held,
      parked: held.parked
        ? { ...held.parked, grant: { ...held.parked.grant, sealed: held.grant?.sealed ?? '' } }
        : null,
    }))
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    })
    expect(await whoIs(connected)).toBe('ada')
  })
})

describe('a crash', () => {
  it('before the grant is put aside: the attempt is spent, the old account serves', async () => {
    const connected = await connect()
    faults.crashAt = 'connect:exchanged'
    await reconnect(connected, { account: 'grace' })
    expect(faults.crashes).toBe(1)
    expect(await detailOf(connected)).toMatchObject({ parked: null, generation: 1 })
    expect(await whoIs(connected)).toBe('ada')
  })

  it('after it was put aside: the question stands', async () => {
    const connected = await connect()
    faults.crashAt = 'connect:parked'
    await reconnect(connected, { account: 'grace' })
    expect(faults.crashes).toBe(1)
    const { parked: aside } = await detailOf(connected)
    expect(aside).toMatchObject({ account: { id: 'grace' } })
    await settle(connected, 'switch', aside?.id ?? '')
    expect(await whoIs(connected)).toBe('grace')
    expect(await tokenRequests('authorization_code')).toBe(2)
  })

  it('while switching: nothing has changed, and the answer can be given again', async () => {
    const { connected, parkedId } = await parked()
    faults.crashAt = 'account:opened'
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({ ok: false })
    expect(faults.crashes).toBe(1)
    expect(await whoIs(connected)).toBe('ada')
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({ ok: true })
    expect(await whoIs(connected)).toBe('grace')
  })

  it.each(['keep', 'switch'] as const)(
    'after %s was stored: it stands, and D1 is told on the alarm',
    async (choice) => {
      const { connected, parkedId } = await parked()
      faults.crashAt = 'account:settled'
      expect(await settle(connected, choice, parkedId)).toMatchObject({ ok: false })
      expect(faults.crashes).toBe(1)
      const who = choice === 'keep' ? 'ada' : 'grace'
      expect(await whoIs(connected)).toBe(who)
      expect((await record(connected)).parked).toBeNull()
      advance(11_000)
      await runDurableObjectAlarm(stubOf(connected))
      expect(await rowOf(connected)).toMatchObject({ account_id: who })
      // The trail names both even though the answer was lost.
      expect(await audited(connected)).toMatchObject([
        { outcome: 'temporarily_unavailable', detail: 'ada@example.com → grace@example.com' },
      ])
      expect(await settle(connected, choice, parkedId)).toMatchObject({ ok: true })
    },
  )

  it.each([
    { down: 'D1', switches: { d1Down: true } },
    { down: 'KV', switches: { kvDown: true } },
  ])('of $down costs a switch nothing', async ({ switches }) => {
    const { connected, parkedId } = await parked()
    Object.assign(faults, switches)
    expect(await settle(connected, 'switch', parkedId)).toMatchObject({ ok: true })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    Object.assign(faults, { d1Down: false, kvDown: false })
    advance(61_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toMatchObject({ account_id: 'grace' })
  })
})

describe('a consent through a connect link', () => {
  it('of another account puts nothing aside', async () => {
    const connected = await connect()
    await createLinkByMember(testContext(), connected, connected.connectionId, Date.now())
    await editRecord(connected, (held) => ({ ...held, pending: null }))
    const again = await startReconnect(
      testContext(),
      { ...connected, id: 'link' },
      connected.connectionId,
      connected.flowCookie,
      Date.now(),
    )
    if (!again.ok) throw new Error(again.error.code)
    const query = await consent(again.value.authorizeUrl, { account: 'grace' })
    expect(await finish(connected, query)).toMatchObject({
      kind: 'link_finished',
      notice: { kind: 'other_account' },
    })
    expect((await record(connected)).parked ?? null).toBeNull()
    expect(await whoIs(connected)).toBe('ada')
  })
})

describe('the same account twice', () => {
  it('is for the page of the newcomer to tell, not a matter of the object', async () => {
    const first = await connect()
    const started = await start({ member: first })
    await finish(started, await consent(started.authorizeUrl))
    expect(await detailOf(started)).toMatchObject({ state: 'active', account: { id: 'ada' }, parked: null })
  })
})
