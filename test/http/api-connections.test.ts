import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, rowOf, start, steer } from '../setup/harness.ts'
import { tokenRequests } from './flow.ts'
import { problem } from './problems.ts'
import { api, newTenant, type Tenant } from './tenant.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

interface List {
  data: { id: string; name: string; state: string; connector: string }[]
  next_cursor: string | null
}

let tenant: Tenant
let key: string

beforeAll(async () => {
  tenant = await newTenant()
  key = await tenant.key()
})
beforeEach(async () => {
  mend()
  await steer.reset()
})

const connectHere = (options = {}) => connect({ member: tenant.members.owner, ...options })
const pathOf = ({ connectionId }: { connectionId: string }) => `/v1/connections/${connectionId}`
const patch = (on: Connected, json: unknown) => api(pathOf(on), { key, method: 'PATCH', json })

async function audited(connectionId: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT action, outcome FROM audit WHERE subject = ? ORDER BY at, id',
  )
    .bind(connectionId)
    .all<{ action: string; outcome: string }>()
  return results.map(({ action, outcome }) => `${action} ${outcome}`)
}

describe('GET one', () => {
  it('is what the contract says, field by field', async () => {
    const connected = await connectHere({ tools: ['contacts.read', 'deals.read'] })
    const answer = await api(pathOf(connected), { key })
    expect(answer.status).toBe(200)
    const asked = ['openid', 'email', 'profile', 'offline_access', 'contacts.read', 'deals.read']
    expect(await answer.json()).toEqual({
      id: connected.connectionId,
      connector: 'local',
      name: 'Local CRM - Ada Lovelace',
      state: 'active',
      reason: null,
      health: 'ok',
      account: { id: 'ada', email: 'ada@example.com', name: 'Ada Lovelace' },
      tools: ['contacts.read', 'deals.read'],
      scopes: { requested: asked, granted: asked, missing: [] },
      access_token_expires_at: expect.stringMatching(TIME),
      refresh_due_at: expect.stringMatching(TIME),
      reauthorize_before: null,
      last_refreshed_at: null,
      last_used_at: null,
      created_at: expect.stringMatching(TIME),
      updated_at: expect.stringMatching(TIME),
    })
  })

  it('of one nobody consented to has no account, no scopes and misses none', async () => {
    const started = await start({ member: tenant.members.owner })
    expect(await (await api(pathOf(started), { key })).json()).toMatchObject({
      state: 'pending',
      account: null,
      scopes: { granted: [], missing: [] },
      access_token_expires_at: null,
      refresh_due_at: null,
    })
  })

  it('names what was asked for and not granted', async () => {
    const connected = await connectHere({ tools: ['deals.read'], scopes: ['openid', 'offline_access'] })
    const { scopes } = await (await api(pathOf(connected), { key })).json<{ scopes: { missing: string[] } }>()
    expect(scopes.missing).toContain('deals.read')
  })
})

describe('GET the list', () => {
  let list: Tenant
  let listKey: string
  const made: Connected[] = []
  const ask = async (query = '') => {
    const answer = await api(`/v1/connections${query}`, { key: listKey })
    expect(answer.status).toBe(200)
    return answer.json<List>()
  }
  const ids = ({ data }: List) => data.map(({ id }) => id)

  beforeAll(async () => {
    list = await newTenant()
    listKey = await list.key()
    const member = list.members.owner
    for (const connector of ['local', 'local-lenient', 'local'])
      made.push(await connect({ member, connector }))
    made.push({ ...(await start({ member })) })
    await api(pathOf(made[0] as Connected), { key: listKey, method: 'PATCH', json: { paused: true } })
  })

  it('is newest first, in the form of one', async () => {
    const all = await ask()
    expect(ids(all)).toEqual(made.map(({ connectionId }) => connectionId).reverse())
    expect(all.next_cursor).toBeNull()
    const one = await (await api(pathOf(made[1] as Connected), { key: listKey })).json()
    expect(all.data[2]).toEqual(one)
  })

  it.each([
    ['?state=active', [2, 1]],
    ['?state=paused', [0]],
    ['?state=pending', [3]],
    ['?state=reauthorize', []],
    ['?connector=local-lenient', [1]],
    ['?connector=nothing', []],
    ['?connector=local&state=active', [2]],
    ["?connector=local'%20OR%20'1'='1", []],
  ])('filters by %s', async (query, expected) => {
    expect(ids(await ask(query))).toEqual(expected.map((index) => made[index]?.connectionId))
  })

  it.each([1, 2, 3, 4])('walks all of them by cursor, %i at a time, none twice', async (limit) => {
    const seen: string[] = []
    let query = `?limit=${limit}`
    for (let page = 0; page < 6; page++) {
      const { data, next_cursor } = await ask(query)
      expect(data.length).toBeLessThanOrEqual(limit)
      seen.push(...data.map(({ id }) => id))
      if (next_cursor === null) break
      expect(next_cursor).toMatch(/^[\w-]+$/)
      query = `?limit=${limit}&cursor=${next_cursor}`
    }
    expect(seen).toEqual(made.map(({ connectionId }) => connectionId).reverse())
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['state=held', 'state'],
    ['state=', 'state'],
    ['state=Active', 'state'],
    ['cursor=x', 'cursor'],
    ['cursor=', 'cursor'],
    ['cursor=MTIzIGNvbl8', 'cursor'],
  ])('refuses %s and says where', async (query, path) => {
    const found = await problem(await api(`/v1/connections?${query}`, { key: listKey }), 'invalid_request')
    expect(found.errors).toEqual([{ path, message: expect.stringMatching(/^Use .+\.$/) }])
  })

  it('refuses all that is wrong at once', async () => {
    const found = await problem(
      await api('/v1/connections?limit=0&state=x', { key: listKey }),
      'invalid_request',
    )
    expect(found.errors).toHaveLength(2)
  })
})

describe('PATCH', () => {
  it('renames, and says so in D1, history and audit', async () => {
    const connected = await connectHere()
    const answer = await patch(connected, { name: '  Local CRM -\n Marketing ' })
    expect(await answer.json()).toMatchObject({ name: 'Local CRM - Marketing', state: 'active' })
    expect(await rowOf(connected)).toMatchObject({ name: 'Local CRM - Marketing' })
    expect((await detailOf(connected)).history[0]).toMatchObject({ kind: 'renamed' })
    expect(await audited(connected.connectionId)).toContain('connection.renamed ok')
  })

  it('pauses and resumes, in one go with a name too', async () => {
    const connected = await connectHere()
    const paused = await patch(connected, { paused: true, name: 'Quiet' })
    expect(await paused.json()).toMatchObject({ name: 'Quiet', state: 'paused' })
    expect(await rowOf(connected)).toMatchObject({ name: 'Quiet', paused: 1 })
    expect(await (await patch(connected, { paused: false })).json()).toMatchObject({ state: 'active' })
  })

  it.each([
    ['nothing', {}, ['']],
    ['an empty name', { name: ' \n' }, ['name']],
    ['a long name', { name: 'x'.repeat(101) }, ['name']],
    ['a name that is no text', { name: 5 }, ['name']],
    ['a name of null', { name: null }, ['name']],
    ['paused that is no boolean', { paused: 'yes' }, ['paused']],
    ['what cannot be changed', { name: 'x', workspace_id: 'y', id: 'z' }, ['workspace_id', 'id']],
    ['several things at once', { name: 1, paused: 1 }, ['name', 'paused']],
  ])('refuses %s, and changes nothing', async (_name, body, paths) => {
    const connected = await connectHere()
    const before = await detailOf(connected)
    const { errors } = await problem(await patch(connected, body), 'invalid_request')
    expect((errors as { path: string }[]).map(({ path }) => path)).toEqual(paths)
    expect(await detailOf(connected)).toEqual(before)
  })

  it('changes nothing where one half of it is wrong', async () => {
    const connected = await connectHere()
    const before = await detailOf(connected)
    await problem(await patch(connected, { name: '', paused: true }), 'invalid_request')
    expect(await detailOf(connected)).toEqual(before)
  })
})

describe('POST refresh', () => {
  const refresh = (on: Connected) => api(`${pathOf(on)}/refresh`, { key, method: 'POST' })

  it('refreshes now and answers the connection', async () => {
    const connected = await connectHere()
    const answer = await refresh(connected)
    expect(await answer.json()).toMatchObject({
      last_refreshed_at: expect.stringMatching(TIME),
      health: 'ok',
    })
    expect(await detailOf(connected)).toMatchObject({
      generation: 2,
      history: [{ trigger: 'manual' }, {}, {}],
    })
    expect(await tokenRequests()).toBe(2)
    expect(await audited(connected.connectionId)).toContain('connection.refreshed ok')
  })

  it('of a dead grant answers the state it came to', async () => {
    const connected = await connectHere()
    await steer.nextToken({ do: 'invalid_grant' })
    expect(await (await refresh(connected)).json()).toMatchObject({
      state: 'reauthorize',
      reason: 'grant_revoked',
    })
    await problem(await refresh(connected), 'reauthorization_required')
    expect(await tokenRequests()).toBe(2)
  })

  it('of one nobody consented to is refused, paused or not', async () => {
    const pending = { ...(await start({ member: tenant.members.owner })) }
    await problem(await refresh(pending), 'connection_pending')
    await patch(pending, { paused: true })
    await problem(await refresh(pending), 'connection_pending')
  })

  it('of one that is paused keeps it alive', async () => {
    const connected = await connectHere()
    await patch(connected, { paused: true })
    expect(await (await refresh(connected)).json()).toMatchObject({ state: 'paused', health: 'ok' })
    expect(await tokenRequests()).toBe(2)
  })
})

describe('DELETE', () => {
  const remove = (on: Connected) => api(pathOf(on), { key, method: 'DELETE' })

  it('ends it here and at the service, and reports both', async () => {
    const connected = await connectHere()
    const answer = await remove(connected)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ revoked: true, detail: expect.stringMatching(/\.$/) })
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
    expect(await rowOf(connected)).toBeNull()
    await problem(await api(pathOf(connected), { key }), 'connection_not_found')
    expect(await audited(connected.connectionId)).toContain('connection.deleted revoked')
  })

  it('is over after the first time', async () => {
    const connected = await connectHere()
    await remove(connected)
    await problem(await remove(connected), 'connection_not_found')
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
  })

  it('of one nobody consented to says null', async () => {
    const answer = await remove({ ...(await start({ member: tenant.members.owner })) })
    expect(await answer.json()).toEqual({ revoked: null, detail: expect.stringContaining('Nobody') })
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(0)
  })
})
