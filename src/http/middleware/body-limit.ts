// Forms and JSON bodies are small; a larger one ends before it is read into memory.

import { bodyLimit } from 'hono/body-limit'
import type { HttpContext, HttpMiddleware } from '../env.ts'
import { answerFailure } from '../failure.tsx'

export const BODY_LIMIT_BYTES = 64 * 1024

export function limitBody(): HttpMiddleware {
  return bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (c) =>
      answerFailure(c as HttpContext, { code: 'payload_too_large', limitBytes: BODY_LIMIT_BYTES }),
  })
}
