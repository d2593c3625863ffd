// What of a connection is news to the outside: one event a change of state, never one a failure. The record keeps what
// was told last, so that whatever happens in between (a crash, a restore, a hundred failed refreshes), nothing is told
// twice. Pure.

import { endsWithinDays } from './attention.ts'
import type { Condition, News, Told } from './event.ts'
import type { ConnectionRecord } from './record.ts'

export const NOTHING_TOLD: Told = { condition: 'fine', endsWithinDays: null, consentedAt: null }

/** What was told of a connection whose row says that it waits for a person. */
export function toldLost(record?: ConnectionRecord): Told {
  return { ...(record?.told ?? NOTHING_TOLD), condition: 'reauthorize' }
}

/** Compares what was told with what is; `told` of a record from before there were events is what it was then. */
export function newsOf(
  before: ConnectionRecord | undefined,
  record: ConnectionRecord,
  now: number,
): { told: Told; news: News[] } {
  const known = record.told ?? (before ? toldOf(before, NOTHING_TOLD, now) : NOTHING_TOLD)
  const told = toldOf(record, known, now)
  const news: News[] = []
  if (told.condition !== known.condition) news.push(newsOfCondition(told.condition, known.condition, record))
  // A new consent that ends soon is no surprise to whoever gave it.
  const nearer = told.endsWithinDays !== null && told.endsWithinDays < (known.endsWithinDays ?? Infinity)
  if (nearer && told.consentedAt === known.consentedAt) {
    news.push({ type: 'connection.ends_soon', reason: `consent_ends_within_${told.endsWithinDays}_days` })
  }
  return { told, news }
}

export function isHeld({ trouble, holdOff }: ConnectionRecord): boolean {
  return trouble?.appRefused === true || (holdOff !== null && !holdOff.reserved)
}

function newsOfCondition(condition: Condition, before: Condition, { reason }: ConnectionRecord): News {
  switch (condition) {
    case 'deleted':
      return { type: 'connection.deleted', reason: 'deleted' }
    case 'reauthorize':
      return { type: 'connection.reauthorize', reason: reason ?? 'grant_missing' }
    case 'held':
      return { type: 'connection.held', reason: 'app_refused' }
    case 'fine':
      return { type: 'connection.recovered', reason: before === 'held' ? 'app_accepted' : 'reconnected' }
  }
}

function toldOf(record: ConnectionRecord, known: Told, now: number): Told {
  const condition = conditionOf(record, known.condition)
  if (condition === 'deleted' || condition === 'reauthorize') return { ...known, condition }
  return {
    condition,
    endsWithinDays: endsWithinDays(record.reauthorizeBefore, now),
    consentedAt: record.grant?.consentedAt ?? null,
  }
}

/** A provider that fails for now, an unclear renewal, an app that is missing: they make nothing better, nothing worse. */
function conditionOf(record: ConnectionRecord, known: Condition): Condition {
  if (record.deletion) return 'deleted'
  if (record.state === 'reauthorize') return 'reauthorize'
  if (isHeld(record)) return 'held'
  return record.health === 'ok' && record.trouble === null ? 'fine' : known
}
