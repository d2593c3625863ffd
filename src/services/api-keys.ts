// Making and revoking API keys. D1 first, then the copy at the edge; the cron puts the copy again until it was seen.

import { hashApiKey, newApiKey, PERMISSIONS, type Permission } from '../domain/api-key.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { cleanName } from '../domain/names.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type ApiKeyRow, insertApiKey, keyRecordOf, listApiKeys, revokeApiKey } from '../storage/api-keys.ts'
import { putKeyRecord } from '../storage/key-copies.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'

type Walk = Pick<Context, 'db' | 'kv' | 'random'>

/** The copy is looked at this long after it was put: KV shows a write everywhere within a minute. */
export const COPY_CHECK_MS = 90_000
const DAY_MS = 24 * 3600_000

/** A key as pages show it: never its hash. */
export type ApiKeySummary = Omit<ApiKeyRow, 'hash' | 'copyDueAt' | 'workspaceId'>

export interface NewApiKey {
  name: string
  permissions: string[]
  /** Null or empty: every connection. */
  connectionIds: string[] | null
  /** Null: no end. */
  expiresInDays: number | null
}

/** The key itself is in this answer and nowhere else. */
export async function createApiKey(
  context: Walk,
  member: { id: string; workspaceId: string },
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
    connectionIds: ask.connectionIds && ask.connectionIds.length > 0 ? ask.connectionIds : null,
    createdBy: member.id,
    createdAt: now,
    expiresAt: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
    revokedAt: null,
    lastUsedAt: null,
    copyDueAt: now + COPY_CHECK_MS,
  }
  await insertApiKey(context.db, row)
  await putCopy(context, row, now)
  await audit(context, member, 'key.created', id, now)
  return ok({ key, summary: summarise(row) })
}

/** Seen everywhere within a minute. */
export async function endApiKey(
  context: Walk,
  member: { id: string; workspaceId: string },
  id: string,
  now: number,
): Promise<Result<ApiKeySummary, Failure>> {
  const row = await revokeApiKey(context.db, member.workspaceId, id, now)
  if (!row) return err({ code: 'not_found' })
  await putCopy(context, row, now)
  await audit(context, member, 'key.revoked', id, now)
  return ok(summarise(row))
}

export async function listKeys({ db }: Pick<Context, 'db'>, workspaceId: string): Promise<ApiKeySummary[]> {
  return (await listApiKeys(db, workspaceId)).map(summarise)
}

async function putCopy({ kv }: Pick<Context, 'kv'>, row: ApiKeyRow, now: number): Promise<void> {
  try {
    await putKeyRecord(kv, row.hash, keyRecordOf(row), now)
  } catch {
    log('warn', { event: 'key_copy_unwritten', key: row.id })
  }
}

function audit(
  context: Walk,
  member: { id: string; workspaceId: string },
  action: string,
  subject: string,
  now: number,
): Promise<void> {
  const { id, workspaceId } = member
  return recordAudit(context, { workspaceId, actor: id, action, subject, outcome: 'ok' }, now)
}

function summarise({ hash: _, copyDueAt: __, workspaceId: ___, ...summary }: ApiKeyRow): ApiKeySummary {
  return summary
}
