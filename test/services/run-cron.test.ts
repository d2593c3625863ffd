import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectionObjectName, newId } from '../../src/domain/ids.ts'
import type { ConnectionRpc } from '../../src/objects/rpc.ts'
import type { Context } from '../../src/services/context.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { createSession, SESSION_LIFE_MS } from '../../src/services/sessions.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  loseStorage,
  type Member,
  newKey,
  newMember,
  readToken,
  reconnect,
  rowOf,
  steer,
  stubOf,
  testContext,
} from '../setup/harness.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600_000
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

beforeEach(async () => {
  mend()
  await steer.reset()
  for (const table of ['connections', 'sessions', 'api_keys', 'audit'])
    await env.DB.exec(`DELETE FROM ${table}`)
})
afterEach(() => {
  realTime()
  vi.restoreAllMocks()
})

const cron = (context: Context = testContext()) => runCron(context, Date.now())

/** The object has broken its promise to be heard. */
async function overdue(connected: Connected, agoMs = MINUTE_MS): Promise<void> {
  await env.DB.prepare('UPDATE connections SET heard_by = ?, nudge_at = NULL WHERE id = ?')
    .bind(Date.now() - agoMs, connected.connectionId)
    .run()
}

/** The real namespace; each nudge is counted by the name of its object. */
function watched(before: (name: string) => Promise<void> = async () => {}) {
  const nudges: string[] = []
  const { connections } = testContext()
  const getByName = (name: string) =>
    new Proxy(connections.getByName(name), {
      get: (stub, method) => async (ask: unknown) => {
        if (method === 'nudge') nudges.push(name)
        await before(name)
        return Reflect.get(stub, method)(ask)
      },
    }) as ConnectionRpc
  return { nudges, context: { ...testContext(), connections: { getByName } } }
}

const nameOf = ({ workspaceId, connectionId }: Connected) => connectionObjectName(workspaceId, connectionId)

/** Rows that only D1 knows. */
async function orphans(member: Member, count: number): Promise<void> {
  const source = await connect({ member })
  const same = Object.keys((await rowOf(source)) ?? {}).filter(
    (name) => !['id', 'heard_by', 'nudge_at', 'attention'].includes(name),
  )
  const insert = env.DB.prepare(
    `INSERT INTO connections (id, heard_by, ${same}) SELECT ?, ?, ${same} FROM connections WHERE id = ?`,
  )
  const rows = Array.from({ length: count }, (_, index) =>
    insert.bind(newId('con', random), Date.now() - MINUTE_MS - index, source.connectionId),
  )
  await env.DB.batch(rows)
}

describe('a row whose promise to be heard is past', () => {
  it('is claimed, its object nudged, and the row made current', async () => {
    const connected = await connect()
    const quiet = await connect()
    await env.DB.prepare("UPDATE connections SET name = 'stale', revision = revision - 1 WHERE id = ?")
      .bind(connected.connectionId)
      .run()
    await overdue(connected)
    const { nudges, context } = watched()
    await cron(context)
    expect(nudges).toEqual([nameOf(connected)])
    const row = await rowOf(connected)
    expect(row).toMatchObject({ name: 'Local CRM - Ada Lovelace', nudge_at: null })
    expect(row?.heard_by).toBeGreaterThan(Date.now())
    expect(await rowOf(quiet)).toMatchObject({ nudge_at: null })
    await cron(context)
    expect(nudges).toHaveLength(1)
  })

  it('does what the lost alarm did not: refreshes a token that is due', async () => {
    const connected = await connect()
    await runInDurableObject(stubOf(connected), (_, { storage }) => storage.deleteAlarm())
    advance(110_000)
    await overdue(connected)
    await cron()
    expect(await detailOf(connected)).toMatchObject({ generation: 2, history: [{ trigger: 'cron' }, {}, {}] })
  })

  it('is claimed for ten minutes where its object cannot be reached, so that the rest have their turn', async () => {
    const [broken, fine] = [await connect(), await connect()]
    const { nudges, context } = watched(async (name) => {
      if (name === nameOf(broken)) throw new Error('object unreachable')
    })
    await overdue(broken, 9 * MINUTE_MS)
    await overdue(fine)
    await cron(context)
    expect(nudges.sort()).toEqual([nameOf(broken), nameOf(fine)].sort())
    expect((await rowOf(fine))?.heard_by).toBeGreaterThan(Date.now())
    advance(9 * MINUTE_MS)
    await cron(context)
    expect(nudges.filter((name) => name === nameOf(broken))).toHaveLength(1)
    advance(2 * MINUTE_MS)
    await cron(context)
    expect(nudges.filter((name) => name === nameOf(broken))).toHaveLength(2)
  })

  it('is reached in one run, batch after batch, each once', { timeout: 30_000 }, async () => {
    const member = await newMember()
    await orphans(member, 230)
    const { nudges, context } = watched()
    const due = "SELECT count(*) AS total FROM connections WHERE heard_by < ? AND state = 'active'"
    const waiting = () => env.DB.prepare(due).bind(Date.now()).first<number>('total')
    expect(await waiting()).toBe(230)
    await cron(context)
    expect(await waiting()).toBe(0)
    expect(nudges).toHaveLength(230)
    expect(new Set(nudges).size).toBe(230)
  })

  it('is shared by runs that overlap: nobody is nudged twice', { timeout: 30_000 }, async () => {
    const member = await newMember()
    await orphans(member, 120)
    const one = watched()
    const two = watched()
    await Promise.all([cron(one.context), cron(two.context)])
    const all = [...one.nudges, ...two.nudges]
    expect(all).toHaveLength(120)
    expect(new Set(all).size).toBe(120)
  })
})

describe('a row whose object is empty', () => {
  it('becomes Reauthorize under the same ID and name, and a reconnect heals it', async () => {
    const connected = await connect()
    const key = await newKey(connected)
    await stubOf(connected).rename({ ...connected, name: 'The one' })
    await loseStorage(connected)
    await overdue(connected)
    await cron()
    const lost = { state: 'reauthorize', reason: 'grant_missing', name: 'The one' }
    expect(await rowOf(connected)).toMatchObject({ id: connected.connectionId, ...lost })
    expect(await detailOf(connected)).toMatchObject({
      id: connected.connectionId,
      ...lost,
      tools: ['contacts.read'],
    })
    expect(await readToken(connected)).toMatchObject({ error: { code: 'reauthorization_required' } })
    expect(await reconnect(connected)).toMatchObject({ kind: 'finished' })
    expect(await detailOf(connected)).toMatchObject({ state: 'active', name: 'The one', generation: 2 })
    const token = await readToken(
      connected,
      {},
      { key: { ...key.summary, workspaceId: connected.workspaceId } },
    )
    expect(token).toMatchObject({ ok: true })
    expect(await rowOf(connected)).toMatchObject({ state: 'active', reason: null })
  })

  it('is left alone for an hour once it says so', async () => {
    const connected = await connect()
    await loseStorage(connected)
    await overdue(connected)
    await cron()
    const { nudges, context } = watched()
    advance(60 * MINUTE_MS)
    await cron(context)
    expect(nudges).toEqual([])
  })
})

describe('housekeeping', () => {
  it('ends sessions that have run out, and no other', async () => {
    const member = await newMember()
    const context = testContext()
    await createSession(context, member.id, Date.now() - SESSION_LIFE_MS)
    await createSession(context, member.id, Date.now() - SESSION_LIFE_MS + MINUTE_MS)
    await env.DB.exec(`UPDATE sessions SET last_seen_at = ${Date.now() - MINUTE_MS}`)
    await cron()
    const { results } = await env.DB.prepare('SELECT expires_at FROM sessions').all<{ expires_at: number }>()
    expect(results).toHaveLength(1)
    expect(results[0]?.expires_at).toBeGreaterThan(Date.now())
  })

  it('ends audit rows older than 400 days, and no other', async () => {
    const { workspaceId } = await newMember()
    const insert = env.DB.prepare(
      `INSERT INTO audit (id, workspace_id, at, actor, action, subject, outcome) VALUES (?, '${workspaceId}', ?, 'a', 'x', 's', 'ok')`,
    )
    const at = (days: number) => Date.now() - days * DAY_MS
    await env.DB.batch([insert.bind('old', at(401)), insert.bind('kept', at(399)), insert.bind('new', at(0))])
    await cron()
    const { results } = await env.DB.prepare('SELECT id FROM audit ORDER BY id').all<{ id: string }>()
    expect(results.map(({ id }) => id)).toEqual(['kept', 'new'])
  })
})

describe('a duty that fails', () => {
  const errors = () => {
    const lines: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line).event))
    return lines
  }

  /** D1 that knows nothing of one table. */
  function without(table: string): Context {
    const refuse = (sql: string) => {
      if (sql.includes(`"${table}"`)) throw new Error(`no ${table}`)
      return env.DB.prepare(sql)
    }
    const DB = new Proxy(env.DB, {
      get: (db, name) => (name === 'prepare' ? refuse : Reflect.get(db, name).bind(db)),
    })
    return { ...testContext(), db: openDatabase(DB) }
  }

  async function allDue() {
    const connected = await connect()
    await overdue(connected)
    const key = await newKey(connected)
    const { hash } = (await env.DB.prepare('SELECT hash FROM api_keys').first<{ hash: string }>()) ?? {
      hash: '',
    }
    await env.KV.delete(`key:${hash}`)
    await env.DB.prepare('UPDATE api_keys SET copy_due_at = 1 WHERE id = ?').bind(key.summary.id).run()
    await createSession(testContext(), connected.id, Date.now() - SESSION_LIFE_MS)
    return async () => ({
      nudged: Number((await rowOf(connected))?.heard_by) > Date.now(),
      copied: (await env.KV.get(`key:${hash}`)) !== null,
      swept: (await env.DB.prepare('SELECT count(*) AS total FROM sessions').first('total')) === 0,
    })
  }

  it.each([
    ['connections', 'cron_nudges', { nudged: false, copied: true, swept: true }],
    ['api_keys', 'cron_key_copies', { nudged: true, copied: false, swept: true }],
    ['sessions', 'cron_housekeeping', { nudged: true, copied: true, swept: false }],
  ])('for want of %s is logged, and the others are done', async (table, event, expected) => {
    const done = await allDue()
    const lines = errors()
    await cron(without(table))
    expect(lines).toEqual([event])
    expect(await done()).toEqual(expected)
  })

  it('because KV is down leaves the copy due', async () => {
    const done = await allDue()
    const lines = errors()
    const kv = { get: () => Promise.reject(new Error('down')) } as unknown as KVNamespace
    await cron({ ...testContext(), kv })
    expect(lines).toEqual(['cron_key_copies'])
    expect(await done()).toEqual({ nudged: true, copied: false, swept: true })
    await cron()
    expect(await done()).toMatchObject({ copied: true })
  })

  it('because all of D1 is down throws nothing', async () => {
    const lines = errors()
    const DB = new Proxy(env.DB, {
      get: () => () => {
        throw new Error('D1 is down')
      },
    })
    await expect(cron({ ...testContext(), db: openDatabase(DB) })).resolves.toBeUndefined()
    expect(lines.toSorted()).toEqual(['cron_housekeeping', 'cron_key_copies', 'cron_nudges', 'cron_webhooks'])
  })
})
