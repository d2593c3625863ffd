// The members table. A member is (issuer, subject); the e-mail address is for display.

import { and, asc, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { members } from './schema.ts'

export type Member = typeof members.$inferSelect

/** The member of the oldest membership with this identity. */
export async function findMember(
  db: Database,
  identity: { issuer: string; subject: string },
): Promise<Member | undefined> {
  const [member] = await db
    .select()
    .from(members)
    .where(and(eq(members.issuer, identity.issuer), eq(members.subject, identity.subject)))
    .orderBy(asc(members.createdAt), asc(members.id))
    .limit(1)
  return member
}

/** Adds the member, or answers the one that this identity already is in this workspace. */
export async function addMember(db: Database, member: Member): Promise<Member> {
  await db
    .insert(members)
    .values(member)
    .onConflictDoNothing({ target: [members.workspaceId, members.issuer, members.subject] })
  const [stored] = await db
    .select()
    .from(members)
    .where(
      and(
        eq(members.workspaceId, member.workspaceId),
        eq(members.issuer, member.issuer),
        eq(members.subject, member.subject),
      ),
    )
  if (!stored) throw new Error('a member exists after this insert')
  return stored
}

/** What is shown of a member, as the issuer tells it now. */
export async function updateMemberDisplay(
  db: Database,
  memberId: string,
  display: { email: string; name: string | null },
): Promise<void> {
  await db.update(members).set(display).where(eq(members.id, memberId))
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
