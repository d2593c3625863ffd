// Addresses, methods and failures, as people and as programs see them; and health.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { browser, PUBLIC_URL } from './browser.ts'
import { api, appWith, send } from './probes.ts'

afterEach(() => {
  vi.restoreAllMocks()
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
