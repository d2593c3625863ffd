// What the control API of the local upstream promises: switches that do as they say, and a log without credentials.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CRM, DRIVE, type Harness, startHarness } from './fixtures.ts'

const REFRESH = { grant_type: 'refresh_token' } as const

let local: Harness

beforeAll(async () => {
  local = await startHarness()
})
afterAll(() => local.close())
beforeEach(() => local.steer.reset())

describe('the switches', () => {
  it('drops the answer after the provider has rotated', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'drop', ...REFRESH })
    await expect(local.refresh(CRM, tokens.refresh_token)).rejects.toThrow()
    expect((await local.refresh(CRM, tokens.refresh_token)).status).toBe(400)
  })

  it('forgives the lenient client a dropped answer', async () => {
    const tokens = await local.connect(DRIVE)
    await local.steer.nextToken({ do: 'drop', client_id: DRIVE.id })
    await expect(local.refresh(DRIVE, tokens.refresh_token)).rejects.toThrow()
    await local.refreshed(DRIVE, (await local.refreshed(DRIVE, tokens.refresh_token)).refresh_token)
  })

  it('refuses before anything is processed', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'refuse' })
    await expect(local.refresh(CRM, tokens.refresh_token)).rejects.toThrow()
    await local.refreshed(CRM, tokens.refresh_token)
  })

  it('answers in place of the provider as often as asked, and only to whom it was meant for', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'invalid_client', client_id: DRIVE.id })
    await local.steer.nextToken({
      do: 'answer',
      times: 2,
      status: 503,
      body: '<h1>Busy</h1>',
      headers: { 'retry-after': '7' },
    })
    for (let count = 0; count < 2; count++) {
      const busy = await local.refresh(CRM, tokens.refresh_token)
      expect([busy.status, busy.headers.get('retry-after'), await busy.text()]).toEqual([
        503,
        '7',
        '<h1>Busy</h1>',
      ])
    }
    await local.refreshed(CRM, tokens.refresh_token)
  })

  it('says invalid_grant and invalid_client without harming the grant', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'invalid_grant' })
    await local.steer.nextToken({ do: 'invalid_client' })
    expect((await local.refresh(CRM, tokens.refresh_token)).status).toBe(400)
    const refused = await local.refresh(CRM, tokens.refresh_token)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Basic'),
    ])
    await local.refreshed(CRM, tokens.refresh_token)
  })

  it('edits a successful answer and changes its status', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({
      do: 'edit',
      set: { scope: 'openid', expires_in: '9' },
      remove: ['refresh_token', 'id_token'],
    })
    await local.steer.nextToken({ do: 'status', status: 201, grant_type: 'authorization_code' })
    const answer = await (await local.refresh(CRM, tokens.refresh_token)).json()
    expect(answer).toEqual({
      access_token: expect.any(String),
      expires_in: '9',
      scope: 'openid',
      token_type: 'Bearer',
    })
    const denied = await local.tokenRequest(CRM, {
      grant_type: 'authorization_code',
      code: 'x',
      redirect_uri: 'y',
    })
    expect(denied.status).toBe(201)
  })

  it('delays before and after, and counts what was in flight with one refresh token', async () => {
    const tokens = await local.connect(DRIVE)
    await local.steer.nextToken({ do: 'delay', ms: 150, times: 2 })
    await local.steer.nextToken({ do: 'delay_answer', ms: 20 })
    await Promise.all([
      local.refresh(DRIVE, tokens.refresh_token),
      local.refresh(DRIVE, tokens.refresh_token),
    ])
    await local.refresh(DRIVE, tokens.refresh_token)
    const stats = await local.steer.stats()
    expect(stats.max_in_flight_per_refresh_token).toBe(2)
    expect(stats.in_flight).toBe(0)
    const hash = createHash('sha256').update(tokens.refresh_token).digest('hex')
    expect(stats.refresh_tokens[hash]).toEqual({ requests: 3, in_flight: 0, max_in_flight: 2 })
  })

  it('hangs until the caller leaves, or until a reset', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'hang', times: 2 })
    const leaving = new AbortController()
    const left = fetch(`${local.origin}/token`, { method: 'POST', signal: leaving.signal })
    const hung = local.refresh(CRM, tokens.refresh_token)
    await expect.poll(async () => (await local.steer.stats()).in_flight).toBe(2)
    leaving.abort()
    await expect(left).rejects.toThrow()
    await expect.poll(async () => (await local.steer.stats()).in_flight).toBe(1)
    await Promise.all([expect(hung).rejects.toThrow(), local.steer.reset()])
    await local.refreshed(CRM, tokens.refresh_token)
  })

  it('answers after a while, with bytes that are no text, and without ever ending', async () => {
    const tokens = await local.connect(CRM)
    const drive = await local.connect(DRIVE, 'openid offline_access files.read')
    const started = Date.now()
    await local.steer.nextToken({ do: 'answer', status: 503, ms: 200 })
    expect((await local.refresh(CRM, tokens.refresh_token)).status).toBe(503)
    expect(Date.now() - started).toBeGreaterThanOrEqual(200)
    await local.steer.nextToken({ do: 'status', status: 504, body: 'lost' })
    const lost = await local.refresh(DRIVE, drive.refresh_token)
    expect([lost.status, await lost.text()]).toEqual([504, 'lost'])
    await local.refreshed(DRIVE, drive.refresh_token)
    await local.steer.nextToken({ do: 'bytes', base64: btoa('\xff\x00') })
    const bytes = await local.refresh(CRM, tokens.refresh_token)
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0xff, 0])
    await local.steer.nextToken({ do: 'endless', chunk: 'x', every_ms: 5 })
    const endless = await local.refresh(CRM, tokens.refresh_token)
    const reader = endless.body?.getReader()
    for (let part = 0; part < 3; part++) expect((await reader?.read())?.done).toBe(false)
    expect((await local.steer.stats()).in_flight).toBe(1)
    await reader?.cancel()
    await expect.poll(async () => (await local.steer.stats()).in_flight).toBe(0)
    await local.refreshed(CRM, tokens.refresh_token)
  })

  it('sets the life of access tokens, after which the API refuses them', async () => {
    await local.steer.settings({ access_token_ttl: 1 })
    const tokens = await local.connect(CRM)
    expect(tokens.expires_in).toBe(1)
    await expect
      .poll(async () => (await local.call('/api/me', tokens.access_token)).status, { timeout: 3000 })
      .toBe(401)
  })

  it('answers userinfo in place of the provider', async () => {
    const { access_token } = await local.connect(CRM)
    await local.steer.userinfo({ status: 500, body: 'broken' })
    expect((await local.call('/me', access_token)).status).toBe(500)
    expect(await (await local.call('/me', access_token)).json()).toMatchObject({
      sub: 'ada',
      email: 'ada@example.com',
    })
  })

  it('is closed to browsers', async () => {
    const answer = await fetch(`${local.origin}/control/requests`, {
      headers: { origin: 'https://example.com' },
    })
    expect(answer.status).toBe(403)
  })
})

describe('the request log', () => {
  it('says what was asked and answered, and holds no credential', async () => {
    const tokens = await local.connect(CRM)
    await local.steer.nextToken({ do: 'drop' })
    await local.refresh(CRM, tokens.refresh_token).catch(() => undefined)
    await local.call('/api/me', tokens.access_token)
    const requests = await local.steer.requests()
    const hash = createHash('sha256').update(tokens.refresh_token).digest('hex')
    const facts = { method: 'POST', path: '/token', client_id: CRM.id, at: expect.any(Number) }
    expect(requests).toEqual([
      { ...facts, grant_type: 'authorization_code', refresh_token_sha256: null, status: 200, answered: true },
      { ...facts, ...REFRESH, refresh_token_sha256: hash, status: null, answered: false },
      expect.objectContaining({ path: '/api/me', client_id: CRM.id, status: 200 }),
    ])
    expect(await local.steer.requests({ path: '/token' })).toHaveLength(2)
    const text = JSON.stringify([requests, await local.steer.stats()])
    for (const secret of [tokens.refresh_token, tokens.access_token, CRM.secret])
      expect(text).not.toContain(secret)
  })
})
