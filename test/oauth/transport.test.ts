import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { boundedFetch, TransportError, type TransportLimits } from '../../src/oauth/transport.ts'
import { upstream } from '../upstream/client.ts'

const ORIGIN = inject('upstreamOrigin')
const TOKEN_URL = `${ORIGIN}/token`
const steer = upstream(ORIGIN)
const LIMITS: TransportLimits = { deadlineMs: 5_000, maxBytes: 1024, allowInsecure: true }

beforeEach(() => steer.reset())
afterEach(() => {
  vi.restoreAllMocks()
})

function post(limits: Partial<TransportLimits> = {}, url = TOKEN_URL): Promise<Response> {
  return boundedFetch({ ...LIMITS, ...limits })(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=refresh_token&refresh_token=canary-refresh-token',
  })
}

async function reasonOf(call: Promise<Response>): Promise<string> {
  try {
    const response = await call
    return `answered with ${response.status}`
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    expect(error.message).not.toContain('canary')
    return error.reason
  }
}

describe('an answer within the limits', () => {
  it('comes back with status, headers and body', async () => {
    await steer.nextToken({ do: 'answer', status: 418, body: { ok: true }, headers: { 'retry-after': '7' } })
    const response = await post()
    expect(response.status).toBe(418)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toEqual({ ok: true })
  })

  it('may have no body', async () => {
    await steer.nextToken({ do: 'answer', status: 204, body: '' })
    const response = await post()
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
  })

  it('sends what it was given', async () => {
    await steer.nextToken({ do: 'answer', body: {} })
    await post()
    expect(await steer.requests({ path: '/token' })).toMatchObject([
      { method: 'POST', grant_type: 'refresh_token', status: 200 },
    ])
  })
})

describe('the deadline', () => {
  it('ends a call that is never answered', async () => {
    await steer.nextToken({ do: 'hang' })
    const before = Date.now()
    expect(await reasonOf(post({ deadlineMs: 150 }))).toBe('timeout')
    expect(Date.now() - before).toBeLessThan(3_000)
  })

  it('ends a call whose answer comes too late', async () => {
    await steer.nextToken({ do: 'delay', ms: 2_000 })
    expect(await reasonOf(post({ deadlineMs: 150 }))).toBe('timeout')
  })

  it('holds for the body too, not only for its first byte', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
      const { signal } = init as RequestInit
      return new Response(
        new ReadableStream({
          start: (stream) => {
            stream.enqueue(new Uint8Array(1))
            signal?.addEventListener('abort', () => stream.error(signal.reason))
          },
        }),
      )
    })
    expect(await reasonOf(post({ deadlineMs: 150 }))).toBe('timeout')
  })
})

describe('the body limit', () => {
  it('lets a body of just that size through', async () => {
    await steer.nextToken({ do: 'answer', body: 'x'.repeat(1024) })
    expect(await (await post()).text()).toHaveLength(1024)
  })

  it('refuses a byte more', async () => {
    await steer.nextToken({ do: 'answer', body: 'x'.repeat(1025) })
    expect(await reasonOf(post())).toBe('too_large')
  })

  it('stops reading a body without end', async () => {
    let pulled = 0
    let cancelled = false
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      async () =>
        new Response(
          new ReadableStream({
            pull: (stream) => {
              pulled += 1
              stream.enqueue(new Uint8Array(512))
            },
            cancel: () => {
              cancelled = true
            },
          }),
        ),
    )
    expect(await reasonOf(post())).toBe('too_large')
    expect(pulled).toBeLessThan(10)
    expect(cancelled).toBe(true)
  })
})

describe('a redirect', () => {
  it.each([300, 301, 302, 303, 304, 307, 308])('%i is refused and never followed', async (status) => {
    await steer.nextToken({ do: 'answer', status, body: '', headers: { location: `${ORIGIN}/me` } })
    expect(await reasonOf(post())).toBe('redirect')
    expect(await steer.requests({ path: '/me' })).toEqual([])
    expect(await steer.requests()).toHaveLength(1)
  })
})

describe('a broken connection', () => {
  it.each(['drop', 'refuse'] as const)('is told as such: %s', async (action) => {
    await steer.nextToken({ do: action })
    expect(await reasonOf(post())).toBe('network')
  })

  it('is told as such where nobody listens', async () => {
    expect(await reasonOf(post({}, 'http://127.0.0.1:1/token'))).toBe('network')
  })
})

describe('an address that may not be called', () => {
  it.each([
    ['http to another host', 'http://service.example/token'],
    ['http to an address that only looks like loopback', 'http://127.0.0.1.evil.test/token'],
    ['http to a private address', 'http://10.0.0.1/token'],
    ['http to the metadata service', 'http://169.254.169.254/latest'],
    ['a user in a loopback address', TOKEN_URL.replace('://', '://user@')],
    ['a user and password', 'https://user:secret@service.example/token'],
    ['a user that hides the host', 'https://service.example@evil.test/token'],
    ['another scheme', 'ftp://service.example/token'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/json,{}'],
    ['a path alone', '/token'],
    ['nothing', ''],
  ])('is refused before anything leaves: %s', async (_, url) => {
    const fetching = vi.spyOn(globalThis, 'fetch')
    expect(await reasonOf(post({}, url))).toBe('forbidden_address')
    expect(fetching).not.toHaveBeenCalled()
  })

  it('is loopback http too, unless insecure upstreams are allowed', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch')
    expect(await reasonOf(post({ allowInsecure: false }))).toBe('forbidden_address')
    expect(fetching).not.toHaveBeenCalled()
  })

  it('is no https address', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('{}'))
    const response = await post({ allowInsecure: false }, 'https://service.example/token')
    expect(response.status).toBe(200)
  })
})

describe('every request', () => {
  it('asks for its redirects by hand, and carries a signal', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('{}'))
    await post()
    expect(fetching.mock.calls[0]?.[1]).toMatchObject({ redirect: 'manual', signal: expect.any(AbortSignal) })
  })
})
