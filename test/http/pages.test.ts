import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  newKey,
  rowOf,
  start,
  steer,
  stubOf,
} from '../setup/harness.ts'
import { type Browser, PUBLIC_URL } from './browser.ts'
import { tokenRequests } from './flow.ts'
import { newTenant, send, type Tenant, textOf } from './tenant.ts'

const SEEN = 'A pause, a delete or a revoked key is normally seen everywhere within a minute.'

let tenant: Tenant
let visitor: Browser
let connected: Connected

beforeAll(async () => {
  tenant = await newTenant()
  visitor = await tenant.as('admin')
})
beforeEach(async () => {
  mend()
  await steer.reset()
  connected = await connect({ member: tenant.members.owner })
})

const pathOf = (on = connected) => `/connections/${on.connectionId}`
const text = async (path = pathOf()) => textOf(await visitor.get(path))

/** A form of the connection's page; answered by the page itself. */
async function act(action: string, form: Record<string, string> = {}): Promise<string> {
  const answer = await visitor.post(`${pathOf()}/${action}`, form)
  expect(answer.status).toBe(303)
  expect(answer.headers.get('Location')).toBe(pathOf())
  return text()
}

describe('the page of a connection', () => {
  it('shows who it acts as, what it may do, and how to use it', async () => {
    const page = await text()
    expect(page).toContain('Acts as ada@example.com')
    expect(page).toContain('Allowed: Look up contacts')
    expect(page).toContain(`${PUBLIC_URL}/v1/connections/${connected.connectionId}/token`)
    expect(page).toContain(`/v1/connections/${connected.connectionId}/proxy/contacts`)
    expect(page).toContain(SEEN)
  })

  it('is the same to HEAD, without a body', async () => {
    const cookie = `__Host-session=${visitor.cookies.get('__Host-session')}`
    const head = await send(new Request(PUBLIC_URL + pathOf(), { method: 'HEAD', headers: { cookie } }))
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
  })

  it('has a live part that is no page of its own', async () => {
    const live = await (await visitor.get(`${pathOf()}/live`)).text()
    expect(live).toMatch(/^<div[^>]* id="connection-live"/)
    expect(live).not.toContain('<html')
  })

  it.each(['con_x', 'x', `con_${'0'.repeat(26)}`])('of %s is 404, in words', async (id) => {
    for (const path of [`/connections/${id}`, `/connections/${id}/live`]) {
      const answer = await visitor.get(path)
      expect(answer.status).toBe(404)
      expect(await textOf(answer)).toContain('There is no such connection')
    }
  })
})

describe('a test call', () => {
  it('says in the page what came of it', async () => {
    const answer = await visitor.post(`${pathOf()}/test`)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe(`${pathOf()}#test`)
    expect(await text()).toMatch(/200 in \d+ ms as Ada Lovelace/)
  })

  it('of a connection that must be reconnected leads to the page that says so', async () => {
    await editRecord(connected, (record) => ({ ...record, state: 'reauthorize', reason: 'grant_revoked' }))
    expect((await visitor.post(`${pathOf()}/test`)).status).toBe(303)
    expect(await text()).not.toContain('Run a test call')
  })

  it('is on the page of a builder, and not of a viewer', async () => {
    const seenBy = async (role: 'builder' | 'viewer') => textOf(await (await tenant.as(role)).get(pathOf()))
    expect(await seenBy('builder')).toContain('Run a test call')
    expect(await seenBy('viewer')).not.toContain('Run a test call')
  })
})

describe('who uses a connection', () => {
  it('is every key that may, with its own last use of this very connection', async () => {
    const used = await newKey(tenant.members.owner, ['tokens:read'])
    await newKey(tenant.members.owner, ['connections:read'])
    const record = { workspaceId: tenant.workspaceId, connectionId: connected.connectionId }
    const at = Date.now() - 3600_000
    await stubOf(connected).noteUse({ ...record, use: { at, keyId: used.summary.id } })
    const other = await connect({ member: tenant.members.owner, account: 'grace' })
    const page = await text()
    expect(page).toMatch(/Test key Tokens only used 1 h ago/)
    expect(await text(pathOf(other))).toMatch(/Test key Tokens only never used it/)
  })

  it('is told by name before a delete, builders too', async () => {
    const key = await newKey(tenant.members.owner, ['proxy'])
    const record = { workspaceId: tenant.workspaceId, connectionId: connected.connectionId }
    await stubOf(connected).noteUse({ ...record, use: { at: Date.now(), keyId: key.summary.id } })
    const asked = await text(`${pathOf()}?confirm=delete`)
    expect(asked).toContain('This key used it within 30 days')
    expect(asked).toMatch(/Test key , last just now/)
    expect(asked).toContain(`${tenant.members.builder.id}@example.com may have put its ID into workflows`)
  })

  it('is not the business of a viewer', async () => {
    const page = await textOf(await (await tenant.as('viewer')).get(pathOf()))
    expect(page).not.toContain('Who uses it')
  })
})

describe('renaming', () => {
  it('takes the name, on the page, in the list and in D1', async () => {
    expect(await act('name', { name: ' Local CRM - Marketing ' })).toContain('Local CRM - Marketing')
    expect(await rowOf(connected)).toMatchObject({ name: 'Local CRM - Marketing' })
    expect(await text('/connections')).toContain('Local CRM - Marketing')
  })

  it.each([
    ['nothing', ''],
    ['spaces', '  \n '],
    ['too much', 'x'.repeat(101)],
  ])('refuses %s on the same page, and keeps the old', async (_name, name) => {
    const before = await detailOf(connected)
    const answer = await visitor.post(`${pathOf()}/name`, { name })
    expect(answer.status).toBe(400)
    expect(await textOf(answer)).toContain('Use 1 to 100 characters.')
    expect(await detailOf(connected)).toEqual(before)
  })

  it('shows markup as text', async () => {
    await act('name', { name: '<script>alert(1)</script>' })
    for (const path of [pathOf(), '/connections', '/keys', `${pathOf()}?confirm=delete`]) {
      const page = await (await visitor.get(path)).text()
      expect(page).not.toContain('<script>alert')
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    }
  })
})

describe('pause and resume', () => {
  it('stop the vending and say so, then undo it', async () => {
    const paused = await act('pause')
    expect(paused).toContain('No workflow gets a token or gets through until somebody resumes.')
    expect(paused).toContain(SEEN)
    expect(await rowOf(connected)).toMatchObject({ paused: 1, state: 'active' })
    expect(await text('/connections?state=paused')).toContain('Local CRM - Ada Lovelace')
    expect(await act('resume')).not.toContain('No workflow gets a token')
    expect(await detailOf(connected)).toMatchObject({ state: 'active', paused: false })
  })

  it('keep the access alive meanwhile', async () => {
    await act('pause')
    await act('refresh')
    expect(await detailOf(connected)).toMatchObject({ state: 'paused', generation: 2 })
  })
})

describe('refresh', () => {
  it('gets a new token and shows it in the history', async () => {
    expect(await act('refresh')).toContain('Token refreshed by hand')
    expect(await tokenRequests()).toBe(2)
  })

  it('that the service refuses for good shows Reauthorize, the reason and Reconnect', async () => {
    await steer.nextToken({ do: 'invalid_grant' })
    const page = await act('refresh')
    expect(page).toContain('Access was taken away')
    expect(page).toContain('Reconnect with the same account.')
    expect(page).toContain('A refresh failed (by hand): the service no longer accepts this grant')
    expect(await act('refresh')).toContain('Access was taken away')
    expect(await tokenRequests()).toBe(2)
    const list = await text('/connections')
    expect(list).toContain('Reauthorize')
  })

  it('that fails for now says that nobody has to do anything', async () => {
    await steer.nextToken({ do: 'answer', status: 503, body: 'down' })
    const page = await act('refresh')
    expect(page).toContain('Local CRM is failing for now')
    expect(page).toContain('Workflows still get the current token')
  })

  it('of one nobody consented to is told', async () => {
    const started = await start({ member: tenant.members.owner })
    const answer = await visitor.post(`/connections/${started.connectionId}/refresh`)
    expect(answer.status).toBe(409)
    expect(await textOf(answer)).toContain('Nobody has consented yet.')
  })
})

describe('delete', () => {
  it('says first who used it last, then what became of the access', async () => {
    const asked = await text(`${pathOf()}?confirm=delete`)
    expect(asked).toContain('Delete “Local CRM - Ada Lovelace”?')
    expect(asked).toContain('No key has used it so far.')
    const answer = await visitor.post(`${pathOf()}/delete`)
    expect(answer.status).toBe(200)
    const page = await textOf(answer)
    expect(page).toContain('“Local CRM - Ada Lovelace” is deleted')
    expect(page).toContain('Revoked at the service')
    expect(await rowOf(connected)).toBeNull()
    expect((await visitor.get(pathOf())).status).toBe(404)
    expect((await visitor.post(`${pathOf()}/delete`)).status).toBe(404)
    expect(await steer.requests({ path: '/token/revocation' })).toHaveLength(1)
  })

  it('is not done by asking', async () => {
    await visitor.get(`${pathOf()}?confirm=delete`)
    expect((await visitor.get(`${pathOf()}/delete`)).status).toBe(405)
    expect(await detailOf(connected)).toMatchObject({ state: 'active' })
  })
})

describe('the list', () => {
  it.each([
    ['?q=lovelace', true],
    ['?q=ADA@EXAMPLE', true],
    ['?q=hopper', false],
    ['?q=%25', false],
    ['?q=_', false],
    ['?state=active', true],
    ['?state=pending', false],
    ['?state=nonsense', true],
    ['?connector=local', true],
    ['?connector=google', false],
    ['?q=local%20crm', true],
    ['?state=attention', false],
    ['?state=held', false],
    ['?account=Ada@example.com', true],
    ['?account=ada@example', false],
    ['?by=mem_nobody', false],
  ])('%s: found %s', async (query, found) => {
    const lonely = await newTenant()
    await connect({ member: lonely.members.owner })
    const answer = await (await lonely.as()).get(`/connections${query}`)
    expect(answer.status).toBe(200)
    expect((await answer.text()).includes('Local CRM - Ada Lovelace')).toBe(found)
  })

  it('puts what needs a person first', async () => {
    await steer.nextToken({ do: 'invalid_grant' })
    await act('name', { name: 'Needs a person' })
    await act('refresh')
    const later = await connect({ member: tenant.members.owner })
    await visitor.post(`/connections/${later.connectionId}/name`, { name: 'Newer and fine' })
    const page = await text('/connections')
    expect(page.indexOf('Needs a person')).toBeLessThan(page.indexOf('Newer and fine'))
  })

  it('refuses a cursor that is not ours', async () => {
    expect((await visitor.get('/connections?cursor=x')).status).toBe(400)
  })

  it('tells a newcomer where to begin', async () => {
    const page = await textOf(await (await (await newTenant()).as()).get('/connections'))
    expect(page).toContain('Add Connection')
  })
})

describe('the catalog', () => {
  it.each([
    ['', true, true],
    ['?q=CRM', true, false],
    ['?q=small%20file', false, true],
    ['?q=zzz', false, false],
    ['?q=%3Cscript%3E', false, false],
  ])('%s: Local CRM %s, Local Drive %s', async (query, crm, drive) => {
    const page = await (await visitor.get(`/connections/new${query}`)).text()
    expect(page.includes('/connections/new/local"')).toBe(crm)
    expect(page.includes('/connections/new/local-lenient"')).toBe(drive)
    expect(page).not.toContain('<script>')
  })
})

describe('setting up', () => {
  it('says in words what each tool may do', async () => {
    const page = await text('/connections/new/local')
    expect(page).toContain('Look up contacts')
    expect(page).toContain('Create and change contacts')
  })

  it('of a service nobody knows is 404', async () => {
    expect((await visitor.get('/connections/new/nothing')).status).toBe(404)
    expect((await visitor.post('/connections', { connector: 'nothing' })).status).toBe(404)
    expect((await visitor.post('/connections', { connector: '__proto__' })).status).toBe(404)
  })

  it('asks for the OAuth app first where there is none, with the callback URL', async () => {
    for (const answer of [
      await visitor.get('/connections/new/github'),
      await visitor.post('/connections', { connector: 'github' }),
    ]) {
      const page = await answer.text()
      expect(page).toContain('First, the OAuth app')
      expect(page).toContain(`${PUBLIC_URL}/oauth/callback/github`)
      expect(page).not.toContain('action="/connections"')
    }
  })

  it('shows what was typed again, with what is wrong', async () => {
    const name = 'A name that goes on '.repeat(9)
    const form = { connector: 'local', name, tools: 'deals.read' }
    const answer = await visitor.post('/connections', form)
    expect(answer.status).toBe(400)
    const page = await answer.text()
    expect(page).toContain('Use 1 to 100 characters.')
    expect(page).toContain(`value="${name.trim()}"`)
    const ticked = [...page.matchAll(/<input[^>]*value="([\w.]+)"[^>]*checked/g)].map(([, tool]) => tool)
    expect(ticked).toEqual(['deals.read'])
    const unknown = await visitor.post('/connections', { connector: 'local', tools: 'gmail.send' })
    expect(unknown.status).toBe(400)
    expect(await textOf(unknown)).toContain('Choose from the tools listed here.')
    expect(await steer.requests()).toHaveLength(2)
  })

  it('makes a connection that waits, under the name that was given', async () => {
    const answer = await visitor.post('/connections', {
      connector: 'local',
      name: 'Mine',
      tools: 'deals.read',
    })
    const id = new URL(answer.headers.get('Location') ?? '').searchParams.get('state')?.split('.')[1] ?? ''
    expect(await detailOf({ ...connected, connectionId: id })).toMatchObject({
      name: 'Mine',
      state: 'pending',
      tools: ['deals.read'],
    })
    expect(await text(`/connections/${id}`)).toContain('The consent is not finished')
  })
})
