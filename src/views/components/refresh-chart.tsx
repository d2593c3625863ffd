// The last attempts to refresh as bars: height is the time the service took, on a fixed logarithmic scale so that a
// timeout does not flatten the rest; colour is the outcome, and a mark below the line says it without colour.
// SVG attributes instead of styles: the policy allows no inline style.

import type { HistoryEvent } from '../../domain/history.ts'
import { exactTime } from '../format.ts'
import { attemptsSentence, attemptWords, lastAttempts } from '../history.ts'

const WIDTH = 320
const HEIGHT = 66
const BASE = 58
const PLOT = 52
const PITCH = 7
const BAR = 5
const LABELS = 36
/** From the bottom of the scale to its top: 10 ms to 30 s, the deadline of a token request. */
const LOWEST_MS = 10
const HIGHEST_MS = 30_000
const LEAST_HEIGHT = 3
const LINES = [
  { ms: 100, label: '0.1 s' },
  { ms: 1_000, label: '1 s' },
  { ms: 10_000, label: '10 s' },
]

/** What a person has to mend is worse than what passes. */
const MENDED_BY_PEOPLE: readonly (string | null)[] = ['dead', 'consent', 'config', 'scope']

export function RefreshChart({ history }: { history: HistoryEvent[] }) {
  const attempts = lastAttempts(history)
  if (attempts.length === 0) return null
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {LINES.map(({ ms, label }) => (
          <>
            <line
              class="chart-line"
              x1={LABELS + 2}
              x2={WIDTH}
              y1={BASE - scaled(ms)}
              y2={BASE - scaled(ms)}
            />
            <text class="chart-label" x={LABELS - 2} y={BASE - scaled(ms) + 3} text-anchor="end">
              {label}
            </text>
          </>
        ))}
        <line class="chart-base" x1={LABELS + 2} x2={WIDTH} y1={BASE + 0.5} y2={BASE + 0.5} />
        {attempts.map((event, index) => (
          <Bar event={event} x={LABELS + 4 + index * PITCH} />
        ))}
      </svg>
      <figcaption>
        <p class="strong">{attemptsSentence(attempts)}</p>
        <p class="quiet">
          A bar is one refresh, the newest at the right; its height is the time the service took. A mark below
          the line is a failure.
        </p>
      </figcaption>
    </figure>
  )
}

function Bar({ event, x }: { event: HistoryEvent; x: number }) {
  const worked = event.kind === 'refreshed'
  const tone = worked ? 'good' : MENDED_BY_PEOPLE.includes(event.outcome) ? 'bad' : 'warn'
  const height = scaled(event.durationMs ?? 0)
  return (
    <g class={`chart-bar ${tone}`}>
      <title>{`${exactTime(event.at)}: ${attemptWords(event)}`}</title>
      <rect x={x} y={BASE - height} width={BAR} height={height} />
      {worked ? null : <rect x={x} y={BASE + 3} width={BAR} height={4} />}
    </g>
  )
}

function scaled(ms: number): number {
  const share = Math.log(Math.max(ms, LOWEST_MS) / LOWEST_MS) / Math.log(HIGHEST_MS / LOWEST_MS)
  return Math.round(Math.max(LEAST_HEIGHT, Math.min(1, share) * PLOT) * 10) / 10
}
