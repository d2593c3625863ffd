// The history of a connection in words, newest first: what happened, who asked for it, how it went.

import { REASONS, type Reason } from '../../domain/connection.ts'
import { guidance } from '../../domain/guidance.ts'
import type { HistoryEvent, HistoryKind } from '../../domain/history.ts'
import type { Trigger } from '../../domain/record.ts'
import { duration } from '../format.ts'
import { noticeTitle } from './notice.tsx'
import { Time } from './time.tsx'

const SHOWN = 10

const KINDS: Record<HistoryKind, { text: string; tone: 'good' | 'warn' | 'bad' | 'calm' }> = {
  created: { text: 'Created', tone: 'calm' },
  connected: { text: 'Connected', tone: 'good' },
  reconnected: { text: 'Reconnected', tone: 'good' },
  consent_failed: { text: 'An attempt to connect failed', tone: 'warn' },
  refreshed: { text: 'Token refreshed', tone: 'calm' },
  refresh_failed: { text: 'A refresh failed', tone: 'warn' },
  reauthorize: { text: 'Reauthorize', tone: 'bad' },
  renamed: { text: 'Renamed', tone: 'calm' },
  paused: { text: 'Paused', tone: 'calm' },
  resumed: { text: 'Resumed', tone: 'calm' },
  deleted: { text: 'Deleted', tone: 'calm' },
}

const REFRESH_TRIGGERS: Record<Trigger, string> = {
  alarm: 'on schedule',
  cron: 'by the repair check',
  read: 'because a workflow asked for a token',
  rejected: 'because a workflow reported the token as refused',
  manual: 'by hand',
  consent: 'with the consent',
}

const FAILURES: Record<string, string> = {
  transient: 'the service had a problem',
  limited: 'the service asked us to slow down',
  config: 'the service refused the OAuth app',
  suspect: 'the answer of the service was unclear',
  in_doubt: 'the answer of the service was lost',
  dead: 'the service no longer accepts this grant',
  consent: 'the service wants consent again',
}

interface TimelineProps {
  history: HistoryEvent[]
  now: number
  service: string
  /** Words of the service itself are for admins. */
  showDetails: boolean
}

export function Timeline({ history, now, service, showDetails }: TimelineProps) {
  if (history.length === 0) return <p class="quiet">Nothing has happened yet.</p>
  const list = (events: HistoryEvent[]) => (
    <ol class="timeline">
      {events.map((event, index) => (
        <Entry
          event={event}
          now={now}
          service={service}
          showDetails={showDetails && !repeats(event, events[index + 1])}
        />
      ))}
    </ol>
  )
  return (
    <>
      {list(history.slice(0, SHOWN))}
      {history.length > SHOWN ? (
        <details class="more">
          <summary>Show all {history.length} entries</summary>
          {list(history.slice(SHOWN))}
        </details>
      ) : null}
    </>
  )
}

interface EntryProps {
  event: HistoryEvent
  now: number
  service: string
  showDetails: boolean
}

function Entry({ event, now, service, showDetails }: EntryProps) {
  const { tone } = KINDS[event.kind]
  return (
    <li class={`entry ${tone}`}>
      <span class="entry-text">
        {sentence(event, service)}
        {event.durationMs === null ? null : <span class="quiet"> · {duration(event.durationMs)}</span>}
        {showDetails && event.detail ? <span class="quoted">{event.detail}</span> : null}
      </span>
      <span class="entry-time">
        <Time at={event.at} now={now} />
      </span>
    </li>
  )
}

/** A refresh that ended the access says in its own entry what the service answered. */
function repeats(event: HistoryEvent, before: HistoryEvent | undefined): boolean {
  return event.kind === 'reauthorize' && before?.kind === 'refresh_failed' && event.detail === before.detail
}

function sentence({ kind, trigger, outcome }: HistoryEvent, service: string): string {
  const { text } = KINDS[kind]
  switch (kind) {
    case 'refreshed':
      return `${text} ${REFRESH_TRIGGERS[trigger]}`
    case 'refresh_failed':
      return `${text} (${REFRESH_TRIGGERS[trigger]})${outcome ? `: ${FAILURES[outcome] ?? outcome}` : ''}`
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

function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text)
}
