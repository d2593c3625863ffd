// Who calls the edge endpoints: an API key, checked against its copy in KV. Never asks D1, so that a flood of unknown
// keys ends at KV.

import { apiKeyId, hashApiKey, type KeyRecord, type Permission } from '../domain/api-key.ts'
import type { Failure } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { readKeyRecord } from '../storage/key-copies.ts'
import type { Context } from './context.ts'
import { EdgeCache } from './edge-cache.ts'

export interface AuthorizedKey {
  id: string
  workspaceId: string
  permissions: Permission[]
  /** Null: every connection of the workspace. */
  connectionIds: string[] | null
}

const cache = new WeakMap<KVNamespace, EdgeCache<KeyRecord>>()
const RETRY_AFTER_SECONDS = 2

/** `invalid_api_key` for anything that is not a live key; `temporarily_unavailable` where KV cannot be asked. */
export async function authorizeKey(
  { kv }: Pick<Context, 'kv'>,
  authorizationHeader: string | null,
  now: number,
): Promise<Result<AuthorizedKey, Failure>> {
  const key = /^Bearer +(\S+)$/i.exec(authorizationHeader ?? '')?.[1]
  if (key === undefined || apiKeyId(key) === undefined) return err({ code: 'invalid_api_key' })
  let record: KeyRecord | null
  try {
    record = await findRecord(kv, await hashApiKey(key), now)
  } catch {
    return err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
  }
  if (record === null || record.revoked) return err({ code: 'invalid_api_key' })
  if (record.expiresAt !== null && record.expiresAt <= now) return err({ code: 'invalid_api_key' })
  const { id, workspaceId, permissions, connectionIds } = record
  return ok({ id, workspaceId, permissions, connectionIds })
}

/** Whether the key may reach this connection at all; others are answered as if they did not exist. */
export function reaches(key: Pick<AuthorizedKey, 'connectionIds'>, connectionId: string): boolean {
  return key.connectionIds === null || key.connectionIds.includes(connectionId)
}

async function findRecord(kv: KVNamespace, hash: string, now: number): Promise<KeyRecord | null> {
  const known = cacheOf(kv).get(hash, now)
  if (known) return known
  const record = await readKeyRecord(kv, hash)
  // Unknown keys are not remembered: a new key works as soon as KV has it, and a flood fills no memory.
  if (record) cacheOf(kv).set(hash, record, now)
  return record
}

function cacheOf(kv: KVNamespace): EdgeCache<KeyRecord> {
  let known = cache.get(kv)
  if (!known) {
    known = new EdgeCache()
    cache.set(kv, known)
  }
  return known
}
