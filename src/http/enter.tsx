// The way in and the way out of a session, whichever way people sign in.

import type { AccessSignIn } from '../domain/configuration.ts'
import { log } from '../lib/log.ts'
import { createSession, endSession, SESSION_LIFE_MS } from '../services/sessions.ts'
import type { Refusal } from '../services/sign-in.ts'
import { MessagePage } from '../views/pages/message.tsx'
import { clearSessionCookie, sessionCookie, setSessionCookie } from './cookies.ts'
import type { HttpContext } from './env.ts'
import { page } from './page.ts'
import { explainRefusal } from './sign-in-words.ts'

/** A new session, whatever the browser brought. */
export async function enter(c: HttpContext, member: { id: string }, returnPath: string): Promise<Response> {
  const context = c.get('context')
  await endSession(context, sessionCookie(c))
  const token = await createSession(context, member.id, c.get('now'), c.req.header('User-Agent'))
  setSessionCookie(c, token, SESSION_LIFE_MS / 1000)
  log('info', { event: 'signed_in', request_id: c.get('requestId'), member: member.id })
  return c.redirect(returnPath, 303)
}

/** After a session has ended: to the sign-in page, or to where Access ends its own. */
export function toTheDoor(c: HttpContext): Response {
  clearSessionCookie(c)
  return c.redirect(doorOf(c), 303)
}

export function doorOf(c: HttpContext): string {
  const { signIn } = c.get('context').config
  return signIn.way === 'access' ? signOutAddress(signIn) : '/sign-in'
}

/** Where Access ends its own session, and asks anew. */
export function signOutAddress({ team }: AccessSignIn): string {
  return `${team}/cdn-cgi/access/logout`
}

export function refuse(
  c: HttpContext,
  refusal: Refusal,
  action: { href: string; label: string },
): Promise<Response> {
  logRefusal(c, refusal.kind)
  const { title, text, status } = explainRefusal(refusal)
  return page(c, <MessagePage title={title} text={text} action={action} />, status)
}

/** The kind only: what the issuer said stays out of the log. */
export function logRefusal(c: HttpContext, reason: Refusal['kind']): void {
  log('warn', { event: 'sign_in_refused', request_id: c.get('requestId'), reason })
}
