// What API keys may do, at the edge: KV `key:<SHA-256 of the key>` holds a KeyRecord as JSON. Eventual; written after D1.
// A revoked key leaves a revoked record, never a bare delete: a slow refill cannot bring the old one back.

import { type KeyRecord, PERMISSIONS } from '../domain/api-key.ts'

const CACHE_TTL_SECONDS = 30
/** A record outlives its key's expiry by this, so that an expired key is told from an unknown one. */
const AFTER_EXPIRY_MS = 24 * 3600_000

export async function putKeyRecord(
  kv: KVNamespace,
  hash: string,
  record: KeyRecord,
  now: number,
): Promise<void> {
  const expiresAt = record.revoked ? null : record.expiresAt
  const expiration =
    expiresAt === null ? {} : { expiration: Math.ceil((Math.max(expiresAt, now) + AFTER_EXPIRY_MS) / 1000) }
  await kv.put(keyKey(hash), JSON.stringify(record), expiration)
}

/** Null for an unknown key, and for a record that cannot be understood. Throws where KV is down. */
export async function readKeyRecord(kv: KVNamespace, hash: string): Promise<KeyRecord | null> {
  const text = await kv.get(keyKey(hash), { type: 'text', cacheTtl: CACHE_TTL_SECONDS })
  const record = text === null ? null : parse(text)
  return isKeyRecord(record) ? record : null
}

function parse(text: string): KeyRecord | null {
  try {
    return JSON.parse(text) as KeyRecord | null
  } catch {
    return null
  }
}

function isKeyRecord(value: KeyRecord | null): value is KeyRecord {
  if (value === null || typeof value.id !== 'string') return false
  if (value.revoked === true) return true
  return (
    value.revoked === false &&
    typeof value.workspaceId === 'string' &&
    Array.isArray(value.permissions) &&
    value.permissions.every((permission) => PERMISSIONS.includes(permission)) &&
    (value.connectionIds === null || Array.isArray(value.connectionIds)) &&
    (value.connectors === undefined || Array.isArray(value.connectors)) &&
    (value.expiresAt === null || typeof value.expiresAt === 'number')
  )
}

function keyKey(hash: string): string {
  return `key:${hash}`
}
