// D1 down, KV down, both; a provider that fails in every way: tokens flow, grants survive, what was owed is paid.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { readCopy } from '../../src/storage/token-copies.ts'
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

function pause(connected: Connected) {
  return setConnectionPaused(testContext(), { ...connected, actor: connected.id }, true, Date.now())
}

const OUTAGES = [
  { down: 'D1', switches: { d1Down: true } },
  { down: 'KV', switches: { kvDown: true } },
  { down: 'D1 and KV', switches: { d1Down: true, kvDown: true } },
]

describe.each(OUTAGES)('while the object has no $down', ({ switches }) => {
  it('serves, refreshes by read and by alarm, and catches up', async () => {
    const connected = await connect()
    Object.assign(faults, switches)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    advance(DUE_MS)
    expect(await runDurableObjectAlarm(stubOf(connected))).toBe(true)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
    advance(3600_000)
    await readToken(connected)
    Object.assign(faults, { d1Down: false, kvDown: false })
    advance(301_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toMatchObject({ state: 'active' })
    expect(Number((await rowOf(connected))?.generation)).toBeGreaterThanOrEqual(4)
  })

  it('keeps a pause, and tells D1 and the edge once they are back', async () => {
    const connected = await connect()
    await readToken(connected)
    await readToken(connected)
    await until(async () => (await readCopy(env.KV, connected.connectionId)) !== null)
    Object.assign(faults, switches)
    expect(await pause(connected)).toMatchObject({ ok: true, value: { state: 'paused' } })
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'connection_paused' } })
    Object.assign(faults, { d1Down: false, kvDown: false })
    advance(61_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toMatchObject({ paused: 1 })
    const copy = await env.KV.getWithMetadata(`token:${connected.connectionId}`)
    expect(copy).toMatchObject({ value: '', metadata: { state: 'paused' } })
  })

  it('finishes a consent', async () => {
    const started = await start()
    const query = await consent(started.authorizeUrl)
    Object.assign(faults, switches)
    expect(await finish(started, query)).toMatchObject({ kind: 'finished' })
    expect(await readToken(started)).toMatchObject({ ok: true, value: { generation: 1 } })
    Object.assign(faults, { d1Down: false, kvDown: false })
    advance(61_000)
    await runDurableObjectAlarm(stubOf(started))
    expect(await rowOf(started)).toMatchObject({ state: 'active', generation: 1 })
  })
})

describe('a grant that does not open', () => {
  it('waits with growing pauses for its key to come back, and is not asked for in a loop', async () => {
    const connected = await connect()
    let sealed = ''
    await editRecord(connected, (record) => {
      sealed = record.grant?.sealed ?? ''
      return {
        ...record,
        grant: record.grant && { ...record.grant, sealed: sealed.replace('v1.k1.', 'v1.gone.') },
      }
    })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', trouble: { class: 'transient' } })
    const next = await runInDurableObject(stubOf(connected), (_instance, state) => state.storage.getAlarm())
    expect(next).toBeGreaterThan(Date.now())
    expect(await tokenRequests('refresh_token')).toBe(0)
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, sealed },
    }))
    advance(10_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok', generation: 2 })
  })
})

describe('a provider that fails', () => {
  it.each([
    ['503', { do: 'answer', status: 503, body: 'down' }],
    [
      '500 with HTML',
      { do: 'answer', status: 500, body: '<html>', headers: { 'content-type': 'text/html' } },
    ],
    ['429', { do: 'answer', status: 429, body: { error: 'slow_down' }, headers: { 'retry-after': '7' } }],
    [
      'HTML with 200',
      { do: 'answer', status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
    ],
    ['403 from a firewall', { do: 'answer', status: 403, body: '<html>blocked</html>' }],
    ['204', { do: 'answer', status: 204 }],
    ['an unknown code', { do: 'answer', status: 400, body: { error: 'mystery' } }],
    ['bytes that are not UTF-8', { do: 'answer', status: 200, body: '\udfff\u0000' }],
  ] as const)(
    '%s: the token is served while it lives, the state stays active, and it heals',
    async (_, next) => {
      const connected = await connect()
      await steer.nextToken({ ...next, times: 2, grant_type: 'refresh_token' } as never)
      advance(DUE_MS)
      await runDurableObjectAlarm(stubOf(connected))
      expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
      expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'retrying' })
      advance(EXPIRED_MS - DUE_MS)
      const expired = await readToken(connected)
      expect(expired).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
      const sent = await tokenRequests('refresh_token')
      expect(await readToken(connected)).toMatchObject({ ok: false })
      expect(await tokenRequests('refresh_token')).toBe(sent)
      advance(400_000)
      expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
      expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok' })
    },
  )

  it('a redirect is never followed', async () => {
    const connected = await connect()
    const location = 'http://127.0.0.1:1/token'
    await steer.nextToken({ do: 'answer', status: 307, headers: { location }, grant_type: 'refresh_token' })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_misconfigured' } })
    expect(await detailOf(connected)).toMatchObject({ state: 'active' })
  })

  it('an answer past the limit is cut, and counts as an answer lost', async () => {
    const connected = await connect()
    await steer.nextToken({
      do: 'answer',
      status: 200,
      body: 'x'.repeat(70_000),
      grant_type: 'refresh_token',
    })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
  })

  it.each([
    ['hangs', { do: 'hang' }],
    ['drops its answer', { do: 'drop' }],
  ] as const)('%s: in doubt, never asked twice where a replay would end the grant', async (_, next) => {
    faults.deadlines = { tokenCallMs: 150 }
    const connected = await connect()
    await steer.nextToken({ ...next, grant_type: 'refresh_token' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'in_doubt' })
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 1 } })
    advance(60_000)
    expect(await readToken(connected)).toMatchObject({
      ok: false,
      error: { code: 'reauthorization_required', reason: 'rotation_in_doubt' },
    })
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect((await steer.stats()).max_in_flight_per_refresh_token).toBe(1)
  })

  it('invalid_grant: exactly one request, reauthorize at once, later reads make none', async () => {
    const connected = await connect()
    await steer.revoke({ client_id: 'local-crm' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'reauthorize', reason: 'grant_revoked' })
    for (let read = 0; read < 3; read++) {
      expect(await readToken(connected)).toMatchObject({
        ok: false,
        error: { code: 'reauthorization_required', reason: 'grant_revoked' },
      })
    }
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await rowOf(connected)).toMatchObject({ state: 'reauthorize', reason: 'grant_revoked' })
  })

  it('invalid_client: no state changes, and it heals by itself in the background', async () => {
    const connected = await connect()
    await steer.nextToken({ do: 'invalid_client', grant_type: 'refresh_token' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({
      state: 'active',
      health: 'ok',
      trouble: { class: 'config' },
    })
    advance(EXPIRED_MS - DUE_MS)
    expect(await readToken(connected)).toMatchObject({ ok: false, error: { code: 'provider_misconfigured' } })
    expect(await tokenRequests('refresh_token')).toBe(1)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
  })
})
