// Deliveries against receivers of every kind: claims, retries, signatures, and what ends an endpoint.

import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliverWebhooks } from '../../src/services/deliver-webhooks.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { sendWebhook } from '../../src/services/send-webhook.ts'
import {
  findEndpoint,
  removeEndpoint,
  rotateSecret,
  switchOff,
  switchOn,
} from '../../src/services/webhook-endpoints.ts'
import { readLog, resend, sendTest } from '../../src/services/webhook-log.ts'
import { runBatch } from '../../src/storage/database.ts'
import { findEndpointRow, openSecrets } from '../../src/storage/webhook-endpoints.ts'
import { claimDeliveries, insertsOf, insertTest, settleDelivery } from '../../src/storage/webhook-events.ts'
import { realTime } from '../setup/clock.ts'
import { type Member, newMember, testContext } from '../setup/harness.ts'
import { deliver, deliveriesOf, type Receiver, receiver } from '../setup/receiver.ts'
import { plansOf } from '../storage/rows.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600_000

let member: Member
let count = 0

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM webhook_deliveries').run()
  member = await newMember()
})
afterEach(() => {
  realTime()
  vi.restoreAllMocks()
})

/** An event as an object writes it. */
async function happen(at = Date.now(), owner = member): Promise<string> {
  count += 1
  const id = `evt_test_${count}`
  const payload = JSON.stringify({ type: 'connection.deleted', timestamp: '', data: { count } })
  const event = { id, connectionId: null, type: 'connection.deleted' as const, at, payload }
  const { db } = testContext()
  await runBatch(db, insertsOf(db, { ...event, workspaceId: owner.workspaceId }))
  return id
}

const target = ({ endpointId }: Receiver) => ({ workspaceId: member.workspaceId, endpointId })
const row = async ({ endpointId }: Receiver) => {
  const found = await findEndpointRow(testContext().db, member.workspaceId, endpointId)
  if (!found) throw new Error('the endpoint is gone')
  return found
}

describe('a delivery', () => {
  it('is signed so that the library takes it, and is over with any 2xx', async () => {
    const hook = await receiver(member, 'status=204')
    const id = await happen()
    await deliver()
    await deliver(Date.now() + DAY_MS)
    expect(await hook.events()).toHaveLength(1)
    const [call] = await hook.calls()
    expect(call?.headers['webhook-id']).toBe(id)
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'delivered', attempts: 1, next_at: null, claimed_until: null, last_answer: '204' },
    ])
  })

  it('is not taken with another secret, another body or another id', async () => {
    const hook = await receiver(member)
    await happen()
    await deliver()
    const [call] = await hook.calls()
    if (!call) throw new Error('nothing came')
    const other = await receiver(member)
    const refused: [string, string, Record<string, string>][] = [
      [other.secret, call.body, call.headers],
      [hook.secret, `${call.body} `, call.headers],
      [hook.secret, call.body, { ...call.headers, 'webhook-id': 'evt_other' }],
    ]
    for (const [secret, body, headers] of refused) {
      expect(() => new Webhook(secret).verify(body, headers)).toThrow('No matching signature found')
    }
  })

  it('that is refused is tried again later under the same id, and noted each time', async () => {
    const hook = await receiver(member, 'status=500,503,200')
    const id = await happen()
    const now = Date.now()
    await deliver(now)
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'waiting', attempts: 1, last_answer: '500' },
    ])
    await deliver(now + 1_000)
    expect(await hook.calls()).toHaveLength(1)
    await deliver(now + MINUTE_MS)
    await deliver(now + 2 * MINUTE_MS)
    expect(await hook.calls()).toHaveLength(2)
    await deliver(now + 10 * MINUTE_MS)
    expect((await hook.calls()).map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id])
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'delivered', attempts: 3, last_answer: '200' },
    ])
  })

  it('is given up after a day, and stays in the log', async () => {
    const hook = await receiver(member, 'status=500')
    await happen()
    let now = Date.now()
    for (let run = 0; run < 12; run++) {
      await deliver(now)
      now += 10 * 3600_000
    }
    expect(await hook.calls()).toHaveLength(8)
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'failed', attempts: 8, next_at: null },
    ])
  })

  it.each([301, 302, 307, 308])('follows no redirect (%d)', async (status) => {
    const goal = await receiver(member, '', ['connection.held'])
    const location = encodeURIComponent((await row(goal)).url)
    const hook = await receiver(member, `status=${status}&header=location=${location}`)
    await happen()
    await deliver()
    expect(await hook.calls()).toHaveLength(1)
    expect(await goal.calls()).toEqual([])
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'waiting', last_answer: String(status) },
    ])
  })

  it('reads nothing of an answer that never ends', async () => {
    const hook = await receiver(member, 'endless')
    await happen()
    const started = performance.now()
    await deliver()
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([{ state: 'delivered', last_answer: '200' }])
  })

  it('waits for no answer longer than its deadline', async () => {
    const hook = await receiver(member, 'status=silent')
    const message = { id: 'evt_x', payload: '{}' }
    const attempt = await sendWebhook(testContext(), await row(hook), message, Date.now(), 200)
    expect(attempt).toMatchObject({ outcome: 'silent', answer: 'timeout' })
    expect(attempt.ms).toBeLessThan(3_000)
  })

  it('has its address checked again each time', async () => {
    const hook = await receiver(member)
    const forbidden = ['http://10.0.0.1/', 'https://localhost/', 'https://user@example.com/', 'nonsense']
    for (const url of forbidden) {
      const endpoint = { ...(await row(hook)), url }
      const attempt = await sendWebhook(testContext(), endpoint, { id: 'x', payload: '{}' }, Date.now())
      expect(attempt).toMatchObject({ outcome: 'failed', answer: 'address_refused' })
    }
    const strict = { ...testContext(), config: { ...testContext().config, allowInsecureUpstreams: false } }
    await happen()
    await deliverWebhooks(strict, Date.now())
    expect(await hook.calls()).toEqual([])
  })
})

describe('410 Gone', () => {
  it('switches the endpoint off, with what waits for it', async () => {
    const hook = await receiver(member, 'status=410')
    await happen(Date.now() - 2)
    await deliver()
    expect(await hook.calls()).toHaveLength(1)
    await happen()
    await deliver()
    expect(await hook.calls()).toHaveLength(1)
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([{ state: 'failed', last_answer: '410' }])
    const found = await findEndpoint(testContext(), member.workspaceId, hook.endpointId, Date.now())
    expect(found).toMatchObject({ ok: true, value: { disabledReason: 'gone' } })
    const audit = await env.DB.prepare('SELECT action FROM audit WHERE subject = ? ORDER BY at')
      .bind(hook.endpointId)
      .all()
    expect(audit.results.map(({ action }) => action)).toContain('webhook.gone')
  })

  it('of a thousand events at once does not send a thousand', async () => {
    const hook = await receiver(member, 'status=410')
    for (let index = 0; index < 30; index++) await happen()
    await deliver()
    await deliver(Date.now() + DAY_MS)
    expect((await hook.calls()).length).toBeLessThanOrEqual(5)
    const states = (await deliveriesOf(hook.endpointId)).map(({ state }) => state)
    expect(states.filter((state) => state === 'waiting')).toEqual([])
  })
})

describe('switched off', () => {
  it('nothing is sent or kept; switched on, only what comes then', async () => {
    const hook = await receiver(member)
    await happen()
    await switchOff(testContext(), member, hook.endpointId, Date.now())
    await happen()
    await deliver()
    expect(await hook.calls()).toEqual([])
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([{ state: 'cancelled', next_at: null }])
    await switchOn(testContext(), member, hook.endpointId, Date.now())
    await happen()
    await deliver()
    expect(await hook.calls()).toHaveLength(1)
  })
})

describe('claims', () => {
  it('let overlapping runs share: nothing is sent twice', async () => {
    const hook = await receiver(member)
    for (let index = 0; index < 12; index++) await happen()
    await Promise.all([deliver(), deliver(), deliver()])
    const ids = (await hook.calls()).map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(12)
    expect(new Set(ids).size).toBe(12)
  })

  it('that a crash left are taken again once they end', async () => {
    const hook = await receiver(member)
    await happen()
    const now = Date.now()
    const claim = { until: now + 120_000, limit: 10, without: [], workspaceId: undefined }
    expect(await claimDeliveries(testContext().db, now, claim)).toHaveLength(1)
    await deliver(now + MINUTE_MS)
    expect(await hook.calls()).toEqual([])
    await deliver(now + 121_000)
    expect(await hook.calls()).toHaveLength(1)
  })

  it('that passed to somebody else settle nothing', async () => {
    const hook = await receiver(member)
    await happen()
    const now = Date.now()
    const { db } = testContext()
    const ask = { limit: 10, without: [], workspaceId: undefined }
    const [claimed] = await claimDeliveries(db, now, { ...ask, until: now + 1_000 })
    await claimDeliveries(db, now + 2_000, { ...ask, until: now + 9_000 })
    if (!claimed) throw new Error('nothing was claimed')
    await settleDelivery(db, claimed, now + 1_000, { state: 'failed', nextAt: null })
    expect(await deliveriesOf(hook.endpointId)).toMatchObject([
      { state: 'waiting', claimed_until: now + 9_000 },
    ])
  })

  it('of an endpoint that does not answer are given back, and keep nobody waiting', async () => {
    const dead = await receiver(member, 'status=hangup')
    for (let index = 0; index < 30; index++) await happen(Date.now() - 1_000)
    const well = await receiver(member)
    await happen()
    await deliver()
    expect(await well.calls()).toHaveLength(1)
    expect((await dead.calls()).length).toBeLessThanOrEqual(5)
    const waiting = await deliveriesOf(dead.endpointId)
    expect(waiting.filter(({ attempts }) => attempts === 0)).toHaveLength(26)
    expect(waiting.every(({ claimed_until: claimed }) => claimed === null)).toBe(true)
  })

  it('use the index of what is due', async () => {
    const ask = { until: 1, limit: 10, without: [], workspaceId: undefined }
    const [plan = ''] = await plansOf((spied) => claimDeliveries(spied, 1, ask))
    expect(plan).toContain('INDEX webhook_deliveries_due')
    expect(plan).not.toMatch(/SCAN webhook_deliveries/)
  })
})

describe('the secret', () => {
  it('is sealed at rest', async () => {
    const hook = await receiver(member)
    const stored = JSON.stringify((await env.DB.prepare('SELECT * FROM webhook_endpoints').all()).results)
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(stored).not.toContain(hook.secret.slice(6))
    expect(await openSecrets(testContext().vault, await row(hook), Date.now())).toEqual([hook.secret])
  })

  it('does not open for another endpoint', async () => {
    const [hook, other] = [await receiver(member), await receiver(member)]
    const moved = { ...(await row(other)), secretSealed: (await row(hook)).secretSealed }
    await expect(openSecrets(testContext().vault, moved, Date.now())).rejects.toThrow('unreadable')
  })

  it('before the last rotation signs too for 24 hours', async () => {
    const hook = await receiver(member)
    const rotated = await rotateSecret(testContext(), member, hook.endpointId, Date.now())
    if (!rotated.ok) throw new Error(rotated.error.code)
    const { secret } = rotated.value
    await happen()
    await deliver()
    expect(await hook.events(secret)).toHaveLength(1)
    expect(await hook.events(hook.secret)).toHaveLength(1)
    const after = Date.now() + DAY_MS + 1
    vi.setSystemTime(after)
    await happen(after)
    await deliver(after)
    const [, second] = await hook.calls()
    if (!second) throw new Error('nothing came')
    expect(new Webhook(secret).verify(second.body, second.headers)).toBeDefined()
    expect(() => new Webhook(hook.secret).verify(second.body, second.headers)).toThrow()
  })

  it('two rotations ago signs no more', async () => {
    const hook = await receiver(member)
    for (let turn = 0; turn < 2; turn++)
      await rotateSecret(testContext(), member, hook.endpointId, Date.now())
    await happen()
    await deliver()
    await expect(hook.events()).rejects.toThrow('No matching signature found')
  })
})

describe('by hand', () => {
  it('goes to nobody where the endpoint was deleted in that moment', async () => {
    const { workspaceId } = await newMember()
    const event = { id: 'evt_gone', workspaceId, connectionId: null, type: 'webhook.test' as const }
    await insertTest(testContext().db, { ...event, at: 1, payload: '{}' }, 'whk_gone')
    const kept = await env.DB.prepare('SELECT count(*) AS n FROM webhook_events WHERE id = ?')
      .bind(event.id)
      .first('n')
    expect(kept).toBe(0)
    expect(await deliveriesOf('whk_gone')).toEqual([])
  })

  it('a test is sent at once, to this endpoint alone, whatever events it wants', async () => {
    const [hook, other] = [await receiver(member, '', ['connection.held']), await receiver(member)]
    const sent = await sendTest(testContext(), target(hook), Date.now())
    expect(sent.ok).toBe(true)
    expect(await hook.events()).toMatchObject([{ type: 'webhook.test', data: { endpoint: hook.endpointId } }])
    expect(await other.calls()).toEqual([])
  })

  it('a delivery is sent once more under its id, also one that was given up', async () => {
    const hook = await receiver(member, 'status=500,200')
    const id = await happen()
    await deliver()
    await env.DB.prepare("UPDATE webhook_deliveries SET state = 'failed', next_at = NULL").run()
    expect(await resend(testContext(), target(hook), id, Date.now())).toEqual({
      ok: true,
      value: { eventId: id },
    })
    expect((await hook.calls()).map(({ headers }) => headers['webhook-id'])).toEqual([id, id])
    const log = await readLog(testContext(), hook.endpointId, null)
    expect(log).toMatchObject({ ok: true, value: { entries: [{ state: 'delivered', attempts: 1 }] } })
  })

  it('what is on its way is not sent a second time', async () => {
    const hook = await receiver(member)
    const id = await happen()
    const now = Date.now()
    const claim = { until: now + 120_000, limit: 10, without: [], workspaceId: undefined }
    await claimDeliveries(testContext().db, now, claim)
    expect(await resend(testContext(), target(hook), id, now)).toMatchObject({ error: { code: 'conflict' } })
    expect(await hook.calls()).toEqual([])
  })

  it('nothing is sent to what is switched off, is not there, or belongs to another workspace', async () => {
    const hook = await receiver(member)
    const id = await happen()
    const stranger = await newMember()
    const theirs = await receiver(stranger)
    const foreign = await happen(Date.now(), stranger)
    const { workspaceId } = stranger
    const now = Date.now()
    const none = { code: 'not_found' }
    expect(await resend(testContext(), target(hook), 'evt_none', now)).toMatchObject({ error: none })
    expect(await resend(testContext(), target(hook), foreign, now)).toMatchObject({ error: none })
    expect(await resend(testContext(), target(theirs), foreign, now)).toMatchObject({ error: none })
    expect(await resend(testContext(), { ...target(hook), workspaceId }, id, now)).toMatchObject({
      error: none,
    })
    await switchOff(testContext(), member, hook.endpointId, now)
    const off = { error: { code: 'conflict' } }
    expect(await resend(testContext(), target(hook), id, now)).toMatchObject(off)
    expect(await sendTest(testContext(), target(hook), now)).toMatchObject(off)
    expect(await hook.calls()).toEqual([])
  })
})

describe('the log', () => {
  it('goes page by page, the newest first', async () => {
    const hook = await receiver(member)
    const ids: string[] = []
    for (let index = 0; index < 120; index++) ids.unshift(await happen(1_000_000 + index))
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await readLog(testContext(), hook.endpointId, cursor)
      if (!page.ok) throw new Error(page.error.code)
      seen.push(...page.value.entries.map(({ eventId }) => eventId))
      cursor = page.value.nextCursor
    } while (cursor)
    expect(seen).toEqual(ids)
    expect(await readLog(testContext(), hook.endpointId, 'x')).toMatchObject({ ok: false })
  })

  it('ends after 30 days with the cron, and with its endpoint', async () => {
    const hook = await receiver(member, 'status=500')
    const now = Date.now()
    await happen(now - 31 * DAY_MS)
    await happen(now - 29 * DAY_MS)
    await runCron(testContext(), now)
    expect(await deliveriesOf(hook.endpointId)).toHaveLength(1)
    const old = await env.DB.prepare('SELECT count(*) AS total FROM webhook_events WHERE at < ?')
      .bind(now - 30 * DAY_MS)
      .first('total')
    expect(old).toBe(0)
    await removeEndpoint(testContext(), member, hook.endpointId, now)
    expect(await deliveriesOf(hook.endpointId)).toEqual([])
  })
})
