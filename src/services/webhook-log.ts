// The delivery log of an endpoint, and what is sent at a person's word: a test, and a delivery once more.

import type { Failure } from '../domain/failure.ts'
import { newId } from '../domain/ids.ts'
import { testPayload } from '../domain/webhook.ts'
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type EndpointRow, findEndpointRow } from '../storage/webhook-endpoints.ts'
import {
  claimDelivery,
  findEvents,
  hasDelivery,
  insertTest,
  type LogEntry,
  listDeliveries,
} from '../storage/webhook-events.ts'
import type { Context } from './context.ts'
import { CLAIM_MS, deliverOne } from './deliver-webhooks.ts'

type Walk = Pick<Context, 'config' | 'db' | 'vault' | 'random'>

interface Target {
  workspaceId: string
  endpointId: string
}

const PAGE_SIZE = 50

export async function readLog(
  { db }: Pick<Context, 'db'>,
  endpointId: string,
  cursor: string | null,
): Promise<Result<{ entries: LogEntry[]; nextCursor: string | null }, Failure>> {
  const before = cursor === null ? null : readCursor(cursor)
  if (before === undefined) {
    const errors = [{ path: 'cursor', message: 'Use the link of the previous page as it is.' }]
    return err({ code: 'invalid_request', errors })
  }
  const found = await listDeliveries(db, endpointId, { before, limit: PAGE_SIZE + 1 })
  const entries = found.slice(0, PAGE_SIZE)
  const last = entries.at(-1)
  return ok({ entries, nextCursor: found.length > PAGE_SIZE && last ? writeCursor(last) : null })
}

/** Sends a test event now; the log says what came of it. */
export async function sendTest(
  context: Walk,
  target: Target,
  now: number,
): Promise<Result<{ eventId: string }, Failure>> {
  const endpoint = await enabled(context, target)
  if (!endpoint.ok) return endpoint
  const { workspaceId, endpointId } = target
  const id = newId('evt', context.random)
  const payload = testPayload(endpointId, workspaceId, now)
  const event = { id, workspaceId, connectionId: null, type: 'webhook.test' as const, at: now, payload }
  await insertTest(context.db, event, endpointId)
  return send(context, endpoint.value, id, now)
}

/** Sends an event of the log once more, now; where it fails, it is tried for another day. */
export async function resend(
  context: Walk,
  target: Target,
  eventId: string,
  now: number,
): Promise<Result<{ eventId: string }, Failure>> {
  const endpoint = await enabled(context, target)
  return endpoint.ok ? send(context, endpoint.value, eventId, now) : endpoint
}

async function enabled(
  { db }: Pick<Context, 'db'>,
  { workspaceId, endpointId }: Target,
): Promise<Result<EndpointRow, Failure>> {
  const row = await findEndpointRow(db, workspaceId, endpointId)
  if (!row) return err({ code: 'not_found' })
  if (row.disabledAt === null) return ok(row)
  return err({ code: 'conflict', detail: 'This endpoint is switched off. Switch it on first.' })
}

async function send(
  context: Walk,
  endpoint: EndpointRow,
  eventId: string,
  now: number,
): Promise<Result<{ eventId: string }, Failure>> {
  const [event] = await findEvents(context.db, [eventId])
  if (event?.workspaceId !== endpoint.workspaceId) return err({ code: 'not_found' })
  const until = now + CLAIM_MS
  const claimed = await claimDelivery(context.db, { endpointId: endpoint.id, eventId }, now, until)
  if (!claimed) {
    return (await hasDelivery(context.db, endpoint.id, eventId))
      ? err({ code: 'conflict', detail: 'It is being sent right now. Look again in a minute.' })
      : err({ code: 'not_found' })
  }
  await deliverOne(context, endpoint, claimed, event, until, now)
  return ok({ eventId })
}

function writeCursor({ at, eventId }: LogEntry): string {
  return toBase64Url(utf8(`${at} ${eventId}`))
}

function readCursor(cursor: string): { at: number; eventId: string } | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^(\d{1,15}) (\w{1,100})$/.exec((bytes && fromUtf8(bytes)) ?? '')
  return match ? { at: Number(match[1]), eventId: match[2] ?? '' } : undefined
}
