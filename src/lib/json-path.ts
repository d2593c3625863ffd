// Reads a value out of parsed JSON by a path of names and indexes, `data.0.user.id`. Knows own properties only.

/** The value at the path; the whole body for an empty one; undefined where a step leads nowhere. */
export function at(body: unknown, path: string): unknown {
  if (path === '') return body
  let value = body
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

/**
 * First non-empty text or number under the paths `a.b|c`; null where there is none. A path with spaces joins what its
 * parts find: `first_name last_name`.
 */
export function pick(body: unknown, paths: string | undefined, longest = 256): string | null {
  for (const path of paths?.split('|') ?? []) {
    const found = path
      .split(' ')
      .map((part) => text(at(body, part)))
      .filter((part) => part !== '')
    if (found.length > 0) return found.join(' ').slice(0, longest)
  }
  return null
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
