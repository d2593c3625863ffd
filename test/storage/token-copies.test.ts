import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  type CopyMetadata,
  copyContext,
  copyLifeEnd,
  putCopy,
  readCopy,
  type TokenCopy,
} from '../../src/storage/token-copies.ts'
import { random } from './rows.ts'

const METADATA: CopyMetadata = {
  workspaceId: 'wsp_a',
  state: 'active',
  reason: null,
  generation: 3,
  obtainedAt: 1,
  expiresAt: null,
  dueAt: null,
  retryAt: null,
}
const COPY: TokenCopy = { metadata: METADATA, sealed: 'v1.k1.iv.text' }
const newKey = () => `con_${random(8).join('')}`

describe('the life of an edge copy', () => {
  const now = Date.UTC(2026, 10, 24, 12)

  it('ends with the token', () => {
    expect(copyLifeEnd(now + 3600_000, now)).toBe(now + 3600_000)
  })

  it.each([
    ['a token that ends sooner', 30_000],
    ['a token that has ended', -3600_000],
    ['a token that ends in just a minute', 60_000],
  ])('is never under the minute that KV asks for: %s', (_, remaining) => {
    expect(copyLifeEnd(now + remaining, now)).toBeGreaterThanOrEqual(now + 60_000)
    expect(copyLifeEnd(now + remaining, now)).toBeLessThanOrEqual(now + 90_000)
  })

  it('is a day where the token has no known end', () => {
    expect(copyLifeEnd(null, now)).toBe(now + 24 * 3600_000)
  })

  it('is long enough for a put that waits its turn for some seconds', async () => {
    await putCopy(env.KV, newKey(), COPY, copyLifeEnd(Date.now(), Date.now() - 3_000))
  })
})

describe('an edge copy', () => {
  it('comes back as it was put', async () => {
    const key = newKey()
    const lifeEnd = Date.now() + 3600_000
    await putCopy(env.KV, key, COPY, lifeEnd)
    expect(await readCopy(env.KV, key)).toEqual(COPY)
    const { keys } = await env.KV.list({ prefix: `token:${key}` })
    expect(keys).toMatchObject([{ expiration: Math.ceil(lifeEnd / 1000), metadata: METADATA }])
  })

  it('may be a marker: a state without a token', async () => {
    const marker: TokenCopy = {
      metadata: { ...METADATA, state: 'reauthorize', reason: 'grant_revoked' },
      sealed: '',
    }
    const key = newKey()
    await putCopy(env.KV, key, marker, Date.now() + 3600_000)
    expect(await readCopy(env.KV, key)).toEqual(marker)
  })

  it('is null where there is none', async () => {
    expect(await readCopy(env.KV, newKey())).toBeNull()
  })

  it.each<[string, unknown]>([
    ['no metadata', undefined],
    ['null', null],
    ['a text', 'active'],
    ['an array', []],
    ['no workspace', { ...METADATA, workspaceId: undefined }],
    ['a workspace that is no text', { ...METADATA, workspaceId: 7 }],
    ['a state nobody knows', { ...METADATA, state: 'stolen' }],
    ['no state', { ...METADATA, state: undefined }],
    ['no generation', { ...METADATA, generation: undefined }],
    ['a generation that is a text', { ...METADATA, generation: '3' }],
    ['no time', { ...METADATA, obtainedAt: undefined }],
    ['no word on its end, which would be for ever', { ...METADATA, expiresAt: undefined }],
    ['an end that is a text', { ...METADATA, expiresAt: '2026-11-24' }],
    ['a due time that is a text', { ...METADATA, dueAt: 'soon' }],
  ])('is null where its metadata cannot be understood: %s', async (_, metadata) => {
    const key = newKey()
    await env.KV.put(`token:${key}`, COPY.sealed, metadata === undefined ? {} : { metadata })
    expect(await readCopy(env.KV, key)).toBeNull()
  })

  it('is sealed for its connection and its workspace', () => {
    expect(copyContext('wsp_a', 'con_a')).toEqual({
      purpose: 'edge_copy',
      workspaceId: 'wsp_a',
      recordId: 'con_a',
    })
  })

  it('throws where KV is down: an outage is no missing copy', async () => {
    const down = {
      getWithMetadata: () => Promise.reject(new Error('KV is down')),
    } as unknown as KVNamespace
    await expect(readCopy(down, 'con_a')).rejects.toThrow('KV is down')
  })
})
