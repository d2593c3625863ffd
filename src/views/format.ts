// Times and amounts in words, computed on the server from `now`; public/app.js adds the reader's time zone.

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** `20 s`, `42 min`, `3 h`, `5 days`: one unit, rounded. */
export function amount(ms: number): string {
  const abs = Math.abs(ms)
  if (abs < 59.5 * SECOND_MS) return `${Math.round(abs / SECOND_MS)} s`
  if (abs < 59.5 * MINUTE_MS) return `${Math.round(abs / MINUTE_MS)} min`
  if (abs < 23.5 * HOUR_MS) return `${Math.round(abs / HOUR_MS)} h`
  return plural(Math.round(abs / DAY_MS), 'day')
}

/** Like `amount`, with seconds where only a few minutes are left: `1 min 50 s`. */
export function countdown(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS)
  if (seconds < 60 || seconds >= 300 || seconds % 60 === 0) return amount(ms)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `in 2 min`, `3 h ago`; a date from a month away on. */
export function relativeTime(at: number, now: number): string {
  const difference = at - now
  if (Math.abs(difference) >= 31 * DAY_MS) return dateOf(at)
  if (Math.abs(difference) < 3 * SECOND_MS) return 'just now'
  return difference > 0 ? `in ${amount(difference)}` : `${amount(difference)} ago`
}

export function exactTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `30 Nov 2026`, in UTC. */
export function dateOf(at: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(at)
}

/** How long one call took: `180 ms`, `2.4 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  return `${(ms / SECOND_MS).toFixed(ms < 10 * SECOND_MS ? 1 : 0)} s`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`
}

/** `Gmail, Google Docs and Google Drive`. */
export function enumerate(names: string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}

/** A path with its non-empty query parameters. */
export function pathWith(path: string, query: Record<string, string | null | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  return search.size === 0 ? path : `${path}?${search}`
}
