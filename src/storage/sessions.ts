// The sessions table: hashes of cookies, never the cookies. A person's sessions are those of all their memberships.

import { and, desc, eq, exists, gt, inArray, lte, type SQL, sql } from 'drizzle-orm'
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
  sessionId: string
  /** Every workspace this person is a member of, by name. */
  workspaces: { id: string; name: string }[]
}

/** A person is (issuer, subject). */
export interface Person {
  issuer: string
  subject: string
}

/** A session lives until its end, and while it was seen after `seenAfter`. */
export interface Living {
  now: number
  seenAfter: number
}

/** None for a member who has been removed in that moment. */
export async function insertSession(db: Database, session: typeof sessions.$inferSelect): Promise<void> {
  const { tokenHash, id, createdAt, expiresAt, lastSeenAt, browser } = session
  const row = db
    .select({
      tokenHash: sql<string>`${tokenHash}`.as('token_hash'),
      id: sql<string>`${id}`.as('id'),
      memberId: members.id,
      createdAt: sql<number>`${createdAt}`.as('created_at'),
      expiresAt: sql<number>`${expiresAt}`.as('expires_at'),
      lastSeenAt: sql<number>`${lastSeenAt}`.as('last_seen_at'),
      browser: sql<string>`${browser}`.as('browser'),
    })
    .from(members)
    .where(eq(members.id, session.memberId))
  await db.insert(sessions).select(row)
}

/** Who a living session belongs to, with the workspace, in one query. */
export async function findSession(
  db: Database,
  tokenHash: string,
  living: Living,
): Promise<{ member: SessionMember; lastSeenAt: number } | undefined> {
  const [found] = await db
    .select({
      member: {
        id: members.id,
        workspaceId: members.workspaceId,
        workspaceName: workspaces.name,
        issuer: members.issuer,
        subject: members.subject,
        email: members.email,
        name: members.name,
        role: members.role,
        sessionId: sessions.id,
      },
      workspaces: sql<string>`(
        SELECT json_group_array(json_object('id', w.id, 'name', w.name))
        FROM ${members} m JOIN ${workspaces} w ON w.id = m.workspace_id
        WHERE m.issuer = ${members.issuer} AND m.subject = ${members.subject})`,
      lastSeenAt: sessions.lastSeenAt,
    })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(and(eq(sessions.tokenHash, tokenHash), isLiving(living)))
  if (!found) return undefined
  const all = JSON.parse(found.workspaces) as SessionMember['workspaces']
  const byName = all.sort((left, right) => left.name.localeCompare(right.name))
  return { member: { ...found.member, workspaces: byName }, lastSeenAt: found.lastSeenAt }
}

export async function touchSession(db: Database, id: string, now: number): Promise<void> {
  await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.id, id))
}

export interface SessionRow {
  id: string
  workspaceName: string
  createdAt: number
  lastSeenAt: number
  browser: string
}

/** The living sessions of a person, the one seen last first. */
export function listSessions(db: Database, person: Person, living: Living): Promise<SessionRow[]> {
  return db
    .select({
      id: sessions.id,
      workspaceName: workspaces.name,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      browser: sessions.browser,
    })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .innerJoin(workspaces, eq(workspaces.id, members.workspaceId))
    .where(and(isPerson(person), isLiving(living)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
}

export async function deleteSession(db: Database, tokenHash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, tokenHash))
}

/**
 * Ends one session of a person, and notes the moment for all their memberships.
 * @returns false where it is not theirs, or over already
 */
export async function endSessionOf(db: Database, person: Person, id: string, now: number): Promise<boolean> {
  const ofPerson = db.select({ id: members.id }).from(members).where(isPerson(person))
  const theirs = and(eq(sessions.id, id), inArray(sessions.memberId, ofPerson))
  const [, ended] = await db.batch([
    db
      .update(members)
      .set({ signedOutAt: now })
      .where(and(isPerson(person), exists(db.select({ id: sessions.id }).from(sessions).where(theirs)))),
    db.delete(sessions).where(theirs).returning({ id: sessions.id }),
  ])
  return ended.length > 0
}

/** Ends every session of a person. @returns how many there were */
export async function endSessionsOf(db: Database, person: Person, now: number): Promise<number> {
  const ofPerson = db.select({ id: members.id }).from(members).where(isPerson(person))
  const [ended] = await db.batch([
    db.delete(sessions).where(inArray(sessions.memberId, ofPerson)).returning({ id: sessions.id }),
    db.update(members).set({ signedOutAt: now }).where(isPerson(person)),
  ])
  return ended.length
}

/** Two statements, so that each has its index. */
export async function deleteOverSessions(db: Database, { now, seenAfter }: Living): Promise<void> {
  await db.batch([
    db.delete(sessions).where(lte(sessions.expiresAt, now)),
    db.delete(sessions).where(lte(sessions.lastSeenAt, seenAfter)),
  ])
}

/** The latest moment at which this person signed out of some browser; null where they never did. */
export async function lastSignOut(db: Database, person: Person): Promise<number | null> {
  const [row] = await db
    .select({ at: members.signedOutAt })
    .from(members)
    .where(isPerson(person))
    .orderBy(desc(members.signedOutAt))
    .limit(1)
  return row?.at ?? null
}

export function isPerson({ issuer, subject }: Person): SQL | undefined {
  return and(eq(members.issuer, issuer), eq(members.subject, subject))
}

function isLiving({ now, seenAfter }: Living): SQL | undefined {
  return and(gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, seenAfter))
}
