// The end of a membership in D1, with all that hangs on it, in one transaction; and what is known of those who are gone.

import { and, asc, desc, eq, exists, inArray, isNull, notInArray, or, sql } from 'drizzle-orm'
import type { ApiKeyRow } from './api-keys.ts'
import type { Database } from './database.ts'
import { type Changer, isMember, isStill, leavesAnOwner, type Member, type MemberRef } from './members.ts'
import {
  apiKeys,
  connections,
  connectLinks,
  formerMembers,
  invitations,
  members,
  workspaces,
} from './schema.ts'

export interface Removed {
  member: Member
  /** Their API keys, revoked with them; the copies at the edge are the caller's to write. */
  keys: ApiKeyRow[]
}

/**
 * Ends a membership with all that hangs on it: sessions, API keys, connect links and invitations.
 * @param changer null where the member leaves of their own will
 * @returns undefined where nothing was changed, as with `changeRole`
 */
export async function removeMember(
  db: Database,
  ref: MemberRef,
  changer: Changer | null,
  now: number,
): Promise<Removed | undefined> {
  const { workspaceId, memberId } = ref
  const leaving = db
    .select({
      id: members.id,
      workspaceId: members.workspaceId,
      email: members.email,
      name: members.name,
      leftAt: sql<number>`${now}`.as('left_at'),
    })
    .from(members)
    .where(
      and(
        isMember(ref),
        leavesAnOwner(db),
        changer ? inArray(members.role, changer.gives) : undefined,
        changer ? isStill(db, workspaceId, changer) : undefined,
      ),
    )
  /** One transaction: what comes after goes by whether the first statement found somebody to remember. */
  const hasLeft = exists(
    db.select({ id: formerMembers.id }).from(formerMembers).where(eq(formerMembers.id, memberId)),
  )
  const theirKeys = db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.createdBy, memberId)))
  const [, , , keys, gone] = await db.batch([
    db.insert(formerMembers).select(leaving),
    db
      .update(connectLinks)
      .set({ endedAt: now })
      .where(
        and(
          hasLeft,
          eq(connectLinks.workspaceId, workspaceId),
          or(eq(connectLinks.madeBy, memberId), inArray(connectLinks.madeBy, theirKeys)),
          isNull(connectLinks.endedAt),
        ),
      ),
    db
      .update(invitations)
      .set({ endedAt: now })
      .where(
        and(
          hasLeft,
          eq(invitations.workspaceId, workspaceId),
          eq(invitations.createdBy, memberId),
          isNull(invitations.endedAt),
        ),
      ),
    db
      .update(apiKeys)
      .set({ revokedAt: now, copyDueAt: now })
      .where(
        and(
          hasLeft,
          eq(apiKeys.workspaceId, workspaceId),
          eq(apiKeys.createdBy, memberId),
          isNull(apiKeys.revokedAt),
        ),
      )
      .returning(),
    // The sessions go with the row they point at.
    db
      .delete(members)
      .where(and(hasLeft, isMember(ref)))
      .returning(),
  ])
  const [member] = gone
  return member && { member, keys }
}

/** Connections that live on a consent of this member, newest first. */
export function listAuthorizedBy(
  db: Database,
  { workspaceId, memberId }: MemberRef,
  limit: number,
): Promise<{ id: string; name: string; connector: string }[]> {
  return db
    .select({ id: connections.id, name: connections.name, connector: connections.connector })
    .from(connections)
    .where(and(eq(connections.workspaceId, workspaceId), eq(connections.authorizedBy, memberId)))
    .orderBy(desc(connections.createdAt))
    .limit(limit)
}

/** Names of living keys that this member made. */
export function listKeysMadeBy(
  db: Database,
  { workspaceId, memberId }: MemberRef,
): Promise<{ id: string; name: string }[]> {
  return db
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(
      and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.createdBy, memberId), isNull(apiKeys.revokedAt)),
    )
    .orderBy(asc(apiKeys.createdAt))
}

/** Forgets those whom no audit row can name any more. */
export async function pruneFormerMembers(db: Database, now: number): Promise<void> {
  const kept = db
    .select({ id: formerMembers.id })
    .from(formerMembers)
    .innerJoin(workspaces, eq(workspaces.id, formerMembers.workspaceId))
    .where(sql`${formerMembers.leftAt} > ${now} - ${workspaces.auditRetentionDays} * ${DAY_MS}`)
  await db.delete(formerMembers).where(notInArray(formerMembers.id, kept))
}

const DAY_MS = 24 * 3600_000
