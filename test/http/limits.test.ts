import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { newApiKey } from '../../src/domain/api-key.ts'
import { ADDRESS_LIMIT, HEADERS_LIMIT } from '../../src/domain/proxy-policy.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, steer } from '../setup/harness.ts'
import { problem } from './problems.ts'
import { proxied } from './proxied.ts'
import { api, counted, deployment, newTenant, type Tenant } from './tenant.ts'

let tenant: Tenant
let key: string
let connected: Connected

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  key = await tenant.key()
  connected = await connect({ member: tenant.members.owner })
})
afterEach(() => vi.restoreAllMocks())

const unknownKey = () => newApiKey((length) => crypto.getRandomValues(new Uint8Array(length))).key

/** Lets the first `limit` through, for each key; says which keys were asked about. */
function limiter(limit: number) {
  const counts = new Map<string, number>()
  const binding: RateLimit = {
    limit: async ({ key: asked }) => {
      counts.set(asked, (counts.get(asked) ?? 0) + 1)
      return { success: (counts.get(asked) ?? 0) <= limit }
    },
  }
  return { binding, counts }
}

describe('requests of one key', () => {
  it('are held up beyond the limit, with the time to wait, and those of another key are not', async () => {
    const { binding, counts } = limiter(2)
    const fetch = deployment({ ...env, KEY_LIMIT: binding })
    for (let count = 0; count < 2; count++) {
      expect((await api('/v1/connections', { key }, fetch)).status).toBe(200)
    }
    const answer = await api('/v1/connections', { key }, fetch)
    await problem(answer, 'rate_limited')
    expect(answer.headers.get('Retry-After')).toBe('60')
    expect((await api('/v1/connections', { key: await tenant.key() }, fetch)).status).toBe(200)
    expect([...counts.keys()]).toContain(key.slice(4, 16))
    expect(JSON.stringify([...counts.keys()])).not.toContain(key.slice(16))
  })

  it('end before anything is asked', async () => {
    const { calls, fetch } = counted({ KEY_LIMIT: limiter(0).binding })
    await problem(
      await api(`/v1/connections/${connected.connectionId}/token`, { key }, fetch),
      'rate_limited',
    )
    expect(calls).toEqual({ d1: 0, kv: ['get'], objects: [] })
  })

  it('go on where the limiter is absent, or fails', async () => {
    const broken = { limit: () => Promise.reject(new Error('down')) }
    const throwing = {
      limit: () => {
        throw new Error('down')
      },
    }
    for (const KEY_LIMIT of [undefined, broken, throwing]) {
      const fetch = deployment({ ...env, KEY_LIMIT, FAILURE_LIMIT: KEY_LIMIT } as unknown as Env)
      expect((await api('/v1/connections', { key }, fetch)).status).toBe(200)
      const headers = { 'CF-Connecting-IP': '192.0.2.1' }
      await problem(await api('/v1/connections', { key: unknownKey(), headers }, fetch), 'invalid_api_key')
    }
  })

  it('are counted by the platform’s own limiter too', async () => {
    expect(await env.KEY_LIMIT.limit({ key: 'somebody' })).toEqual({ success: true })
    expect((await api('/v1/connections', { key })).status).toBe(200)
  })
})

describe('failures of one source', () => {
  const from = (address: string) => ({ 'CF-Connecting-IP': address })

  it('are held up beyond the limit; its good keys, and other sources, are not', async () => {
    const fetch = deployment({ ...env, FAILURE_LIMIT: limiter(2).binding })
    const wrong = (headers: Record<string, string>) =>
      api('/v1/connections', { key: unknownKey(), headers }, fetch)
    for (let count = 0; count < 2; count++) await problem(await wrong(from('192.0.2.1')), 'invalid_api_key')
    await problem(await wrong(from('192.0.2.1')), 'rate_limited')
    await problem(await wrong(from('192.0.2.2')), 'invalid_api_key')
    const good = await api('/v1/connections', { key, headers: from('192.0.2.1') }, fetch)
    expect(good.status).toBe(200)
  })

  it('are not counted where the platform names no source', async () => {
    const { binding, counts } = limiter(0)
    const fetch = deployment({ ...env, FAILURE_LIMIT: binding })
    await problem(await api('/v1/connections', { key: unknownKey() }, fetch), 'invalid_api_key')
    expect(counts.size).toBe(0)
  })
})

describe('what is too large is told', () => {
  it('an address', async () => {
    await problem(await api(`/v1/connections?x=${'a'.repeat(20_000)}`, { key }), 'invalid_request')
    const fits = proxied({ key })
    const told = await problem(await fits.send(`/${'a'.repeat(ADDRESS_LIMIT)}`), 'invalid_request')
    expect(told.detail).toContain(String(ADDRESS_LIMIT))
  })

  it('the headers of an upstream call', async () => {
    const { send } = proxied({ key })
    const headers = (length: number) => ({ headers: { Accept: 'a'.repeat(length) } })
    expect((await send('/x', headers(4_000))).status).toBe(200)
    await problem(await send('/x', headers(HEADERS_LIMIT)), 'invalid_request')
  })

  it('a body', async () => {
    const path = `/v1/connections/${connected.connectionId}`
    const json = { name: 'x'.repeat(70_000) }
    const told = await problem(await api(path, { key, method: 'PATCH', json }), 'payload_too_large')
    expect(told.detail).toContain('65536')
  })
})

describe('a data point', () => {
  async function measured(path: string, init: Parameters<typeof api>[1] = { key }) {
    const points: AnalyticsEngineDataPoint[] = []
    const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) }
    await api(path, init, deployment({ ...env, ANALYTICS } as Env))
    return points
  }

  it('says workspace, key, connection, route, outcome and time, and no token', async () => {
    const [point, ...more] = await measured(`/v1/connections/${connected.connectionId}/token`)
    expect(more).toEqual([])
    expect(point).toEqual({
      indexes: [tenant.workspaceId],
      blobs: [key.slice(4, 16), connected.connectionId, '/v1/connections/:id/token', 'ok', 'evergrant'],
      doubles: [expect.any(Number), 200],
    })
  })

  it('says what failed', async () => {
    const [point] = await measured(`/v1/connections/con_${'0'.repeat(26)}/token`)
    expect(point?.blobs?.[3]).toBe('connection_not_found')
    const [odd] = await measured('/v1/connections/secret-in-the-path/token')
    expect(JSON.stringify(odd)).not.toContain('secret-in-the-path')
  })

  it('is not made of what has no key', async () => {
    expect(await measured('/v1/connections', { key: unknownKey() })).toEqual([])
  })

  it('that cannot be written fails nothing', async () => {
    const ANALYTICS = {
      writeDataPoint: () => {
        throw new Error('down')
      },
    }
    const answer = await api('/v1/connections', { key }, deployment({ ...env, ANALYTICS } as Env))
    expect(answer.status).toBe(200)
  })
})

describe('the log line of a request', () => {
  it('names the connection, and never the address', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(String(line)))
    await api(`/v1/connections/${connected.connectionId}/token?secret=hunter2`, { key })
    const line = lines.map((each) => JSON.parse(each)).find(({ event }) => event === 'request')
    expect(line).toMatchObject({ connection: connected.connectionId, key: key.slice(4, 16), status: 200 })
    expect(lines.join()).not.toContain('hunter2')
  })
})
