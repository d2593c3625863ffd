// How much of a token's life is left, as a quiet bar. SVG attributes instead of styles: the policy allows no inline style.

interface LifeBarProps {
  from: number
  to: number
  now: number
  /** A mark on the bar: when the refresh is due. */
  mark?: number | null
}

/** Draws nothing for a life that is over or makes no sense; the text beside it says the rest. */
export function LifeBar({ from, to, now, mark }: LifeBarProps) {
  if (to <= now || to <= from) return null
  const left = percent(to - now, to - from)
  const markAt = mark && mark > from && mark < to ? percent(to - mark, to - from) : null
  return (
    <svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-track" y="4" width="100" height="4" />
      <rect class="bar-fill" y="4" width={left} height="4" />
      {markAt === null ? null : <rect class="bar-mark" x={markAt} width="0.7" height="12" />}
    </svg>
  )
}

function percent(part: number, whole: number): number {
  return Math.round(Math.min(1, Math.max(0, part / whole)) * 1000) / 10
}
