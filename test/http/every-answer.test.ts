// What every answer carries, whoever asked for it.

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { browser } from './browser.ts'
import { api, appWith, as, send, signInEveryRole } from './probes.ts'

beforeAll(signInEveryRole)

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
