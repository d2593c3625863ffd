// What the connections of one OAuth app share, on the real objects: a refused app, two live secrets, many losses at once.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { listConnectorsWithApps, saveApp } from '../../src/services/oauth-apps.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  type Member,
  newMember,
  readToken,
  steer,
  stubOf,
  testContext,
  tokenRequests,
  until,
} from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'

const DUE_MS = 103_000
const MINUTE_MS = 60_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

/** The workspace's own app, with this secret. */
async function saveOwn(member: Member, clientSecret: string): Promise<void> {
  const params = { origin: inject('upstreamOrigin') }
  const form = { clientId: 'local-crm', clientSecret, secretExpires: '', params }
  const saved = await saveApp(testContext(), member, 'local', form, Date.now())
  if (!saved.ok) throw new Error(saved.error.code)
}

async function ownApp(member: Member) {
  const all = await listConnectorsWithApps(testContext(), member.workspaceId)
  return all.find(({ connector }) => connector.id === 'local')?.app
}

async function connectMany(member: Member, count: number): Promise<Connected[]> {
  const connected: Connected[] = []
  for (let from = 0; from < count; from += 10) {
    const batch = Array.from({ length: Math.min(10, count - from) }, () => connect({ member }))
    connected.push(...(await Promise.all(batch)))
  }
  return connected
}

/** Rings every alarm that is due now, as the platform would. */
async function ring(connected: Connected[]): Promise<void> {
  for (const one of connected) {
    const due = await runInDurableObject(stubOf(one), async (_instance, state) => {
      const at = await state.storage.getAlarm()
      return at !== null && at <= Date.now()
    })
    if (due) await runDurableObjectAlarm(stubOf(one))
  }
}

async function states(connected: Connected[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const one of connected) {
    const { state, generation } = await detailOf(one)
    const key = `${state} ${generation}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

async function leastGeneration(connected: Connected[]): Promise<number> {
  const details = await Promise.all(connected.map(detailOf))
  return Math.min(...details.map(({ generation }) => generation))
}

describe('an app that the service refuses', () => {
  it('holds 300 connections without changing one, probes alone, and all recover without a stampede', async () => {
    const member = await newMember()
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    const connected = await connectMany(member, 300)
    await steer.nextToken({ do: 'invalid_client', grant_type: 'refresh_token', times: 1_000 })
    faults.paced = true
    advance(DUE_MS)
    await ring(connected)
    const first = await tokenRequests('refresh_token')
    expect(first).toBeLessThanOrEqual(3)
    expect(await states(connected)).toEqual({ 'active 1': 300 })
    expect((await ownApp(member))?.held).toMatchObject({ detail: expect.stringContaining('invalid_client') })
    expect(
      await env.DB.prepare('SELECT count(*) AS n FROM app_alerts WHERE owner = ?')
        .bind(member.workspaceId)
        .first('n'),
    ).toBe(1)

    for (let minute = 0; minute < 6; minute++) {
      advance(MINUTE_MS)
      await ring(connected)
    }
    const probes = (await tokenRequests('refresh_token')) - first
    expect(probes).toBeGreaterThanOrEqual(1)
    expect(probes).toBeLessThanOrEqual(3)
    expect(await states(connected)).toEqual({ 'active 1': 300 })

    await steer.reset()
    let busiest = 0
    let before = 0
    for (let step = 0; step < 60 && (await leastGeneration(connected)) < 2; step++) {
      advance(10_000)
      await ring(connected)
      const sent = await tokenRequests('refresh_token')
      busiest = Math.max(busiest, sent - before)
      before = sent
    }
    expect(await leastGeneration(connected)).toBeGreaterThanOrEqual(2)
    expect(busiest).toBeLessThanOrEqual(60)
    expect((await ownApp(member))?.held).toBeNull()
  }, 120_000)

  it('is released when a new secret is saved', async () => {
    const member = await newMember()
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    const connected = await connect({ member })
    await steer.nextToken({ do: 'invalid_client', grant_type: 'refresh_token' })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect((await ownApp(member))?.held).not.toBeNull()
    expect((await detailOf(connected)).state).toBe('active')
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    expect((await ownApp(member))?.held).toBeNull()
  })
})

describe('two live secrets', () => {
  it('a wrong new secret fails no refresh: the old one is used until the new has worked', async () => {
    const member = await newMember()
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    const connected = await connect({ member })
    await saveOwn(member, 'mistyped')
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', generation: 2, health: 'ok' })
    expect(await ownApp(member)).toMatchObject({ rotating: true, held: null })
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ generation: 3 })
    expect(await ownApp(member)).toMatchObject({ rotating: false })
    expect(await tokenRequests('refresh_token')).toBe(3)
  })
})

describe('a secret that is saved while a refresh with the one before it is under way', () => {
  it('is not taken for the one that worked: there is an older one to go back to', async () => {
    const member = await newMember()
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    const connected = await connect({ member })
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    await steer.nextToken({ do: 'delay_answer', ms: 400, grant_type: 'refresh_token' })
    advance(DUE_MS)
    const alarm = runDurableObjectAlarm(stubOf(connected))
    await until(async () => (await tokenRequests('refresh_token')) === 1)
    await saveOwn(member, 'mistyped')
    await alarm
    expect(await ownApp(member)).toMatchObject({ rotating: true })
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await detailOf(connected)).toMatchObject({ state: 'active', generation: 3, trouble: null })
  })
})

describe('many connections losing consent at once', () => {
  it('raises one alert, and holds nothing', async () => {
    const member = await newMember()
    await saveOwn(member, UPSTREAM_SECRETS.crm)
    const connected = await connectMany(member, 6)
    await steer.revoke({ client_id: 'local-crm' })
    advance(DUE_MS)
    for (const one of connected) await runDurableObjectAlarm(stubOf(one))
    expect(await states(connected)).toEqual({ 'reauthorize 1': 6 })
    expect(await ownApp(member)).toMatchObject({
      held: null,
      commonCause: { connections: expect.any(Number) },
    })
  })
})

describe('the app’s object', () => {
  it('is never asked on the token path', async () => {
    const connected = await connect()
    advance(121_000)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(faults.admissions).toBe(0)
  })

  it('gives a turn that is taken without asking again', async () => {
    const connected = await connect()
    faults.paced = true
    const until = Date.now() + DUE_MS + 30_000
    await editRecord(connected, (record) => ({ ...record, holdOff: { until, reserved: true } }))
    advance(DUE_MS)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(0)
    advance(30_001)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(faults.admissions).toBe(0)
  })
})

describe('a reader', () => {
  it('never waits for the pace of the background', async () => {
    const connected = await connect()
    faults.admitMs = 1_500
    advance(121_000)
    const alarm = runDurableObjectAlarm(stubOf(connected))
    await scheduler.wait(50)
    const started = performance.now()
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(performance.now() - started).toBeLessThan(1_000)
    await alarm
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})
