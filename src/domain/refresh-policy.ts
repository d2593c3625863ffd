// When a token is refreshed, when it may be served, how long to wait after a failure. Pure: times in, decisions out.

const MINUTE_MS = 60_000

/** A refresh or exchange may take this long; after it, plus SETTLE_MS, a call can no longer be in flight. */
export const TOKEN_CALL_DEADLINE_MS = 30_000
export const OTHER_CALL_DEADLINE_MS = 15_000
export const REVOCATION_DEADLINE_MS = 10_000
/** A reader waits this long for a refresh; the refresh goes on without it. */
export const READER_WAIT_MS = 10_000
const SETTLE_MS = 5_000
/** A suspect answer ends a grant only when repeated this often over this long, with the access token expired. */
const SUSPECT_COUNT = 3
const SUSPECT_SPAN_MS = 10 * MINUTE_MS
const DEFAULT_MIN_FRESH_MS = MINUTE_MS
const BACK_OFF_MS = [1_000, 4_000, 15_000, 60_000]
const LONGEST_BACK_OFF_MS = 5 * MINUTE_MS
/** Once failures repeat, a shorter `Retry-After` is not believed. */
const SHORTEST_ASKED_MS = 15_000
const LONGEST_RETRY_AFTER_MS = 60 * MINUTE_MS
/** A rejected report forces a refresh at most this often. */
export const REJECTED_PAUSE_MS = MINUTE_MS

/** Place of a connection in its refresh band, 0 up to 1, always the same for the same ID (FNV-1a, then mixed). */
export function spread(connectionId: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < connectionId.length; index++) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/**
 * When a token obtained at `obtainedAt` and ending at `expiresAt` is due: 75–85 % of its life, for lives of 30 minutes
 * and more at least 5 minutes before the end; 95 % where refreshing kills the old access token.
 */
export function dueAt(
  connectionId: string,
  obtainedAt: number,
  expiresAt: number,
  killsOldAccess: boolean,
): number {
  const life = Math.max(0, expiresAt - obtainedAt)
  if (killsOldAccess) return obtainedAt + Math.floor(life * 0.95)
  const due = obtainedAt + Math.floor(life * (0.75 + 0.1 * spread(connectionId)))
  return life >= 30 * MINUTE_MS ? Math.min(due, expiresAt - 5 * MINUTE_MS) : due
}

/** Times of the current access token, as known from the object or from the edge copy. */
export interface TokenTimes {
  obtainedAt: number
  expiresAt: number | null
  dueAt: number | null
}

/** `serve` answers at once; `serve_and_nudge` answers and starts a refresh behind; `refresh` waits for one. */
export type Freshness = 'serve' | 'serve_and_nudge' | 'refresh'

export function isExpired(token: Pick<TokenTimes, 'expiresAt'>, now: number): boolean {
  return token.expiresAt !== null && token.expiresAt <= now
}

/** @param minFreshMs what the caller asked for with `Cache-Control: min-fresh`, or undefined */
export function freshness(token: TokenTimes, now: number, minFreshMs?: number): Freshness {
  if (token.expiresAt === null) return 'serve'
  const remaining = token.expiresAt - now
  if (remaining <= 0) return 'refresh'
  const quarter = (token.expiresAt - token.obtainedAt) / 4
  // No more than a quarter of the life can be asked for: a token newly obtained is never refreshed for freshness.
  if (remaining < Math.min(minFreshMs ?? DEFAULT_MIN_FRESH_MS, quarter)) return 'refresh'
  return token.dueAt !== null && now >= token.dueAt ? 'serve_and_nudge' : 'serve'
}

/** Pause after the n-th failure in a row (n from 1), with jitter of a fifth either way; `random` is 0 up to 1. */
export function backOffMs(attempt: number, random: number): number {
  const base = BACK_OFF_MS[attempt - 1] ?? LONGEST_BACK_OFF_MS
  return Math.round(base * (0.8 + 0.4 * random))
}

/** What the provider asked for, up to an hour and not in a loop of moments; else our own back-off. */
export function retryAfterMs(attempt: number, asked: number | null, random: number): number {
  const own = backOffMs(attempt, random)
  return asked === null
    ? own
    : Math.min(Math.max(asked, Math.min(own, SHORTEST_ASKED_MS)), LONGEST_RETRY_AFTER_MS)
}

/** Milliseconds of a `Retry-After` header (RFC 9110 10.2.3): seconds or a date; null for anything else. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000
  // Date.parse finds a date in "-1" and "try again 1"; every form of an HTTP date begins with its day.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(header.trim())) return null
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** From this moment a call can no longer be in flight: since it was seen to end, or well past its deadline. */
export function callOverAt({ startedAt, endedAt }: { startedAt: number; endedAt?: number }): number {
  return endedAt ?? startedAt + TOKEN_CALL_DEADLINE_MS + SETTLE_MS
}

export interface Suspicion {
  count: number
  firstAt: number
}

/** Whether answers that only look like a dead grant have been repeated enough to believe them. */
export function suspicionConfirmed(
  suspicion: Suspicion,
  token: Pick<TokenTimes, 'expiresAt'>,
  now: number,
): boolean {
  return (
    suspicion.count >= SUSPECT_COUNT && now - suspicion.firstAt >= SUSPECT_SPAN_MS && isExpired(token, now)
  )
}
