// Events that webhooks tell, and what a connection's record keeps of them.

import type { EndsWithinDays } from './attention.ts'

export const EVENT_TYPES = [
  'connection.reauthorize',
  'connection.recovered',
  'connection.ends_soon',
  'connection.held',
  'connection.deleted',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** `held`: the OAuth app is refused, and this connection has met that. */
export type Condition = 'fine' | 'held' | 'reauthorize' | 'deleted'

/** What was told last. */
export interface Told {
  condition: Condition
  endsWithinDays: EndsWithinDays | null
  /** Of the consent that the step belongs to. */
  consentedAt: number | null
}

export interface News {
  type: EventType
  reason: string
}

export interface OutboxEvent extends News {
  id: string
  at: number
  /** As the API showed it then. */
  connection: { readonly id: string }
}
