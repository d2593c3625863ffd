import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { log } from '../../src/lib/log.ts'
import {
  type AuditFilter,
  appendAudit,
  auditTimeAfter,
  listAudit,
  pruneAudit,
} from '../../src/storage/audit.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { db, NOW, newWorkspace, plansOf, random } from './rows.ts'

const DAY_MS = 24 * 3600_000

const EVENT = {
  workspaceId: 'wsp_a',
  actor: 'mem_a',
  action: 'connection.created',
  subject: 'con_a',
  outcome: 'ok',
  failed: false,
  detail: null,
}

async function rows(): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare('SELECT * FROM audit ORDER BY at').all()).results
}

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM audit').run()
})

describe('the audit trail', () => {
  it('holds who did what to what, and has no column for more', async () => {
    await appendAudit(db, random, { ...EVENT, detail: 'a → b' }, NOW)
    expect(await rows()).toEqual([
      {
        id: expect.stringMatching(/^aud_[0-9a-z]{26}$/),
        workspace_id: 'wsp_a',
        at: NOW,
        actor: 'mem_a',
        action: 'connection.created',
        subject: 'con_a',
        outcome: 'ok',
        failed: 0,
        detail: 'a → b',
      },
    ])
  })

  it('keeps the same event twice where it happened twice', async () => {
    await appendAudit(db, random, EVENT, NOW)
    await appendAudit(db, random, EVENT, NOW)
    expect(await rows()).toHaveLength(2)
  })

  it('is append-only: the database itself refuses to change a row', async () => {
    await appendAudit(db, random, EVENT, NOW)
    const before = await rows()
    for (const change of ["outcome = 'failed'", 'at = 1', 'id = id']) {
      await expect(env.DB.prepare(`UPDATE audit SET ${change}`).run()).rejects.toThrow('never change')
    }
    await expect(
      env.DB.prepare(
        "INSERT INTO audit (id, workspace_id, at, actor, action, subject, outcome) SELECT id, 'w', 1, 'x', 'x', 'x', 'x' FROM audit WHERE true ON CONFLICT (id) DO UPDATE SET actor = 'x'",
      ).run(),
    ).rejects.toThrow('never change')
    expect(await rows()).toEqual(before)
  })

  it('loses only what is older than its workspace keeps, a bounded number at a time', async () => {
    const [year, month] = [await newWorkspace(), await newWorkspace()]
    await env.DB.prepare('UPDATE workspaces SET audit_retention_days = 30 WHERE id = ?').bind(month).run()
    for (const workspaceId of [year, month]) {
      for (const days of [29, 31, 399, 401, 402]) {
        await appendAudit(db, random, { ...EVENT, workspaceId, subject: `${days}` }, NOW - days * DAY_MS)
      }
    }
    const kept = async (workspaceId: string) =>
      (await rows()).filter((row) => row.workspace_id === workspaceId).map(({ subject }) => subject)
    expect(await pruneAudit(db, NOW, 3)).toBe(3)
    expect(await rows()).toHaveLength(7)
    expect(await pruneAudit(db, NOW, 100)).toBe(3)
    expect(await kept(year)).toEqual(['399', '31', '29'])
    expect(await kept(month)).toEqual(['29'])
    expect(await pruneAudit(db, NOW, 100)).toBe(0)
  })

  it('finds what is too old by workspace and age', async () => {
    const spied: string[] = []
    const { results } = await env.DB.prepare(
      `EXPLAIN QUERY PLAN DELETE FROM audit WHERE id IN (SELECT a.id FROM workspaces w CROSS JOIN audit a
       ON a.workspace_id = w.id AND a.at < ?1 - w.audit_retention_days * 86400000 LIMIT 500)`,
    )
      .bind(NOW)
      .all<{ detail: string }>()
    spied.push(...results.map(({ detail }) => detail))
    expect(spied.join('\n')).toContain('SEARCH a USING COVERING INDEX audit_list (workspace_id=? AND at<?)')
    expect(spied.join('\n')).not.toContain('SCAN a')
  })
})

describe('reading the trail', () => {
  const W = 'wsp_read'

  async function fill(count: number): Promise<void> {
    const insert = env.DB.prepare(
      'INSERT INTO audit (id, workspace_id, at, actor, action, subject, outcome, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const all = Array.from({ length: count }, (_, index) =>
      insert.bind(
        `aud_${String(index).padStart(26, '0')}`,
        index % 2 === 0 ? W : 'wsp_other',
        // Two rows at a time share their moment.
        NOW - Math.floor(index / 4) * 1000,
        `mem_${index % 20}`,
        index % 6 === 0 ? 'key.revoked' : 'connection.refreshed',
        `con_${index % 50}`,
        index % 200 === 0 ? 'forbidden' : 'ok',
        index % 200 === 0 ? 1 : 0,
      ),
    )
    for (let from = 0; from < all.length; from += 500) await env.DB.batch(all.slice(from, from + 500))
  }

  const FILTERS: [string, Partial<AuditFilter>][] = [
    ['nothing', {}],
    ['actor', { actor: 'mem_4' }],
    ['action', { action: 'key.revoked' }],
    ['subject', { subject: 'con_8' }],
    ['failed', { failed: true }],
    ['failed, between dates', { failed: true, from: NOW - 700_000, before: NOW - 300_000 }],
    ['actor, between dates', { actor: 'mem_4', from: NOW - 700_000, before: NOW - 300_000 }],
    ['dates', { from: NOW - 700_000, before: NOW - 300_000 }],
    ['all of them', { actor: 'mem_0', action: 'key.revoked', subject: 'con_0', from: 1, before: NOW }],
  ]

  it.each(FILTERS)(
    'by %s goes by an index, in its order, and reads little more than a page',
    async (name, filter) => {
      await fill(4000)
      const ask = { workspaceId: W, ...filter }
      const second = (await listAudit(db, ask, { limit: 5 }))?.nextCursor ?? undefined
      for (const cursor of [undefined, second]) {
        const [plan = ''] = await plansOf((spied) => listAudit(spied, ask, { limit: 50, cursor }))
        expect(plan).toMatch(/^SEARCH audit USING INDEX audit_(list|by_\w+) \(workspace_id=\?/)
        expect(plan).not.toContain('TEMP B-TREE')
      }
      const read = await rowsRead((counted) => listAudit(counted, ask, { limit: 50 }))
      log('info', { event: `audit page by ${name}, D1 rows read of 4000`, count: read })
      expect(read).toBeLessThanOrEqual(name === 'all of them' ? 90 : 52)
    },
  )

  it('goes through every row once, page by page, also where moments are shared', async () => {
    await fill(400)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await listAudit(db, { workspaceId: W }, { limit: 7, cursor })
      seen.push(...(page?.rows ?? []).map(({ id }) => id))
      cursor = page?.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toHaveLength(200)
    expect(new Set(seen).size).toBe(200)
    expect(await auditTimeAfter(db, { workspaceId: W }, 199)).toBe(NOW - 99_000)
    expect(await auditTimeAfter(db, { workspaceId: W }, 200)).toBeUndefined()
  })

  it.each(['', 'x', 'MTIz', btoa("1 '; DROP TABLE audit"), '%00'])(
    'refuses a cursor that is not ours: %j',
    async (cursor) => {
      expect(await listAudit(db, { workspaceId: W }, { limit: 5, cursor })).toBeUndefined()
    },
  )
})

/** What D1 counts for the statements of `work`. */
async function rowsRead(work: (counted: typeof db) => Promise<unknown>): Promise<number> {
  let total = 0
  const counted = new Proxy(env.DB, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name).bind(target)
      return (sql: string) => {
        const statement = target.prepare(sql)
        return { bind: (...params: unknown[]) => counting(statement.bind(...params)) }
      }
    },
  })
  function counting(bound: D1PreparedStatement) {
    return {
      async raw() {
        const { results, meta } = await bound.all<Record<string, unknown>>()
        total += meta.rows_read
        return results.map((row) => Object.values(row))
      },
    }
  }
  await work(openDatabase(counted))
  return total
}
