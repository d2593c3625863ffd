// Connection metadata in D1. The object is the only writer of a row, but for the cron's claim.

import { type AnyColumn, and, count, desc, eq, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import type { WireState } from '../domain/connection.ts'
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../lib/bytes.ts'
import type { Database } from './database.ts'
import { appAlerts, connections } from './schema.ts'

export type ConnectionRow = typeof connections.$inferSelect
export type ConnectionListRow = ConnectionRow & { heldSince: number | null }
/** What the object writes; the rest is the cron's, or derived. */
export type WrittenRow = Omit<ConnectionRow, 'nudgeAt' | 'attention'>

/**
 * Writes the whole row; an older revision never overwrites a newer. What never changes is not set again, for each index
 * over a column that is set costs a write.
 */
export function upsertOf(db: Database, row: WrittenRow) {
  const { id: _, workspaceId: __, connector: ___, createdBy: ____, createdAt: _____, ...changing } = row
  return db
    .insert(connections)
    .values({ ...row, nudgeAt: null })
    .onConflictDoUpdate({
      target: connections.id,
      set: { ...changing, nudgeAt: null },
      setWhere: lt(connections.revision, row.revision),
    })
}

export function deleteOf(db: Database, workspaceId: string, id: string) {
  return db.delete(connections).where(and(eq(connections.workspaceId, workspaceId), eq(connections.id, id)))
}

export interface ListQuery {
  workspaceId: string
  connector?: string | undefined
  state?: WireState | undefined
  /** Only these, for a key with a connection list. */
  ids?: string[] | undefined
  /** Only of these, for a key with a connector list. */
  connectors?: string[] | undefined
  cursor?: string | undefined
  limit: number
}

/** For programs: newest first. `undefined` for a cursor that is not ours. */
export async function listConnections(
  db: Database,
  query: ListQuery,
): Promise<{ rows: ConnectionListRow[]; nextCursor: string | null } | undefined> {
  const filters: (SQL | undefined)[] = [eq(connections.workspaceId, query.workspaceId)]
  if (query.connector !== undefined) filters.push(eq(connections.connector, query.connector))
  if (query.state !== undefined) filters.push(isInState(query.state))
  if (query.connectors !== undefined) filters.push(isOneOf(connections.connector, query.connectors))
  if (query.ids !== undefined) filters.push(isOneOf(connections.id, query.ids))
  if (query.cursor !== undefined) {
    const after = readCursor(query.cursor)
    if (!after) return undefined
    filters.push(sql`(${connections.createdAt}, ${connections.id}) < (${after.createdAt}, ${after.id})`)
  }
  const found = await db
    .select({ row: connections, heldSince: appAlerts.since })
    .from(connections)
    .leftJoin(
      appAlerts,
      and(
        eq(appAlerts.owner, connections.appOwner),
        eq(appAlerts.connector, connections.appConnector),
        eq(appAlerts.kind, 'held'),
      ),
    )
    .where(and(...filters))
    .orderBy(desc(connections.createdAt), desc(connections.id))
    .limit(query.limit + 1)
  const rows = found.slice(0, query.limit).map(({ row, heldSince }) => ({ ...row, heldSince }))
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > query.limit && last ? writeCursor(last) : null }
}

/** How many connections of each connector a workspace has. */
export async function countByConnector(db: Database, workspaceId: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ connector: connections.connector, total: count() })
    .from(connections)
    .where(eq(connections.workspaceId, workspaceId))
    .groupBy(connections.connector)
  return new Map(rows.map(({ connector, total }) => [connector, total]))
}

/**
 * Living connections of the same account through the same OAuth app, besides `id`: in this workspace, and in others where
 * the app is the deployment's.
 */
export async function countSiblings(
  db: Database,
  own: { workspaceId: string; id: string; appOwner: string; appConnector: string; accountId: string },
): Promise<{ here: number; elsewhere: number }> {
  const rows = await db
    .select({ workspaceId: connections.workspaceId, total: count() })
    .from(connections)
    .where(
      and(
        eq(connections.appOwner, own.appOwner),
        eq(connections.appConnector, own.appConnector),
        eq(connections.accountId, own.accountId),
        eq(connections.state, 'active'),
        ne(connections.id, own.id),
      ),
    )
    .groupBy(connections.workspaceId)
  const sum = { here: 0, elsewhere: 0 }
  for (const { workspaceId, total } of rows) {
    sum[workspaceId === own.workspaceId ? 'here' : 'elsewhere'] += total
  }
  return sum
}

/** The oldest other connection of this account and connector that was made before this time. */
export async function findByAccount(
  db: Database,
  own: {
    id: string
    workspaceId: string
    connector: string
    subject: string
    tenant: string | null
    before: number
  },
): Promise<{ id: string; name: string } | undefined> {
  const { tenant } = own
  const [row] = await db
    .select({ id: connections.id, name: connections.name })
    .from(connections)
    .where(
      and(
        eq(connections.workspaceId, own.workspaceId),
        eq(connections.connector, own.connector),
        eq(connections.accountId, own.subject),
        tenant === null ? isNull(connections.accountTenant) : eq(connections.accountTenant, tenant),
        ne(connections.id, own.id),
        lt(connections.createdAt, own.before),
      ),
    )
    .orderBy(connections.createdAt)
    .limit(1)
  return row
}

/** Connections that use this OAuth app and work. */
export async function countOfApp(
  db: Database,
  { owner, connector }: { owner: string; connector: string },
): Promise<number> {
  const [row] = await db
    .select({ total: count() })
    .from(connections)
    .where(
      and(
        eq(connections.appOwner, owner),
        eq(connections.appConnector, connector),
        eq(connections.state, 'active'),
      ),
    )
  return row?.total ?? 0
}

export async function findConnectionRow(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<ConnectionRow | undefined> {
  const [row] = await db
    .select()
    .from(connections)
    .where(and(eq(connections.workspaceId, workspaceId), eq(connections.id, id)))
  return row
}

export async function countOverdue(db: Database, now: number): Promise<number> {
  const [row] = await db.select({ total: count() }).from(connections).where(lt(connections.heardBy, now))
  return row?.total ?? 0
}

/**
 * Claims rows whose object broke its promise to be heard, each for the length of the back-off, after which it goes to the
 * end of the line: broken ones cannot starve the rest, and overlapping runs share the work.
 */
export function claimOverdue(
  db: Database,
  now: number,
  options: { limit: number; backOffMs: number },
): Promise<ConnectionRow[]> {
  const overdue = db
    .select({ id: connections.id })
    .from(connections)
    .where(and(lt(connections.heardBy, now), or(isNull(connections.nudgeAt), lt(connections.nudgeAt, now))))
    .orderBy(sql`coalesce(${connections.nudgeAt}, ${connections.heardBy})`)
    .limit(options.limit)
  return db
    .update(connections)
    .set({ nudgeAt: now + options.backOffMs })
    .where(inArray(connections.id, overdue))
    .returning()
}

function isInState(state: WireState): SQL | undefined {
  if (state === 'reauthorize') return eq(connections.state, 'reauthorize')
  if (state === 'paused') return and(eq(connections.paused, true), ne(connections.state, 'reauthorize'))
  return and(eq(connections.state, state), eq(connections.paused, false))
}

/** One parameter for the whole list: D1 takes no more than a hundred of them. */
export function isOneOf(column: AnyColumn, values: string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`
}

function writeCursor(row: { createdAt: number; id: string }): string {
  return toBase64Url(utf8(`${row.createdAt} ${row.id}`))
}

function readCursor(cursor: string): { createdAt: number; id: string } | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^(\d{1,15}) (con_[0-9a-z]{26})$/.exec((bytes && fromUtf8(bytes)) ?? '')
  return match ? { createdAt: Number(match[1]), id: match[2] ?? '' } : undefined
}
