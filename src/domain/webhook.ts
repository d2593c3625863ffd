// Rules of webhooks: where they may go, what they carry, when a failed one is tried again.

import { isLoopback } from './configuration.ts'
import type { EventType, OutboxEvent } from './event.ts'
import { isPublicHost } from './public-host.ts'

/** A test is sent by hand, and only to the endpoint it is for. */
export type WebhookType = EventType | 'webhook.test'
export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'cancelled'
/** `gone`: the endpoint itself answered 410. */
export type DisabledReason = 'by_hand' | 'gone'

export const DELIVERY_DEADLINE_MS = 15_000
/** The secret before the last rotation signs beside the new one for so long. */
export const OLD_SECRET_LIFE_MS = 24 * 3600_000
export const ENDPOINTS_PER_WORKSPACE = 10

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
/** After each failed attempt; a day in all. */
const PAUSES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  7 * HOUR_MS,
  9 * HOUR_MS,
]
const LONGEST_URL = 2_000

/** When to try again after so many attempts; null: given up. @param random 0 up to 1, for the jitter */
export function retryAt(attempts: number, now: number, random: number): number | null {
  const pause = PAUSES_MS[attempts - 1]
  return pause === undefined ? null : now + Math.round(pause * (0.9 + 0.2 * random))
}

export interface UrlRules {
  publicUrl: string
  allowInsecureUpstreams: boolean
}

/** The address in its normal form; undefined where nothing may be sent to it. Asked again before every delivery. */
export function webhookUrl(
  text: string,
  { publicUrl, allowInsecureUpstreams }: UrlRules,
): string | undefined {
  const given = text.trim()
  // Line ends and tabs inside would be dropped in silence.
  if (given.length > LONGEST_URL || /[\s\p{Cc}\\]/u.test(given) || !URL.canParse(given)) return undefined
  const url = new URL(given)
  if (url.username !== '' || url.password !== '' || url.hash !== '') return undefined
  // Our own address would answer us.
  if (url.host === new URL(publicUrl).host) return undefined
  const isPublic = url.protocol === 'https:' && isPublicHost(url.hostname)
  const isLocal = allowInsecureUpstreams && url.protocol === 'http:' && isLoopback(url)
  return isPublic || isLocal ? url.href : undefined
}

/** The body that is signed: type, timestamp and data, as Standard Webhooks has it. Nothing secret has a place in it. */
export function payloadOf(
  { type, reason, at, connection }: OutboxEvent,
  { workspaceId, publicUrl }: { workspaceId: string; publicUrl: string },
): string {
  return JSON.stringify({
    type,
    timestamp: new Date(at).toISOString(),
    data: {
      workspace: workspaceId,
      reason,
      connection,
      reconnect_url: type === 'connection.deleted' ? null : `${publicUrl}/connections/${connection.id}`,
    },
  })
}

export function testPayload(endpointId: string, workspaceId: string, at: number): string {
  return JSON.stringify({
    type: 'webhook.test',
    timestamp: new Date(at).toISOString(),
    data: { workspace: workspaceId, endpoint: endpointId },
  })
}
