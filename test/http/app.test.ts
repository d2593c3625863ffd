import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { hashApiKey, type KeyRecord, newApiKey, type Permission } from '../../src/domain/api-key.ts'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { createApp } from '../../src/http/app.ts'
import { contextOf } from '../../src/http/configure.ts'
import type { Operation } from '../../src/http/operation.ts'
import { page } from '../../src/http/page.ts'
import type { Route } from '../../src/http/route.ts'
import { ROUTES } from '../../src/http/table.ts'
import { createSession } from '../../src/services/sessions.ts'
import { putKeyRecord } from '../../src/storage/key-copies.ts'
import { addMember } from '../../src/storage/members.ts'
import { firstWorkspaceOr } from '../../src/storage/workspaces.ts'
import { browser, type Fetch, PUBLIC_URL } from './browser.ts'

const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' }
const SESSIONS = new Map<Role, string>()

let changes = 0

const operation: Operation = { summary: 'A probe', problems: [] }

/** One of every kind, so that the guards are tested before and beside the real routes. */
const PROBES: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/probe',
    action: 'connections.read',
    handler: (c, member) => page(c, `<p>${member.email}`),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/probe',
    action: 'settings.manage',
    handler: async (c) => {
      changes++
      return c.text(String((await c.req.parseBody()).name))
    },
  },
  {
    kind: 'page',
    method: 'GET',
    path: '/probe/connect',
    action: 'connections.manage',
    connectForm: true,
    handler: (c) => page(c, '<p>connect'),
  },
  {
    kind: 'open',
    method: 'POST',
    path: '/probe/open',
    handler: (c) => {
      changes++
      return c.text('changed')
    },
  },
  { kind: 'open', method: 'GET', path: '/probe/secret', secretAddress: true, handler: (c) => c.text('ok') },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/throws',
    handler: () => {
      throw new RangeError('the secret is hunter2')
    },
  },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/fails',
    handler: () => ({ ok: false, error: { code: 'rate_limited', retryAfterSeconds: 7 } }),
  },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/fetched',
    // The headers of what a fetch answers cannot be changed.
    handler: () => fetch(`${inject('upstreamOrigin')}/.well-known/openid-configuration`),
  },
  {
    kind: 'api',
    method: 'PUT',
    path: '/v1/probe',
    permission: 'connectors:write',
    operation,
    handler: (c, key) => c.json({ workspaceId: key.workspaceId }),
  },
  {
    kind: 'api',
    method: 'ALL',
    path: '/v1/probe/any/*',
    permission: 'proxy',
    operation,
    ownBody: true,
    handler: (c) => c.json({}),
  },
]

const send = appWith({})

function appWith(change: object): Fetch {
  const app = createApp([...ROUTES, ...PROBES])
  const bindings = { ...env, ...change }
  return (request) => app.fetch(request, bindings, createExecutionContext())
}

function as(role: Role) {
  const visitor = browser(send)
  visitor.cookies.set('__Host-session', SESSIONS.get(role) ?? '')
  return visitor
}

function api(path: string, init: RequestInit = {}, fetch: Fetch = send): Promise<Response> | Response {
  return fetch(new Request(PUBLIC_URL + path, init))
}

async function keyWith(...permissions: Permission[]): Promise<Record<string, string>> {
  const { id, key } = newApiKey((length) => crypto.getRandomValues(new Uint8Array(length)))
  const record: KeyRecord = {
    revoked: false,
    id,
    workspaceId: 'wsp_a',
    permissions,
    connectionIds: null,
    expiresAt: null,
  }
  await putKeyRecord(env.KV, await hashApiKey(key), record, Date.now())
  return { Authorization: `Bearer ${key}` }
}

beforeAll(async () => {
  const context = contextOf(env)
  if (!context.ok) throw new Error(context.error)
  const { db } = context.value
  const now = Date.now()
  const { id: workspaceId } = await firstWorkspaceOr(db, { id: 'wsp_a', name: 'A', createdAt: now })
  for (const role of ROLES) {
    const member = await addMember(db, {
      id: `mem_${role}`,
      workspaceId,
      issuer: 'https://issuer.test',
      subject: role,
      email: `${role}@example.com`,
      name: null,
      signedOutAt: null,
      lastOpenedAt: null,
      role,
      createdAt: now,
    })
    SESSIONS.set(role, await createSession(context.value, member.id, now))
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('every answer', () => {
  const answers: [string, () => Promise<Response> | Response][] = [
    ['a page', () => as('owner').get('/probe')],
    ['a redirect', () => browser(send).get('/')],
    ['the way to sign-in', () => browser(send).get('/probe')],
    ['a refused role', () => as('viewer').post('/probe')],
    ['a refused form', () => as('owner').post('/probe', {}, {})],
    ['the sign-in page', () => browser(send).get('/sign-in')],
    ['health', () => browser(send).get('/healthz')],
    ['404', () => browser(send).get('/nothing')],
    ['405', () => browser(send).get('/probe/open')],
    ['an API problem', () => api('/v1/probe', { method: 'PUT' })],
    ['a bug', () => browser(send).get('/probe/throws')],
    ['a failure', () => browser(send).get('/probe/fails')],
    ['what was fetched', () => browser(send).get('/probe/fetched')],
    ['no configuration', () => browser(appWith({ OWNER_EMAILS: '' })).get('/')],
  ]

  it.each(answers)('is not cached, has an id and is protected: %s', async (_name, answer) => {
    const { headers } = await answer()
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{32}$/)
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    // Only what a browser shows can be opened or framed.
    const shown = headers.get('Content-Type')?.includes('html')
    if (shown) expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin-allow-popups')
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('has an id of its own, whatever the caller sends', async () => {
    const ids = new Set<string | null>()
    for (let count = 0; count < 3; count++) {
      const answer = await browser(send).get('/healthz', { 'X-Request-Id': 'mine' })
      ids.add(answer.headers.get('X-Request-Id'))
    }
    expect(ids.size).toBe(3)
    expect(ids).not.toContain('mine')
  })

  it('logs one line that holds the route, never the address', async () => {
    const lines = vi.spyOn(console, 'info').mockImplementation(() => {})
    await browser(send).get('/sign-in/callback?code=the-code&state=the-state')
    await browser(send).get('/nothing/the-code')
    expect(lines).toHaveBeenCalledTimes(2)
    expect(JSON.parse(lines.mock.calls[0]?.[0])).toMatchObject({
      event: 'request',
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      method: 'GET',
      route: '/sign-in/callback',
      status: 400,
      ms: expect.any(Number),
    })
    expect(lines.mock.calls.flat().join()).not.toMatch(/the-code|the-state/)
  })

  it('asks for https for a year only where the deployment has it', async () => {
    expect((await browser(send).get('/healthz')).headers.has('Strict-Transport-Security')).toBe(false)
    const secure = browser(appWith({ PUBLIC_URL: 'https://evergrant.example.com' }))
    expect((await secure.get('/healthz')).headers.get('Strict-Transport-Security')).toBe('max-age=31536000')
  })
})

describe('the content security policy', () => {
  const policyOf = async (answer: Promise<Response>) =>
    ((await answer).headers.get('Content-Security-Policy') ?? '').split('; ')

  it('lets a page load and send to nothing but its own origin', async () => {
    expect(await policyOf(as('owner').get('/probe'))).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
  })

  it('lets the forms that lead to a service follow its redirects, loopback only in local runs', async () => {
    const secure = browser(
      appWith({
        ALLOW_INSECURE_UPSTREAMS: 'false',
        PUBLIC_URL: 'https://evergrant.example.com',
        SIGN_IN_ISSUER: 'https://issuer.test',
      }),
    )
    expect(await policyOf(secure.get('/sign-in'))).toContain("form-action 'self' https:")
    const local = "form-action 'self' https: http://127.0.0.1:* http://localhost:*"
    expect(await policyOf(browser(send).get('/sign-in'))).toContain(local)
    expect(await policyOf(as('owner').get('/probe/connect'))).toContain(local)
  })

  it('sends the origin as referrer, and nothing where the address is secret', async () => {
    expect((await as('owner').get('/probe')).headers.get('Referrer-Policy')).toBe('strict-origin')
    expect((await browser(send).get('/probe/secret')).headers.get('Referrer-Policy')).toBe('no-referrer')
  })
})

describe('a request from elsewhere changes nothing', () => {
  const unsafe = [...ROUTES, ...PROBES].filter((route) => route.kind !== 'api' && route.method !== 'GET')
  const origins: [string, Record<string, string>][] = [
    ['cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['cross-site with our origin', { 'Sec-Fetch-Site': 'cross-site', Origin: PUBLIC_URL }],
    ['same-site', { 'Sec-Fetch-Site': 'same-site' }],
    ['none', { 'Sec-Fetch-Site': 'none' }],
    ['an unknown word', { 'Sec-Fetch-Site': 'friendly' }],
    ['neither header', {}],
    ['an evil origin', { Origin: 'https://evil.test' }],
    ['a look-alike origin', { Origin: `${PUBLIC_URL}.evil.test` }],
    ['no origin', { Origin: 'null' }],
    [
      'an evil origin that says same-origin',
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.test' },
    ],
    ['the right host in the wrong scheme', { Origin: PUBLIC_URL.replace(/^https?:/, 'ftp:') }],
  ]
  const matrix = unsafe.flatMap((route) =>
    origins.map(([name, headers]) => [`${route.method} ${route.path} from ${name}`, route, headers] as const),
  )

  it.each(matrix)('%s', async (_name, route, headers) => {
    const before = changes
    const path = route.path.replace(/:\w+/g, 'x')
    const visitor = as('owner')
    const answer = await visitor.post(path, { name: 'x' }, headers)
    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await answer.text()).toContain('Nothing was changed')
    expect(changes).toBe(before)
  })

  it.each([
    ['Sec-Fetch-Site', SAME_ORIGIN],
    ['Sec-Fetch-Site and Origin', { ...SAME_ORIGIN, Origin: PUBLIC_URL }],
    ['Sec-Fetch-Site and an Origin that was withheld', { ...SAME_ORIGIN, Origin: 'null' }],
    ['Origin alone', { Origin: PUBLIC_URL }],
  ])('but a form of ours is heard, by %s', async (_name, headers) => {
    const before = changes
    expect((await as('owner').post('/probe', { name: 'x' }, headers)).status).toBe(200)
    expect(changes).toBe(before + 1)
  })

  it('covers the sign-in and sign-out forms', () => {
    expect(unsafe.map(({ path }) => path)).toEqual(expect.arrayContaining(['/sign-in', '/sign-out']))
  })
})

describe('a page for members', () => {
  it('sends a stranger to sign-in and back again', async () => {
    const answer = await browser(send).get('/probe?state=active')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/sign-in?return=%2Fprobe%3Fstate%3Dactive')
  })

  it('tells a stranger that their form did nothing', async () => {
    const answer = await browser(send).post('/probe')
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('href="/sign-in"')
  })

  it.each(['GET', 'POST'] as const)('tells htmx to load the sign-in page: %s', async (method) => {
    const headers = { 'HX-Request': 'true', ...SAME_ORIGIN }
    const stranger = browser(send)
    const answer = await (method === 'GET'
      ? stranger.get('/probe', headers)
      : stranger.post('/probe', {}, headers))
    expect(answer.headers.get('HX-Redirect')).toBe('/sign-in')
    expect(answer.headers.has('Location')).toBe(false)
    expect(await answer.text()).toBe('')
    const from = { ...headers, 'HX-Current-URL': `${PUBLIC_URL}/keys` }
    expect((await stranger.get('/probe', from)).headers.get('HX-Redirect')).toBe('/sign-in?return=%2Fkeys')
  })

  it.each(ROLES.map((role) => [role]))('knows who asks: %s', async (role) => {
    const answer = await as(role).get('/probe')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(`<!DOCTYPE html><p>${role}@example.com`)
  })

  it.each([
    ['owner', 200],
    ['admin', 403],
    ['builder', 403],
    ['viewer', 403],
  ] as const)('asks the role table: %s may change settings → %i', async (role, status) => {
    const answer = await as(role).post('/probe', { name: 'x' })
    expect(answer.status).toBe(status)
    if (status === 403) expect(await answer.text()).toContain('needs the role owner')
  })

  it('takes no session from a query or an Authorization header', async () => {
    const token = SESSIONS.get('owner') ?? ''
    const stranger = browser(send)
    expect((await stranger.get(`/probe?__Host-session=${token}`)).status).toBe(303)
    expect((await stranger.get('/probe', { Authorization: `Bearer ${token}` })).status).toBe(303)
  })

  it('refuses a body that is too large, told or not', async () => {
    const large = { name: 'x'.repeat(70_000) }
    expect((await as('owner').post('/probe', large)).status).toBe(413)
    const stream = new Blob(['name=', large.name]).stream()
    const untold = new Request(`${PUBLIC_URL}/probe`, {
      method: 'POST',
      body: stream,
      headers: { ...SAME_ORIGIN, Cookie: `__Host-session=${SESSIONS.get('owner')}` },
    })
    expect((await send(untold)).status).toBe(413)
  })
})

describe('the API', () => {
  it('answers every failure as a problem, whatever is accepted', async () => {
    const answer = await api('/v1/probe', { method: 'PUT', headers: { Accept: 'text/html' } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(await answer.json()).toMatchObject({
      code: 'invalid_api_key',
      request_id: answer.headers.get('X-Request-Id'),
    })
  })

  it('lets a key with the permission through, and names the one that is missing', async () => {
    const answer = await api('/v1/probe', { method: 'PUT', headers: await keyWith('connectors:write') })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ workspaceId: 'wsp_a' })
    const refused = await api('/v1/probe', { method: 'PUT', headers: await keyWith('tokens:read') })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'forbidden', permission: 'connectors:write' })
  })

  it('looks at the key before it reads a body, and refuses a large one after', async () => {
    const body = 'x'.repeat(70_000)
    expect((await api('/v1/probe', { method: 'PUT', body })).status).toBe(401)
    const headers = await keyWith('connectors:write', 'proxy')
    expect((await api('/v1/probe', { method: 'PUT', body, headers })).status).toBe(413)
    expect((await api('/v1/probe/any/a', { method: 'PUT', body, headers })).status).toBe(200)
  })

  it('ignores cookies', async () => {
    const answer = await api('/v1/probe', {
      method: 'PUT',
      headers: { Cookie: `__Host-session=${SESSIONS.get('owner')}`, ...SAME_ORIGIN },
    })
    expect(answer.status).toBe(401)
  })

  it('sends no CORS headers and answers no preflight', async () => {
    const answer = await api('/v1/probe', {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.test', 'Access-Control-Request-Method': 'PUT' },
    })
    expect(answer.status).toBe(405)
    expect([...answer.headers.keys()].join()).not.toContain('access-control')
  })

  it.each(
    ROUTES.filter(({ kind }) => kind === 'api').map((route) => [`${route.method} ${route.path}`, route]),
  )('wants a key: %s', async (_name, route) => {
    const method = route.method === 'ALL' ? 'GET' : route.method
    const answer = await api(route.path.replace(/:\w+/g, 'x').replace('*', 'x'), { method })
    expect(answer.status).toBe(401)
  })
})

describe('addresses and methods', () => {
  it('answers 404 as a page to people and as a problem to programs', async () => {
    const forPeople = await browser(send).get('/nothing')
    expect(forPeople.status).toBe(404)
    expect(forPeople.headers.get('Content-Type')).toContain('text/html')
    for (const [path, accept] of [
      ['/v1/nothing', '*/*'],
      ['/nothing', 'application/json'],
    ] as const) {
      const answer = await api(path, { headers: { Accept: accept } })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(await answer.json()).toMatchObject({ code: 'not_found', type: `${PUBLIC_URL}/docs#not_found` })
    }
  })

  it.each([
    ['DELETE', '/probe', 'GET, HEAD, POST'],
    ['GET', '/probe/open', 'POST'],
    ['HEAD', '/probe/open', 'POST'],
    ['POST', '/v1/probe', 'PUT'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PUT', '/sign-in', 'GET, HEAD, POST'],
  ])('%s %s is 405 and says what works', async (method, path, allow) => {
    const answer = await api(path, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe(allow)
  })

  it.each(['/healthz', '/sign-in', '/probe/fetched'])('HEAD %s is GET without a body', async (path) => {
    const get = await api(path)
    expect(get.status).toBe(200)
    const head = await api(path, { method: 'HEAD' })
    expect(head.status).toBe(get.status)
    expect(head.headers.get('Content-Type')).toBe(get.headers.get('Content-Type'))
    expect(await head.text()).toBe('')
    expect(await get.text()).not.toBe('')
  })

  it('lets every method through where all are meant', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await api('/v1/probe/any/a/b', { method })).status).toBe(401)
    }
  })
})

describe('what goes wrong', () => {
  it('says a fixed sentence for a bug and logs its class, never its message', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    const answer = await api('/probe/throws', { headers: { Accept: 'application/json' } })
    const text = await answer.text()
    expect(answer.status).toBe(500)
    expect(JSON.parse(text).code).toBe('internal_error')
    expect(text + JSON.stringify(errors.mock.calls)).not.toContain('hunter2')
    expect(errors).toHaveBeenCalledTimes(1)
    expect(JSON.parse(errors.mock.calls[0]?.[0])).toMatchObject({
      event: 'unexpected_error',
      class: 'RangeError',
      request_id: answer.headers.get('X-Request-Id'),
    })
  })

  it('shows a failure in words to people', async () => {
    const answer = await browser(send).get('/probe/fails')
    expect(answer.status).toBe(429)
    expect(answer.headers.get('Retry-After')).toBe('7')
    expect(answer.headers.get('Content-Type')).toContain('text/html')
  })

  it.each(['/', '/v1/connections', '/healthz', '/nothing', '/sign-in'])(
    'says which variable is missing on every path: %s',
    async (path) => {
      const unconfigured = appWith({ SIGN_IN_CLIENT_ID: '' })
      const answer = await api(path, { headers: { Accept: 'application/json' } }, unconfigured)
      expect(answer.status).toBe(503)
      expect(answer.headers.get('Retry-After')).toBe('60')
      expect(await answer.json()).toMatchObject({
        code: 'not_configured',
        type: '/docs#not_configured',
        detail: expect.stringMatching(/^SIGN_IN_CLIENT_ID .*\.$/),
      })
      const forPeople = await browser(unconfigured).get('/connections')
      expect(forPeople.status).toBe(503)
      expect(await forPeople.text()).toContain('SIGN_IN_CLIENT_ID')
    },
  )
})

describe('health', () => {
  it('is ok while D1 and KV answer', async () => {
    const answer = await api('/healthz')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'ok' })
  })

  it.each([
    [
      'DB',
      {
        prepare: () => {
          throw new Error('down')
        },
      },
    ],
    ['KV', { get: () => Promise.reject(new Error('down')) }],
  ])('is 503 while %s does not', async (binding, broken) => {
    const answer = await api('/healthz', {}, appWith({ [binding]: broken }))
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Retry-After')).toBe('15')
    expect(await answer.json()).toMatchObject({ code: 'temporarily_unavailable' })
  })

  it('asks the stores once in fifteen seconds', async () => {
    const get = vi.fn(async () => null)
    const counted = appWith({ KV: { get } })
    await api('/healthz', {}, counted)
    await api('/healthz', {}, counted)
    expect(get).toHaveBeenCalledTimes(1)
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 15_000)
    await api('/healthz', {}, counted)
    expect(get).toHaveBeenCalledTimes(2)
  })
})
