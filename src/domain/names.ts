// Names that people give: trimmed, one line, bounded.

const LONGEST_NAME = 100

/** The name as it is stored; undefined where nothing is left of it, or it is too long. */
export function cleanName(text: string): string | undefined {
  const name = text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const { length } = [...name]
  return length >= 1 && length <= LONGEST_NAME ? name : undefined
}
