// API keys in D1: the hash, what they may do, and when the edge copy must be looked at again.

import { and, asc, desc, eq, isNotNull, isNull, lt, or } from 'drizzle-orm'
import type { KeyRecord } from '../domain/api-key.ts'
import type { Database } from './database.ts'
import { apiKeys } from './schema.ts'

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
    expiresAt: row.expiresAt,
  }
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
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id)))
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
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning()
  return row
}

/** Moves the last use forward. */
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
        eq(apiKeys.workspaceId, workspaceId),
        eq(apiKeys.id, id),
        or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, usedAt)),
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
 * @returns false, and nothing is noted, where the key was revoked after `row` was read
 */
export async function setCopyDue(
  db: Database,
  row: Pick<ApiKeyRow, 'id' | 'revokedAt'>,
  dueAt: number | null,
): Promise<boolean> {
  const unchanged = row.revokedAt === null ? isNull(apiKeys.revokedAt) : undefined
  const noted = await db
    .update(apiKeys)
    .set({ copyDueAt: dueAt })
    .where(and(eq(apiKeys.id, row.id), unchanged))
    .returning({ id: apiKeys.id })
  return noted.length > 0
}
