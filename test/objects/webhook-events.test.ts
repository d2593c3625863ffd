// From a change of state in the object to the receiver: one event a change, whatever is down or cut in between.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { removeConnection } from '../../src/services/remove-connection.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  loseStorage,
  type Member,
  newMember,
  nudge,
  putRecord,
  readToken,
  reconnect,
  rowOf,
  start,
  steer,
  storedRecord,
  stubOf,
  testContext,
} from '../setup/harness.ts'
import { deliver, type Receiver, receiver } from '../setup/receiver.ts'

const DAY_MS = 24 * 3600_000
const DUE_MS = 103_000

let member: Member
let hooks: Receiver
let connected: Connected

beforeEach(async () => {
  mend()
  await steer.reset()
  member = await newMember()
  hooks = await receiver(member)
  connected = await connect({ member })
})
afterEach(realTime)

const refresh = () => stubOf(connected).refreshNow(connected)
const alarm = () => runDurableObjectAlarm(stubOf(connected))
const remove = () => removeConnection(testContext(), { ...connected, actor: member.id }, Date.now())

async function told(): Promise<string[]> {
  await deliver()
  return (await hooks.events()).map(({ type, data }) => `${type.slice('connection.'.length)} ${data.reason}`)
}

async function lose(): Promise<void> {
  await steer.nextToken({ do: 'invalid_grant' })
  await refresh()
}

/** Twice what is left of a crash: the object wakes, and the cron asks. */
async function heal(): Promise<void> {
  advance(70_000)
  await alarm()
  await deliver()
}

async function counted(table: string): Promise<number> {
  return Number(await env.DB.prepare(`SELECT count(*) AS total FROM ${table}`).first('total'))
}

describe('a change of state', () => {
  it('is told with the connection as the API shows it, and nothing secret', async () => {
    await lose()
    await deliver()
    const [event] = await hooks.events()
    const { connectionId, workspaceId } = connected
    expect(event).toEqual({
      type: 'connection.reauthorize',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        workspace: workspaceId,
        reason: 'grant_revoked',
        connection: expect.objectContaining({
          id: connectionId,
          connector: 'local',
          name: 'Local CRM - Ada Lovelace',
          state: 'reauthorize',
          reason: 'grant_revoked',
          account: { id: 'ada', email: 'ada@example.com', name: 'Ada Lovelace' },
        }),
        reconnect_url: `${env.PUBLIC_URL}/connections/${connectionId}`,
      },
    })
    const [call] = await hooks.calls()
    expect(call?.method).toBe('POST')
    expect(call?.headers['content-type']).toBe('application/json')
    expect(call?.body).not.toMatch(/token"|secret|sealed|hash/)
  })

  it('is told when the connection is lost, and when it works again', async () => {
    await lose()
    await reconnect(connected)
    expect(await told()).toEqual(['reauthorize grant_revoked', 'recovered reconnected'])
  })

  it('is told once, however often refreshing fails before and after', async () => {
    for (let count = 0; count < 3; count++) {
      await steer.nextToken({ do: 'answer', status: 503 })
      await refresh()
    }
    expect(await told()).toEqual([])
    await lose()
    for (let count = 0; count < 3; count++) await refresh()
    await readToken(connected)
    expect(await told()).toEqual(['reauthorize grant_revoked'])
  })

  it('is not a first consent, a name, a pause or a use', async () => {
    const target = { ...connected, actor: member.id }
    await setConnectionPaused(testContext(), target, true, Date.now())
    await setConnectionPaused(testContext(), target, false, Date.now())
    await refresh()
    expect(await told()).toEqual([])
  })

  it('is told only to endpoints of its workspace that want it', async () => {
    const other = await receiver(await newMember())
    const picky = await receiver(member, '', ['connection.deleted'])
    await lose()
    await deliver()
    expect(await hooks.calls()).toHaveLength(1)
    expect(await other.calls()).toEqual([])
    expect(await picky.calls()).toEqual([])
  })

  it('is written nowhere where no endpoint wants it', async () => {
    const lonely = await connect()
    const before = [await counted('webhook_events'), await counted('webhook_deliveries')]
    await steer.nextToken({ do: 'invalid_grant' })
    await stubOf(lonely).refreshNow(lonely)
    await removeConnection(testContext(), { ...lonely, actor: lonely.id }, Date.now())
    expect([await counted('webhook_events'), await counted('webhook_deliveries')]).toEqual(before)
  })
})

describe('a refused OAuth app', () => {
  it('is told for each connection that meets it, once, and so is its recovery', async () => {
    const calm = await connect({ member, account: 'grace' })
    await steer.nextToken({ do: 'invalid_client', times: 4 })
    for (let count = 0; count < 2; count++) await refresh()
    expect(await told()).toEqual(['held app_refused'])
    const [event] = await hooks.events()
    expect(event?.data.connection).toMatchObject({
      id: connected.connectionId,
      state: 'active',
      health: 'held',
    })
    await steer.reset()
    await refresh()
    expect(await told()).toEqual(['held app_refused', 'recovered app_accepted'])
    expect(await detailOf(calm)).toMatchObject({ state: 'active' })
  })

  it('is met by one that is not let refresh', async () => {
    faults.paced = true
    const other = await connect({ member, account: 'grace' })
    await steer.nextToken({ do: 'invalid_client', times: 1 })
    await stubOf(other).refreshNow(other)
    advance(DUE_MS)
    // Whoever comes first may probe: it is refused as well.
    await steer.nextToken({ do: 'invalid_client', times: 1 })
    await alarm()
    expect(await told()).toEqual(['held app_refused', 'held app_refused'])
  })
})

describe('a consent that ends', () => {
  const endIn = (days: number) =>
    editRecord(connected, (record) => ({ ...record, reauthorizeBefore: Date.now() + days * DAY_MS }))

  /** Unchecked: the library takes nothing that is minutes old by the clock of the test. */
  const reasons = async () => (await hooks.calls()).map(({ body }) => JSON.parse(body).data.reason)

  it('is told at each step, and puts the connection up in the list', async () => {
    await editRecord(connected, (record) => ({
      ...record,
      grant: record.grant && { ...record.grant, refreshTokenHash: 'x', dueAt: null, expiresAt: null },
      checkDueAt: null,
    }))
    await endIn(14.0001)
    await stubOf(connected).rename({ ...connected, name: 'Reports' })
    const told: string[] = []
    for (const days of [0.0002, 0.5, 6.6, 6.1]) {
      advance(days * DAY_MS)
      await alarm()
      await deliver()
      told.push(`${(await reasons()).length} ${(await reasons()).at(-1)}`)
    }
    expect(told).toEqual([
      '1 consent_ends_within_14_days',
      '1 consent_ends_within_14_days',
      '2 consent_ends_within_7_days',
      '3 consent_ends_within_1_days',
    ])
    expect(await rowOf(connected)).toMatchObject({ ends_within_days: 1, attention: 3 })
  })
})

describe('the end of a connection', () => {
  it('is told with what it was', async () => {
    await remove()
    expect(await told()).toEqual(['deleted deleted'])
    const [event] = await hooks.events()
    expect(event?.data).toMatchObject({
      reconnect_url: null,
      connection: { id: connected.connectionId, account: { email: 'ada@example.com' } },
    })
  })

  it('is told of one that nobody consented to in time', async () => {
    const started = await start({ member })
    advance(DAY_MS + 1)
    await runDurableObjectAlarm(stubOf(started))
    expect(await told()).toEqual(['deleted never_connected'])
  })

  it.each(['remove:marked', 'remove:revoking', 'remove:revoked', 'remove:erased', 'remove:cleared'] as const)(
    'is told once when it is cut at %s',
    async (step) => {
      faults.crashAt = step
      await remove()
      expect(faults.crashes).toBe(1)
      await heal()
      await heal()
      await heal()
      expect(await told()).toEqual(['deleted deleted'])
      expect(await rowOf(connected)).toBeNull()
    },
  )

  it('is told although D1 is down until the object is emptied', async () => {
    faults.d1Down = true
    await stubOf(connected).remove({ ...connected, siblingLives: false })
    advance(121_000)
    await alarm()
    faults.d1Down = false
    expect(await told()).toEqual([])
    advance(600_000)
    await alarm()
    expect(await told()).toEqual(['deleted deleted'])
    const left = await runInDurableObject(stubOf(connected), async (_, { storage }) => [...storage.kv.list()])
    expect(left).toEqual([])
  })
})

describe('delivery survives', () => {
  it('a crash between the change of state and the write to D1', async () => {
    await steer.nextToken({ do: 'invalid_grant' })
    faults.d1Down = true
    await refresh()
    expect(await rowOf(connected)).toMatchObject({ state: 'active' })
    await runInDurableObject(stubOf(connected), async (_, state) => {
      state.abort('crash before D1 has it')
    }).catch(() => undefined)
    faults.d1Down = false
    expect(await told()).toEqual([])
    await heal()
    expect(await told()).toEqual(['reauthorize grant_revoked'])
    expect(await rowOf(connected)).toMatchObject({ state: 'reauthorize' })
  })

  it('a crash right behind the change', async () => {
    await steer.nextToken({ do: 'invalid_grant' })
    faults.crashAt = 'refresh:stored'
    await refresh().catch(() => undefined)
    expect(faults.crashes).toBe(1)
    expect(await told()).toEqual([])
    await heal()
    expect(await told()).toEqual(['reauthorize grant_revoked'])
  })

  it('a crash after the write to D1, before the object knows of it', async () => {
    await lose()
    const event = await env.DB.prepare('SELECT * FROM webhook_events WHERE connection_id = ?')
      .bind(connected.connectionId)
      .first<{ id: string; at: number; type: 'connection.reauthorize' }>()
    await editRecord(connected, (record) => ({
      ...record,
      outbox: [
        {
          id: event?.id ?? '',
          type: 'connection.reauthorize',
          reason: 'grant_revoked',
          at: event?.at ?? 0,
          connection: { id: connected.connectionId },
        },
      ],
      debts: { row: record.revision, copy: null, attempts: 0, retryAt: Date.now() },
    }))
    await heal()
    expect(await told()).toEqual(['reauthorize grant_revoked'])
  })

  it('D1 being down for a while: events come later, each once', async () => {
    faults.d1Down = true
    await lose()
    await reconnect(connected)
    await lose()
    faults.d1Down = false
    expect(await told()).toEqual([])
    advance(600_000)
    await alarm()
    const events = await told()
    expect(events).toHaveLength(3)
    expect(events.toSorted()).toEqual([
      'reauthorize grant_revoked',
      'reauthorize grant_revoked',
      'recovered reconnected',
    ])
  })

  it('the loss of the alarm: the cron asks the object', async () => {
    faults.d1Down = true
    await lose()
    faults.d1Down = false
    await runInDurableObject(stubOf(connected), (_, { storage }) => storage.deleteAlarm())
    const now = advance(4 * 3600_000)
    await runCron(testContext(), now)
    expect(await told()).toEqual(['reauthorize grant_revoked'])
  })
})

describe('nothing is told again', () => {
  it('by an object that lost its storage after it had told', async () => {
    await lose()
    await loseStorage(connected)
    await nudge(connected)
    expect(await told()).toEqual(['reauthorize grant_revoked'])
    await reconnect(connected)
    await loseStorage(connected)
    await nudge(connected)
    await loseStorage(connected)
    await nudge(connected)
    expect(await told()).toEqual([
      'reauthorize grant_revoked',
      'recovered reconnected',
      'reauthorize grant_missing',
    ])
  })

  it('by an object that went back to before it had told', async () => {
    const before = await storedRecord(connected)
    await lose()
    expect(await told()).toEqual(['reauthorize grant_revoked'])
    await putRecord(connected, before)
    await nudge(connected)
    advance(200_000)
    await readToken(connected)
    await heal()
    expect(await detailOf(connected)).toMatchObject({ state: 'reauthorize' })
    expect(await told()).toEqual(['reauthorize grant_revoked'])
  })

  it('by an outbox that a restore brought back', async () => {
    faults.d1Down = true
    await lose()
    const old = await storedRecord(connected)
    faults.d1Down = false
    await heal()
    advance(29 * DAY_MS)
    await env.DB.prepare('DELETE FROM webhook_events').run()
    await env.DB.prepare('DELETE FROM webhook_deliveries').run()
    await putRecord(connected, old)
    await nudge(connected)
    await heal()
    expect(await counted('webhook_events')).toBe(0)
  })
})
