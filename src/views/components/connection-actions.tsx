// The forms that act on a connection. Reconnect leads to another origin and is never htmx's; the others post in the
// background where JavaScript runs, and the live part takes the answer.

import { may } from '../../domain/roles.ts'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { EffectNote } from './effect-note.tsx'

const WHOLE_PAGE = 'select:#main target:#main swap:outerHTML'

function liveForm(action: string) {
  return {
    'hx-post': action,
    'hx-target': '#connection-live',
    'hx-select': '#connection-live',
    'hx-swap': 'outerMorph',
    'hx-sync': 'this:drop',
    'hx-status:4xx': WHOLE_PAGE,
    'hx-status:5xx': WHOLE_PAGE,
  }
}

/** One button that posts in the background; the live part takes the answer. */
export function LiveForm({ action, label }: { action: string; label: string }) {
  return (
    <form method="post" action={action} {...liveForm(action)}>
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}

interface ReconnectProps {
  id: string
  label?: string
  primary?: boolean
}

export function ReconnectForm({ id, label = 'Reconnect', primary = false }: ReconnectProps) {
  return (
    <form method="post" action={connectionPath(id, 'reconnect')} data-popup>
      <button type="submit" class={primary ? 'button primary' : 'button'}>
        {label}
      </button>
    </form>
  )
}

/** Beside the title; what a state makes urgent stands in its banner instead. */
export function ConnectionActions({ member, connection }: ConnectionProps) {
  const { id, state, paused, refreshDueAt } = connection
  if (!may(member.role, 'connections.manage') || state === 'pending') return null
  const works = state !== 'reauthorize'
  return (
    <div class="head-actions">
      <div class="actions">
        {works && refreshDueAt !== null ? (
          <LiveForm action={connectionPath(id, 'refresh')} label="Refresh now" />
        ) : null}
        {paused ? (
          <LiveForm action={connectionPath(id, 'resume')} label="Resume" />
        ) : works ? (
          <LiveForm action={connectionPath(id, 'pause')} label="Pause" />
        ) : null}
        {works ? <ReconnectForm id={id} /> : null}
      </div>
      {works || paused ? <EffectNote /> : null}
    </div>
  )
}
