// Publishing on demand, rejected reports, pause and resume, the account guard, restored and lost objects.

import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { reportRejected } from '../../src/services/report-rejected.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  copyOf,
  detailOf,
  editRecord,
  keyOf,
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

const DUE_MS = 103_000
const EXPIRED_MS = 121_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

async function token(connected: Connected): Promise<string> {
  const answer = await readToken(connected)
  if (!answer.ok) throw new Error(answer.error.code)
  return answer.value.accessToken
}

async function published(connected: Connected): Promise<void> {
  await readToken(connected)
  await readToken(connected)
  await until(async () => (await copyOf(connected)).value !== null)
}

describe('publishing on demand', () => {
  it('puts a generation to KV when it is asked for the second time, once', async () => {
    const connected = await connect()
    const before = faults.kvPuts
    await readToken(connected)
    expect(await copyOf(connected)).toMatchObject({ value: null })
    await published(connected)
    await readToken(connected)
    await readToken(connected)
    expect(faults.kvPuts - before).toBe(1)
    expect(await copyOf(connected)).toMatchObject({
      metadata: { workspaceId: connected.workspaceId, state: 'active', generation: 1 },
    })
  })

  it('does not try a refused put again: readers ask the object', async () => {
    const connected = await connect()
    faults.kvDown = true
    for (let read = 0; read < 4; read++) expect(await readToken(connected)).toMatchObject({ ok: true })
    expect(faults.kvPuts).toBe(1)
    faults.kvDown = false
    expect(await readToken(connected, { noCache: false })).toMatchObject({ ok: true })
    expect(await copyOf(connected)).toMatchObject({ value: null })
  })

  it('has no copy where a refresh kills the old access token', async () => {
    const connected = await connect()
    await editRecord(connected, (record) => ({ ...record, rules: { ...record.rules, killsOldAccess: true } }))
    for (let read = 0; read < 4; read++) await readToken(connected)
    expect(faults.kvPuts).toBe(0)
  })

  it('serves the copy without the object, and asks the object once it is no longer fresh', async () => {
    const connected = await connect()
    const first = await token(connected)
    await published(connected)
    const cached = await readToken(connected, { noCache: false })
    expect(cached).toMatchObject({ ok: true, value: { accessToken: first, generation: 1 } })
    advance(EXPIRED_MS)
    expect(await readToken(connected, { noCache: false })).toMatchObject({
      ok: true,
      value: { generation: 2 },
    })
  })
})

describe('a rejected token', () => {
  const report = async (connected: Connected, refused: string) =>
    reportRejected(testContext(), keyOf(connected), connected.connectionId, await sha256Hex(refused))

  it('is replaced by one forced refresh, at most one a minute', async () => {
    const connected = await connect()
    const refused = await token(connected)
    const next = await report(connected, refused)
    expect(next).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await report(connected, refused)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await report(connected, await token(connected))).toMatchObject({
      ok: true,
      value: { generation: 2 },
    })
    expect(await tokenRequests('refresh_token')).toBe(1)
    advance(61_000)
    await report(connected, await token(connected))
    expect(await tokenRequests('refresh_token')).toBe(2)
  })

  it('takes its copy with it', async () => {
    const connected = await connect()
    const refused = await token(connected)
    await published(connected)
    await report(connected, refused)
    await until(async () => (await copyOf(connected)).value === '')
  })

  it('changes no state by the report alone, even where the refresh fails', async () => {
    const connected = await connect()
    const refused = await token(connected)
    await steer.nextToken({ do: 'answer', status: 503, grant_type: 'refresh_token' })
    expect(await report(connected, refused)).toMatchObject({ ok: true, value: { accessToken: refused } })
    expect(await detailOf(connected)).toMatchObject({ state: 'active' })
  })

  it('that cannot be refreshed is checked with the service, whose refusal alone ends it', async () => {
    const connected = await connect()
    const refused = await token(connected)
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, refreshTokenHash: null },
    }))
    expect(await report(connected, refused)).toMatchObject({ ok: true, value: { accessToken: refused } })
    advance(61_000)
    await steer.userinfo({ status: 401 })
    expect(await report(connected, refused)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'rejected_by_provider' },
    })
  })
})

describe('without a refresh token', () => {
  it('is never served expired, and asks a person', async () => {
    const connected = await connect()
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, refreshTokenHash: null, dueAt: null },
    }))
    advance(DUE_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    advance(EXPIRED_MS - DUE_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'no_refresh_token' },
    })
    expect(await rowOf(connected)).toMatchObject({ state: 'reauthorize', reason: 'no_refresh_token' })
  })
})

describe('pause', () => {
  it('stops vending, keeps the grant alive, and resumes to what it was', async () => {
    const connected = await connect()
    const target = { ...connected, actor: connected.id }
    await setConnectionPaused(testContext(), target, true, Date.now())
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'connection_paused' } })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'paused', generation: 2 })
    await setConnectionPaused(testContext(), target, false, Date.now())
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
  })

  it('during a refresh stands', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'delay_answer', ms: 200, grant_type: 'refresh_token' })
    advance(DUE_MS)
    const refresh = runDurableObjectAlarm(stubOf(connected))
    await scheduler.wait(80)
    await setConnectionPaused(testContext(), { ...connected, actor: connected.id }, true, Date.now())
    await refresh
    expect(await detailOf(connected)).toMatchObject({ state: 'paused', generation: 2 })
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'connection_paused' } })
  })
})

describe('the account guard', () => {
  it('keeps the old grant where another account comes back', async () => {
    const connected = await connect()
    const held = await token(connected)
    await reconnect(connected, { account: 'grace' })
    expect(await detailOf(connected)).toMatchObject({
      generation: 1,
      account: { id: 'ada' },
      notice: { kind: 'other_account', detail: 'grace@example.com' },
    })
    expect(await token(connected)).toBe(held)
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
  })

  it('asks again where the identity request merely failed', async () => {
    const connected = await connect()
    await steer.userinfo({ status: 503, times: 2 })
    await reconnect(connected)
    expect(await detailOf(connected)).toMatchObject({ generation: 2, notice: { kind: 'reconnected' } })
  })

  it('keeps the old grant where the service would not say whose the new one is', async () => {
    const connected = await connect()
    await steer.userinfo({ status: 503, times: 3 })
    await reconnect(connected)
    expect(await detailOf(connected)).toMatchObject({ generation: 1, notice: { kind: 'account_unknown' } })
  })

  it('a reconnect during a slow refresh stands, whatever the refresh comes to', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'delay_answer', ms: 300, grant_type: 'refresh_token' })
    advance(DUE_MS)
    const refresh = runDurableObjectAlarm(stubOf(connected))
    await scheduler.wait(50)
    await reconnect(connected)
    const fresh = await token(connected)
    await refresh
    expect(await token(connected)).toBe(fresh)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', generation: 2 })
  })
})

describe('what was lost or restored', () => {
  it('an object without storage keeps ID and name, and asks for consent', async () => {
    const connected = await connect()
    await loseStorage(connected)
    expect(await nudge(connected)).toEqual({ result: 'empty' })
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'grant_missing' },
    })
    expect(await rowOf(connected)).toMatchObject({
      state: 'reauthorize',
      reason: 'grant_missing',
      name: 'Local CRM - Ada Lovelace',
    })
    await reconnect(connected)
    expect(await readToken(connected)).toMatchObject({ ok: true })
  })

  it('an object that went back in time is in doubt, and never presents its old refresh token', async () => {
    const connected = await connect()
    const { revision } = (await detailOf(connected)) as { revision: number }
    await nudge(connected, { revision: revision + 5 })
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
    expect(await readToken(connected)).toMatchObject({ ok: true })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' },
    })
    expect(await tokenRequests('refresh_token')).toBe(0)
  })

  it('a lost row is written again', async () => {
    const connected = await connect()
    await env.DB.prepare('DELETE FROM connections WHERE id = ?').bind(connected.connectionId).run()
    advance(3_700_000)
    await readToken(connected)
    await until(async () => (await rowOf(connected)) !== null)
  })
})

describe('pending', () => {
  it('is removed after a day, row and object', async () => {
    const started = await start()
    expect(await rowOf(started)).toMatchObject({ state: 'pending' })
    advance(24 * 3600_000 + 1)
    await runDurableObjectAlarm(stubOf(started))
    expect(await rowOf(started)).toBeNull()
    expect(await readToken(started)).toMatchObject({ ok: false, error: { code: 'connection_not_found' } })
  })
})

describe('delete', () => {
  it('revokes once, reports it, and leaves a tombstone that outlives a late publish', async () => {
    const connected = await connect()
    await published(connected)
    const removed = await removeConnection(testContext(), { ...connected, actor: connected.id }, Date.now())
    expect(removed).toMatchObject({ ok: true, value: { report: { revoked: true } } })
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { state: 'deleted' } })
    expect(await readToken(connected, { noCache: false })).toMatchObject({
      ok: false,
      error: { code: 'connection_not_found' },
    })
    advance(121_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await copyOf(connected)).toMatchObject({ value: '', metadata: { state: 'deleted' } })
  })
})
