// A moment, said relative to `now`, exact in the title; public/app.js puts the title into the reader's time zone.

import { countdown, exactTime, relativeTime } from '../format.ts'

interface TimeProps {
  at: number
  now: number
  /** To the second while it is only minutes away. */
  precise?: boolean
}

export function Time({ at, now, precise = false }: TimeProps) {
  return (
    <time datetime={new Date(at).toISOString()} title={exactTime(at)}>
      {precise && at > now ? `in ${countdown(at - now)}` : relativeTime(at, now)}
    </time>
  )
}

export function TimeOr({ at, now, empty }: { at: number | null; now: number; empty: string }) {
  return at === null ? <span class="quiet">{empty}</span> : <Time at={at} now={now} />
}
