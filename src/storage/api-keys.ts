// API keys in D1: the hash, what they may do, and when the edge copy must be looked at again.

import { and, asc, desc, eq, isNotNull, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { KeyRecord } from '../domain/api-key.ts'
import type { Database } from './database.ts'
import { apiKeys } from './schema.ts'

const TOUCH_EVERY_MS = 600_000

export type ApiKeyRow = typeof apiKeys.$inferSelect

/** What the edge may know of a key. */
export function keyRecordOf(row: ApiKeyRow): KeyRecord {
  if (row.revokedAt !== null) return { revoked: true, id: row.id }
  return {
    revoked: false,
    id: row.id,
    workspaceId: row.workspaceId,
    permissions: row.permissions,
    connectionIds: row.connectionIds,
    ...(row.connectors === null ? {} : { connectors: row.connectors }),
    expiresAt: row.expiresAt,
  }
}

/** The copies that the edge must hold for a row: one for each secret it has, or had last. */
export function copiesOf(row: ApiKeyRow): { hash: string; record: KeyRecord }[] {
  const record = keyRecordOf(row)
  const copies = [{ hash: row.hash, record }]
  if (row.nextHash !== null) copies.push({ hash: row.nextHash, record })
  if (row.endedHash !== null) copies.push({ hash: row.endedHash, record: { revoked: true, id: row.id } })
  return copies
}

export async function insertApiKey(db: Database, row: ApiKeyRow): Promise<void> {
  await db.insert(apiKeys).values(row)
}

export async function listApiKeys(db: Database, workspaceId: string): Promise<ApiKeyRow[]> {
  return db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.workspaceId, workspaceId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
}

export async function findApiKey(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db.select().from(apiKeys).where(isKey(workspaceId, id))
  return row
}

/** The revoked row, or undefined where there is none or it is revoked already. */
export async function revokeApiKey(
  db: Database,
  workspaceId: string,
  id: string,
  now: number,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db
    .update(apiKeys)
    .set({ revokedAt: now, copyDueAt: now })
    .where(isLiving(workspaceId, id))
    .returning()
  return row
}

/** Adds a second secret; undefined where there is no living key, or it has two already. */
export async function addSecret(
  db: Database,
  workspaceId: string,
  id: string,
  hash: string,
  now: number,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db
    .update(apiKeys)
    .set({ nextHash: hash, rotatedAt: now, copyDueAt: now })
    .where(and(isLiving(workspaceId, id), isNull(apiKeys.nextHash)))
    .returning()
  return row
}

/** Ends the older of two secrets; undefined where there are not two. */
export async function endOldSecret(
  db: Database,
  workspaceId: string,
  id: string,
  now: number,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db
    .update(apiKeys)
    .set({ endedHash: apiKeys.hash, hash: sql`${apiKeys.nextHash}`, nextHash: null, copyDueAt: now })
    .where(and(isLiving(workspaceId, id), isNotNull(apiKeys.nextHash)))
    .returning()
  return row
}

/** Moves the last use forward, in steps: a key that many connections are called with is not written for each of them. */
export async function touchApiKey(
  db: Database,
  workspaceId: string,
  id: string,
  usedAt: number,
): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: usedAt })
    .where(
      and(
        isKey(workspaceId, id),
        or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, usedAt - TOUCH_EVERY_MS)),
      ),
    )
}

/** Keys whose edge copy is not confirmed yet. */
export async function listCopiesDue(db: Database, now: number, limit: number): Promise<ApiKeyRow[]> {
  return db
    .select()
    .from(apiKeys)
    .where(and(isNotNull(apiKeys.copyDueAt), lt(apiKeys.copyDueAt, now)))
    .orderBy(asc(apiKeys.copyDueAt))
    .limit(limit)
}

/**
 * Notes when the copy is looked at again; null once it was seen as it should be.
 * @returns false, and nothing is noted, where the key was revoked or given other secrets after `row` was read
 */
export async function setCopyDue(
  db: Database,
  row: Pick<ApiKeyRow, 'id' | 'revokedAt' | 'hash' | 'nextHash'>,
  dueAt: number | null,
): Promise<boolean> {
  const unchanged = and(
    row.revokedAt === null ? isNull(apiKeys.revokedAt) : undefined,
    eq(apiKeys.hash, row.hash),
    row.nextHash === null ? isNull(apiKeys.nextHash) : eq(apiKeys.nextHash, row.nextHash),
  )
  const noted = await db
    .update(apiKeys)
    .set({ copyDueAt: dueAt })
    .where(and(eq(apiKeys.id, row.id), unchanged))
    .returning({ id: apiKeys.id })
  return noted.length > 0
}

function isKey(workspaceId: string, id: string): SQL | undefined {
  return and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id))
}

/** Not revoked; its end is not looked at. */
function isLiving(workspaceId: string, id: string): SQL | undefined {
  return and(isKey(workspaceId, id), isNull(apiKeys.revokedAt))
}
