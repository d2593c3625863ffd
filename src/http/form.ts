// Form fields as people sent them: always texts, absent ones empty.

import type { HttpContext } from './env.ts'

/** A body of another kind has no fields. */
export async function readForm(c: HttpContext): Promise<URLSearchParams> {
  const type = c.req.header('Content-Type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  // Not text(): the runtime warns of every body whose type is not text/*.
  return new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()))
}

/** The fields `param_<name>`, by their names. */
export function paramsOf(form: URLSearchParams): Record<string, string> {
  const prefix = 'param_'
  return Object.fromEntries(
    [...form]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value.trim()]),
  )
}
