// Who can have made connections in a workspace: its members, and its keys that may write.

import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { apiKeys, members } from './schema.ts'

export interface Maker {
  id: string
  name: string
}

const MOST = 200

export function listMembersAsMakers(db: Database, workspaceId: string): Promise<Maker[]> {
  return db
    .select({ id: members.id, name: sql<string>`coalesce(${members.name}, ${members.email})` })
    .from(members)
    .where(eq(members.workspaceId, workspaceId))
    .orderBy(asc(members.createdAt))
    .limit(MOST)
}

export function listKeysAsMakers(db: Database, workspaceId: string): Promise<Maker[]> {
  const writes = sql`exists (select 1 from json_each(${apiKeys.permissions}) where value = 'connections:write')`
  return db
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(and(eq(apiKeys.workspaceId, workspaceId), writes))
    .orderBy(asc(apiKeys.createdAt))
    .limit(MOST)
}
