// The history of a connection, newest first: what happened, who asked for it, how it went. Runs of routine are one entry
// that opens, so that what matters stands out.

import type { HistoryEvent, HistoryKind } from '../../domain/history.ts'
import { duration } from '../format.ts'
import { inRuns, runSentence, sentence, usualDuration } from '../history.ts'
import { Time } from './time.tsx'

const SHOWN = 10

const TONES: Record<HistoryKind, 'good' | 'warn' | 'bad' | 'calm'> = {
  created: 'calm',
  connected: 'good',
  reconnected: 'good',
  consent_failed: 'warn',
  account_kept: 'calm',
  account_switched: 'good',
  refreshed: 'calm',
  refresh_failed: 'warn',
  reauthorize: 'bad',
  renamed: 'calm',
  tools_wished: 'calm',
  tools_changed: 'calm',
  wish_dropped: 'calm',
  paused: 'calm',
  resumed: 'calm',
  deleted: 'calm',
}

interface Common {
  now: number
  service: string
  /** Words of the service itself are for admins. */
  showDetails: boolean
}

export function Timeline({ history, ...common }: Common & { history: HistoryEvent[] }) {
  if (history.length === 0) return <p class="quiet">Nothing has happened yet.</p>
  const runs = inRuns(history)
  const earlier = runs.slice(SHOWN)
  return (
    <>
      <Runs runs={runs.slice(0, SHOWN)} before={earlier[0]} {...common} />
      {earlier.length > 0 ? (
        <details class="more" id="earlier">
          <summary>Show what happened earlier</summary>
          <Runs runs={earlier} {...common} />
        </details>
      ) : null}
    </>
  )
}

interface RunsProps extends Common {
  runs: HistoryEvent[][]
  /** What comes after the last one, further down. */
  before?: HistoryEvent[] | undefined
}

function Runs({ runs, before, ...common }: RunsProps) {
  return (
    <ol class="timeline">
      {runs.map((run, index) => {
        const [event, ...more] = run
        if (!event) return null
        if (more.length > 0) return <Run run={run} newest={event} {...common} />
        const told = repeats(event, (runs[index + 1] ?? before)?.[0])
        return <Entry event={event} {...common} showDetails={common.showDetails && !told} />
      })}
    </ol>
  )
}

/** The id keeps an opened run open while the page follows the connection: new events come on top. */
function Run({ run, newest, ...common }: Common & { run: HistoryEvent[]; newest: HistoryEvent }) {
  const usual = usualDuration(run)
  const { kind, detail } = newest
  return (
    <li class={`entry ${TONES[kind]}`}>
      <div class="entry-text">
        <details class="run" id={`run-${run.at(-1)?.at}`}>
          <summary>
            {runSentence(run)}
            {usual ? <span class="quiet"> · usually {usual}</span> : null}
          </summary>
          <ol class="timeline">
            {run.map((event) => (
              <Entry event={event} {...common} showDetails={common.showDetails && event.detail !== detail} />
            ))}
          </ol>
        </details>
        {common.showDetails && detail ? <span class="quoted">{detail}</span> : null}
      </div>
      <span class="entry-time">
        <Time at={newest.at} now={common.now} />
      </span>
    </li>
  )
}

function Entry({ event, now, service, showDetails }: Common & { event: HistoryEvent }) {
  return (
    <li class={`entry ${TONES[event.kind]}`}>
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
