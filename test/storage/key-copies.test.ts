import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { KeyRecord } from '../../src/domain/api-key.ts'
import { putKeyRecord, readKeyRecord } from '../../src/storage/key-copies.ts'

const now = Date.now()
const RECORD: KeyRecord = {
  revoked: false,
  id: 'key000000001',
  workspaceId: 'wsp_a',
  permissions: ['tokens:read', 'proxy'],
  connectionIds: ['con_a'],
  expiresAt: null,
}

async function expirationOf(hash: string): Promise<number | undefined> {
  const { keys } = await env.KV.list({ prefix: `key:${hash}` })
  expect(keys).toHaveLength(1)
  return keys[0]?.expiration
}

describe('the edge copy of a key', () => {
  it.each<[string, KeyRecord]>([
    ['with its connections', RECORD],
    ['for every connection', { ...RECORD, connectionIds: null }],
    ['that ends', { ...RECORD, expiresAt: now + 3600_000 }],
    ['that ended', { ...RECORD, expiresAt: now - 3600_000 }],
    ['that is revoked', { revoked: true, id: RECORD.id }],
  ])('comes back as it was put: %s', async (name, record) => {
    await putKeyRecord(env.KV, name, record, now)
    expect(await readKeyRecord(env.KV, name)).toEqual(record)
  })

  it('is null for a key nobody knows', async () => {
    expect(await readKeyRecord(env.KV, 'unknown')).toBeNull()
  })

  it('outlives the key’s end by a day, so that an expired key is told from an unknown one', async () => {
    const expiresAt = now + 3600_000
    await putKeyRecord(env.KV, 'ends', { ...RECORD, expiresAt }, now)
    expect(await expirationOf('ends')).toBe(Math.ceil((expiresAt + 24 * 3600_000) / 1000))
    await putKeyRecord(env.KV, 'ended', { ...RECORD, expiresAt: now - 365 * 24 * 3600_000 }, now)
    expect(await expirationOf('ended')).toBe(Math.ceil((now + 24 * 3600_000) / 1000))
  })

  it('has no end of its own for a key without one, nor once revoked', async () => {
    await putKeyRecord(env.KV, 'endless', RECORD, now)
    expect(await expirationOf('endless')).toBeUndefined()
    await putKeyRecord(env.KV, 'revoked', { revoked: true, id: RECORD.id }, now)
    expect(await expirationOf('revoked')).toBeUndefined()
  })

  it.each<[string, string]>([
    ['no JSON', 'not json'],
    ['half of a record', JSON.stringify(RECORD).slice(0, 20)],
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"egk"'],
    ['a number', '7'],
    ['an array', '[]'],
    ['no id', JSON.stringify({ ...RECORD, id: undefined })],
    ['no word on revocation', JSON.stringify({ ...RECORD, revoked: undefined })],
    ['another word on revocation', JSON.stringify({ ...RECORD, revoked: 'no' })],
    ['no workspace', JSON.stringify({ ...RECORD, workspaceId: undefined })],
    ['no permissions', JSON.stringify({ ...RECORD, permissions: undefined })],
    [
      'a permission that does not exist',
      JSON.stringify({ ...RECORD, permissions: ['tokens:read', 'everything'] }),
    ],
    ['permissions as a text', JSON.stringify({ ...RECORD, permissions: 'tokens:read' })],
    [
      'no word on connections, which would be all of them',
      JSON.stringify({ ...RECORD, connectionIds: undefined }),
    ],
    ['no word on its end', JSON.stringify({ ...RECORD, expiresAt: undefined })],
    ['an end that is no time', JSON.stringify({ ...RECORD, expiresAt: 'never' })],
  ])('gives nothing where it cannot be understood: %s', async (name, text) => {
    await env.KV.put(`key:${name}`, text)
    expect(await readKeyRecord(env.KV, name)).toBeNull()
  })

  it('throws where KV is down: an outage is no unknown key', async () => {
    const down = { get: () => Promise.reject(new Error('KV is down')) } as unknown as KVNamespace
    await expect(readKeyRecord(down, 'any')).rejects.toThrow('KV is down')
  })
})
