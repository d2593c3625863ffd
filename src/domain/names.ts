// Names that people give: trimmed, one line, bounded.

const LONGEST_NAME = 100

/** The name as it is stored; undefined where nothing is left of it, or it is too long. */
export function cleanName(text: string): string | undefined {
  const name = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return name.length >= 1 && name.length <= LONGEST_NAME ? name : undefined
}
