// Who is behind this request.

import type { Result } from '../lib/result.ts'
import type { SignedInMember } from '../services/sessions.ts'
import { readVisitor, type Stranger } from '../services/visitor.ts'
import { accessToken, sessionCookie } from './cookies.ts'
import type { HttpContext } from './env.ts'

export function visitorOf(c: HttpContext): Promise<Result<SignedInMember, Stranger>> {
  const credentials = { session: sessionCookie(c), access: accessToken(c) }
  return readVisitor(c.get('context'), credentials, c.get('now'))
}
