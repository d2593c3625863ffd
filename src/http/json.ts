// JSON bodies: one object, or a clear refusal.

import type { Failure } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { HttpContext } from './env.ts'

export async function readJson(c: HttpContext): Promise<Result<Record<string, unknown>, Failure>> {
  try {
    const value: unknown = JSON.parse(await c.req.text())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return ok(value as Record<string, unknown>)
    }
  } catch {
    // Said below, for every body that is not one object.
  }
  return err({
    code: 'invalid_request',
    errors: [{ path: '', message: 'The body must be one JSON object.' }],
  })
}
