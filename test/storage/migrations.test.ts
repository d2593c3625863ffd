// A database that is in use, brought to the present schema.

import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'

const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] }
const DECIDING = MIGRATIONS.findIndex(({ name }) => name.startsWith('0002_'))

const INDEXES =
  "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'connections' AND sql IS NOT NULL ORDER BY name"

/** Values that tell each rank of before from the others. */
const ROWS: [id: string, change: Record<string, unknown>, before: number, after: number][] = [
  ['lost', { state: 'reauthorize', paused: 1 }, 5, 6],
  ['paused', { paused: 1, health: 'retrying' }, 0, 0],
  ['pending', { state: 'pending' }, 1, 1],
  ['failing', { health: 'retrying', ends_within_days: 7 }, 4, 4],
  ['ending', { ends_within_days: 14 }, 3, 3],
  ['fine', {}, 2, 2],
]
const PLAIN = {
  workspace_id: 'wsp',
  connector: 'github',
  name: 'GitHub',
  state: 'active',
  paused: 0,
  health: 'ok',
  app_owner: 'deployment',
  app_connector: 'github',
  tools: '["a"]',
  requested_scopes: '[]',
  granted_scopes: '[]',
  created_by: 'mem',
  created_at: 1,
  updated_at: 2,
  revision: 3,
  generation: 4,
}

function connectionRows(): Promise<Record<string, unknown>[]> {
  return env.DB.prepare('SELECT * FROM connections ORDER BY id')
    .all<Record<string, unknown>>()
    .then(({ results }) => results)
}

describe('a rank between two others', () => {
  let before: Record<string, unknown>[] = []
  let indexesBefore: unknown[] = []

  beforeAll(async () => {
    await reset()
    await applyD1Migrations(env.DB, MIGRATIONS.slice(0, DECIDING))
    await env.DB.prepare("INSERT INTO workspaces (id, name, created_at) VALUES ('wsp', 'Test', 1)").run()
    for (const [id, change] of ROWS) {
      const row = { ...PLAIN, id, ...change }
      const marks = Object.keys(row).map(() => '?')
      await env.DB.prepare(`INSERT INTO connections (${Object.keys(row)}) VALUES (${marks})`)
        .bind(...Object.values(row))
        .run()
    }
    before = await connectionRows()
    indexesBefore = (await env.DB.prepare(INDEXES).all()).results
    await applyD1Migrations(env.DB, MIGRATIONS.slice(0, DECIDING + 1))
  })

  it('leaves every row as it was, with its new rank and nothing to choose', async () => {
    const ranks = new Map(ROWS.map(([id, , old, now]) => [id, { old, now }]))
    for (const row of before) expect(row.attention).toBe(ranks.get(String(row.id))?.old)
    const expected = before.map((row) => ({
      ...row,
      attention: ranks.get(String(row.id))?.now,
      decide_until: null,
    }))
    expect(await connectionRows()).toEqual(expected)
  })

  it('brings every index over the rank back', async () => {
    expect((await env.DB.prepare(INDEXES).all()).results).toEqual(indexesBefore)
    const { results } = await env.DB.prepare('PRAGMA quick_check').all()
    expect(results).toEqual([{ quick_check: 'ok' }])
  })

  it('is taken by a row once there is a choice', async () => {
    await env.DB.prepare(
      "UPDATE connections SET decide_until = 9 WHERE id IN ('fine', 'failing', 'lost')",
    ).run()
    const { results } = await env.DB.prepare(
      "SELECT id FROM connections INDEXED BY connections_attention WHERE workspace_id = 'wsp' AND attention = 5 ORDER BY id",
    ).all()
    expect(results).toEqual([{ id: 'failing' }, { id: 'fine' }])
  })
})
