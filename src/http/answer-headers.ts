// Headers on an answer that is made already. Hono would copy the answer for each one; an answer of ours takes them as it
// is, and only one that came from a fetch has to be copied, once.

import type { HttpContext } from './env.ts'

export function writableHeaders(c: HttpContext): Headers {
  const { headers } = c.res
  try {
    headers.set('X-Content-Type-Options', 'nosniff')
    return headers
  } catch {
    c.res = new Response(c.res.body, c.res)
    c.res.headers.set('X-Content-Type-Options', 'nosniff')
    return c.res.headers
  }
}
