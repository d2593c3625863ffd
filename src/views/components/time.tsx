// A moment, said relative to `now`, exact in the title; public/app.js puts the title into the reader's time zone.

import { exactTime, relativeTime } from '../format.ts'

export function Time({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={exactTime(at)}>
      {relativeTime(at, now)}
    </time>
  )
}

export function TimeOr({ at, now, empty }: { at: number | null; now: number; empty: string }) {
  return at === null ? <span class="quiet">{empty}</span> : <Time at={at} now={now} />
}
