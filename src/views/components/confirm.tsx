// A destructive action asks in the page: a panel with its consequences, the real button, and the way back.

import type { Child } from 'hono/jsx'
import { EffectNote } from './effect-note.tsx'

interface ConfirmProps {
  title: string
  action: string
  label: string
  cancelHref: string
  /** Whether the action takes effect at the edge, and with which delay. */
  atTheEdge: boolean
  children?: Child
}

export function ConfirmForm({ title, action, label, cancelHref, atTheEdge, children }: ConfirmProps) {
  return (
    <section class="confirm" id="confirm" aria-labelledby="confirm-title">
      <h2 id="confirm-title">{title}</h2>
      {children}
      {atTheEdge ? <EffectNote /> : null}
      <form method="post" action={action} class="actions">
        <button type="submit" class="button danger">
          {label}
        </button>
        <a class="button" href={cancelHref}>
          Cancel
        </a>
      </form>
    </section>
  )
}
