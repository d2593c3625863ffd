// What the outcome of a refresh does to the record. Pure: the object stores what comes back.

import { type ConnectionEvent, transition } from './connection.ts'
import type { Connector, FailureClass } from './connector.ts'
import { type Grant, reauthorizeBefore } from './grant.ts'
import type { ConnectionRecord, JournalNote, Trouble } from './record.ts'
import { callOverAt, retryAfterMs, suspicionConfirmed } from './refresh-policy.ts'

/** The record with an event of the state table applied; the same record where the event came too late. */
export function applyEvent(record: ConnectionRecord, event: ConnectionEvent, now: number): ConnectionRecord {
  const outcome = transition(record, event)
  if (outcome.effect !== 'changed') return record
  const { lifecycle } = outcome
  const lost = lifecycle.state === 'reauthorize'
  return {
    ...record,
    ...lifecycle,
    // A lost grant is of no further use: nothing is in flight, retried or checked, and what its consent came to is past.
    ...(lost ? { journal: null, trouble: null, holdOff: null, checkDueAt: null, notice: null } : {}),
    // A hint belongs to the answer that ended the grant.
    reasonHint: lost ? record.reasonHint : null,
    updatedAt: now,
  }
}

export function applyRefreshed(
  record: ConnectionRecord,
  fresh: { connector: Connector; grant: Grant; scopes: string[] | null; checkDueAt: number | null },
  now: number,
): ConnectionRecord {
  return {
    ...applyEvent(record, { type: 'refreshed' }, now),
    generation: record.generation + 1,
    grant: fresh.grant,
    grantedScopes: fresh.scopes ?? record.grantedScopes,
    rules: fresh.connector.refresh,
    reauthorizeBefore: reauthorizeBefore(fresh.connector, fresh.grant),
    checkDueAt: fresh.checkDueAt,
    journal: null,
    trouble: null,
    holdOff: null,
    lastRefreshedAt: now,
  }
}

export interface RefreshFailure {
  class: FailureClass
  retryAfterMs: number | null
  detail: string
  /** What the connector knows of this refusal, one sentence for the admin. */
  hint: string | null
  /** Nothing was sent: what an earlier call left open stays open. */
  unsent?: true
  /** Given up at the deadline: the service may still be at work on it. */
  unfinished?: true
}

/** @param random 0 up to 1, for the jitter */
export function applyFailure(
  record: ConnectionRecord,
  failure: RefreshFailure,
  now: number,
  random: number,
): ConnectionRecord {
  const note = record.journal
  const attempts = (record.trouble?.attempts ?? 0) + 1
  const trouble = (kind: Trouble['class'], retryAt: number): Trouble => ({
    class: kind,
    attempts,
    firstAt: record.trouble?.firstAt ?? now,
    retryAt,
    detail: failure.detail,
    hint: failure.hint,
    suspicion: null,
  })
  const retryAt = now + retryAfterMs(attempts, failure.retryAfterMs, random)
  const closed = { ...record, holdOff: null, journal: failure.unsent ? note : afterAnswer(note, now) }
  const hinted = { ...record, reasonHint: failure.hint }
  switch (failure.class) {
    case 'dead': {
      if (!note || note.replays === 0) {
        return applyEvent(hinted, { type: 'grant_dead', reason: 'grant_revoked' }, now)
      }
      // A replay was refused: the first call had its effect. The access token held is served while it lives.
      const expiresAt = record.grant?.expiresAt ?? now
      if (expiresAt <= now) return applyEvent(hinted, { type: 'doubt_unsettled' }, now)
      const journal = { ...note, endedAt: now, refused: true as const }
      return applyEvent(
        { ...record, journal, trouble: trouble('in_doubt', expiresAt) },
        { type: 'answer_lost' },
        now,
      )
    }
    case 'consent':
      return applyEvent(hinted, { type: 'grant_dead', reason: 'consent_required' }, now)
    case 'scope':
      return record.lastRefreshedAt === null
        ? applyEvent({ ...closed, trouble: trouble('config', retryAt) }, { type: 'app_refused' }, now)
        : applyEvent(hinted, { type: 'grant_dead', reason: 'consent_required' }, now)
    case 'config': {
      const refused = failure.unsent ? {} : { appRefused: true as const }
      const held = { ...closed, trouble: { ...trouble('config', retryAt), ...refused } }
      return applyEvent(held, { type: 'app_refused' }, now)
    }
    case 'suspect': {
      const earlier = record.trouble?.suspicion
      const suspicion = { count: (earlier?.count ?? 0) + 1, firstAt: earlier?.firstAt ?? now }
      if (record.grant && suspicionConfirmed(suspicion, record.grant, now)) {
        return applyEvent(hinted, { type: 'grant_dead', reason: 'grant_revoked' }, now)
      }
      const suspected = { ...closed, trouble: { ...trouble('suspect', retryAt), suspicion } }
      return applyEvent(suspected, { type: 'provider_failing' }, now)
    }
    case 'limited':
    case 'transient': {
      const failing = { ...closed, trouble: trouble(failure.class, retryAt) }
      return applyEvent(failing, { type: closed.journal ? 'answer_lost' : 'provider_failing' }, now)
    }
    case 'in_doubt': {
      const journal = note && !failure.unfinished ? { ...note, endedAt: now } : note
      const from = Math.max(retryAt, journal ? callOverAt(journal) : now)
      return applyEvent(
        { ...record, journal, trouble: trouble('in_doubt', from) },
        { type: 'answer_lost' },
        now,
      )
    }
  }
}

/**
 * What comes by the clock alone: the doubt about a call that nobody saw end, and the ends: of an access token that nothing
 * can renew, at a refresh token's known deadline, of a doubt that could not be settled while the access token lived.
 */
export function applyDeadlines(
  record: ConnectionRecord,
  duties: readonly string[],
  now: number,
): ConnectionRecord {
  let current = record
  if (duties.includes('admit_doubt')) current = applyEvent(current, { type: 'answer_lost' }, now)
  if (duties.includes('end_without_refresh_token')) {
    current = applyEvent(current, { type: 'expired_without_refresh_token' }, now)
  }
  if (duties.includes('end_at_deadline')) {
    current = applyEvent(current, { type: 'refresh_token_deadline' }, now)
  }
  if (duties.includes('settle_doubt')) current = applyEvent(current, { type: 'doubt_unsettled' }, now)
  return current
}

/** A definite answer closes the note; one to a replay leaves the earlier doubt as it was. */
function afterAnswer(note: JournalNote | null, now: number): JournalNote | null {
  // What is over is not waited for: the grace window is short.
  return note && note.replays > 0
    ? { ...note, startedAt: note.firstStartedAt, endedAt: now, replays: note.replays - 1 }
    : null
}
