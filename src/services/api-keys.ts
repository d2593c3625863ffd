// Making, rotating and revoking API keys. D1 first, then the copies at the edge, one for each secret of a key; the cron
// puts them again until they were seen.

import { hashApiKey, newApiKey, newSecret, PERMISSIONS, type Permission } from '../domain/api-key.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import { cleanName } from '../domain/names.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  type ApiKeyRow,
  addSecret,
  copiesOf,
  endOldSecret,
  findApiKey,
  insertApiKey,
  listApiKeys,
  listCopiesDue,
  revokeApiKey,
  setCopyDue,
} from '../storage/api-keys.ts'
import { putKeyRecord, readKeyRecord } from '../storage/key-copies.ts'
import type { Context } from './context.ts'
import { listConnectors } from './find-connector.ts'
import { auditDone } from './record-audit.ts'

type Walk = Pick<Context, 'db' | 'kv' | 'random'>
type Member = { id: string; workspaceId: string }

/** The copy is looked at this long after it was put: KV shows a write everywhere within a minute. */
export const COPY_CHECK_MS = 90_000
const DAY_MS = 24 * 3600_000

/** A key as pages show it: never its hash. */
export type ApiKeySummary = Omit<
  ApiKeyRow,
  'hash' | 'nextHash' | 'endedHash' | 'rotatedAt' | 'copyDueAt' | 'workspaceId'
> & {
  /** Since when there are two secrets; null while there is one. */
  rotatingSince: number | null
}

export interface NewApiKey {
  name: string
  permissions: string[]
  /** Null or empty: every connection. */
  connectionIds: string[] | null
  /** Null, empty or absent: every connector. */
  connectors?: string[] | null
  /** Null: no end. */
  expiresInDays: number | null
}

/** The key itself is in this answer and nowhere else. */
export async function createApiKey(
  context: Walk & Pick<Context, 'config'>,
  member: Member,
  ask: NewApiKey,
  now: number,
): Promise<Result<{ key: string; summary: ApiKeySummary }, Failure>> {
  const errors: FieldError[] = []
  const name = cleanName(ask.name)
  if (name === undefined)
    errors.push({ path: 'name', message: 'Give the key a name of 1 to 100 characters.' })
  const permissions = PERMISSIONS.filter((permission) => ask.permissions.includes(permission))
  if (permissions.length === 0) {
    errors.push({ path: 'permissions', message: 'Choose at least one permission.' })
  }
  if (ask.permissions.some((permission) => !PERMISSIONS.includes(permission as Permission))) {
    errors.push({ path: 'permissions', message: 'Choose from the permissions listed here.' })
  }
  if (ask.connectionIds?.some((connectionId) => !isConnectionId(connectionId))) {
    errors.push({ path: 'connections', message: 'Choose from the connections listed here.' })
  }
  if (!(await areKnown(context, member, ask.connectors ?? []))) {
    errors.push({ path: 'connectors', message: 'Choose from the connectors listed here.' })
  }
  const { expiresInDays } = ask
  if (
    expiresInDays !== null &&
    !(Number.isInteger(expiresInDays) && expiresInDays >= 1 && expiresInDays <= 3650)
  ) {
    errors.push({ path: 'expires', message: 'Choose one of the listed periods.' })
  }
  if (errors.length > 0 || name === undefined) return err({ code: 'invalid_request', errors })

  const { id, key } = newApiKey(context.random)
  const row: ApiKeyRow = {
    id,
    workspaceId: member.workspaceId,
    name,
    hash: await hashApiKey(key),
    permissions,
    connectionIds: someOf(ask.connectionIds),
    connectors: someOf(ask.connectors),
    createdBy: member.id,
    createdAt: now,
    expiresAt: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
    revokedAt: null,
    lastUsedAt: null,
    copyDueAt: now + COPY_CHECK_MS,
    nextHash: null,
    rotatedAt: null,
    endedHash: null,
  }
  await insertApiKey(context.db, row)
  await putKeyCopies(context, row, now)
  await auditDone(context, member, 'key.created', id, now)
  return ok({ key, summary: summarise(row) })
}

/** A second secret for a key, beside the first. It is in this answer and nowhere else. */
export async function rotateApiKey(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<{ key: string; summary: ApiKeySummary }, Failure>> {
  const known = await findApiKey(context.db, member.workspaceId, id)
  if (!known || known.revokedAt !== null) return err({ code: 'not_found' })
  const key = newSecret(id, context.random)
  const row = await addSecret(context.db, member.workspaceId, id, await hashApiKey(key), now)
  if (!row) {
    return err({ code: 'conflict', detail: 'This key has two secrets already. End the old one first.' })
  }
  await putKeyCopies(context, row, now)
  await auditDone(context, member, 'key.rotated', id, now)
  return ok({ key, summary: summarise(row) })
}

/** Ends the older of two secrets. Seen everywhere within a minute. */
export async function finishRotation(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<ApiKeySummary, Failure>> {
  const row = await endOldSecret(context.db, member.workspaceId, id, now)
  if (!row) return err({ code: 'not_found' })
  await putKeyCopies(context, row, now)
  await auditDone(context, member, 'key.old_secret_ended', id, now)
  return ok(summarise(row))
}

/** Seen everywhere within a minute. */
export async function endApiKey(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<ApiKeySummary, Failure>> {
  const row = await revokeApiKey(context.db, member.workspaceId, id, now)
  if (!row) return err({ code: 'not_found' })
  await putKeyCopies(context, row, now)
  await auditDone(context, member, 'key.revoked', id, now)
  return ok(summarise(row))
}

export async function listKeys({ db }: Pick<Context, 'db'>, workspaceId: string): Promise<ApiKeySummary[]> {
  return (await listApiKeys(db, workspaceId)).map(summarise)
}

/** The cron's part: puts the copies of keys that were not seen at the edge yet; those that read as they should are confirmed. */
export async function confirmKeyCopies(
  { db, kv }: Pick<Context, 'db' | 'kv'>,
  now: number,
  limit: number,
): Promise<void> {
  for (const row of await listCopiesDue(db, now, limit)) {
    let seen = true
    for (const { hash, record } of copiesOf(row)) {
      if (JSON.stringify(await readKeyRecord(kv, hash)) === JSON.stringify(record)) continue
      seen = false
      await putKeyRecord(kv, hash, record, now)
    }
    if (await setCopyDue(db, row, seen ? null : now + COPY_CHECK_MS)) continue
    // Changed since the row was read: what was put just now must not stand over what is true.
    const current = await findApiKey(db, row.workspaceId, row.id)
    for (const { hash, record } of current ? copiesOf(current) : []) await putKeyRecord(kv, hash, record, now)
  }
}

/** The copies at the edge; where KV refuses them, the cron puts them. */
export async function putKeyCopies({ kv }: Pick<Context, 'kv'>, row: ApiKeyRow, now: number): Promise<void> {
  try {
    for (const { hash, record } of copiesOf(row)) await putKeyRecord(kv, hash, record, now)
  } catch {
    log('warn', { event: 'key_copy_unwritten', key: row.id })
  }
}

async function areKnown(
  context: Pick<Context, 'config' | 'db'>,
  { workspaceId }: Member,
  ids: string[],
): Promise<boolean> {
  if (ids.length === 0) return true
  const known = (await listConnectors(context, workspaceId)).map(({ id }) => id)
  return ids.every((id) => known.includes(id))
}

/** An empty choice is no restriction. */
function someOf(chosen: string[] | null | undefined): string[] | null {
  return chosen && chosen.length > 0 ? chosen : null
}

function summarise(row: ApiKeyRow): ApiKeySummary {
  const { hash: _, endedHash: __, copyDueAt: ___, workspaceId: ____, nextHash, rotatedAt, ...summary } = row
  return { ...summary, rotatingSince: nextHash === null ? null : rotatedAt }
}
