// The workspaces table, and which of them a session looks at.

import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { members, sessions, workspaces } from './schema.ts'

export type Workspace = typeof workspaces.$inferSelect

/** The oldest workspace; the given one where there was none. One statement decides, so that two first sign-ins make one. */
export async function firstWorkspaceOr(
  db: Database,
  created: Pick<Workspace, 'id' | 'name' | 'createdAt'>,
): Promise<Workspace> {
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

/** A workspace and its first member, or neither. */
export async function insertWorkspace(
  db: Database,
  workspace: Pick<Workspace, 'id' | 'name' | 'createdAt'>,
  owner: typeof members.$inferInsert,
): Promise<void> {
  await db.batch([db.insert(workspaces).values(workspace), db.insert(members).values(owner)])
}

export async function findWorkspace(db: Database, id: string): Promise<Workspace | undefined> {
  const [found] = await db.select().from(workspaces).where(eq(workspaces.id, id))
  return found
}

export async function changeWorkspace(
  db: Database,
  id: string,
  change: Partial<Pick<Workspace, 'name' | 'auditRetentionDays'>>,
): Promise<void> {
  await db.update(workspaces).set(change).where(eq(workspaces.id, id))
}

/**
 * Points a living session at another membership, under a new token: the old one is worth nothing from then on.
 * @returns the session's end, which stays as it was; undefined where the session is over
 */
export async function moveSession(
  db: Database,
  session: { id: string; tokenHash: string; memberId: string },
  now: number,
): Promise<number | undefined> {
  const { id, tokenHash, memberId } = session
  const [moved] = await db.batch([
    db
      .update(sessions)
      .set({ tokenHash, memberId, lastSeenAt: now })
      .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now)))
      .returning({ expiresAt: sessions.expiresAt }),
    db.update(members).set({ lastOpenedAt: now }).where(eq(members.id, memberId)),
  ])
  return moved[0]?.expiresAt
}
