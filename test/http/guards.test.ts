// Who comes through to a handler: by form, by session, by key.

import { beforeAll, describe, expect, it } from 'vitest'
import { ROLES } from '../../src/domain/roles.ts'
import { ROUTES } from '../../src/http/table.ts'
import { browser, PUBLIC_URL } from './browser.ts'
import { api, as, changes, keyWith, PROBES, SAME_ORIGIN, send, sessionOf, signInEveryRole } from './probes.ts'

beforeAll(signInEveryRole)

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
    const before = changes()
    const path = route.path.replace(/:\w+/g, 'x')
    const visitor = as('owner')
    const answer = await visitor.post(path, { name: 'x' }, headers)
    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await answer.text()).toContain('Nothing was changed')
    expect(changes()).toBe(before)
  })

  it.each([
    ['Sec-Fetch-Site', SAME_ORIGIN],
    ['Sec-Fetch-Site and Origin', { ...SAME_ORIGIN, Origin: PUBLIC_URL }],
    ['Sec-Fetch-Site and an Origin that was withheld', { ...SAME_ORIGIN, Origin: 'null' }],
    ['Origin alone', { Origin: PUBLIC_URL }],
  ])('but a form of ours is heard, by %s', async (_name, headers) => {
    const before = changes()
    expect((await as('owner').post('/probe', { name: 'x' }, headers)).status).toBe(200)
    expect(changes()).toBe(before + 1)
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
    const token = sessionOf('owner') ?? ''
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
      headers: { ...SAME_ORIGIN, Cookie: `__Host-session=${sessionOf('owner')}` },
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
      headers: { Cookie: `__Host-session=${sessionOf('owner')}`, ...SAME_ORIGIN },
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
