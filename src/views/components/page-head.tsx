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

interface TileProps {
  name: string
  /** File of public/icons. */
  icon?: string | undefined
  large?: boolean
}

/** The mark of a service in a box: its icon, else two letters. */
export function Tile({ name, icon, large = false }: TileProps) {
  const side = large ? 24 : 18
  return (
    <span class={large ? 'tile large' : 'tile'} aria-hidden="true">
      {icon ? (
        <img src={`/icons/${icon}.svg`} width={side} height={side} alt="" loading="lazy" decoding="async" />
      ) : (
        mark(name)
      )}
    </span>
  )
}

/** `LC` for Local CRM, `Go` for Google. */
function mark(name: string): string {
  const [first = '', second] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const [letter = '?', next = ''] = first
  return letter.toUpperCase() + (second ? ([...second][0] ?? '').toUpperCase() : next.toLowerCase())
}
