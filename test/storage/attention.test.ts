import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ATTENTION, type Need } from '../../src/domain/attention.ts'
import { newId } from '../../src/domain/ids.ts'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import {
  type AttentionQuery,
  countAttention,
  countHeld,
  type HeldApp,
  listByAttention,
} from '../../src/storage/attention.ts'
import { upsertOf } from '../../src/storage/connections.ts'
import { openDatabase } from '../../src/storage/database.ts'
import {
  connectionRow,
  db,
  type NewConnectionRow,
  NOW,
  newWorkspace,
  plansOf,
  random,
  rowsReadBy,
} from './rows.ts'

async function saved(workspaceId: string, change: Partial<NewConnectionRow> = {}) {
  const row = connectionRow(workspaceId, change)
  await upsertOf(db, row)
  return row
}

type Ask = Partial<AttentionQuery>
const ask = (workspaceId: string, change: Ask = {}): AttentionQuery => ({
  workspaceId,
  heldApps: [],
  limit: 50,
  ...change,
})

async function namesInOrder(workspaceId: string, change: Ask = {}): Promise<string[]> {
  const page = await listByAttention(db, ask(workspaceId, change))
  return (page?.rows ?? []).map(({ name }) => name)
}

async function walk(workspaceId: string, change: Ask): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await listByAttention(db, ask(workspaceId, { ...change, cursor }))
    if (!page) throw new Error('the cursor was refused')
    ids.push(...page.rows.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return ids
}

const LOST = { state: 'reauthorize', reason: 'grant_revoked' } as const
const GITHUB: HeldApp = { owner: 'deployment', connector: 'github', since: NOW }
const github = { connector: 'github', appConnector: 'github' }

describe('the rank of a row', () => {
  it.each<[keyof typeof ATTENTION, Partial<NewConnectionRow>]>([
    ['active', {}],
    ['reauthorize', LOST],
    ['reauthorize', { ...LOST, paused: true }],
    ['reauthorize', { ...LOST, decideUntil: NOW }],
    ['deciding', { decideUntil: NOW }],
    ['deciding', { decideUntil: NOW, health: 'in_doubt', endsWithinDays: 7 }],
    ['paused', { decideUntil: NOW, paused: true }],
    ['failing', { health: 'retrying' }],
    ['failing', { health: 'in_doubt', endsWithinDays: 7 }],
    ['ending', { endsWithinDays: 14 }],
    ['pending', { state: 'pending' }],
    ['paused', { paused: true }],
    ['paused', { paused: true, health: 'retrying', endsWithinDays: 1 }],
    ['paused', { paused: true, state: 'pending' }],
  ])('%s: %j', async (rank, change) => {
    const { id } = await saved(await newWorkspace(), change)
    const row = await env.DB.prepare('SELECT attention FROM connections WHERE id = ?').bind(id).first()
    expect(row).toEqual({ attention: ATTENTION[rank] })
  })

  it('follows every change of the row', async () => {
    const workspaceId = await newWorkspace()
    const row = await saved(workspaceId)
    await upsertOf(db, { ...row, ...LOST, revision: 2 })
    expect(await namesInOrder(workspaceId, { need: 'reauthorize' })).toEqual([row.name])
    await upsertOf(db, { ...row, revision: 3 })
    expect(await namesInOrder(workspaceId, { need: 'reauthorize' })).toEqual([])
  })
})

describe('the order', () => {
  let workspaceId = ''

  beforeAll(async () => {
    workspaceId = await newWorkspace()
    const rows: Partial<NewConnectionRow>[] = [
      { name: 'old', createdAt: NOW - 2 },
      { name: 'lost', ...LOST, createdAt: NOW - 9 },
      { name: 'new' },
      { name: 'failing', health: 'retrying', createdAt: NOW - 8 },
      { name: 'deciding', decideUntil: NOW, createdAt: NOW - 12 },
      { name: 'deciding and held', ...github, decideUntil: NOW, createdAt: NOW - 13 },
      { name: 'paused', paused: true, createdAt: NOW + 9 },
      { name: 'waiting', state: 'pending', createdAt: NOW + 9 },
      { name: 'ending', endsWithinDays: 7, createdAt: NOW - 7 },
      { name: 'held', ...github, createdAt: NOW - 6 },
      { name: 'held and lost', ...github, ...LOST, createdAt: NOW - 10 },
      { name: 'held and paused', ...github, paused: true, createdAt: NOW },
    ]
    for (const row of rows) await saved(workspaceId, row)
    await saved(await newWorkspace(), { name: 'of another workspace', ...LOST })
  })

  it('is by what needs attention, then the newest first', async () => {
    expect(await namesInOrder(workspaceId)).toEqual([
      'lost',
      'held and lost',
      'deciding',
      'deciding and held',
      'failing',
      'ending',
      'new',
      'old',
      'held',
      'waiting',
      'paused',
      'held and paused',
    ])
  })

  it('puts what a refused app holds behind what is lost or fails, before all else', async () => {
    expect(await namesInOrder(workspaceId, { heldApps: [GITHUB] })).toEqual([
      'lost',
      'held and lost',
      'deciding',
      'deciding and held',
      'failing',
      'held',
      'ending',
      'new',
      'old',
      'waiting',
      'paused',
      'held and paused',
    ])
  })

  it.each<[Need, string[]]>([
    ['attention', ['lost', 'held and lost', 'deciding', 'deciding and held', 'failing', 'held', 'ending']],
    ['reauthorize', ['lost', 'held and lost']],
    ['deciding', ['deciding', 'deciding and held']],
    ['failing', ['failing']],
    ['held', ['deciding and held', 'held']],
    ['ending', ['ending']],
    ['active', ['deciding', 'deciding and held', 'failing', 'held', 'ending', 'new', 'old']],
    ['pending', ['waiting']],
    ['paused', ['paused', 'held and paused']],
  ])('narrowed to %s', async (need, names) => {
    expect(await namesInOrder(workspaceId, { need, heldApps: [GITHUB] })).toEqual(names)
  })

  it.each<Need>(['held', 'attention'])(
    '%s without a refused app holds none of its connections',
    async (need) => {
      expect(await namesInOrder(workspaceId, { need })).not.toContain('held')
    },
  )

  it('says of each row since when its app is held', async () => {
    const page = await listByAttention(db, ask(workspaceId, { heldApps: [GITHUB] }))
    const held = page?.rows.filter((row) => row.heldSince !== null).map(({ name }) => name)
    expect(held?.sort()).toEqual(['deciding and held', 'held', 'held and lost', 'held and paused'])
  })
})

describe('filters', () => {
  let workspaceId = ''
  const maker = 'mem_somebodyelse0000000000000'

  beforeAll(async () => {
    workspaceId = await newWorkspace()
    const other = await newWorkspace()
    const plain = { accountId: 'p', accountEmail: null, accountName: null }
    const rows: Partial<NewConnectionRow>[] = [
      { ...plain, name: 'active' },
      { ...plain, name: 'lost', ...LOST },
      { ...plain, name: '100% of_it \\ done', connector: 'github' },
      {
        name: 'who',
        accountId: 'eve-1',
        accountEmail: 'Eve@Example.org',
        accountName: 'Evelyn',
        createdBy: maker,
      },
    ]
    for (const row of rows) await saved(workspaceId, row)
    for (const name of ['active', '100% of_it']) await saved(other, { name, createdBy: maker })
  })

  it.each<[string, string[]]>([
    ['ACTIVE', ['active']],
    ['%', ['100% of_it \\ done']],
    ['_', ['100% of_it \\ done']],
    ['\\', ['100% of_it \\ done']],
    ['100%', ['100% of_it \\ done']],
    ['1_0', []],
    ['a%e', []],
    ['eve@example.ORG', ['who']],
    ['evelyn', ['who']],
    ["' OR 1=1 --", []],
    ['x'.repeat(200), []],
    ['%'.repeat(40), []],
  ])('text %j is taken literally', async (text, found) => {
    expect(await namesInOrder(workspaceId, { text })).toEqual(found)
  })

  it('finds an ID, or the beginning of one', async () => {
    const { id, name } = await saved(workspaceId, { name: 'by its ID' })
    for (const text of [id, id.slice(0, 18)])
      expect(await namesInOrder(workspaceId, { text })).toEqual([name])
  })

  it('finds connections by the name of their service', async () => {
    const found = await namesInOrder(workspaceId, { text: 'git hub', connectorsOfText: ['github'] })
    expect(found).toEqual(['100% of_it \\ done'])
  })

  it.each<[string, Ask, string[]]>([
    ['one service', { connector: 'github' }, ['100% of_it \\ done']],
    ['an account by its address', { account: 'eve@example.org' }, ['who']],
    ['an account by its id', { account: 'eve-1' }, ['who']],
    ['not by a part of it', { account: 'eve' }, []],
    ['who connected', { createdBy: maker }, ['who']],
    [
      'all at once',
      { createdBy: maker, account: 'eve-1', connector: 'local', need: 'active', text: 'wh' },
      ['who'],
    ],
    ['all but one', { createdBy: maker, account: 'eve-1', connector: 'github' }, []],
  ])('%s', async (_, query, found) => {
    expect(await namesInOrder(workspaceId, query)).toEqual(found)
  })
})

describe('ten thousand connections', () => {
  let workspaceId = ''
  let expected: string[] = []
  const maker = 'mem_rare000000000000000000000'

  beforeAll(async () => {
    workspaceId = await newWorkspace()
    const rows = Array.from({ length: 10_000 }, (_, index) =>
      connectionRow(workspaceId, {
        name: `Connection ${index}`,
        // Many share a moment: the ID decides among them.
        createdAt: NOW + Math.floor(index / 40),
        ...(index % 100 === 0 ? LOST : {}),
        ...(index % 50 === 1 ? { health: 'retrying' } : {}),
        ...(index % 25 === 2 ? { paused: true } : {}),
        ...(index % 200 === 4 ? { decideUntil: NOW } : {}),
        ...(index % 20 === 3 ? github : {}),
        ...(index === 17 ? { createdBy: maker, accountEmail: 'rare@example.org', connector: 'notion' } : {}),
      }),
    )
    await insertMany(rows)
    const rank = ({ state, paused, decideUntil, health }: NewConnectionRow) =>
      state === 'reauthorize' ? 6 : paused ? 0 : decideUntil ? 5 : health !== 'ok' ? 4 : 2
    expected = rows
      .sort((a, b) => rank(b) - rank(a) || b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id)
  })

  it.each([97, 100, 2_500])('by %i: no row is lost, none doubled', async (limit) => {
    expect(await walk(workspaceId, { limit })).toEqual(expected)
  })

  it('nor where sections of refused apps are walked through', async () => {
    const heldApps = [GITHUB, { owner: 'deployment', connector: 'none', since: NOW }]
    const ids = await walk(workspaceId, { heldApps, limit: 97 })
    expect(ids.toSorted()).toEqual(expected.toSorted())
    expect(new Set(ids).size).toBe(10_000)
  })

  it('nor where the app is mended between two pages', async () => {
    const first = await listByAttention(db, ask(workspaceId, { heldApps: [GITHUB], limit: 400 }))
    const rest = await walkFrom(first?.nextCursor)
    const seen = new Set([...(first?.rows ?? []).map(({ id }) => id), ...rest])
    expect(seen.size).toBe(10_000)
  })

  async function walkFrom(cursor: string | null | undefined): Promise<string[]> {
    const ids: string[] = []
    for (let next = cursor; next; ) {
      const page = await listByAttention(db, ask(workspaceId, { cursor: next, limit: 1_000 }))
      ids.push(...(page?.rows ?? []).map(({ id }) => id))
      next = page?.nextCursor
    }
    return ids
  }

  /** As from the end of the list. */
  const deep = toBase64Url(utf8(`all active ${NOW + 20} con_${'0'.repeat(26)}`))
  /** One more is asked for, to know whether there is a next page. */
  const PAGE = 51

  it.each<[string, Ask, number]>([
    ['the first page', {}, PAGE],
    ['a page far down', { cursor: deep }, PAGE],
    ['what must be reconnected', { need: 'reauthorize' }, PAGE],
    ['what waits for a choice', { need: 'deciding' }, PAGE],
    ['what is paused', { need: 'paused' }, PAGE],
    ['nothing that is pending', { need: 'pending' }, 1],
    ['one service', { connector: 'github' }, PAGE],
    ['a service with one connection', { connector: 'notion' }, 2],
    ['what an app holds', { need: 'held', heldApps: [GITHUB] }, PAGE],
    ['who connected, of most', { createdBy: 'mem_0123456789abcdefghijklmnop' }, PAGE + 1],
    ['a word that many have', { text: 'connection' }, PAGE],
    // What is rare and has no index is looked for in every row of the workspace, once.
    ['who connected, of one', { createdBy: maker }, 10_001],
    ['an account', { account: 'rare@example.org' }, 10_001],
    ['a word that nothing has', { text: 'zebra' }, 10_001],
  ])('%s: rows read are bounded', async (name, query, most) => {
    const started = performance.now()
    const read = await rowsReadBy((spied) => listByAttention(spied, ask(workspaceId, query)))
    const ms = performance.now() - started
    process.stdout.write(`list of 10,000, ${name}: ${read} rows read, ${ms.toFixed(0)} ms\n`)
    expect(read).toBeLessThanOrEqual(most)
  })

  it('counting reads what it counts', async () => {
    let counts: unknown
    const read = await rowsReadBy(async (spied) => {
      counts = await countAttention(spied, workspaceId)
    })
    process.stdout.write(`strip over 10,000: ${read} rows read for ${JSON.stringify(counts)}\n`)
    expect(counts).toEqual({ reauthorize: 100, deciding: 50, failing: 200, ending: 0 })
    expect(read).toBeLessThanOrEqual(360)
    expect(await countHeld(db, workspaceId, GITHUB)).toBe(500)
  })

  it('counting ends at a thousand', async () => {
    const many = await newWorkspace()
    await insertMany(Array.from({ length: 1_200 }, () => connectionRow(many, LOST)))
    expect(await countAttention(db, many)).toEqual({
      reauthorize: 1_000,
      deciding: 0,
      failing: 0,
      ending: 0,
    })
  })
})

describe('the indexes', () => {
  const cursor = toBase64Url(utf8(`all active ${NOW} con_${'0'.repeat(26)}`))
  it.each<[string, Ask, string]>([
    ['the list', {}, 'connections_attention '],
    ['its next page', { cursor }, 'connections_attention '],
    ['what needs attention', { need: 'attention' }, 'connections_attention '],
    ['a choice', { need: 'deciding' }, 'connections_attention '],
    ['a state', { need: 'active', cursor }, 'connections_attention '],
    ['one service', { connector: 'google' }, 'connections_attention_by_connector '],
    ['its next page', { connector: 'google', cursor }, 'connections_attention_by_connector '],
    ['a refused app', { need: 'held', heldApps: [GITHUB] }, 'connections_by_app '],
    ['an account', { account: 'a@example.com' }, 'connections_attention '],
    ['a search', { text: 'word' }, 'connections_attention '],
  ])('serve %s in its order, without a sort', async (_, query, index) => {
    const workspaceId = await newWorkspace()
    const [plan = ''] = await plansOf((spied) => listByAttention(spied, ask(workspaceId, query)))
    expect(plan).toContain(`SEARCH connections USING INDEX ${index}`)
    expect(plan).not.toContain('SCAN')
    expect(plan).not.toContain('TEMP B-TREE')
  })

  it('serve the counts', async () => {
    const workspaceId = await newWorkspace()
    const [counts = ''] = await plansOf((spied) => countAttention(spied, workspaceId))
    const [held = ''] = await plansOf((spied) => countHeld(spied, workspaceId, GITHUB))
    expect(counts.match(/INDEX connections_attention \(workspace_id=\? AND attention=\?\)/g)).toHaveLength(4)
    expect(held).toContain('INDEX connections_by_app (app_owner=? AND app_connector=? AND workspace_id=?')
  })

  it('cost an update of a row no more than before', async () => {
    const row = await saved(await newWorkspace())
    let written = 0
    const spied = new Proxy(env.DB, {
      get: (target, name) =>
        name === 'prepare'
          ? (sql: string) => counting(target.prepare(sql))
          : Reflect.get(target, name).bind(target),
    })
    const counting = (statement: D1PreparedStatement): D1PreparedStatement =>
      new Proxy(statement, {
        get(target, name) {
          if (name === 'bind') return (...values: unknown[]) => counting(target.bind(...values))
          if (name !== 'run') return Reflect.get(target, name).bind(target)
          return async () => {
            const result = await target.run()
            written += result.meta.rows_written
            return result
          }
        },
      })
    await upsertOf(openDatabase(spied), { ...row, revision: 2 })
    process.stdout.write(`an update of a connection's row: ${written} rows written\n`)
    expect(written).toBeLessThanOrEqual(5)
  })
})

describe('a cursor', () => {
  it.each([
    '',
    'garbage',
    '****',
    toBase64Url(utf8(`all active 1 con_x`)),
    toBase64Url(utf8(`all constructor 1 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`all 6 1 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`all 12 1 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`all active 1e3 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`active 1 con_${'0'.repeat(26)}`)),
    toBase64Url(new Uint8Array([0xff, 0xfe])),
  ])('that is not ours is refused: %j', async (cursor) => {
    expect(await listByAttention(db, ask(await newWorkspace(), { cursor }))).toBeUndefined()
  })

  it.each<[number, string[]]>([
    [5, ['lost later', 'deciding', 'failing', 'fine']],
    [4, ['failing', 'fine']],
    [2, ['fine']],
  ])('of before ranks had names goes on where it stood: %i', async (rank, names) => {
    const workspaceId = await newWorkspace()
    await saved(workspaceId, { name: 'lost before', ...LOST, createdAt: NOW + 1 })
    await saved(workspaceId, { name: 'lost later', ...LOST, createdAt: NOW - 1 })
    await saved(workspaceId, { name: 'deciding', decideUntil: NOW, createdAt: NOW - 2 })
    await saved(workspaceId, { name: 'failing', health: 'retrying', createdAt: NOW - 3 })
    await saved(workspaceId, { name: 'fine', createdAt: NOW - 4 })
    const cursor = toBase64Url(utf8(`all ${rank} ${NOW} con_${'0'.repeat(26)}`))
    expect(await namesInOrder(workspaceId, { cursor })).toEqual(names)
  })

  it('of another workspace shows only the own rows', async () => {
    const own = await newWorkspace()
    const { id } = await saved(own)
    const cursor = toBase64Url(utf8(`all reauthorize ${NOW + 999} con_${'z'.repeat(26)}`))
    const page = await listByAttention(db, ask(own, { cursor }))
    expect(page?.rows.map((row) => row.id)).toEqual([id])
  })
})

/** Straight into the table: ten thousand upserts would take a minute. */
async function insertMany(rows: NewConnectionRow[]): Promise<void> {
  const columns =
    'id, workspace_id, connector, name, state, paused, reason, health, app_owner, app_connector, account_id, account_email, account_name, tools, requested_scopes, granted_scopes, created_by, created_at, updated_at, revision, generation, ends_within_days, decide_until'
  const fields = columns.split(', ')
  const key = (column: string) => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const select = fields.map((column) => `value ->> '$.${key(column)}'`).join(', ')
  for (let from = 0; from < rows.length; from += 500) {
    const part = rows.slice(from, from + 500).map((row) => ({
      ...row,
      paused: Number(row.paused),
      tools: '[]',
      requestedScopes: '[]',
      grantedScopes: '[]',
      id: row.id || newId('con', random),
    }))
    await env.DB.prepare(`INSERT INTO connections (${columns}) SELECT ${select} FROM json_each(?)`)
      .bind(JSON.stringify(part))
      .run()
  }
}
