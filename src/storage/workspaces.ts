// The workspaces table.

import { asc, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { workspaces } from './schema.ts'

export type Workspace = typeof workspaces.$inferSelect

/** The oldest workspace; the given one where there was none. One statement decides, so that two first sign-ins make one. */
export async function firstWorkspaceOr(db: Database, created: Workspace): Promise<Workspace> {
  await db.run(sql`
    INSERT INTO ${workspaces} (id, name, created_at)
    SELECT ${created.id}, ${created.name}, ${created.createdAt}
    WHERE NOT EXISTS (SELECT 1 FROM ${workspaces})`)
  const [first] = await db
    .select()
    .from(workspaces)
    .orderBy(asc(workspaces.createdAt), asc(workspaces.id))
    .limit(1)
  if (!first) throw new Error('a workspace exists after this insert')
  return first
}
