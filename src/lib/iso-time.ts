// ISO 8601 texts of times. The same few are asked for again and again.

const known = new Map<number, string>()
const KEPT = 1_000

/** @param at epoch milliseconds */
export function isoTime(at: number): string {
  const text = known.get(at)
  if (text !== undefined) return text
  const made = new Date(at).toISOString()
  if (known.size >= KEPT) known.clear()
  known.set(at, made)
  return made
}
