// A titled part of a page.

import type { Child } from 'hono/jsx'

interface PanelProps {
  title: string
  id: string
  tone?: 'danger'
  lead?: Child
  children?: Child
}

export function Panel({ title, id, tone, lead, children }: PanelProps) {
  return (
    <section id={id} class={tone ? `panel ${tone}` : 'panel'} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead ? <p class="lead">{lead}</p> : null}
      {children}
    </section>
  )
}
