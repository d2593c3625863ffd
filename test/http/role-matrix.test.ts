import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { ROUTES } from '../../src/http/table.ts'
import { rotateApiKey } from '../../src/services/api-keys.ts'
import { SESSION_LIFE_MS } from '../../src/services/sessions.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, newKey, steer, testContext } from '../setup/harness.ts'
import { type Browser, browser } from './browser.ts'
import { addMember, newTenant, rowsOf, send, signedIn, type Tenant } from './tenant.ts'

const EVERYONE: Role[] = ['owner', 'admin', 'builder', 'viewer']
const ADMINS: Role[] = ['owner', 'admin']

/** Who may do what, written out a second time: a wrong action on a route has to differ from this. */
const MAY: Record<string, Role[]> = {
  'GET /connections': EVERYONE,
  'GET /connections/new': ADMINS,
  'GET /connections/new/:connector': ADMINS,
  'GET /connections/:id': EVERYONE,
  'GET /connections/:id/live': EVERYONE,
  'POST /connections': ADMINS,
  'POST /connections/link': ADMINS,
  'POST /connections/:id/reconnect': ADMINS,
  'POST /connections/:id/name': ADMINS,
  'POST /connections/:id/refresh': ADMINS,
  'POST /connections/:id/test': ['owner', 'admin', 'builder'],
  'POST /connections/:id/pause': ADMINS,
  'POST /connections/:id/resume': ADMINS,
  'POST /connections/:id/account': ADMINS,
  'POST /connections/:id/link': ADMINS,
  'POST /connections/:id/delete': ADMINS,
  'GET /connections/:id/permissions': ADMINS,
  'POST /connections/:id/permissions': ADMINS,
  'POST /connections/:id/permissions/drop': ADMINS,
  'GET /connectors': ADMINS,
  'GET /connectors/:id': ADMINS,
  'POST /connectors/:id/app': ADMINS,
  'POST /connectors/:id/app/remove': ADMINS,
  'GET /keys': ADMINS,
  'POST /keys': ADMINS,
  'POST /keys/:id/revoke': ADMINS,
  'POST /keys/:id/rotate': ADMINS,
  'POST /keys/:id/finish': ADMINS,
}

/** What a form needs to be accepted. */
const FORMS: Record<string, Record<string, string>> = {
  'POST /connections': { connector: 'local', tools: 'contacts.read' },
  'POST /connections/:id/account': { choice: 'keep' },
  'POST /connections/link': { connector: 'local', tools: 'contacts.read' },
  'POST /connections/:id/name': { name: 'Renamed' },
  'POST /connectors/:id/app': { client_id: 'some-client', client_secret: 'some-secret' },
  'POST /keys': { name: 'New', permissions: 'connections:read' },
}

const pages = ROUTES.filter((route) => route.kind === 'page')
const names = pages.map((route) => `${route.method} ${route.path}`)

let tenant: Tenant
let connected: Connected
let keyId: string

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  connected = await connect({ member: tenant.members.owner })
  keyId = (await newKey(tenant.members.owner)).summary.id
})

function addressOf(name: string, ids = { connectionId: connected.connectionId, keyId }): string {
  const path = name.split(' ')[1] ?? ''
  const id = path.startsWith('/connections/:id')
    ? ids.connectionId
    : path.startsWith('/keys/')
      ? ids.keyId
      : 'google'
  return path.replace(/:\w+/, id)
}

function ask(visitor: Browser, name: string, address = addressOf(name)): Promise<Response> {
  return name.startsWith('GET') ? visitor.get(address) : visitor.post(address, FORMS[name])
}

function rotate(id: string) {
  return rotateApiKey(testContext(), tenant.members.owner, id, Date.now())
}

async function stateOf() {
  return { rows: await rowsOf(tenant.workspaceId), detail: await detailOf(connected) }
}

const cells = (allowed: boolean) =>
  names.flatMap((name) =>
    ROLES.filter((role) => MAY[name]?.includes(role) === allowed).map((role) => [role, name] as const),
  )

describe('the matrix', () => {
  it('has a line for every page, and none for a page that is gone', () => {
    expect(Object.keys(MAY).sort()).toEqual([...names].sort())
  })
})

describe('a role that may', () => {
  it.each(cells(true))('%s: %s', async (role, name) => {
    const own = await connect({ member: tenant.members.owner })
    const key = await newKey(tenant.members.owner)
    if (name.endsWith('/finish')) await rotate(key.summary.id)
    const address = addressOf(name, { connectionId: own.connectionId, keyId: key.summary.id })
    const answer = await ask(await tenant.as(role), name, address)
    expect([200, 303]).toContain(answer.status)
    expect(answer.headers.get('Location') ?? '').not.toContain('/sign-in')
  })
})

describe('a role that may not is refused, and changes nothing', () => {
  it.each(cells(false))('%s: %s', async (role, name) => {
    const before = await stateOf()
    const answer = await ask(await tenant.as(role), name)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toMatch(new RegExp(`You are an? ${role} here\\.`))
    expect(await stateOf()).toEqual(before)
  })
})

describe('without a living session nothing is shown or changed', () => {
  const strangers: [string, () => Promise<Browser>][] = [
    ['signed out', async () => browser(send)],
    ['a session that has run out', () => signedIn(tenant.members.owner, send, Date.now() - SESSION_LIFE_MS)],
    ['a session nobody was given', () => stranger('x'.repeat(43))],
    ['a session cookie that is no session', () => stranger("' OR 1=1 --")],
    ['a removed member', removedMember],
    ['a session that was signed out', signedOut],
  ]
  const cases = strangers.flatMap(([who, visitor]) => names.map((name) => [who, name, visitor] as const))

  it.each(cases)('%s: %s', async (_who, name, visitor) => {
    const before = await stateOf()
    const who = await visitor()
    const answer = await ask(who, name)
    if (name.startsWith('GET')) {
      expect(answer.status).toBe(303)
      const back = encodeURIComponent(addressOf(name))
      expect(answer.headers.get('Location')).toBe(`/sign-in?return=${back}`)
    } else {
      expect(answer.status).toBe(401)
      expect(await answer.text()).toContain('Nothing was changed')
    }
    expect(await stateOf()).toEqual(before)
  })
})

describe('a role', () => {
  it('that was taken away counts from the next request on, in the same session', async () => {
    const member = await addMember(tenant.workspaceId, 'admin')
    const visitor = await signedIn(member)
    expect((await visitor.get('/keys')).status).toBe(200)
    await env.DB.prepare('UPDATE members SET role = ? WHERE id = ?').bind('viewer', member.id).run()
    expect((await visitor.get('/keys')).status).toBe(403)
    await env.DB.prepare('DELETE FROM members WHERE id = ?').bind(member.id).run()
  })

  it.each([
    ['builder', [`/connections/:id/test`]],
    ['viewer', []],
  ] as [Role, string[]][])('%s sees no button for what it may not do', async (role, allowed) => {
    const visitor = await tenant.as(role)
    for (const path of ['/connections', `/connections/${connected.connectionId}`]) {
      const text = await (await visitor.get(path)).text()
      const posts = [...text.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, action]) => action)
      const own = allowed.map((action) => action.replace(':id', connected.connectionId))
      const rest = posts.filter((action) => action !== '/sign-out')
      expect(rest).toEqual(path === '/connections' ? [] : own)
      expect(text).not.toContain('href="/connections/new"')
    }
  })
})

async function stranger(session: string): Promise<Browser> {
  const visitor = browser(send)
  visitor.cookies.set('__Host-session', session)
  return visitor
}

async function removedMember(): Promise<Browser> {
  const member = await addMember(tenant.workspaceId, 'owner')
  const visitor = await signedIn(member)
  await env.DB.prepare('DELETE FROM members WHERE id = ?').bind(member.id).run()
  return visitor
}

async function signedOut(): Promise<Browser> {
  const visitor = await tenant.as('owner')
  const session = visitor.cookies.get('__Host-session') ?? ''
  await visitor.post('/sign-out')
  expect(visitor.cookies.has('__Host-session')).toBe(false)
  return stranger(session)
}
