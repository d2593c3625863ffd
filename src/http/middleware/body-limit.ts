// Forms and JSON bodies are small; a larger one ends before it is read into memory.

import { bodyLimit } from 'hono/body-limit'
import type { Guard } from '../env.ts'
import { answerFailure } from '../failure.tsx'

export const BODY_LIMIT_BYTES = 64 * 1024

export function limitBody(): Guard {
  const fits = bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: () => new Response(null, { status: 413 }) })
  return async function limitBody(c) {
    if (c.req.method === 'GET') return undefined
    const refusal = await fits(c, async () => undefined)
    return refusal ? answerFailure(c, { code: 'payload_too_large', limitBytes: BODY_LIMIT_BYTES }) : undefined
  }
}
