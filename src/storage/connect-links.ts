// Connect links and idempotent answers in D1. A link's token is known to whoever holds the link; here is its hash.

import { and, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { may } from '../domain/roles.ts'
import type { Database } from './database.ts'
import { apiKeys, connectLinks, idempotentAnswers, members, workspaces } from './schema.ts'

export type ConnectLink = typeof connectLinks.$inferSelect

/** Adds the link; older ones of the same connection end with it. */
export async function insertLink(db: Database, link: ConnectLink): Promise<void> {
  await db.batch([
    db
      .update(connectLinks)
      .set({ endedAt: link.createdAt })
      .where(openLinks(link.workspaceId, link.connectionId)),
    db.insert(connectLinks).values(link),
  ])
}

export interface FoundLink {
  link: ConnectLink
  workspaceName: string
  /** Name of the key or member that made it; null where that one is gone, revoked, expired, or no admin any more. */
  requester: string | null
}

/** The link with who asks for it, whatever its state. */
export async function findLink(db: Database, tokenHash: string, now: number): Promise<FoundLink | undefined> {
  const [found] = await readLinks(db, eq(connectLinks.tokenHash, tokenHash), now)
  return found
}

/** Whether whoever made a link for this connection is still there. */
export async function hasLiveMaker(
  db: Database,
  workspaceId: string,
  connectionId: string,
  now: number,
): Promise<boolean> {
  const made = and(eq(connectLinks.workspaceId, workspaceId), eq(connectLinks.connectionId, connectionId))
  return (await readLinks(db, made, now)).some(({ requester }) => requester !== null)
}

async function readLinks(db: Database, condition: SQL | undefined, now: number): Promise<FoundLink[]> {
  const rows = await db
    .select({ link: connectLinks, workspaceName: workspaces.name, key: apiKeys, member: members })
    .from(connectLinks)
    .innerJoin(workspaces, eq(workspaces.id, connectLinks.workspaceId))
    .leftJoin(
      apiKeys,
      and(
        eq(apiKeys.id, connectLinks.madeBy),
        eq(apiKeys.workspaceId, connectLinks.workspaceId),
        isNull(apiKeys.revokedAt),
      ),
    )
    .leftJoin(
      members,
      and(eq(members.id, connectLinks.madeBy), eq(members.workspaceId, connectLinks.workspaceId)),
    )
    .where(condition)
  return rows.map(({ link, workspaceName, key, member }) => {
    const liveKey = key && (key.expiresAt === null || key.expiresAt > now) ? key : null
    const admin = member && may(member.role, 'connections.manage') ? member : null
    return { link, workspaceName, requester: liveKey?.name ?? admin?.name ?? admin?.email ?? null }
  })
}

/** Success uses every open link of the connection up. */
export async function consumeLinks(
  db: Database,
  workspaceId: string,
  connectionId: string,
  now: number,
): Promise<void> {
  await db.update(connectLinks).set({ endedAt: now }).where(openLinks(workspaceId, connectionId))
}

export async function pruneLinks(db: Database, before: number): Promise<void> {
  await db.delete(connectLinks).where(lt(connectLinks.expiresAt, before))
}

/** Takes the place for an answer, or that of one begun before `abandonedBefore`; else the row that stands there. */
export async function claimAnswer(
  db: Database,
  claim: { id: string; workspaceId: string; requestHash: string; createdAt: number },
  abandonedBefore: number,
): Promise<{ requestHash: string; answerSealed: string | null } | undefined> {
  const claimed = await db
    .insert(idempotentAnswers)
    .values({ ...claim, answerSealed: null })
    .onConflictDoUpdate({
      target: idempotentAnswers.id,
      set: { createdAt: claim.createdAt },
      setWhere: sql`${idempotentAnswers.answerSealed} IS NULL
        AND ${idempotentAnswers.requestHash} = ${claim.requestHash}
        AND ${idempotentAnswers.createdAt} < ${abandonedBefore}`,
    })
    .returning({ id: idempotentAnswers.id })
  if (claimed.length > 0) return undefined
  const [known] = await db.select().from(idempotentAnswers).where(eq(idempotentAnswers.id, claim.id))
  return known
}

export async function keepAnswer(db: Database, id: string, answerSealed: string): Promise<void> {
  await db.update(idempotentAnswers).set({ answerSealed }).where(eq(idempotentAnswers.id, id))
}

export async function dropAnswer(db: Database, id: string): Promise<void> {
  await db.delete(idempotentAnswers).where(eq(idempotentAnswers.id, id))
}

export async function pruneAnswers(db: Database, before: number): Promise<void> {
  await db.delete(idempotentAnswers).where(lt(idempotentAnswers.createdAt, before))
}

function openLinks(workspaceId: string, connectionId: string) {
  return and(
    eq(connectLinks.workspaceId, workspaceId),
    eq(connectLinks.connectionId, connectionId),
    isNull(connectLinks.endedAt),
  )
}
