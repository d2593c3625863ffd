import { env } from 'cloudflare:workers'
import { TrieRouter } from 'hono/router/trie-router'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { ROUTES } from '../../src/http/table.ts'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../src/services/sessions.ts'
import { mend } from '../setup/faults.ts'
import { connect, detailOf, steer } from '../setup/harness.ts'
import { addressOf as addressOfHook } from '../setup/receiver.ts'
import { type Browser, browser } from './browser.ts'
import { addressOf, eventOf, isOwned, newBelongings, newOwned, type Owned, rotated } from './owned.ts'
import { addMember, newTenant, rowsOf, send, signedIn, type Tenant } from './tenant.ts'

const EVERYONE: Role[] = ['owner', 'admin', 'builder', 'viewer']
const ADMINS: Role[] = ['owner', 'admin']
const OWNERS: Role[] = ['owner']
const NOBODY: Role[] = []

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
  'GET /connectors/new': ADMINS,
  'GET /connectors/new/form': ADMINS,
  'POST /connectors/new/issuer': ADMINS,
  'POST /connectors/new/import': ADMINS,
  'POST /connectors': ADMINS,
  'GET /connectors/:id/definition': ADMINS,
  'POST /connectors/:id/definition': ADMINS,
  'GET /connectors/:id/export': ADMINS,
  'POST /connectors/:id/delete': ADMINS,
  'POST /connectors/:id/app': ADMINS,
  'POST /connectors/:id/app/remove': ADMINS,
  'GET /keys': ADMINS,
  'POST /keys': ADMINS,
  'POST /keys/:id/revoke': ADMINS,
  'POST /keys/:id/rotate': ADMINS,
  'POST /keys/:id/finish': ADMINS,
  'GET /members': EVERYONE,
  'POST /members/invitations': ADMINS,
  'POST /members/invitations/:id/revoke': ADMINS,
  'POST /members/:id/role': ADMINS,
  'POST /members/:id/remove': ADMINS,
  'GET /audit': ADMINS,
  'GET /audit/export': ADMINS,
  'GET /settings': EVERYONE,
  'POST /settings/name': OWNERS,
  'POST /settings/retention': OWNERS,
  'POST /settings/sessions/end-all': EVERYONE,
  'POST /settings/sessions/:id/end': EVERYONE,
  'POST /settings/leave': EVERYONE,
  'GET /settings/webhooks': ADMINS,
  'POST /settings/webhooks': ADMINS,
  'GET /settings/webhooks/:id': ADMINS,
  'POST /settings/webhooks/:id': ADMINS,
  'POST /settings/webhooks/:id/rotate': ADMINS,
  'POST /settings/webhooks/:id/disable': ADMINS,
  'POST /settings/webhooks/:id/enable': ADMINS,
  'POST /settings/webhooks/:id/test': ADMINS,
  'POST /settings/webhooks/:id/resend': ADMINS,
  'POST /settings/webhooks/:id/delete': ADMINS,
  'POST /workspaces/:id/switch': EVERYONE,
  // Those whom OWNER_EMAILS names, whatever their role; workspaces.test.ts.
  'GET /workspaces/new': NOBODY,
  'POST /workspaces': NOBODY,
}

/** For everybody, signed in or not: nothing of a workspace is behind these, or what they hold is bound otherwise. */
const OPEN = [
  'GET /',
  'GET /healthz',
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/callback',
  'POST /sign-out',
  'GET /oauth/callback/:connector',
  'GET /connect/done',
  'GET /connect/:token',
  'POST /connect/:token',
  'GET /invitations/:token',
  'POST /invitations/:token',
  'GET /docs',
  'GET /openapi.json',
]

/** Pages of the workspace's own connectors, which each test makes anew. */
const OF_OWN = [
  'GET /connectors/:id/definition',
  'POST /connectors/:id/definition',
  'GET /connectors/:id/export',
  'POST /connectors/:id/delete',
]
const OWN_FORM = {
  name: 'Acme',
  authorize_url: 'https://login.example.com/authorize',
  token_url: 'https://login.example.com/token',
  api_base_url: 'https://api.example.com',
}

/** What a form needs to be accepted. */
const FORMS: Record<string, Record<string, string>> = {
  'POST /connections': { connector: 'local', tools: 'contacts.read' },
  'POST /connections/:id/account': { choice: 'keep' },
  'POST /connections/link': { connector: 'local', tools: 'contacts.read' },
  'POST /connections/:id/name': { name: 'Renamed' },
  'POST /connectors/:id/app': { client_id: 'some-client', client_secret: 'some-secret' },
  'POST /connectors': { ...OWN_FORM, id: 'own-new' },
  'POST /connectors/:id/definition': { ...OWN_FORM, version: '1' },
  'POST /connectors/new/issuer': { issuer: env.SIGN_IN_ISSUER },
  'POST /connectors/new/import': { json: '{"name": "Acme"}' },
  'POST /keys': { name: 'New', permissions: 'connections:read' },
  'POST /members/invitations': { email: 'new@example.com', role: 'viewer' },
  'POST /members/:id/role': { role: 'viewer' },
  'POST /settings/name': { name: 'Renamed' },
  'POST /settings/retention': { days: '1100' },
  'POST /settings/webhooks': { url: addressOfHook('new'), events: 'connection.held' },
  'POST /settings/webhooks/:id': { url: addressOfHook('changed'), events: 'connection.held' },
  'POST /workspaces': { name: 'Another' },
}

/** After these the session is over, so that the way leads to the door. */
const ENDS_THE_SESSION = ['POST /settings/sessions/end-all']

const pages = ROUTES.filter((route) => route.kind === 'page')
const names = pages.map((route) => `${route.method} ${route.path}`)
const router = new TrieRouter<string>()
for (const { method, path } of pages) router.add(method, path, `${method} ${path}`)

let tenant: Tenant
let foreign: Tenant
let things: Owned
let foreignThings: Owned
/** Where things are changed, so that the others stay small and as they were. */
let busy: Tenant
let busyThings: Owned

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  foreign = await newTenant()
  things = await newOwned(tenant.members.owner)
  foreignThings = await newOwned(foreign.members.owner)
  busy = await newTenant()
  busyThings = await newOwned(busy.members.owner)
})

function place(name: string, owned = things): string {
  const pattern = name.split(' ')[1] ?? ''
  const path = OF_OWN.includes(name) ? pattern.replace(':id', 'own-acme') : addressOf(pattern, owned)
  return path === '/audit/export' ? `${path}?format=csv` : path
}

async function ask(visitor: Browser, name: string, address = place(name), headers?: Record<string, string>) {
  if (name.startsWith('GET')) return visitor.get(address)
  const form = name.endsWith('/resend') ? { event: await eventOf(address) } : FORMS[name]
  return visitor.post(address, form, headers)
}

/** Of both workspaces; that somebody was refused is noted, and is no change. */
async function stateOf() {
  const state: unknown[] = []
  for (const [{ workspaceId }, { connectionId, sessionId }] of [
    [tenant, things],
    [foreign, foreignThings],
  ] as const) {
    const rows = await rowsOf(workspaceId)
    rows.audit = rows.audit?.filter((row) => (row as { action: string }).action !== 'access.denied') ?? []
    const session = await env.DB.prepare('SELECT * FROM sessions WHERE id = ?').bind(sessionId).first()
    state.push({
      rows,
      session,
      detail: await detailOf({ id: '', flowCookie: '', workspaceId, connectionId }),
    })
  }
  return state
}

const cells = (allowed: boolean) =>
  names.flatMap((name) =>
    ROLES.filter((role) => MAY[name]?.includes(role) === allowed).map((role) => [role, name] as const),
  )

describe('the matrix', () => {
  it('has a line for every page, and none for a page that is gone', () => {
    expect(Object.keys(MAY).sort()).toEqual([...names].sort())
  })

  it('knows every route that asks for no session', () => {
    const open = ROUTES.filter(({ kind }) => kind === 'open')
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...OPEN].sort())
  })
})

describe('a role that may', () => {
  it.each(cells(true))('%s: %s', async (role, name) => {
    const { owner } = busy.members
    const person = await addMember(busy.workspaceId, role)
    const own = { ...busyThings, ...(await newBelongings(owner, person)) }
    if (name.includes('/connections/:id')) own.connectionId = (await connect({ member: owner })).connectionId
    if (name.endsWith('/finish')) await rotated(owner, own.keyId)
    await env.DB.prepare('DELETE FROM custom_connectors WHERE workspace_id = ?').bind(busy.workspaceId).run()
    if (OF_OWN.includes(name))
      await (await signedIn(owner)).post('/connectors', { ...OWN_FORM, id: 'own-acme' })
    const answer = await ask(await signedIn(person), name, place(name, own))
    expect([200, 303]).toContain(answer.status)
    const location = answer.headers.get('Location') ?? ''
    expect(location.startsWith('/sign-in')).toBe(ENDS_THE_SESSION.includes(name))
  })
})

describe('a role that may not is refused, and changes nothing', () => {
  it.each(cells(false))('%s: %s', async (role, name) => {
    const before = await stateOf()
    const answer = await ask(await tenant.as(role), name)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toMatch(
      MAY[name] === NOBODY ? /OWNER_EMAILS/ : new RegExp(`You are an? ${role} here\\.`),
    )
    expect(await stateOf()).toEqual(before)
  })

  it('which is noted, once in a while, and not each time', async () => {
    const member = await addMember(tenant.workspaceId, 'viewer')
    const visitor = await signedIn(member)
    for (let count = 0; count < 3; count++) await visitor.post('/keys', { name: 'Mine' })
    await visitor.get('/keys')
    const { results } = await env.DB.prepare(
      'SELECT action, subject, outcome, failed FROM audit WHERE actor = ?',
    )
      .bind(member.id)
      .all()
    expect(results).toEqual([
      { action: 'access.denied', subject: 'POST /keys', outcome: 'forbidden', failed: 1 },
    ])
  })
})

describe('what belongs to another workspace is not there, in any role', () => {
  const owned = names.filter((name) => isOwned(name.split(' ')[1] ?? ''))
  const cases = owned.flatMap((name) => ROLES.map((role) => [role, name] as const))

  it.each(cases)('%s: %s', async (role, name) => {
    const before = await stateOf()
    const answer = await ask(await tenant.as(role), name, place(name, foreignThings))
    expect(answer.status).toBe(MAY[name]?.includes(role) ? 404 : 403)
    const text = await answer.text()
    for (const secret of [foreign.workspaceId, foreignThings.keyId, 'Ada Lovelace']) {
      expect(text).not.toContain(secret)
    }
    expect(await stateOf()).toEqual(before)
  })
})

describe('a form that comes from elsewhere changes nothing, whoever is signed in', () => {
  const posts = [...names, ...OPEN].filter((name) => name.startsWith('POST'))
  const ORIGINS: [string, Record<string, string>][] = [
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' }],
    ['a sibling of our site', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://evil.localhost:8787' }],
    ['an old browser at another site', { Origin: 'https://evil.test' }],
    ['nowhere', {}],
  ]
  const cases = ORIGINS.flatMap(([where, headers]) => posts.map((name) => [where, name, headers] as const))

  it.each(cases)('from %s: %s', async (_where, name, headers) => {
    const before = await stateOf()
    const visitor = await tenant.as('owner')
    const session = visitor.cookies.get('__Host-session')
    const answer = await ask(visitor, name, place(name), headers)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('Nothing was changed')
    expect(visitor.cookies.get('__Host-session')).toBe(session)
    expect(await stateOf()).toEqual(before)
    expect((await visitor.get('/settings')).status).toBe(200)
  })
})

describe('without a living session nothing is shown or changed', () => {
  const strangers: [string, () => Promise<Browser>][] = [
    ['signed out', async () => browser(send)],
    ['a session that has run out', expired],
    ['a session that was not used', () => signedIn(tenant.members.owner, send, Date.now() - SESSION_IDLE_MS)],
    ['a session nobody was given', () => stranger('x'.repeat(43))],
    ['a session cookie that is no session', () => stranger("' OR 1=1 --")],
    ['a removed member', removedMember],
    ['a session that was signed out', signedOut],
  ]
  const cases = strangers.flatMap(([who, visitor]) => names.map((name) => [who, name, visitor] as const))

  it.each(cases)('%s: %s', async (_who, name, visitor) => {
    const who = await visitor()
    const before = await stateOf()
    const answer = await ask(who, name)
    if (name.startsWith('GET')) {
      expect(answer.status).toBe(303)
      const back = encodeURIComponent(place(name))
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

  it.each(ROLES)('%s sees no button and no link for what it may not do', async (role) => {
    const person = await addMember(tenant.workspaceId, role)
    await newBelongings(tenant.members.owner, person)
    const visitor = await signedIn(person)
    const shown = new Set<string>()
    for (const path of ['/connections', `/connections/${things.connectionId}`, '/members', '/settings']) {
      const text = await (await visitor.get(path)).text()
      for (const [, action = ''] of text.matchAll(/<form method="post" action="([^"]+)"/g)) {
        shown.add(`POST ${action}`)
      }
      for (const [, href = ''] of text.matchAll(/href="(\/[^"?#]*)/g)) shown.add(`GET ${href}`)
    }
    const wrong = [...shown].flatMap((asked) => {
      const [method, path = ''] = asked.split(' ')
      const route = router.match(method ?? '', path)[0][0]?.[0]
      return route && MAY[route]?.includes(role) === false ? [asked] : []
    })
    expect(wrong).toEqual([])
    expect([...shown]).toContain('POST /settings/sessions/end-all')
    expect(shown.has('POST /members/invitations')).toBe(ADMINS.includes(role))
  })

  it('of an owner is out of reach for an admin, buttons and routes alike', async () => {
    const second = await addMember(tenant.workspaceId, 'owner')
    const visitor = await tenant.as('admin')
    const text = await (await visitor.get('/members')).text()
    expect(text).not.toContain(`/members/${second.id}/role`)
    expect(text).not.toContain(`remove=${second.id}`)
    expect(text).not.toContain('<option value="owner"')
    const before = await stateOf()
    for (const [path, form] of [
      [`/members/${second.id}/role`, { role: 'viewer' }],
      [`/members/${second.id}/remove`, {}],
      [`/members/${things.memberId}/role`, { role: 'owner' }],
      [`/members/${tenant.members.admin.id}/role`, { role: 'owner' }],
    ] as const) {
      expect((await visitor.post(path, form)).status).toBe(403)
    }
    const invited = await visitor.post('/members/invitations', { email: 'boss@example.com', role: 'owner' })
    expect(invited.status).toBe(400)
    expect(withoutAudit(await stateOf())).toEqual(withoutAudit(before))
  })
})

/** Seen a moment ago, and signed in too long ago. */
async function expired(): Promise<Browser> {
  const visitor = await signedIn(tenant.members.owner, send, Date.now() - SESSION_LIFE_MS)
  await env.DB.prepare('UPDATE sessions SET last_seen_at = ? WHERE expires_at <= ?')
    .bind(Date.now(), Date.now())
    .run()
  return visitor
}

function withoutAudit(state: unknown[]): unknown[] {
  return state.map((each) => {
    const { rows, ...rest } = each as { rows: Record<string, unknown> }
    return { ...rest, rows: { ...rows, audit: [] } }
  })
}

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
