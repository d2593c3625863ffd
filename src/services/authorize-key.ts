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
  /** Absent or null: connections of every connector. */
  connectors?: string[] | null
}

/** By the key as it is sent, for ten seconds in the isolate's memory: no hash is made for a key that is known. */
const cache = new WeakMap<KVNamespace, EdgeCache<KeyRecord>>()
const RETRY_AFTER_SECONDS = 2

/** `invalid_api_key` for anything that is not a live key; `temporarily_unavailable` where KV cannot be asked. */
export async function authorizeKey(
  { kv }: Pick<Context, 'kv'>,
  authorizationHeader: string | null,
  now: number,
): Promise<Result<AuthorizedKey, Failure>> {
  const key = /^Bearer +(\S+)$/i.exec(authorizationHeader ?? '')?.[1]
  if (key === undefined) return err({ code: 'invalid_api_key' })
  let record: KeyRecord | null | undefined = cacheOf(kv).get(key, now)
  if (record === undefined) {
    if (apiKeyId(key) === undefined) return err({ code: 'invalid_api_key' })
    try {
      record = await findRecord(kv, key, now)
    } catch {
      return err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
    }
  }
  if (record === null || record.revoked) return err({ code: 'invalid_api_key' })
  if (record.expiresAt !== null && record.expiresAt <= now) return err({ code: 'invalid_api_key' })
  const { id, workspaceId, permissions, connectionIds, connectors } = record
  return ok({ id, workspaceId, permissions, connectionIds, ...(connectors ? { connectors } : {}) })
}

/** Whether the key may reach this connection at all; others are answered as if they did not exist. */
export function reaches(key: Pick<AuthorizedKey, 'connectionIds'>, connectionId: string): boolean {
  return key.connectionIds === null || key.connectionIds.includes(connectionId)
}

/** Whether the key may have to do with this connector. */
export function permitsConnector(key: Pick<AuthorizedKey, 'connectors'>, connector: string): boolean {
  return key.connectors?.includes(connector) ?? true
}

async function findRecord(kv: KVNamespace, key: string, now: number): Promise<KeyRecord | null> {
  const record = await readKeyRecord(kv, await hashApiKey(key))
  // Unknown keys are not remembered: a new key works as soon as KV has it, and a flood fills no memory.
  if (record) cacheOf(kv).set(key, record, now)
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
