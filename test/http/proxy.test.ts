import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, editRecord, steer } from '../setup/harness.ts'
import { problem } from './problems.ts'
import { CONNECTION, proxied, TOKENS } from './proxied.ts'
import { api, counted, newTenant, type Tenant } from './tenant.ts'

interface Said {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

let tenant: Tenant
let key: string

beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  tenant = await newTenant()
  key = await tenant.key({ permissions: ['proxy'] })
})
afterEach(() => vi.restoreAllMocks())

describe('a call through a real connection', () => {
  const pathOf = ({ connectionId }: Connected, rest: string) => `/v1/connections/${connectionId}/proxy${rest}`

  it('arrives with the token attached, and its answer comes back as the service’s', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const answer = await api(pathOf(connected, '/contacts'), { key })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{32}$/)
    expect(await answer.json()).toEqual({ contacts: [{ id: '1', name: 'Charles Babbage' }] })
  })

  it('may be any method, with path, query and body as they were', async () => {
    const connected = await connect({ member: tenant.members.owner })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await api(pathOf(connected, '/echo/a%2Fb?q=a%20b&q=2'), { key, method, body: '{"a":1}' })
      expect(await answer.json()).toMatchObject({
        method,
        path: '/api/echo/a%2Fb',
        query_string: 'q=a%20b&q=2',
        body: '{"a":1}',
      })
    }
  })

  it('answers HEAD without a body', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const answer = await api(pathOf(connected, '/echo'), { key, method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(await answer.text()).toBe('')
  })

  it('is answered from the copy at the edge once there is one, without the object and without D1', async () => {
    const connected = await connect({ member: tenant.members.owner })
    for (let count = 0; count < 4; count++) await api(pathOf(connected, '/me'), { key })
    await vi.waitFor(async () => {
      const { calls, fetch } = counted()
      expect((await api(pathOf(connected, '/me'), { key }, fetch)).status).toBe(200)
      expect(calls.d1).toBe(0)
      expect(calls.objects).not.toContain('accessToken')
    })
  })

  it('refreshes once and is sent again when the service says 401', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const before = (await steer.requests({ path: '/token' })).length
    // The grant lives, the token the object holds does not.
    const network = globalThis.fetch
    let refused = 0
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      if (String(input).includes('/api/') && refused++ === 0)
        return Promise.resolve(new Response('{}', { status: 401 }))
      return network(input, init)
    })
    const answer = await api(pathOf(connected, '/me'), { key })
    expect(answer.status).toBe(200)
    expect((await steer.requests({ path: '/token' })).length).toBe(before + 1)
  })

  it('that ends with consent gone says who has to act', async () => {
    const connected = await connect({ member: tenant.members.owner })
    await steer.revoke({ account: 'ada', client_id: 'local-crm' })
    const told = await problem(await api(pathOf(connected, '/me'), { key }), 'reauthorization_required')
    expect(told.reconnect_url).toContain(connected.connectionId)
  })

  it.each(['paused', 'reauthorize'] as const)(
    'is refused at once while the connection is %s',
    async (state) => {
      const connected = await connect({ member: tenant.members.owner })
      await editRecord(connected, (record) =>
        state === 'paused' ? { ...record, paused: true } : { ...record, state, reason: 'grant_revoked' },
      )
      const sent = (await steer.requests()).length
      const code = state === 'paused' ? 'connection_paused' : 'reauthorization_required'
      await problem(await api(pathOf(connected, '/me'), { key }), code)
      expect((await steer.requests()).length).toBe(sent)
    },
  )

  it('needs the permission `proxy`, and the connection on the key’s list', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const reader = await tenant.key({ permissions: ['tokens:read', 'connections:write'] })
    await problem(await api(pathOf(connected, '/me'), { key: reader }), 'forbidden')
    const bound = await tenant.key({ connectionIds: [`con_${'0'.repeat(26)}`] })
    await problem(await api(pathOf(connected, '/me'), { key: bound }), 'connection_not_found')
    const other = await newTenant()
    await problem(await api(pathOf(connected, '/me'), { key: await other.key() }), 'connection_not_found')
  })
})

describe('what leaves', () => {
  it('is the caller’s own words, and nothing of their key, cookies or place', async () => {
    const { send } = proxied({ key })
    const headers = {
      Accept: 'text/csv',
      Cookie: 'a=b',
      'X-Forwarded-For': '1.2.3.4',
      'CF-Connecting-IP': '1.2.3.4',
      'Evergrant-Host': new URL(inject('bareApiOrigin')).host,
      'X-Unknown': '1',
      'Content-Type': 'text/plain',
    }
    const said = await (await send('/x?a=1', { method: 'POST', headers, body: 'words' })).json<Said>()
    expect(said).toMatchObject({ method: 'POST', url: '/base/x?a=1', body: 'words' })
    expect(said.headers).toMatchObject({ accept: 'text/csv', 'content-type': 'text/plain' })
    expect(said.headers.authorization).toBe(`Bearer ${TOKENS[0]}`)
    expect(JSON.stringify(said)).not.toContain(key)
    for (const name of ['cookie', 'x-forwarded-for', 'cf-connecting-ip', 'evergrant-host', 'x-unknown']) {
      expect(said.headers[name]).toBeUndefined()
    }
  })

  it('says how its body is packed', async () => {
    const packed = new Blob(['a body']).stream().pipeThrough(new CompressionStream('gzip'))
    const body = await new Response(packed).arrayBuffer()
    const headers = { 'Content-Encoding': 'gzip', 'Content-Length': String(body.byteLength) }
    const network = vi.spyOn(globalThis, 'fetch')
    const answer = await proxied({ key }).send('/x', { method: 'POST', body, headers })
    expect((await answer.json<Said>()).headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(body.byteLength),
    })
    const [[, sent] = []] = network.mock.calls
    expect(new Uint8Array(body)).toEqual(sent?.body)
  })

  it('carries what the connector wants, its own way', async () => {
    const target = { attach: { header: 'X-Token', format: 'tok {token}' }, headers: { 'x-api-version': '7' } }
    const said = await (await proxied({ key, api: target }).send('/x')).json<Said>()
    expect(said.headers).toMatchObject({ 'x-token': `tok ${TOKENS[0]}`, 'x-api-version': '7' })
    expect(said.headers.authorization).toBeUndefined()
  })

  it.each(['/..%2f..%2fadmin', '//evil.test', '/%5cevil.test', '/%252e%252e/x', '/a%00'])(
    'never leaves for %s',
    async (path) => {
      const fetch = vi.spyOn(globalThis, 'fetch')
      const told = await problem(await proxied({ key }).send(path), 'invalid_request')
      expect(told.errors).toMatchObject([{ path: 'path' }])
      expect(fetch).not.toHaveBeenCalled()
    },
  )

  it('goes to a host of the connector only, and says which there are', async () => {
    const headers = { 'Evergrant-Host': 'evil.test' }
    const told = await problem(await proxied({ key }).send('/x', { headers }), 'invalid_request')
    const { host } = new URL(inject('bareApiOrigin'))
    expect(told.errors).toEqual([{ path: 'Evergrant-Host', message: `Use one of ${host}.` }])
  })

  it('is refused where the connection does not know its API', async () => {
    await problem(await proxied({ key, api: null }).send('/x'), 'app_not_configured')
  })

  it('is no WebSocket', async () => {
    const headers = { Upgrade: 'websocket', Connection: 'Upgrade' }
    const told = await problem(await proxied({ key }).send('/x', { headers }), 'invalid_request')
    expect(told.detail).toContain('WebSocket')
  })
})

describe('what comes back', () => {
  const headersParam = (lines: Record<string, string>) =>
    Object.entries(lines)
      .map(([name, value]) => `header=${encodeURIComponent(`${name}=${value}`)}`)
      .join('&')

  it.each([200, 201, 204, 205, 206, 299, 304, 400, 403, 404, 409, 418, 429, 500, 502, 503, 599])(
    'is the service’s own %i',
    async (status) => {
      const answer = await proxied({ key }).send(`/x?status=${status}`)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
      expect(answer.headers.get('Content-Type')).not.toBe('application/problem+json')
    },
  )

  it('keeps a reason that a response cannot be made with out of the way', async () => {
    const answer = await proxied({ key }).send(`/x?reason=${encodeURIComponent('All\twell')}`)
    expect([answer.status, answer.statusText]).toEqual([200, 'All well'])
  })

  it.each([600, 999])('of a status that no answer may have, %i, is told as a problem', async (status) => {
    const told = await problem(await proxied({ key }).send(`/x?status=${status}`), 'provider_unavailable')
    expect(told.detail).toContain(String(status))
  })

  it.each([
    ['120', '120'],
    ['abc', null],
    ['99999999999999999999', null],
  ])('to HEAD has the length that was said, where it is one: %s', async (said, told) => {
    const answer = await proxied({ key }).send(`/x?header=content-length%3D${said}`, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Length')).toBe(told)
  })

  it('says nothing to a browser in our name', async () => {
    const lines = {
      'set-cookie': '__Host-session=planted',
      'content-security-policy': 'default-src *',
      'strict-transport-security': 'max-age=0',
      'access-control-allow-origin': '*',
      'alt-svc': 'h3=":443"',
      'clear-site-data': '"*"',
      'cache-control': 'public, max-age=3600',
      'content-type': 'text/html',
      refresh: '0;url=https://evil.test',
    }
    const answer = await proxied({ key }).send(`/x?${headersParam(lines)}`)
    for (const name of [
      'Set-Cookie',
      'Access-Control-Allow-Origin',
      'Alt-Svc',
      'Clear-Site-Data',
      'Refresh',
    ]) {
      expect(answer.headers.get(name)).toBeNull()
    }
    expect(answer.headers.get('Content-Security-Policy')).toContain('sandbox')
    expect(answer.headers.get('Content-Disposition')).toBe('attachment')
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Strict-Transport-Security')).toBeNull()
  })

  it.each([301, 302, 303, 307, 308])('is a redirect handed back, never followed: %i', async (status) => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    const location = headersParam({ location: 'https://evil.test/x' })
    const answer = await proxied({ key }).send(`/x?status=${status}&${location}`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Location')).toBe('https://evil.test/x')
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('leads a relative redirect to the service, not to us', async () => {
    const answer = await proxied({ key }).send(`/x?status=302&${headersParam({ location: '/keys' })}`)
    expect(answer.headers.get('Location')).toBe(`${inject('bareApiOrigin')}/keys`)
  })

  it('is noted in the log where it holds the token', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'warn').mockImplementation((line) => void lines.push(String(line)))
    await (await proxied({ key }).send('/x')).text()
    const noted = { level: 'warn', event: 'token_reflected', connection: CONNECTION }
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(noted)
    expect(lines.join()).not.toContain(TOKENS[0])
  })
})

describe('a dead token', () => {
  const dead = { status: 200, path: 'error', values: ['token_expired'] }
  const said = encodeURIComponent(JSON.stringify({ ok: false, error: 'token_expired' }))
  const reports = (calls: { method: string }[]) => calls.filter(({ method }) => method === 'reportRejected')

  it.each([
    ['by 401', '/x?status=401', {}],
    ['in the service’s own words', `/x?text=${said}`, { deadToken: [dead] }],
  ])('%s: one report, one more call with the new token', async (_name, path, target) => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    const { send, calls } = proxied({ key, api: target })
    const answer = await send(path, { method: 'POST', body: 'once', headers: { 'Content-Length': '4' } })
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(reports(calls)).toHaveLength(1)
    const tokens = fetch.mock.calls.map(([, init]) => new Headers(init?.headers).get('Authorization'))
    expect(tokens).toEqual(TOKENS.map((token) => `Bearer ${token}`))
    expect(fetch.mock.calls.map(([, init]) => new TextDecoder().decode(init?.body as Uint8Array))).toEqual([
      'once',
      'once',
    ])
  })

  it('is no matter where the service says so of another status, or the body is no JSON', async () => {
    for (const path of [`/x?status=400&text=${said}`, `/x?text=${said}&header=content-type%3Dtext/plain`]) {
      const { send, calls } = proxied({ key, api: { deadToken: [dead] } })
      expect(await (await send(path)).json()).toMatchObject({ error: 'token_expired' })
      expect(reports(calls)).toEqual([])
    }
  })

  it('is reported, but a streamed body is not sent twice', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    const { send, calls } = proxied({ key })
    const answer = await send('/x?status=401', { method: 'POST', body: stream(100) })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(reports(calls)).toHaveLength(1)
  })

  it('that stays the current one is the service’s answer', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    expect((await proxied({ key, rejected: 'same' }).send('/x?status=401')).status).toBe(401)
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('that cannot be renewed for now is the service’s answer too', async () => {
    const rejected = { code: 'provider_unavailable', retryAfterSeconds: 5 } as const
    const answer = await proxied({ key, rejected }).send('/x?status=401')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
  })
})

function stream(bytes: number): ReadableStream {
  return new Response(new Uint8Array(bytes)).body as ReadableStream
}
