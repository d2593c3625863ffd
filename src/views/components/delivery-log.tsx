// What was sent to an endpoint, the newest first: what, when, what came of it, and once more at a click.

import type { DeliveryState, WebhookType } from '../../domain/webhook.ts'
import { pathWith, plural } from '../format.ts'
import { answerInWords, DELIVERY_STATES } from '../webhook-words.ts'
import { Badge } from './state.tsx'
import { Time } from './time.tsx'

export interface DeliveryView {
  eventId: string
  type: WebhookType
  connectionId: string | null
  at: number
  state: DeliveryState
  attempts: number
  nextAt: number | null
  lastAt: number | null
  /** A status, or in one word why there was none. */
  lastAnswer: string | null
  lastMs: number | null
}

interface LogProps {
  /** Of the endpoint. */
  path: string
  entries: DeliveryView[]
  nextCursor: string | null
  /** Switched off, it is sent nothing. */
  on: boolean
  now: number
}

export function DeliveryLog({ path, entries, nextCursor, on, now }: LogProps) {
  if (entries.length === 0) return <p class="quiet">Nothing has been sent so far.</p>
  return (
    <>
      <table class="rows deliveries">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">State</th>
            <th scope="col">Last attempt</th>
            <th scope="col">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Row path={path} entry={entry} on={on} now={now} />
          ))}
        </tbody>
      </table>
      {nextCursor ? (
        <p class="next-page">
          <a class="button" href={`${pathWith(path, { cursor: nextCursor })}#deliveries`}>
            Next page
          </a>
        </p>
      ) : null}
    </>
  )
}

function Row({ path, entry, on, now }: { path: string; entry: DeliveryView; on: boolean; now: number }) {
  const { eventId, type, connectionId, at, state, attempts, nextAt, lastAt, lastAnswer, lastMs } = entry
  const { label, tone } = DELIVERY_STATES[state]
  return (
    <tr class="row">
      <th scope="row" class="cell-event">
        <code class="strong">{type}</code>
        <span class="note">
          <Time at={at} now={now} />
          {connectionId ? (
            <>
              , <a href={`/connections/${connectionId}`}>connection</a>
            </>
          ) : null}
        </span>
      </th>
      <td class="cell-state">
        <Badge tone={tone}>{label}</Badge>
        {nextAt !== null ? (
          <span class="note">
            {attempts === 0 ? 'to be sent ' : 'next try '}
            {nextAt <= now ? 'within a minute' : <Time at={nextAt} now={now} />}
          </span>
        ) : null}
      </td>
      <td>
        {lastAnswer === null || lastAt === null ? (
          <span class="quiet">none</span>
        ) : (
          <>
            {answerInWords(lastAnswer, lastMs)}
            <span class="note">
              <Time at={lastAt} now={now} />, {plural(attempts, 'attempt')}
            </span>
          </>
        )}
      </td>
      <td class="cell-action">
        {on ? (
          <form method="post" action={`${path}/resend`}>
            <input type="hidden" name="event" value={eventId} />
            <button type="submit" class="button small">
              {state === 'waiting' ? 'Send now' : 'Send again'}
              <span class="sr"> {type}</span>
            </button>
          </form>
        ) : null}
      </td>
    </tr>
  )
}
