// The sessions table: hashes of cookies, never the cookies.

import { and, eq, gt, lte } from 'drizzle-orm'
import type { Role } from '../domain/roles.ts'
import type { Database } from './database.ts'
import { members, sessions, workspaces } from './schema.ts'

export interface SessionMember {
  id: string
  workspaceId: string
  workspaceName: string
  issuer: string
  subject: string
  email: string
  name: string | null
  role: Role
}

export async function insertSession(db: Database, session: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(session)
}

/** Who a live session belongs to, with the workspace, in one query. */
export async function findSessionMember(
  db: Database,
  tokenHash: string,
  now: number,
): Promise<SessionMember | undefined> {
  const [found] = await db
    .select({
      id: members.id,
      workspaceId: members.workspaceId,
      workspaceName: workspaces.name,
      issuer: members.issuer,
      subject: members.subject,
      email: members.email,
      name: members.name,
      role: members.role,
    })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, now)))
  return found
}

export async function deleteSession(db: Database, tokenHash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, tokenHash))
}

export async function deleteExpiredSessions(db: Database, now: number): Promise<void> {
  await db.delete(sessions).where(lte(sessions.expiresAt, now))
}
