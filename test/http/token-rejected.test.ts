import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, readToken, start, steer } from '../setup/harness.ts'
import { tokenRequests } from './flow.ts'
import { problem } from './problems.ts'
import { api, counted, newTenant, type Tenant } from './tenant.ts'

let tenant: Tenant
let key: string
let connected: Connected
let current: string

beforeAll(async () => {
  tenant = await newTenant()
  key = await tenant.key()
})
beforeEach(async () => {
  mend()
  await steer.reset()
  connected = await connect({ member: tenant.members.owner })
  const token = await readToken(connected)
  if (!token.ok) throw new Error(token.error.code)
  current = token.value.accessToken
})
afterEach(realTime)

function report(json: unknown, id = connected.connectionId): Promise<Response> {
  return api(`/v1/connections/${id}/token/rejected`, { key, method: 'POST', json }, counted().fetch)
}

async function tokenIn(answer: Response): Promise<string> {
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  return (await answer.json<{ access_token: string }>()).access_token
}

describe('a report of a rejected token', () => {
  it.each([
    ['itself', async () => ({ access_token: current })],
    ['by its hash', async () => ({ token_sha256: await sha256Hex(current) })],
  ])('that is the current one forces one refresh: %s', async (_name, body) => {
    const answer = await report(await body())
    const token = await answer.clone().json()
    expect(await tokenIn(answer)).not.toBe(current)
    expect(token).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      expires_at: expect.any(String),
      scope: expect.stringContaining('contacts.read'),
      connection_id: connected.connectionId,
      connector: 'local',
    })
    expect(await tokenRequests()).toBe(2)
    expect(await detailOf(connected)).toMatchObject({
      generation: 2,
      history: [{ trigger: 'rejected' }, {}, {}],
    })
  })

  it('is a hint that repeats itself: one forced refresh a minute at most, whoever asks', async () => {
    const first = await tokenIn(await report({ access_token: current }))
    const second = await tokenIn(await report({ access_token: first }))
    expect(second).toBe(first)
    advance(59_000)
    expect(await tokenIn(await report({ access_token: first }))).toBe(first)
    expect(await tokenRequests()).toBe(2)
    advance(2_000)
    expect(await tokenIn(await report({ access_token: first }))).not.toBe(first)
    expect(await tokenRequests()).toBe(3)
  })

  it('from many callers at once is one refresh and one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => report({ access_token: current })))
    const tokens = new Set(await Promise.all(answers.map(tokenIn)))
    expect(tokens.size).toBe(1)
    expect(tokens).not.toContain(current)
    expect(await tokenRequests()).toBe(2)
  })

  it('of a token that is not current answers the current one, without a refresh', async () => {
    const before = await detailOf(connected)
    expect(await tokenIn(await report({ access_token: 'an older one' }))).toBe(current)
    expect(await tokenIn(await report({ token_sha256: await sha256Hex('an older one') }))).toBe(current)
    expect(await tokenRequests()).toBe(1)
    expect((await detailOf(connected)).generation).toBe(before.generation)
  })

  it('takes the copy of the refused token off the edge', async () => {
    await readToken(connected)
    const copy = () => env.KV.get(`token:${connected.connectionId}`)
    await expect.poll(copy, { timeout: 3_000 }).toBeTruthy()
    await report({ access_token: current })
    await expect.poll(copy, { timeout: 3_000 }).toBe('')
  })

  it('never changes the state by itself, while the service fails', async () => {
    await steer.nextToken({ do: 'answer', status: 500, body: 'oops', times: 9 })
    expect(await tokenIn(await report({ access_token: current }))).toBe(current)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'retrying' })
  })

  it('finds out that the grant is gone', async () => {
    await steer.revoke({ account: 'ada' })
    const found = await problem(await report({ access_token: current }), 'reauthorization_required')
    expect(found.reason).toBe('grant_revoked')
    await problem(await report({ access_token: current }), 'reauthorization_required')
    expect(await tokenRequests()).toBe(2)
  })
})

describe('a body that is no report is 400, and asks nothing of anybody', () => {
  const hash = 'a'.repeat(64)
  it.each([
    ['nothing', undefined],
    ['no JSON', '{"access_token":'],
    ['a form', 'access_token=x'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['no field', '{}'],
    ['an empty token', '{"access_token":""}'],
    ['a number', '{"access_token":5}'],
    ['an object', '{"access_token":{"toString":"x"}}'],
    ['both', JSON.stringify({ access_token: 'x', token_sha256: hash })],
    ['a short hash', JSON.stringify({ token_sha256: hash.slice(1) })],
    ['a long hash', JSON.stringify({ token_sha256: `${hash}a` })],
    ['an upper-case hash', JSON.stringify({ token_sha256: hash.toUpperCase() })],
    ['a hash with a line end', JSON.stringify({ token_sha256: `${hash}\n` })],
    ['a hash that is no text', JSON.stringify({ token_sha256: [hash] })],
  ])('%s', async (_name, body) => {
    const { calls, fetch } = counted()
    const init = { key, method: 'POST', ...(body === undefined ? {} : { body }) }
    const answer = await api(`/v1/connections/${connected.connectionId}/token/rejected`, init, fetch)
    const found = await problem(answer, 'invalid_request')
    expect(found.errors).toEqual([
      {
        path: expect.stringMatching(/^(access_token|token_sha256|)$/),
        message: expect.stringMatching(/\.$/),
      },
    ])
    expect(calls.objects).toEqual([])
    expect(await tokenRequests()).toBe(1)
  })

  it('and one that is too large is 413', async () => {
    await problem(await report({ access_token: 'x'.repeat(70_000) }), 'payload_too_large')
  })
})

describe('a report on a connection without a token', () => {
  it('that is pending', async () => {
    const started = await start({ member: tenant.members.owner })
    await problem(await report({ access_token: 'x' }, started.connectionId), 'connection_pending')
  })

  it('that is paused', async () => {
    const id = connected.connectionId
    await api(`/v1/connections/${id}`, { key, method: 'PATCH', json: { paused: true } })
    await problem(await report({ access_token: current }), 'connection_paused')
    expect(await tokenRequests()).toBe(1)
  })

  it('that nobody has', async () => {
    await problem(await report({ access_token: current }, `con_${'0'.repeat(26)}`), 'connection_not_found')
  })
})
