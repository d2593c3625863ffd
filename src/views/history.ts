// The history in words and figures: what each event was, runs of the same kind as one, and what the refreshes came to.

import { REASONS, type Reason } from '../domain/connection.ts'
import type { FailureClass } from '../domain/connector.ts'
import { guidance } from '../domain/guidance.ts'
import type { HistoryEvent, HistoryKind } from '../domain/history.ts'
import type { Trigger } from '../domain/record.ts'
import { noticeTitle } from './components/notice.tsx'
import { amount, countdown, duration, plural } from './format.ts'

const KINDS: Record<HistoryKind, string> = {
  created: 'Created',
  connected: 'Connected',
  reconnected: 'Reconnected',
  consent_failed: 'An attempt to connect failed',
  account_kept: 'The account was kept, the other access was thrown away',
  account_switched: 'Switched to the other account',
  refreshed: 'Token refreshed',
  refresh_failed: 'A refresh failed',
  reauthorize: 'Reauthorize',
  renamed: 'Renamed',
  tools_wished: 'More permissions wished for; they need a consent',
  tools_changed: 'Permissions changed for the next consent',
  wish_dropped: 'The wish for more permissions was dropped',
  paused: 'Paused',
  resumed: 'Resumed',
  deleted: 'Deleted',
}

const TRIGGERS: Record<Trigger, string> = {
  alarm: 'on schedule',
  cron: 'by the repair check',
  read: 'because a workflow asked for a token',
  rejected: 'because a workflow reported the token as refused',
  manual: 'by hand',
  consent: 'with the consent',
}

const FAILURES: Record<FailureClass, string> = {
  transient: 'the service had a problem',
  limited: 'the service asked us to slow down',
  config: 'the service refused the OAuth app',
  suspect: 'the answer of the service was unclear',
  in_doubt: 'the answer of the service was lost',
  dead: 'the service no longer accepts this grant',
  consent: 'the service wants consent again',
  scope: 'the service refused the permissions asked for',
}

/** One event, in the words of an admin. */
export function sentence({ kind, trigger, outcome }: HistoryEvent, service: string): string {
  const text = KINDS[kind]
  switch (kind) {
    case 'refreshed':
      return `${text} ${TRIGGERS[trigger]}`
    case 'refresh_failed':
      return `${text} (${TRIGGERS[trigger]})${outcome ? `: ${failureWords(outcome)}` : ''}`
    case 'reauthorize':
      return outcome ? `${text}: ${isReason(outcome) ? guidance(outcome).title : outcome}` : text
    case 'connected':
    case 'reconnected':
      return outcome === 'fewer_permissions' ? `${text}, with fewer permissions than asked for` : text
    case 'consent_failed':
      return outcome ? `${text}: ${noticeTitle(outcome, service) ?? outcome}` : text
    default:
      return text
  }
}

const SHORTEST_RUN = 3

/** Newest first: a run of at least three routine refreshes, or of failures of one class, stays together; all else is alone. */
export function inRuns(history: HistoryEvent[]): HistoryEvent[][] {
  const runs: HistoryEvent[][] = []
  for (const event of history) {
    const last = runs.at(-1)
    const kind = runKind(event)
    if (last?.[0] && kind !== null && runKind(last[0]) === kind) last.push(event)
    else runs.push([event])
  }
  return runs.flatMap((run) => (run.length < SHORTEST_RUN ? run.map((event) => [event]) : [run]))
}

/** Routine is what the schedule and readers bring about; what a person or a repair did is told one by one. */
function runKind({ kind, trigger, outcome }: HistoryEvent): string | null {
  if (kind === 'refresh_failed') return `failed ${outcome}`
  return kind === 'refreshed' && (trigger === 'alarm' || trigger === 'read') ? 'refreshed' : null
}

/** `Refreshed 14 times, every 1 h`; the run is newest first. */
export function runSentence(run: HistoryEvent[]): string {
  const [newest] = run
  if (newest?.kind === 'refresh_failed') {
    const why = newest.outcome ? `: ${failureWords(newest.outcome)}` : ''
    return `${run.length} refreshes failed in a row, ${pace(run)}${why}`
  }
  return `Refreshed ${run.length} times, ${pace(run)}`
}

/** `every 1 h` where most pauses are much alike, else how long the whole run took. */
function pace(run: HistoryEvent[]): string {
  const gaps = run.slice(1).map(({ at }, index) => (run[index]?.at ?? at) - at)
  const usual = median(gaps)
  const alike = gaps.filter((gap) => gap >= usual / 2 && gap <= usual * 2)
  if (usual > 0 && alike.length * 5 >= gaps.length * 4) return `every ${countdown(usual)}`
  return `within ${amount(gaps.reduce((sum, gap) => sum + gap, 0))}`
}

/** Median time the service took, in words; null where none is known. */
export function usualDuration(events: HistoryEvent[]): string | null {
  const known = events.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
  return known.length === 0 ? null : duration(median(known))
}

const ATTEMPTS = 40

/** The last attempts to refresh, oldest first. */
export function lastAttempts(history: HistoryEvent[]): HistoryEvent[] {
  return history
    .filter(({ kind }) => kind === 'refreshed' || kind === 'refresh_failed')
    .slice(0, ATTEMPTS)
    .reverse()
}

/** `37 of 40 refreshes worked; usually 180 ms.`, and why the others failed. */
export function attemptsSentence(attempts: HistoryEvent[]): string {
  const worked = attempts.filter(({ kind }) => kind === 'refreshed')
  const usual = usualDuration(worked)
  const of = `${worked.length} of ${plural(attempts.length, 'refresh', 'refreshes')} worked`
  const took = usual ? `${worked.length === 1 ? ', in' : '; usually'} ${usual}` : ''
  return `${of}${took}.${failuresSentence(attempts)}`
}

function failuresSentence(attempts: HistoryEvent[]): string {
  const counts = new Map<string, number>()
  for (const { kind, outcome } of attempts) {
    if (kind !== 'refresh_failed') continue
    const why = outcome ? `because ${failureWords(outcome)}` : 'for an unknown reason'
    counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  if (counts.size === 0) return ''
  const parts = [...counts]
    .sort(([, left], [, right]) => right - left)
    .map(([why, count], index) => `${count}${index === 0 ? ' failed' : ''} ${why}`)
  return ` ${parts.join(', ')}.`
}

/** One attempt for its bar: `worked in 180 ms, on schedule`. */
export function attemptWords({ kind, trigger, outcome, durationMs }: HistoryEvent): string {
  const took = durationMs === null ? '' : duration(durationMs)
  if (kind === 'refreshed') return `worked${took && ` in ${took}`}, ${TRIGGERS[trigger]}`
  const why = outcome ? `: ${failureWords(outcome)}` : ''
  return `failed${took && ` after ${took}`}, ${TRIGGERS[trigger]}${why}`
}

function failureWords(outcome: string): string {
  return isFailureClass(outcome) ? FAILURES[outcome] : outcome
}

/** Of nothing it is 0. */
function median(values: number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function isFailureClass(text: string): text is FailureClass {
  return Object.hasOwn(FAILURES, text)
}

function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text)
}
