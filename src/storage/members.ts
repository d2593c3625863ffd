// The members table. A member is (issuer, subject) in one workspace; the e-mail address is for display. What must hold
// under a race (an owner stays, nobody gives what they may not) is a condition of the very statement that writes.

import { and, asc, count, desc, eq, exists, inArray, isNull, ne, or, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Role } from '../domain/roles.ts'
import type { Database } from './database.ts'
import { apiKeys, connections, members } from './schema.ts'
import { isPerson, type Person } from './sessions.ts'

export type Member = typeof members.$inferSelect

/** The membership of this person that was opened last. */
export async function findMember(db: Database, person: Person): Promise<Member | undefined> {
  const [member] = await db
    .select()
    .from(members)
    .where(isPerson(person))
    .orderBy(desc(members.lastOpenedAt), asc(members.createdAt), asc(members.id))
    .limit(1)
  return member
}

/** Where this person is a member of this workspace. */
export async function findMembership(
  db: Database,
  workspaceId: string,
  person: Person,
): Promise<Member | undefined> {
  const [member] = await db
    .select()
    .from(members)
    .where(and(eq(members.workspaceId, workspaceId), isPerson(person)))
  return member
}

export async function findMemberById(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<Member | undefined> {
  const [member] = await db
    .select()
    .from(members)
    .where(and(eq(members.workspaceId, workspaceId), eq(members.id, id)))
  return member
}

/** Adds the member, or answers the one that this identity already is in this workspace. */
export async function addMember(db: Database, member: Member): Promise<Member> {
  await db
    .insert(members)
    .values(member)
    .onConflictDoNothing({ target: [members.workspaceId, members.issuer, members.subject] })
  const stored = await findMembership(db, member.workspaceId, member)
  if (!stored) throw new Error('a member exists after this insert')
  return stored
}

/** What is shown of a person, as the issuer tells it now, in every workspace. */
export async function updateDisplay(
  db: Database,
  person: Person,
  display: { email: string; name: string | null },
): Promise<void> {
  await db.update(members).set(display).where(isPerson(person))
}

export async function noteOpened(db: Database, memberId: string, now: number): Promise<void> {
  await db.update(members).set({ lastOpenedAt: now }).where(eq(members.id, memberId))
}

/** Makes the person an owner wherever they are a member. @returns the memberships that were less */
export async function promote(db: Database, person: Person): Promise<Member[]> {
  return db
    .update(members)
    .set({ role: 'owner' })
    .where(and(isPerson(person), ne(members.role, 'owner')))
    .returning()
}

export interface MemberLine extends Member {
  /** Connections that live on a consent of theirs. */
  connections: number
  /** API keys they made that are not revoked. */
  keys: number
}

/** Those who are here longest come first. */
export async function listMembers(db: Database, workspaceId: string): Promise<MemberLine[]> {
  const [rows, connectionsOf, keysOf] = await db.batch([
    db
      .select()
      .from(members)
      .where(eq(members.workspaceId, workspaceId))
      .orderBy(asc(members.createdAt), asc(members.id)),
    db
      .select({ id: connections.authorizedBy, total: count() })
      .from(connections)
      .where(eq(connections.workspaceId, workspaceId))
      .groupBy(connections.authorizedBy),
    db
      .select({ id: apiKeys.createdBy, total: count() })
      .from(apiKeys)
      .where(and(eq(apiKeys.workspaceId, workspaceId), isNull(apiKeys.revokedAt)))
      .groupBy(apiKeys.createdBy),
  ])
  const totalOf = (counts: { id: string | null; total: number }[], id: string) =>
    counts.find((each) => each.id === id)?.total ?? 0
  return rows.map((member) => ({
    ...member,
    connections: totalOf(connectionsOf, member.id),
    keys: totalOf(keysOf, member.id),
  }))
}

/** Who changes somebody, as they were when they were let in, and the roles they may give and take. */
export interface Changer {
  id: string
  role: Role
  gives: Role[]
}

export interface MemberRef {
  workspaceId: string
  memberId: string
}

/**
 * @returns the changed member, or undefined where nothing was changed: no such member, a role that the changer may not
 * take, no owner left, or a changer who is no longer what they were
 */
export async function changeRole(
  db: Database,
  ref: MemberRef,
  role: Role,
  changer: Changer,
): Promise<Member | undefined> {
  if (!changer.gives.includes(role)) return undefined
  const [changed] = await db
    .update(members)
    .set({ role })
    .where(
      and(
        isMember(ref),
        inArray(members.role, changer.gives),
        role === 'owner' ? undefined : leavesAnOwner(db),
        isStill(db, ref.workspaceId, changer),
      ),
    )
    .returning()
  return changed
}

export function isMember({ workspaceId, memberId }: MemberRef): SQL | undefined {
  return and(eq(members.workspaceId, workspaceId), eq(members.id, memberId))
}

/** The member is no owner, or not the only one. */
export function leavesAnOwner(db: Database): SQL | undefined {
  const other = alias(members, 'other')
  const others = db
    .select({ id: other.id })
    .from(other)
    .where(and(eq(other.workspaceId, members.workspaceId), eq(other.role, 'owner'), ne(other.id, members.id)))
  return or(ne(members.role, 'owner'), exists(others))
}

export function isStill(db: Database, workspaceId: string, { id, role }: Changer): SQL {
  const changer = alias(members, 'changer')
  return exists(
    db
      .select({ id: changer.id })
      .from(changer)
      .where(and(eq(changer.id, id), eq(changer.workspaceId, workspaceId), eq(changer.role, role))),
  )
}

/** Names, or addresses, of the members who build workflows and no more. */
export async function listBuilders(db: Database, workspaceId: string): Promise<string[]> {
  const found = await db
    .select({ name: members.name, email: members.email })
    .from(members)
    .where(and(eq(members.workspaceId, workspaceId), eq(members.role, 'builder')))
    .orderBy(asc(members.createdAt), asc(members.id))
  return found.map(({ name, email }) => name ?? email)
}
