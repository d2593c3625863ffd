// Deliveries that are due: claimed, so that overlapping runs share them; sent endpoint by endpoint, so that a silent one
// takes the time of nobody else; and settled, with the next attempt noted.

import { retryAt } from '../domain/webhook.ts'
import { log } from '../lib/log.ts'
import { disableEndpoint, type EndpointRow, findEndpointRows } from '../storage/webhook-endpoints.ts'
import {
  type ClaimedDelivery,
  claimDeliveries,
  findEvents,
  returnDeliveries,
  type Settlement,
  settleDelivery,
} from '../storage/webhook-events.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'
import { type Attempt, sendWebhook } from './send-webhook.ts'

/** A Worker on the free plan makes 50 requests to the outside in one run. */
const MOST_A_RUN = 40
const AT_ONCE = 5
const LONGEST_RUN_MS = 25_000
/** Longer than a run and its last attempt: a claim that ends meanwhile was cut by a crash. */
export const CLAIM_MS = 120_000
/** The rest of an endpoint that does not answer waits so long. */
const SILENT_PAUSE_MS = 60_000

type Walk = Pick<Context, 'config' | 'vault' | 'db' | 'random'>

/** Sends what is due; only that of one workspace where it is named. */
export async function deliverWebhooks(context: Walk, now: number, workspaceId?: string): Promise<void> {
  const started = Date.now()
  const clock = () => now + Date.now() - started
  const silent: string[] = []
  let sent = 0
  let failed = 0
  while (sent < MOST_A_RUN && clock() - now < LONGEST_RUN_MS) {
    const until = clock() + CLAIM_MS
    const limit = MOST_A_RUN - sent
    const claimed = await claimDeliveries(context.db, clock(), { until, limit, without: silent, workspaceId })
    if (claimed.length === 0) break
    const endpoints = await findEndpointRows(context.db, [...new Set(claimed.map((each) => each.endpointId))])
    const results = await Promise.all(
      endpoints.map((endpoint) => {
        const own = claimed.filter(({ endpointId }) => endpointId === endpoint.id)
        return deliverAll(context, endpoint, own, { until, clock, stopAt: now + LONGEST_RUN_MS })
      }),
    )
    for (const [index, result] of results.entries()) {
      sent += result.sent
      failed += result.failed
      if (result.silent) silent.push(endpoints[index]?.id ?? '')
    }
  }
  if (sent > 0) log('info', { event: 'webhooks', count: sent, failed, ms: Date.now() - started })
}

interface Run {
  /** End of the claims. */
  until: number
  stopAt: number
  clock: () => number
}

/**
 * A few at once, until one is not answered, the endpoint is gone or the run is over: then the rest is given back. Of an
 * endpoint that is gone it is cancelled when it is claimed again.
 */
async function deliverAll(
  context: Walk,
  endpoint: EndpointRow,
  claimed: ClaimedDelivery[],
  { until, stopAt, clock }: Run,
): Promise<{ sent: number; failed: number; silent: boolean }> {
  let [sent, failed] = [0, 0]
  let silent = false
  let gone = false
  for (let from = 0; from < claimed.length; from += AT_ONCE) {
    if (silent || gone || clock() >= stopAt) {
      const nextAt = silent ? clock() + SILENT_PAUSE_MS : clock()
      await returnDeliveries(context.db, claimed.slice(from), until, nextAt)
      break
    }
    const part = claimed.slice(from, from + AT_ONCE)
    const attempts = await deliverPart(context, endpoint, part, until, clock)
    sent += part.length
    failed += attempts.filter((attempt) => attempt && attempt.outcome !== 'delivered').length
    silent = attempts.some((attempt) => attempt?.outcome === 'silent')
    gone = attempts.some((attempt) => attempt?.outcome === 'gone')
  }
  return { sent, failed, silent }
}

async function deliverPart(
  context: Walk,
  endpoint: EndpointRow,
  claimed: ClaimedDelivery[],
  until: number,
  clock: () => number,
): Promise<(Attempt | undefined)[]> {
  const events = await findEvents(
    context.db,
    claimed.map(({ eventId }) => eventId),
  )
  return Promise.all(
    claimed.map((delivery) => {
      const event = events.find(({ id }) => id === delivery.eventId)
      return event && deliverOne(context, endpoint, delivery, event, until, clock())
    }),
  )
}

/** Sends what is claimed, and notes what came of it. */
export async function deliverOne(
  context: Walk,
  endpoint: EndpointRow,
  claimed: ClaimedDelivery,
  message: { id: string; payload: string },
  until: number,
  now: number,
): Promise<Attempt | undefined> {
  const { db } = context
  if (endpoint.disabledAt !== null) {
    await settleDelivery(db, claimed, until, { state: 'cancelled', nextAt: null })
    return undefined
  }
  const attempt = await sendWebhook(context, endpoint, message, now)
  await settleDelivery(db, claimed, until, settlementOf(context, claimed, attempt, now + attempt.ms))
  if (attempt.outcome === 'gone') await endGone(context, endpoint, now)
  return attempt
}

function settlementOf(
  { random }: Pick<Context, 'random'>,
  { attempts: before }: ClaimedDelivery,
  { outcome, answer, ms }: Attempt,
  at: number,
): Settlement {
  const attempts = before + 1
  const last = { attempts, lastAt: at, lastAnswer: answer, lastMs: ms }
  if (outcome === 'delivered') return { ...last, state: 'delivered', nextAt: null }
  const [byte = 0] = random(1)
  const nextAt = outcome === 'gone' ? null : retryAt(attempts, at, byte / 256)
  return { ...last, state: nextAt === null ? 'failed' : 'waiting', nextAt }
}

/** 410: it asks for nothing any more. The page says so. */
async function endGone(context: Walk, endpoint: EndpointRow, now: number): Promise<void> {
  await disableEndpoint(context.db, endpoint, 'gone', now)
  const { workspaceId, id } = endpoint
  const event = { workspaceId, actor: 'webhook', action: 'webhook.gone', subject: id, outcome: 'ok' } as const
  await recordAudit(context, event, now)
}
