import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CopyMetadata, copyContext, copyText } from '../../src/storage/token-copies.ts'
import { Vault } from '../../src/storage/vault.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  keyOf,
  readToken,
  steer,
  stubOf,
  testContext,
} from '../setup/harness.ts'
import { tokenRequests } from './flow.ts'
import { problem } from './problems.ts'
import { api, counted, newTenant, type Tenant } from './tenant.ts'

const MINUTE_MS = 60_000
const PATIENTLY = { timeout: 4_000 }

let tenant: Tenant
let key: string

beforeAll(async () => {
  tenant = await newTenant()
  key = await tenant.key()
})
beforeEach(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
})
afterEach(realTime)

const copyKey = ({ connectionId }: Connected) => `token:${connectionId}`
const pathOf = ({ connectionId }: Connected) => `/v1/connections/${connectionId}/token`

/** A connection whose token is at the edge: asked for twice. */
async function published(): Promise<{ connected: Connected; token: string }> {
  const connected = await connect({ member: tenant.members.owner })
  await readToken(connected, {}, { key: keyOf(tenant) })
  const token = await readToken(connected, {}, { key: keyOf(tenant) })
  if (!token.ok) throw new Error(token.error.code)
  await expect.poll(() => env.KV.get(copyKey(connected)), PATIENTLY).toBeTruthy()
  return { connected, token: token.value.accessToken }
}

async function tokenIn(answer: Response): Promise<string> {
  expect(answer.status).toBe(200)
  return (await answer.json<{ access_token: string }>()).access_token
}

describe('the warm path', () => {
  it('asks KV, never D1, and no object but for the word of its use', async () => {
    const { connected, token } = await published()
    const { calls, fetch } = counted()
    expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
    expect(calls).toEqual({ d1: 0, kv: ['get', 'getWithMetadata'], objects: ['noteUse'] })
    expect((await detailOf(connected)).lastUse).toMatchObject({ keyId: key.slice(4, 16) })
  })

  it('asks nobody at all for the next ten seconds', async () => {
    const { connected, token } = await published()
    const { calls, fetch } = counted()
    for (let count = 0; count < 20; count++) {
      expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
    }
    expect(calls).toEqual({ d1: 0, kv: ['get', 'getWithMetadata'], objects: ['noteUse'] })
    advance(11_000)
    await api(pathOf(connected), { key }, fetch)
    expect(calls.kv).toHaveLength(4)
    expect(calls.objects).toEqual(['noteUse'])
  })

  it('tells the use again after ten minutes, and by each key', async () => {
    const { connected } = await published()
    const { calls, fetch } = counted()
    const ask = (by = key) => api(pathOf(connected), { key: by }, fetch)
    await ask()
    advance(10 * MINUTE_MS - 1_000)
    await ask()
    expect(calls.objects).toEqual(['noteUse'])
    advance(2_000)
    await ask()
    expect(calls.objects).toEqual(['noteUse', 'noteUse'])
    await ask(await tenant.key())
    expect(calls.objects).toHaveLength(3)
    expect(calls.d1).toBe(0)
  })

  it('nudges the object behind the answer of a token that is due, once in 30 seconds', async () => {
    const { connected, token } = await published()
    const { calls, fetch } = counted()
    await api(pathOf(connected), { key }, fetch)
    advance(52 * MINUTE_MS)
    expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
    await api(pathOf(connected), { key }, fetch)
    expect(calls.objects.filter((method) => method === 'accessToken')).toHaveLength(1)
    await expect.poll(tokenRequests, PATIENTLY).toBe(2)
  })

  it('with no-cache asks the object', async () => {
    const { connected, token } = await published()
    const { calls, fetch } = counted()
    const headers = { 'Cache-Control': 'no-cache' }
    expect(await tokenIn(await api(pathOf(connected), { key, headers }, fetch))).toBe(token)
    expect(calls).toEqual({ d1: 0, kv: ['get'], objects: ['accessToken', 'noteUse'] })
  })

  it.each([
    ['paused', 'connection_paused', (on: Connected) => stubOf(on).setPaused({ ...on, paused: true })],
    ['deleted', 'connection_not_found', (on: Connected) => stubOf(on).remove({ ...on, siblingLives: false })],
    ['lost', 'reauthorization_required', (on: Connected) => stubOf(on).refreshNow(on)],
  ])(
    'says of a connection that is %s what its marker says, without the object',
    async (_name, code, change) => {
      const { connected } = await published()
      await steer.nextToken({ do: 'invalid_grant' })
      await change(connected)
      const { calls, fetch } = counted()
      await problem(await api(pathOf(connected), { key }, fetch), code)
      expect(calls).toEqual({ d1: 0, kv: ['get', 'getWithMetadata'], objects: [] })
    },
  )

  it('tells no use of a request that was refused', async () => {
    const { connected } = await published()
    const { calls, fetch } = counted()
    await problem(await api(`${pathOf(connected)}?scope=deals.read`, { key }, fetch), 'insufficient_scope')
    expect(calls.objects).toEqual([])
  })
})

describe('publishing', () => {
  it('waits for the second ask, and happens once a generation', async () => {
    const connected = await connect({ member: tenant.members.owner })
    expect(faults.kvPuts).toBe(0)
    await readToken(connected)
    expect(await env.KV.get(copyKey(connected))).toBeNull()
    for (let count = 0; count < 5; count++) await readToken(connected)
    await expect.poll(() => faults.kvPuts, PATIENTLY).toBe(1)
  })

  it('is no part of a background refresh', async () => {
    const { connected } = await published()
    const puts = faults.kvPuts
    for (const generation of [2, 3]) {
      advance(55 * MINUTE_MS)
      await runDurableObjectAlarm(stubOf(connected))
      expect(await detailOf(connected)).toMatchObject({ generation })
    }
    expect(faults.kvPuts).toBe(puts)
  })

  it('puts no token in clear', async () => {
    const { connected, token } = await published()
    const { value, metadata } = await env.KV.getWithMetadata(copyKey(connected))
    expect(value).toMatch(/^v1\.k1\./)
    expect(JSON.stringify({ value, metadata })).not.toContain(token)
    expect(metadata).toMatchObject({ workspaceId: tenant.workspaceId, state: 'active', generation: 1 })
  })
})

describe('a copy that will not do', () => {
  async function spoil(connected: Connected, change: { value?: string; metadata?: unknown }): Promise<void> {
    const { value, metadata } = await env.KV.getWithMetadata(copyKey(connected))
    await env.KV.put(copyKey(connected), change.value ?? value ?? '', {
      metadata: 'metadata' in change ? change.metadata : metadata,
    })
  }
  const sealedBy = (vault: Vault, workspaceId: string, connectionId: string) =>
    vault.seal(
      copyContext(workspaceId, connectionId),
      copyText({ accessToken: 'planted', tokenType: 'Bearer', scopes: [], connector: 'local' }),
    )
  const otherKey = new Vault([{ kid: 'k9', bytes: new Uint8Array(32).fill(9) }])
  const sameName = new Vault([{ kid: 'k1', bytes: new Uint8Array(32).fill(9) }])

  const spoilt: [string, (connected: Connected) => Promise<void>][] = [
    ['is missing', (connected) => env.KV.delete(copyKey(connected))],
    ['is empty', (connected) => spoil(connected, { value: '' })],
    ['is no ciphertext', (connected) => spoil(connected, { value: 'garbage' })],
    ['is JSON in clear', (connected) => spoil(connected, { value: '{"accessToken":"planted"}' })],
    [
      'was sealed under a key id nobody knows',
      async (connected) =>
        spoil(connected, { value: await sealedBy(otherKey, connected.workspaceId, connected.connectionId) }),
    ],
    [
      'was sealed under another key of the same name',
      async (connected) =>
        spoil(connected, { value: await sealedBy(sameName, connected.workspaceId, connected.connectionId) }),
    ],
    [
      'belongs to another connection',
      async (connected) => {
        const { vault } = testContext()
        const value = await sealedBy(vault, connected.workspaceId, `con_${'b'.repeat(26)}`)
        await spoil(connected, { value })
      },
    ],
    [
      'holds a text of another form',
      async (connected) => {
        const { workspaceId, connectionId } = connected
        const text = JSON.stringify({ accessToken: 'planted', tokenType: 'Bearer', scopes: [] })
        const value = await testContext().vault.seal(copyContext(workspaceId, connectionId), text)
        await spoil(connected, { value })
      },
    ],
    ['has no metadata', (connected) => spoil(connected, { metadata: null })],
    ['has empty metadata', (connected) => spoil(connected, { metadata: {} })],
    ['has metadata that is a text', (connected) => spoil(connected, { metadata: 'active' })],
  ]

  it.each(spoilt)('because it %s: the object answers', async (_name, damage) => {
    const { connected, token } = await published()
    await damage(connected)
    const { calls, fetch } = counted()
    expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
    expect(calls.objects).toContain('accessToken')
    expect(calls.d1).toBe(0)
  })

  it.each(['workspaceId', 'state', 'generation', 'obtainedAt', 'expiresAt', 'dueAt', 'retryAt'])(
    'because it lacks %s: the object answers',
    async (field) => {
      const { connected, token } = await published()
      const { metadata } = await env.KV.getWithMetadata<CopyMetadata>(copyKey(connected))
      await spoil(connected, { metadata: { ...metadata, [field]: undefined } })
      const { calls, fetch } = counted()
      expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
      expect(calls.objects).toContain('accessToken')
    },
  )

  it('because it says it is another workspace’s: 404, and no object is asked', async () => {
    const { connected } = await published()
    const { metadata } = await env.KV.getWithMetadata<CopyMetadata>(copyKey(connected))
    await spoil(connected, { metadata: { ...metadata, workspaceId: 'wsp_other' } })
    const { calls, fetch } = counted()
    await problem(await api(pathOf(connected), { key }, fetch), 'connection_not_found')
    expect(calls.objects).toEqual([])
  })

  it('because KV is down for copies: the object answers', async () => {
    const { connected, token } = await published()
    const { bindings } = counted()
    const getWithMetadata = () => Promise.reject(new Error('down'))
    const KV = { get: bindings.KV.get.bind(bindings.KV), getWithMetadata } as unknown as KVNamespace
    const { fetch } = counted({ KV })
    expect(await tokenIn(await api(pathOf(connected), { key }, fetch))).toBe(token)
  })
})
