import { beforeAll, describe, expect, it } from 'vitest'
import type { WireState } from '../../src/domain/connection.ts'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import { raiseAlert } from '../../src/storage/app-alerts.ts'
import {
  countByConnector,
  countSiblings,
  deleteOf,
  type ListQuery,
  listConnections,
  upsertOf,
} from '../../src/storage/connections.ts'
import { connectionRow, db, type NewConnectionRow, NOW, newWorkspace, plansOf } from './rows.ts'

async function saved(workspaceId: string, change: Partial<NewConnectionRow> = {}) {
  const row = connectionRow(workspaceId, change)
  await upsertOf(db, row)
  return row
}

/** The whole row, of whatever workspace it says it is. */
async function findRow(workspaceId: string, id: string) {
  const page = await listConnections(db, { workspaceId, ids: [id], limit: 1 })
  const [found] = page?.rows ?? []
  if (!found) return undefined
  const { heldSince: _, ...row } = found
  return row
}

async function names(query: ListQuery): Promise<string[]> {
  const page = await listConnections(db, query)
  return (page?.rows ?? []).map(({ name }) => name).sort()
}

describe('a connection’s row', () => {
  it('comes back as it was written', async () => {
    const workspaceId = await newWorkspace()
    const row = await saved(workspaceId, { tools: ['a', 'b'], paused: true, health: 'in_doubt' })
    expect(await findRow(workspaceId, row.id)).toEqual({ ...row, nudgeAt: null, attention: 0 })
  })

  it('never goes back in revision, nor changes under the same one', async () => {
    const workspaceId = await newWorkspace()
    const row = await saved(workspaceId, { revision: 5, name: 'fifth' })
    for (const revision of [4, 5]) await upsertOf(db, { ...row, revision, name: `again ${revision}` })
    expect(await findRow(workspaceId, row.id)).toMatchObject({ revision: 5, name: 'fifth' })
    await upsertOf(db, { ...row, revision: 6, name: 'sixth', state: 'reauthorize' })
    expect(await findRow(workspaceId, row.id)).toMatchObject({
      revision: 6,
      name: 'sixth',
      state: 'reauthorize',
    })
  })

  it('is written last by the newest of many that come at once', async () => {
    const workspaceId = await newWorkspace()
    const row = connectionRow(workspaceId)
    const order = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6]
    await Promise.all(order.map((revision) => upsertOf(db, { ...row, revision, generation: revision })))
    expect(await findRow(workspaceId, row.id)).toMatchObject({ revision: 10, generation: 10 })
  })

  it('of another workspace is neither found nor deleted', async () => {
    const [own, other] = [await newWorkspace(), await newWorkspace()]
    const row = await saved(own)
    expect(await findRow(other, row.id)).toBeUndefined()
    await deleteOf(db, other, row.id)
    expect(await findRow(own, row.id)).toBeDefined()
    await deleteOf(db, own, row.id)
    expect(await findRow(own, row.id)).toBeUndefined()
  })
})

describe('paging', () => {
  let workspaceId = ''
  let newestFirst: string[] = []

  beforeAll(async () => {
    workspaceId = await newWorkspace()
    const other = await newWorkspace()
    // Many share a moment: the ID decides among them.
    const rows = Array.from({ length: 250 }, (_, index) =>
      connectionRow(workspaceId, { createdAt: NOW + Math.floor(index / 40) }),
    )
    for (const row of rows) await upsertOf(db, row)
    for (let index = 0; index < 20; index++) await saved(other, { createdAt: NOW + 2 })
    newestFirst = rows
      .sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? 1 : -1))
      .map(({ id }) => id)
  })

  async function walk(query: Omit<ListQuery, 'workspaceId'>) {
    const pages: string[][] = []
    let cursor: string | null | undefined
    do {
      const page = await listConnections(db, { workspaceId, ...query, ...(cursor ? { cursor } : {}) })
      if (!page) throw new Error('the cursor was refused')
      pages.push(page.rows.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    return pages
  }

  it.each([1, 7, 50, 100, 125, 249, 250, 251])('by %i loses no row and doubles none', async (limit) => {
    const pages = limit === 1 ? (await walk({ limit: 10 })).map((page) => page) : await walk({ limit })
    expect(pages.flat()).toEqual(newestFirst)
    expect(pages.at(-1)).not.toEqual([])
  })

  it('goes on where it was although newer rows came in between', async () => {
    const first = await listConnections(db, { workspaceId, limit: 200 })
    const newcomer = await saved(workspaceId, { createdAt: NOW + 1_000 })
    const second = await listConnections(db, { workspaceId, limit: 200, cursor: first?.nextCursor ?? '' })
    expect([...(first?.rows ?? []), ...(second?.rows ?? [])].map(({ id }) => id)).toEqual(newestFirst)
    await deleteOf(db, workspaceId, newcomer.id)
  })

  it.each([
    '',
    'garbage',
    '****',
    toBase64Url(utf8('1 con_x')),
    toBase64Url(utf8(`1e3 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`-1 con_${'0'.repeat(26)}`)),
    toBase64Url(utf8(`1 con_${'0'.repeat(26)}' OR 1=1`)),
    toBase64Url(new Uint8Array([0xff, 0xfe])),
  ])('refuses a cursor that is not ours: %j', async (cursor) => {
    expect(await listConnections(db, { workspaceId, limit: 10, cursor })).toBeUndefined()
  })

  it('with another workspace’s cursor still shows only its own', async () => {
    const cursor = toBase64Url(utf8(`${NOW + 999} con_${'z'.repeat(26)}`))
    const page = await listConnections(db, { workspaceId, limit: 300, cursor })
    expect(page?.rows.map(({ id }) => id)).toEqual(newestFirst)
  })
})

describe('filters', () => {
  let workspaceId = ''
  let ids: Record<string, string> = {}

  beforeAll(async () => {
    workspaceId = await newWorkspace()
    const other = await newWorkspace()
    const plain = { accountEmail: null, accountName: null }
    const rows = [
      await saved(workspaceId, { ...plain, name: 'pending', state: 'pending', connector: 'github' }),
      await saved(workspaceId, { ...plain, name: 'active' }),
      await saved(workspaceId, { ...plain, name: 'paused', paused: true }),
      await saved(workspaceId, { ...plain, name: 'lost', state: 'reauthorize', reason: 'grant_revoked' }),
      await saved(workspaceId, { ...plain, name: 'lost and paused', state: 'reauthorize', paused: true }),
      await saved(workspaceId, { ...plain, name: '100% of_it \\ done', connector: 'github' }),
      await saved(workspaceId, { name: 'who', accountEmail: 'Eve@Example.org', accountName: 'Evelyn' }),
    ]
    for (const name of ['active', 'paused', '100% of_it']) await saved(other, { name })
    ids = Object.fromEntries(rows.map((row) => [row.name, row.id]))
  })

  it.each<[WireState, string[]]>([
    ['pending', ['pending']],
    ['active', ['100% of_it \\ done', 'active', 'who']],
    ['paused', ['paused']],
    ['reauthorize', ['lost', 'lost and paused']],
  ])('state %s shows what callers see as %s', async (state, found) => {
    expect(await names({ workspaceId, limit: 50, state })).toEqual(found)
  })

  it('connector shows that one’s', async () => {
    expect(await names({ workspaceId, limit: 50, connector: 'github' })).toEqual([
      '100% of_it \\ done',
      'pending',
    ])
    expect(await names({ workspaceId, limit: 50, connector: 'github', state: 'pending' })).toEqual([
      'pending',
    ])
  })

  it('ids shows only those, and none of another workspace', async () => {
    const foreign = await saved(await newWorkspace())
    const wanted = [ids.active ?? '', ids.lost ?? '', foreign.id]
    expect(await names({ workspaceId, limit: 50, ids: wanted })).toEqual(['active', 'lost'])
    expect(await names({ workspaceId, limit: 50, ids: [] })).toEqual([])
  })

  it('ids may be more than D1 takes parameters for', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `con_${String(index).padStart(26, '0')}`)
    expect(await names({ workspaceId, limit: 50, ids: [...many, ids.active ?? ''] })).toEqual(['active'])
  })

  it('a held app shows on its connections, and on no other', async () => {
    const app = { owner: workspaceId, connector: 'local' }
    await raiseAlert(db, app, { kind: 'common_cause', since: NOW - 1, detail: '5' })
    await raiseAlert(db, app, { kind: 'held', since: NOW, detail: 'invalid_client' })
    await saved(workspaceId, { name: 'own app', appOwner: workspaceId })
    const page = await listConnections(db, { workspaceId, limit: 50 })
    const held = page?.rows.filter(({ heldSince }) => heldSince !== null)
    expect(held?.map(({ name, heldSince }) => [name, heldSince])).toEqual([['own app', NOW]])
  })
})

describe('counting', () => {
  it('tells connections by connector, of one workspace', async () => {
    const [workspaceId, other] = [await newWorkspace(), await newWorkspace()]
    for (const connector of ['google', 'google', 'github']) await saved(workspaceId, { connector })
    await saved(other, { connector: 'google' })
    expect(await countByConnector(db, workspaceId)).toEqual(
      new Map([
        ['google', 2],
        ['github', 1],
      ]),
    )
  })

  it('takes for siblings the living connections of the same account through the same app, wherever they are', async () => {
    const [workspaceId, other] = [await newWorkspace(), await newWorkspace()]
    // An account of its own: rows of other tests use the deployment's app, too.
    const shared = { accountId: workspaceId }
    const own = await saved(workspaceId, shared)
    const count = () => countSiblings(db, { ...own, accountId: workspaceId })
    await saved(workspaceId, { accountId: 'grace' })
    await saved(workspaceId, { accountId: null, state: 'pending' })
    await saved(workspaceId, { ...shared, connector: 'google', appConnector: 'google' })
    await saved(workspaceId, { ...shared, appOwner: workspaceId })
    await saved(workspaceId, { ...shared, state: 'reauthorize' })
    expect(await count()).toEqual({ here: 0, elsewhere: 0 })
    await saved(workspaceId, { ...shared, paused: true })
    await saved(workspaceId, { ...shared, connector: 'gmail' })
    expect(await count()).toEqual({ here: 2, elsewhere: 0 })
    await saved(other, shared)
    expect(await count()).toEqual({ here: 2, elsewhere: 1 })
  })
})

describe('the indexes', () => {
  it.each([
    ['the list', {}, 'connections_list'],
    ['its next page', { cursor: toBase64Url(utf8(`1 con_${'0'.repeat(26)}`)) }, 'connections_list'],
    ['the list of one connector', { connector: 'google' }, 'connections_by_connector'],
  ])('serve %s in its order, without a sort', async (_, query, index) => {
    const workspaceId = await newWorkspace()
    const [plan = ''] = await plansOf((spied) => listConnections(spied, { workspaceId, limit: 50, ...query }))
    expect(plan).toContain(`SEARCH connections USING INDEX ${index}`)
    expect(plan).not.toContain('SCAN')
    expect(plan).not.toContain('TEMP B-TREE')
  })
})
