// The body of a request as text.

import type { HttpContext } from './env.ts'

/** Not text(): the runtime warns of every body whose type is not text. */
export async function bodyText(c: HttpContext): Promise<string> {
  return new TextDecoder().decode(await c.req.arrayBuffer())
}
