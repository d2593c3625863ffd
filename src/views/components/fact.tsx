// One row of a description list: a term and what is known.

import type { Child } from 'hono/jsx'

export function Fact({ term, children }: { term: string; children?: Child }) {
  return (
    <div class="fact">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}
