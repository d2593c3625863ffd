// What webhooks do, in words.

import type { EventType } from '../domain/event.ts'
import { EVENT_TYPES } from '../domain/event.ts'
import type { DeliveryState } from '../domain/webhook.ts'
import { duration } from './format.ts'

const SENTENCES: Record<EventType, string> = {
  'connection.reauthorize': 'Somebody must consent again; the reason says why.',
  'connection.recovered': 'It works again, after a reconnect or once its OAuth app is accepted.',
  'connection.ends_soon': 'Its consent ends within 14, 7 or 1 days.',
  'connection.held': 'Its OAuth app is refused, so it cannot be renewed.',
  'connection.deleted': 'It is gone: somebody deleted it, or nobody consented in time.',
}

export const EVENT_CHOICES = EVENT_TYPES.map((type) => ({ type, sentence: SENTENCES[type] }))

export const DELIVERY_STATES: Record<
  DeliveryState,
  { label: string; tone: 'good' | 'warn' | 'bad' | 'calm' }
> = {
  waiting: { label: 'Waiting', tone: 'warn' },
  delivered: { label: 'Delivered', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Not sent', tone: 'calm' },
}

const SILENCES: Record<string, string> = {
  timeout: 'no answer within 15 s',
  unreachable: 'could not be reached',
  address_refused: 'the address is not allowed any more',
  secret_unreadable: 'the signing secret cannot be opened: rotate it',
}

/** `answered 200 in 120 ms`; `no answer within 15 s`. */
export function answerInWords(answer: string, ms: number | null): string {
  const silence = Object.hasOwn(SILENCES, answer) ? SILENCES[answer] : undefined
  if (silence) return silence
  const moved = /^3\d\d$/.test(answer) ? ', a redirect, which is not followed' : ''
  return `answered ${answer}${ms === null ? '' : ` in ${duration(ms)}`}${moved}`
}
