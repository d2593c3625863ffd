// The invitations table: hashes of links, never the links.

import { and, desc, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Role } from '../domain/roles.ts'
import type { Database } from './database.ts'
import { invitations, members, workspaces } from './schema.ts'

export type Invitation = typeof invitations.$inferSelect

/** Adds the invitation; an open one for the same address ends with it. */
export async function insertInvitation(db: Database, invitation: Invitation): Promise<void> {
  await db.batch([
    db
      .update(invitations)
      .set({ endedAt: invitation.createdAt })
      .where(
        and(
          eq(invitations.workspaceId, invitation.workspaceId),
          eq(invitations.email, invitation.email),
          isNull(invitations.endedAt),
        ),
      ),
    db.insert(invitations).values(invitation),
  ])
}

/** Those that can still be accepted, newest first. */
export function listOpenInvitations(db: Database, workspaceId: string, now: number): Promise<Invitation[]> {
  return db
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.workspaceId, workspaceId),
        isNull(invitations.endedAt),
        gt(invitations.expiresAt, now),
      ),
    )
    .orderBy(desc(invitations.createdAt), desc(invitations.id))
}

export interface FoundInvitation {
  invitation: Invitation
  workspaceName: string
  /** Who made it; null where they are no member any more. */
  maker: { email: string; name: string | null; role: Role } | null
}

/** The invitation with who made it, whatever its state. */
export async function findInvitation(db: Database, tokenHash: string): Promise<FoundInvitation | undefined> {
  const [found] = await db
    .select({
      invitation: invitations,
      workspaceName: workspaces.name,
      maker: { email: members.email, name: members.name, role: members.role },
    })
    .from(invitations)
    .innerJoin(workspaces, eq(workspaces.id, invitations.workspaceId))
    .leftJoin(
      members,
      and(eq(members.id, invitations.createdBy), eq(members.workspaceId, invitations.workspaceId)),
    )
    .where(eq(invitations.tokenHash, tokenHash))
  return found
}

/** Its address, for the audit; undefined where there is no such invitation, or it is over. */
export async function revokeInvitation(
  db: Database,
  workspaceId: string,
  id: string,
  gives: Role[],
  now: number,
): Promise<Invitation | undefined> {
  const [revoked] = await db
    .update(invitations)
    .set({ endedAt: now })
    .where(
      and(
        eq(invitations.workspaceId, workspaceId),
        eq(invitations.id, id),
        isNull(invitations.endedAt),
        gt(invitations.expiresAt, now),
        isOneOf(invitations.role, gives),
      ),
    )
    .returning()
  return revoked
}

export interface Acceptance {
  tokenHash: string
  /** In lower case. */
  email: string
  /** Roles of makers who may give the invitation's role now. */
  makers: Role[]
  member: { id: string; issuer: string; subject: string; email: string; name: string | null }
}

/**
 * Uses the invitation up and makes the member, or neither.
 * @returns whether it did; false where it is over, is for another address, or its maker may not give its role any more
 */
export async function acceptInvitation(
  db: Database,
  { tokenHash, email, makers, member }: Acceptance,
  now: number,
): Promise<boolean> {
  // The one that the first statement has used up for them, if it has.
  const joining = db
    .select({
      id: sql<string>`${member.id}`.as('id'),
      workspaceId: invitations.workspaceId,
      issuer: sql<string>`${member.issuer}`.as('issuer'),
      subject: sql<string>`${member.subject}`.as('subject'),
      email: sql<string>`${member.email}`.as('email'),
      name: sql<string | null>`${member.name}`.as('name'),
      role: invitations.role,
      createdAt: sql<number>`${now}`.as('created_at'),
      signedOutAt: sql<null>`NULL`.as('signed_out_at'),
      lastOpenedAt: sql<number>`${now}`.as('last_opened_at'),
    })
    .from(invitations)
    .where(and(eq(invitations.tokenHash, tokenHash), eq(invitations.usedBy, member.id)))
  const [used] = await db.batch([
    db
      .update(invitations)
      .set({ endedAt: now, usedBy: member.id })
      .where(
        and(
          eq(invitations.tokenHash, tokenHash),
          eq(invitations.email, email),
          isNull(invitations.endedAt),
          gt(invitations.expiresAt, now),
          sql`EXISTS (SELECT 1 FROM ${members} WHERE ${members.id} = ${invitations.createdBy} AND ${members.workspaceId} = ${invitations.workspaceId} AND ${isOneOf(members.role, makers)})`,
        ),
      )
      .returning({ id: invitations.id }),
    db.insert(members).select(joining).onConflictDoNothing(),
  ])
  return used.length > 0
}

export async function pruneInvitations(db: Database, before: number): Promise<void> {
  await db.delete(invitations).where(lt(invitations.expiresAt, before))
}

function isOneOf(column: typeof invitations.role | typeof members.role, roles: Role[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(roles)}))`
}
