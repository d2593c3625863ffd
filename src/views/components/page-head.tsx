// The top of a page: the way back, the title, what can be done here.

import type { Child } from 'hono/jsx'

interface PageHeadProps {
  title: string
  back?: { href: string; label: string }
  lead?: Child
  actions?: Child
}

export function PageHead({ title, back, lead, actions }: PageHeadProps) {
  return (
    <div class="page-head">
      {back ? (
        <a class="back" href={back.href}>
          <span aria-hidden="true">←</span> {back.label}
        </a>
      ) : null}
      <div class="page-head-row">
        <div class="page-head-text">
          <h1>{title}</h1>
          {lead ? <p class="lead">{lead}</p> : null}
        </div>
        {actions ? <div class="actions">{actions}</div> : null}
      </div>
    </div>
  )
}

/** Two letters in a box: the mark of a service, without asking anybody for a logo. */
export function Tile({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <span class={large ? 'tile large' : 'tile'} aria-hidden="true">
      {mark(name)}
    </span>
  )
}

/** `LC` for Local CRM, `Go` for Google. */
function mark(name: string): string {
  const [first = '', second] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const [letter = '?', next = ''] = first
  return letter.toUpperCase() + (second ? ([...second][0] ?? '').toUpperCase() : next.toLowerCase())
}
