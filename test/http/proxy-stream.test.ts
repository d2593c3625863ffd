import { createExecutionContext } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { contextOf } from '../../src/http/configure.ts'
import { toHex } from '../../src/lib/bytes.ts'
import { proxyRequest } from '../../src/services/proxy-request.ts'
import { PROXY_LIMITS, type ProxyLimits } from '../../src/services/upstream-call.ts'
import { keyOf } from '../setup/harness.ts'
import { PUBLIC_URL } from './browser.ts'
import { problem } from './problems.ts'
import { CONNECTION, type Proxied, proxied, sendEarly } from './proxied.ts'
import { newTenant } from './tenant.ts'

const MEGABYTE = 1024 * 1024
const SIZE = 50 * MEGABYTE
const QUICK: ProxyLimits = { ...PROXY_LIMITS, firstByteMs: 150, idleMs: 150 }

let key: string
let upstream: Proxied

beforeAll(async () => {
  key = await (await newTenant()).key({ permissions: ['proxy'] })
  upstream = proxied({ key })
})
afterEach(() => vi.restoreAllMocks())

function request(path: string, init: RequestInit = {}): Request {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${key}`)
  return new Request(`${PUBLIC_URL}/v1/connections/${CONNECTION}/proxy${path}`, { ...init, headers })
}

const send = (path: string, init?: RequestInit) => sendEarly(upstream.bindings, request(path, init))

/** The service with limits a test can wait for. */
async function quick(path: string, init: RequestInit = {}, limits = QUICK) {
  const context = contextOf(upstream.bindings)
  if (!context.ok) throw new Error(context.error)
  const { method, headers, body } = request(path, init)
  const [plain = '', query] = path.split('?')
  const execution = createExecutionContext()
  return proxyRequest(
    context.value,
    keyOf({ workspaceId: 'wsp_any' }, { permissions: ['proxy'] }),
    {
      connectionId: CONNECTION,
      method,
      path: plain,
      search: query ? `?${query}` : '',
      headers,
      body,
    },
    Date.now(),
    (work) => execution.waitUntil(work),
    limits,
  )
}

/** Made as it is read; says how much was. */
function made(size: number, chunk = 64 * 1024) {
  const seen = { sent: 0 }
  const block = new Uint8Array(chunk).fill(120)
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (seen.sent >= size) return controller.close()
      const next = block.slice(0, Math.min(chunk, size - seen.sent))
      seen.sent += next.byteLength
      controller.enqueue(next)
    },
  })
  return { body, seen }
}

async function sizeOf(answer: Response): Promise<number> {
  let size = 0
  for await (const chunk of answer.body ?? []) size += chunk.byteLength
  return size
}

const left = async () =>
  (await (await fetch(`${inject('bareApiOrigin')}/left`)).json<{ left: number }>()).left

async function hashOf(size: number): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(size).fill(120))))
}

describe('a body of 50 MB', { timeout: 30_000 }, () => {
  it('goes up in a stream, with its length where that is known', async () => {
    const headers = { 'Content-Length': String(SIZE) }
    const answer = await send('/sink', { method: 'PUT', headers, body: made(SIZE).body })
    expect(await answer.json()).toEqual({ size: SIZE, sha256: await hashOf(SIZE), length: String(SIZE) })
  })

  it('goes up in chunks where its length is not known', async () => {
    const answer = await send('/sink', { method: 'POST', body: made(SIZE).body })
    expect(await answer.json()).toMatchObject({ size: SIZE, coding: 'chunked' })
  })

  it('comes down in a stream', async () => {
    const answer = await send(`/source?bytes=${SIZE}`)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(await sizeOf(answer)).toBe(SIZE)
  })

  it('goes both ways at once, and is never held: what is sent stays close to what was read', async () => {
    const { body, seen } = made(SIZE)
    const answer = await send('/mirror', { method: 'POST', body })
    let read = 0
    let furthest = 0
    for await (const chunk of answer.body ?? []) {
      read += chunk.byteLength
      furthest = Math.max(furthest, seen.sent - read)
    }
    expect(read).toBe(SIZE)
    expect(furthest).toBeLessThan(12 * MEGABYTE)
  })
})

describe('a caller who leaves', () => {
  it('in the middle of the answer ends the call', async () => {
    const before = await left()
    const answer = await send(`/source?bytes=${SIZE}`)
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await expect.poll(left).toBeGreaterThan(before)
  })
})

describe('a service', () => {
  it('that stays silent is given up with a problem that says so', async () => {
    const answer = await quick('/silent')
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'provider_unavailable', detail: expect.stringContaining('silent') },
    })
  })

  it('that stalls in a short answer is too', async () => {
    expect(await quick('/stall?header=content-length%3D100')).toMatchObject({
      ok: false,
      error: { code: 'provider_unavailable', detail: expect.stringContaining('silent') },
    })
  })

  it.each([
    ['stalls', '/stall'],
    ['breaks off', '/broken'],
  ])('that %s in the second answer, to a refreshed token, is too', async (_how, path) => {
    const refused = vi.spyOn(globalThis, 'fetch')
    refused.mockImplementationOnce(async () => new Response(null, { status: 401 }))
    const answer = await quick(`${path}?header=content-length%3D100`)
    expect(refused).toHaveBeenCalledTimes(2)
    expect(answer).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
  })

  it('that stalls in a long answer is cut', async () => {
    const before = await left()
    const answer = await quick('/stall')
    if (!answer.ok) throw new Error(answer.error.code)
    await expect(sizeOf(answer.value)).rejects.toThrow()
    await expect.poll(left).toBeGreaterThan(before)
  })

  it('that breaks off cuts the answer, and is not taken for its end', async () => {
    const answer = await send('/broken')
    await expect(sizeOf(answer)).rejects.toThrow()
    await problem(await send('/broken?header=content-length%3D100'), 'provider_unavailable')
  })

  it('that hangs up is a problem of ours to tell', async () => {
    const told = await problem(await send('/hangup'), 'provider_unavailable')
    expect(told.detail).toContain('could not be reached')
  })

  it('that reads nothing of a body is given up', async () => {
    expect(await quick('/silent', { method: 'POST', body: made(SIZE).body })).toMatchObject({
      ok: false,
      error: { code: 'provider_unavailable' },
    })
  })

  it('may take longer than its deadline to read a body that keeps coming', async () => {
    const slow = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let count = 0; count < 6; count++) {
          controller.enqueue(new Uint8Array(10))
          await scheduler.wait(60)
        }
        controller.close()
      },
    })
    const answer = await quick('/sink', { method: 'POST', body: slow })
    expect(answer.ok && (await answer.value.json())).toMatchObject({ size: 60 })
  })
})

describe('a request body', () => {
  const stalled = () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(10)) })

  it.each([{}, { 'Content-Length': '20' }, { 'Content-Length': '1000000' }])(
    'that stops arriving is the caller’s fault: %o',
    async (headers) => {
      const init = { method: 'POST', body: stalled(), headers: headers as Record<string, string> }
      expect(await quick('/sink', init)).toMatchObject({ ok: false, error: { code: 'invalid_request' } })
    },
  )

  it.each(['5', '20', '1000000'])('whose length is not the %s it says is refused', async (length) => {
    const body = new Response(new Uint8Array(10)).body
    const answer = await send('/sink', { method: 'POST', body, headers: { 'Content-Length': length } })
    await problem(answer, 'invalid_request')
  })
})
