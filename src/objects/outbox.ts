// Events for webhooks, noted in the record by the very write that makes them true, and owed to D1 like its row.

import { connectionJson } from '../domain/connection-json.ts'
import type { EventType, News, OutboxEvent } from '../domain/event.ts'
import { isHeld, newsOf } from '../domain/news.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { payloadOf } from '../domain/webhook.ts'
import type { NewEvent } from '../storage/webhook-events.ts'
import { toDetail } from './row.ts'

/** While D1 is away the newest are kept. */
const MOST = 20
/** A debt is paid right after it is stored; the alarm steps in where that was cut. */
export const PAID_AT_ONCE_MS = 10_000

/** @param before as it is stored now; undefined for the first record */
export function withNews(
  before: ConnectionRecord | undefined,
  record: ConnectionRecord,
  now: number,
): ConnectionRecord {
  const { told, news } = newsOf(before, record, now)
  const outbox = [...(record.outbox ?? []), ...news.map((each) => eventOf(record, each, now))].slice(-MOST)
  if (outbox.length === 0) return { ...record, told }
  const debts = record.debts ?? { row: null, copy: null, attempts: 0, retryAt: now + PAID_AT_ONCE_MS }
  return { ...record, told, outbox, debts: record.deletion ? null : debts }
}

/** The end of a connection that nobody consented to: it has no record to note it in, but always the same event. */
export function withEndOfPending(record: ConnectionRecord, now: number): ConnectionRecord {
  const event = eventOf(record, { type: 'connection.deleted', reason: 'never_connected' }, now)
  return { ...record, outbox: [{ ...event, id: eventId(record.id, event.type, record.createdAt) }] }
}

/** As D1 keeps it: the payload stays as it is, however often it is delivered. */
export function toNewEvent(event: OutboxEvent, record: ConnectionRecord, publicUrl: string): NewEvent {
  const { id, type, at } = event
  const { workspaceId, id: connectionId } = record
  return { id, workspaceId, connectionId, type, at, payload: payloadOf(event, { workspaceId, publicUrl }) }
}

function eventOf(record: ConnectionRecord, { type, reason }: News, at: number): OutboxEvent {
  const detail = toDetail(record, [], at)
  const connection = connectionJson({ ...detail, health: isHeld(record) ? 'held' : detail.health })
  return { id: eventId(record.id, type, at), type, reason, at, connection }
}

/** One connection tells each type once a moment: however often it is written down, it is the same event. */
function eventId(connectionId: string, type: EventType, at: number): string {
  return `evt_${connectionId.slice('con_'.length)}_${type.slice('connection.'.length)}_${at.toString(36)}`
}
