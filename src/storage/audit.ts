// The audit trail: append-only rows of who did what to what. Nothing secret has a column. A trigger refuses every update;
// a row ends by the retention of its workspace and by nothing else.

import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { newId } from '../domain/ids.ts'
import { fromBase64Url, fromUtf8, type RandomBytes, toBase64Url, utf8 } from '../lib/bytes.ts'
import type { Database } from './database.ts'
import {
  apiKeys,
  audit,
  connections,
  formerMembers,
  invitations,
  members,
  webhookEndpoints,
  workspaces,
} from './schema.ts'

export type AuditRow = typeof audit.$inferSelect

export async function appendAudit(
  db: Database,
  random: RandomBytes,
  row: Omit<AuditRow, 'id' | 'at'>,
  now: number,
): Promise<void> {
  await db.insert(audit).values({ id: newId('aud', random), at: now, ...row })
}

/** All that is given must hold. Times are epoch milliseconds. */
export interface AuditFilter {
  workspaceId: string
  actor?: string | undefined
  action?: string | undefined
  subject?: string | undefined
  failed?: boolean | undefined
  /** From this moment on. */
  from?: number | undefined
  /** Before this moment. */
  before?: number | undefined
}

/** Newest first. Undefined for a cursor that is not ours. */
export async function listAudit(
  db: Database,
  filter: AuditFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ rows: AuditRow[]; nextCursor: string | null } | undefined> {
  const conditions = conditionsOf(filter)
  if (page.cursor !== undefined) {
    const after = readCursor(page.cursor)
    if (!after) return undefined
    conditions.push(sql`(${audit.at}, ${audit.id}) < (${after.at}, ${after.id})`)
  }
  const found = await db
    .select(COLUMNS)
    .from(byIndex(filter))
    .where(and(...conditions))
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(page.limit + 1)
  const rows = found.slice(0, page.limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > page.limit && last ? writeCursor(last) : null }
}

/** When the row came about that has `count` newer ones before it; undefined where there are not so many. */
export async function auditTimeAfter(
  db: Database,
  filter: AuditFilter,
  count: number,
): Promise<number | undefined> {
  const [row] = await db
    .select({ at: COLUMNS.at })
    .from(byIndex(filter))
    .where(and(...conditionsOf(filter)))
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(1)
    .offset(count)
  return row?.at
}

/** What members past and present, API keys, connections and invitations are called; the rest has no name. */
export async function auditNames(
  db: Database,
  workspaceId: string,
  ids: string[],
): Promise<Map<string, string>> {
  const list = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`
  const [people, former, keys, linked, invited, hooks] = await db.batch([
    db
      .select({ id: members.id, name: members.email })
      .from(members)
      .where(and(eq(members.workspaceId, workspaceId), sql`${members.id} IN ${list}`)),
    db
      .select({ id: formerMembers.id, name: formerMembers.email })
      .from(formerMembers)
      .where(and(eq(formerMembers.workspaceId, workspaceId), sql`${formerMembers.id} IN ${list}`)),
    db
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(and(eq(apiKeys.workspaceId, workspaceId), sql`${apiKeys.id} IN ${list}`)),
    db
      .select({ id: connections.id, name: connections.name })
      .from(connections)
      .where(and(eq(connections.workspaceId, workspaceId), sql`${connections.id} IN ${list}`)),
    db
      .select({ id: invitations.id, name: invitations.email })
      .from(invitations)
      .where(and(eq(invitations.workspaceId, workspaceId), sql`${invitations.id} IN ${list}`)),
    db
      .select({ id: webhookEndpoints.id, name: webhookEndpoints.url })
      .from(webhookEndpoints)
      .where(and(eq(webhookEndpoints.workspaceId, workspaceId), sql`${webhookEndpoints.id} IN ${list}`)),
  ])
  const all = [...people, ...former, ...keys, ...linked, ...invited, ...hooks]
  return new Map(all.map(({ id, name }) => [id, name]))
}

export interface AuditActor {
  id: string
  name: string
}

/** Who can have done something: members, those who are gone, API keys. */
export async function listAuditActors(
  db: Database,
  workspaceId: string,
): Promise<{ members: AuditActor[]; former: AuditActor[]; keys: AuditActor[] }> {
  const [people, former, keys] = await db.batch([
    db
      .select({ id: members.id, name: members.email })
      .from(members)
      .where(eq(members.workspaceId, workspaceId))
      .orderBy(members.email),
    db
      .select({ id: formerMembers.id, name: formerMembers.email })
      .from(formerMembers)
      .where(eq(formerMembers.workspaceId, workspaceId))
      .orderBy(formerMembers.email),
    db
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(eq(apiKeys.workspaceId, workspaceId))
      .orderBy(apiKeys.name),
  ])
  return { members: people, former, keys }
}

/** Ends rows that are older than their workspace keeps them, a bounded number. @returns how many */
export async function pruneAudit(db: Database, now: number, limit: number): Promise<number> {
  const ended = await db.run(sql`
    DELETE FROM ${audit} WHERE id IN (
      SELECT a.id FROM ${workspaces} w
      CROSS JOIN ${audit} a ON a.workspace_id = w.id AND a.at < ${now} - w.audit_retention_days * 86400000
      LIMIT ${limit})`)
  return ended.meta.changes
}

/** For a query that names its index, which drizzle does not know of. */
const COLUMNS = {
  id: sql<string>`id`,
  workspaceId: sql<string>`workspace_id`,
  at: sql<number>`at`,
  actor: sql<string>`actor`,
  action: sql<string>`action`,
  subject: sql<string>`subject`,
  outcome: sql<string>`outcome`,
  failed: sql`failed`.mapWith(Boolean),
  detail: sql<string | null>`detail`,
}

/** The narrowest index, by name: left to itself, SQLite would walk all rows between two dates. */
function byIndex({ subject, actor, action, failed }: AuditFilter): SQL {
  const index =
    subject !== undefined
      ? 'audit_by_subject'
      : actor !== undefined
        ? 'audit_by_actor'
        : action !== undefined
          ? 'audit_by_action'
          : failed !== undefined
            ? 'audit_by_failure'
            : 'audit_list'
  return sql`${audit} INDEXED BY ${sql.identifier(index)}`
}

function conditionsOf({ workspaceId, actor, action, subject, failed, from, before }: AuditFilter): SQL[] {
  const conditions = [eq(audit.workspaceId, workspaceId)]
  if (actor !== undefined) conditions.push(eq(audit.actor, actor))
  if (action !== undefined) conditions.push(eq(audit.action, action))
  if (subject !== undefined) conditions.push(eq(audit.subject, subject))
  if (failed !== undefined) conditions.push(eq(audit.failed, failed))
  if (from !== undefined) conditions.push(gte(audit.at, from))
  if (before !== undefined) conditions.push(lt(audit.at, before))
  return conditions
}

function writeCursor({ at, id }: AuditRow): string {
  return toBase64Url(utf8(`${at} ${id}`))
}

function readCursor(cursor: string): { at: number; id: string } | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^(\d{1,15}) (\w{1,40})$/.exec((bytes && fromUtf8(bytes)) ?? '')
  return match ? { at: Number(match[1]), id: match[2] ?? '' } : undefined
}
