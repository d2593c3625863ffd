// Form fields as people sent them: always texts, absent ones empty.

import type { HttpContext } from './env.ts'

/** A body of another kind has no fields. */
export async function readForm(c: HttpContext): Promise<URLSearchParams> {
  const type = c.req.header('Content-Type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(await c.req.text())
}
