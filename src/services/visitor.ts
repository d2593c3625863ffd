// Who is behind a request of a browser: a living session, and under Cloudflare Access also its word on this very request,
// which must name the same person.

import { err, ok, type Result } from '../lib/result.ts'
import { type AccessFailure, verifyAccess } from '../oauth/access.ts'
import type { Context } from './context.ts'
import { readSession, type SignedInMember } from './sessions.ts'

/** What the browser brought; each may be absent. */
export interface Credentials {
  session: string | undefined
  access: string | undefined
}

export type Stranger = 'signed_out' | AccessFailure

export async function readVisitor(
  context: Pick<Context, 'config' | 'db'>,
  { session, access }: Credentials,
  now: number,
): Promise<Result<SignedInMember, Stranger>> {
  const { signIn } = context.config
  if (signIn.way === 'openid') return memberOf(await readSession(context, session, now))
  const identity = await verifyAccess(signIn, access, now)
  if (!identity.ok) return identity
  const member = await readSession(context, session, now)
  const { issuer, subject } = identity.value
  return memberOf(member?.issuer === issuer && member.subject === subject ? member : undefined)
}

function memberOf(member: SignedInMember | undefined): Result<SignedInMember, Stranger> {
  return member ? ok(member) : err('signed_out')
}
