// What no token endpoint can do without, written straight down: hash of the key, cached look-ups, one opening of AES-GCM,
// JSON, the promised headers. No guard, no error, no key that may do less than another.

import { Hono } from 'hono'
import { sha256Hex, utf8 } from '../../../../src/lib/bytes.ts'
import { ANSWER } from './answer.ts'

const IV = new Uint8Array(12)
const LIFE_MS = 3600_000
const PROMISED = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
}

const keys = new Map<string, string>()
const copies = new Map<string, { key: CryptoKey; sealed: ArrayBuffer; expiresAt: number }>()
const decoder = new TextDecoder()

export default new Hono().get('/v1/connections/:id/token', async (c) => {
  const id = c.req.param('id')
  const bearer = c.req.header('Authorization') ?? ''
  const hash = await sha256Hex(bearer)
  if (!keys.has(hash)) keys.set(hash, id)
  const copy = copies.get(id) ?? (await newCopy(id))
  const algorithm = { name: 'AES-GCM', iv: IV, additionalData: utf8(id) }
  const opened = decoder.decode(await crypto.subtle.decrypt(algorithm, copy.key, copy.sealed))
  const answer = {
    ...ANSWER,
    access_token: opened,
    expires_in: Math.floor((copy.expiresAt - Date.now()) / 1000),
    expires_at: new Date(copy.expiresAt).toISOString(),
    connection_id: id,
  }
  return c.json(answer, 200, { ...PROMISED, 'X-Request-Id': crypto.randomUUID() })
})

async function newCopy(id: string) {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
  const algorithm = { name: 'AES-GCM', iv: IV, additionalData: utf8(id) }
  const sealed = await crypto.subtle.encrypt(algorithm, key, utf8(ANSWER.access_token))
  const copy = { key, sealed, expiresAt: Date.now() + LIFE_MS }
  copies.set(id, copy)
  return copy
}
