// How much a connection needs a person: the rank that the pages' list is sorted by, the highest first.

export const ATTENTION = {
  paused: 0,
  pending: 1,
  active: 2,
  ending: 3,
  failing: 4,
  /** Another account came back, and waits for an admin's choice: what fails mends itself, this ends unanswered. */
  deciding: 5,
  reauthorize: 6,
} as const
export type Rank = keyof typeof ATTENTION

export const HIGHEST = ATTENTION.reauthorize

export const NEEDS = [
  'attention',
  'reauthorize',
  'deciding',
  'failing',
  'held',
  'ending',
  'active',
  'pending',
  'paused',
] as const
/** What the list can be narrowed to: everything that needs attention, one kind of it, or a state. */
export type Need = (typeof NEEDS)[number]

export const RANKS: Record<Need, [from: number, to: number]> = {
  attention: [ATTENTION.ending, HIGHEST],
  reauthorize: [ATTENTION.reauthorize, ATTENTION.reauthorize],
  deciding: [ATTENTION.deciding, ATTENTION.deciding],
  failing: [ATTENTION.failing, ATTENTION.failing],
  held: [ATTENTION.active, ATTENTION.deciding],
  ending: [ATTENTION.ending, ATTENTION.ending],
  active: [ATTENTION.active, ATTENTION.deciding],
  pending: [ATTENTION.pending, ATTENTION.pending],
  paused: [ATTENTION.paused, ATTENTION.paused],
}

/** From 14 days before a consent ends on, its end is near; the page and the events count in these steps. */
const STEPS_IN_DAYS = [1, 7, 14] as const
export type EndsWithinDays = (typeof STEPS_IN_DAYS)[number]

const DAY_MS = 24 * 3600_000

/** The step a deadline has reached; null while it is further away, or where there is none. */
export function endsWithinDays(at: number | null, now: number): EndsWithinDays | null {
  if (at === null) return null
  return STEPS_IN_DAYS.find((days) => at - now <= days * DAY_MS) ?? null
}

/** When a deadline reaches its next step, after the one that was told last; null where none is left. */
export function nextStepAt(at: number, told: EndsWithinDays | null): number | null {
  const next = STEPS_IN_DAYS.findLast((days) => told === null || days < told)
  return next === undefined ? null : at - next * DAY_MS
}
