// The platform's rate limiter, where it is bound. A brake, not a wall: counts are per location and eventual, and where the
// limiter is absent or fails, nothing is held up. No promise of security rests on it.

import type { HttpContext } from './env.ts'

/** As long as the longest period of the limiter. */
export const BRAKE_SECONDS = 60

/** Whether this key has asked too often. */
export function isKeyTooFast(c: HttpContext, keyId: string): Promise<boolean> {
  return isOver(c.env.KEY_LIMIT, keyId)
}

/** Counts a failure of whoever asks; whether there were too many. A source that the platform does not name is not counted. */
export function isSourceFailing(c: HttpContext): Promise<boolean> {
  const source = c.req.header('CF-Connecting-IP')
  return source === undefined ? NOT_OVER : isOver(c.env.FAILURE_LIMIT, source)
}

const NOT_OVER = Promise.resolve(false)

async function isOver(limiter: RateLimit | undefined, key: string): Promise<boolean> {
  if (!limiter) return false
  try {
    return !(await limiter.limit({ key })).success
  } catch {
    return false
  }
}
