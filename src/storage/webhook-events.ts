// Events on their way to endpoints. Nothing is written where no endpoint wants it, and nothing twice: an event is known
// by its id, a delivery by endpoint and event.

import { and, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Statement } from './database.ts'
import { webhookDeliveries, webhookEndpoints, webhookEvents } from './schema.ts'

export type NewEvent = typeof webhookEvents.$inferInsert

/** The event, and its delivery to every endpoint that wants it now. */
export function insertsOf(db: Database, event: NewEvent): Statement[] {
  const { id, workspaceId, connectionId = null, type, at, payload } = event
  const wanted = sql`workspace_id = ${workspaceId} and disabled_at is null
    and exists (select 1 from json_each(events) where value = ${type})`
  return [
    db
      .insert(webhookEvents)
      .select(
        sql`select ${id}, ${workspaceId}, ${connectionId}, ${type}, ${at}, ${payload}
          where exists (select 1 from ${webhookEndpoints} where ${wanted})`,
      )
      .onConflictDoNothing(),
    db
      .insert(webhookDeliveries)
      .select(
        sql`select id, ${id}, ${at}, 'waiting', 0, ${at}, null, null, null, null from ${webhookEndpoints}
          where ${wanted}`,
      )
      .onConflictDoNothing(),
  ]
}

/** An event for one endpoint alone; nothing where that was deleted in the meantime. */
export async function insertTest(db: Database, event: NewEvent, endpointId: string): Promise<void> {
  const { id, workspaceId, connectionId = null, type, at, payload } = event
  await db.batch([
    db.insert(webhookEvents).select(
      sql`select ${id}, ${workspaceId}, ${connectionId}, ${type}, ${at}, ${payload}
        where exists (select 1 from ${webhookEndpoints} where id = ${endpointId})`,
    ),
    db.insert(webhookDeliveries).select(
      sql`select id, ${id}, ${at}, 'waiting', 0, ${at}, null, null, null, null from ${webhookEndpoints}
        where id = ${endpointId}`,
    ),
  ])
}

export interface LogEntry {
  eventId: string
  type: NewEvent['type']
  connectionId: string | null
  at: number
  state: (typeof webhookDeliveries.$inferSelect)['state']
  attempts: number
  nextAt: number | null
  lastAt: number | null
  lastAnswer: string | null
  lastMs: number | null
}

/** The newest first, behind `before` where that is given. */
export function listDeliveries(
  db: Database,
  endpointId: string,
  { before, limit }: { before: { at: number; eventId: string } | null; limit: number },
): Promise<LogEntry[]> {
  const { at, eventId } = webhookDeliveries
  return db
    .select({
      eventId,
      type: webhookEvents.type,
      connectionId: webhookEvents.connectionId,
      at,
      state: webhookDeliveries.state,
      attempts: webhookDeliveries.attempts,
      nextAt: webhookDeliveries.nextAt,
      lastAt: webhookDeliveries.lastAt,
      lastAnswer: webhookDeliveries.lastAnswer,
      lastMs: webhookDeliveries.lastMs,
    })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, eq(webhookEvents.id, eventId))
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        before ? sql`(${at}, ${eventId}) < (${before.at}, ${before.eventId})` : undefined,
      ),
    )
    .orderBy(sql`${at} desc`, sql`${eventId} desc`)
    .limit(limit)
}

/** A delivery that is claimed: whoever holds the claim sends it. */
export interface ClaimedDelivery {
  endpointId: string
  eventId: string
  attempts: number
}

/**
 * Claims deliveries that are due, so that overlapping runs share them and none is sent twice knowingly. The rest of an
 * endpoint that was just found silent is left alone.
 */
export function claimDeliveries(
  db: Database,
  now: number,
  ask: { until: number; limit: number; without: string[]; workspaceId: string | undefined },
): Promise<ClaimedDelivery[]> {
  const ofWorkspace =
    ask.workspaceId === undefined
      ? sql``
      : sql`and endpoint_id in (select id from ${webhookEndpoints} where workspace_id = ${ask.workspaceId})`
  return db
    .update(webhookDeliveries)
    .set({ claimedUntil: ask.until })
    .where(
      sql`(endpoint_id, event_id) in (select endpoint_id, event_id from ${webhookDeliveries}
        where next_at <= ${now} and (claimed_until is null or claimed_until <= ${now})
          and endpoint_id not in (select value from json_each(${JSON.stringify(ask.without)})) ${ofWorkspace}
        order by next_at limit ${ask.limit})`,
    )
    .returning(CLAIMED)
}

/** Claims this one whatever its state, at a person's word; undefined where it is on its way, or not there. */
export async function claimDelivery(
  db: Database,
  { endpointId, eventId }: { endpointId: string; eventId: string },
  now: number,
  until: number,
): Promise<ClaimedDelivery | undefined> {
  const [claimed] = await db
    .update(webhookDeliveries)
    .set({ claimedUntil: until, state: 'waiting', nextAt: now, attempts: 0 })
    .where(and(ofDelivery(endpointId, eventId), sql`(claimed_until is null or claimed_until <= ${now})`))
    .returning(CLAIMED)
  return claimed
}

export async function hasDelivery(db: Database, endpointId: string, eventId: string): Promise<boolean> {
  const found = await db.select(CLAIMED).from(webhookDeliveries).where(ofDelivery(endpointId, eventId))
  return found.length > 0
}

const CLAIMED = {
  endpointId: webhookDeliveries.endpointId,
  eventId: webhookDeliveries.eventId,
  attempts: webhookDeliveries.attempts,
}

type DeliveryRow = typeof webhookDeliveries.$inferSelect
export type Settlement = Pick<DeliveryRow, 'state' | 'nextAt'> &
  Partial<Pick<DeliveryRow, 'attempts' | 'lastAt' | 'lastAnswer' | 'lastMs'>>

/** What an attempt came to; without effect once the claim has passed to somebody else. */
export async function settleDelivery(
  db: Database,
  { endpointId, eventId }: ClaimedDelivery,
  until: number,
  settlement: Settlement,
): Promise<void> {
  await db
    .update(webhookDeliveries)
    .set({ ...settlement, claimedUntil: null })
    .where(and(ofDelivery(endpointId, eventId), eq(webhookDeliveries.claimedUntil, until)))
}

/** Gives claims back unsent, to be taken again from `nextAt` on. */
export async function returnDeliveries(
  db: Database,
  claimed: ClaimedDelivery[],
  until: number,
  nextAt: number,
): Promise<void> {
  const [first] = claimed
  if (!first) return
  const ids = JSON.stringify(claimed.map(({ endpointId, eventId }) => [endpointId, eventId]))
  await db
    .update(webhookDeliveries)
    .set({ claimedUntil: null, nextAt })
    .where(
      and(
        eq(webhookDeliveries.claimedUntil, until),
        sql`(endpoint_id, event_id) in (select value ->> 0, value ->> 1 from json_each(${ids}))`,
      ),
    )
}

export function findEvents(db: Database, ids: string[]): Promise<(typeof webhookEvents.$inferSelect)[]> {
  return db.select().from(webhookEvents).where(inArray(webhookEvents.id, ids))
}

export async function pruneEvents(db: Database, before: number): Promise<void> {
  await db.batch([
    db.delete(webhookDeliveries).where(lt(webhookDeliveries.at, before)),
    db.delete(webhookEvents).where(lt(webhookEvents.at, before)),
  ])
}

/** What has not been sent is not sent any more. */
export function cancelOf(db: Database, endpointId: string) {
  return db
    .update(webhookDeliveries)
    .set({ state: 'cancelled', nextAt: null })
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        eq(webhookDeliveries.state, 'waiting'),
        isNull(webhookDeliveries.claimedUntil),
      ),
    )
}

function ofDelivery(endpointId: string, eventId: string) {
  return and(eq(webhookDeliveries.endpointId, endpointId), eq(webhookDeliveries.eventId, eventId))
}
