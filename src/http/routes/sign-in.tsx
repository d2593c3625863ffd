// Signing in and out. The answer of every attempt is a page that says what to do next.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AccessSignIn, OpenIdSignIn } from '../../domain/configuration.ts'
import { safeReturnPath } from '../../domain/return-path.ts'
import { log } from '../../lib/log.ts'
import { err } from '../../lib/result.ts'
import { createSession, endSession, SESSION_LIFE_MS } from '../../services/sessions.ts'
import {
  FLOW_LIFE_MS,
  finishSignIn,
  type Refusal,
  signInByAccess,
  startSignIn,
} from '../../services/sign-in.ts'
import { MessagePage } from '../../views/pages/message.tsx'
import { SignInPage } from '../../views/pages/sign-in.tsx'
import {
  accessToken,
  clearSessionCookie,
  clearSignInCookie,
  sessionCookie,
  setSessionCookie,
  setSignInCookie,
  signInCookie,
} from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'
import { explainFailure, explainRefusal } from '../sign-in-words.ts'
import { visitorOf } from '../visitor.ts'

export const signInRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/sign-in', connectForm: true, handler: showSignIn },
  { kind: 'open', method: 'POST', path: '/sign-in', connectForm: true, handler: start },
  { kind: 'open', method: 'GET', path: '/sign-in/callback', secretAddress: true, handler: finish },
  { kind: 'open', method: 'POST', path: '/sign-out', handler: signOut },
]

async function showSignIn(c: HttpContext): Promise<Response> {
  const returnPath = safeReturnPath(c.req.query('return'))
  const { signIn } = c.get('context').config
  if ((await visitorOf(c)).ok) return c.redirect(returnPath, 303)
  return signIn.way === 'access' ? enterByAccess(c, signIn, returnPath) : signInPage(c, signIn, returnPath)
}

async function start(c: HttpContext): Promise<Response> {
  const form = await c.req.parseBody().catch(() => ({}) as Record<string, unknown>)
  const context = c.get('context')
  const { signIn } = context.config
  if (signIn.way === 'access') return enterByAccess(c, signIn, safeReturnPath(form.return))
  const started = await startSignIn(context, signIn, form.return, c.get('now'))
  if (!started.ok) {
    logRefusal(c, started.error)
    const { text, status } = explainFailure(started.error)
    return signInPage(c, signIn, safeReturnPath(form.return), { text, status })
  }
  setSignInCookie(c, started.value.sealedFlow, FLOW_LIFE_MS / 1000)
  return c.redirect(started.value.url, 303)
}

/** Access has asked already: there is nothing to press. */
async function enterByAccess(c: HttpContext, signIn: AccessSignIn, returnPath: string): Promise<Response> {
  const admitted = await signInByAccess(c.get('context'), accessToken(c), c.get('now'))
  if (!admitted.ok) return refuse(c, admitted.error, { href: signOutAddress(signIn), label: 'Sign in anew' })
  return enter(c, admitted.value, returnPath)
}

async function finish(c: HttpContext): Promise<Answer> {
  const context = c.get('context')
  const { signIn } = context.config
  if (signIn.way === 'access') return err({ code: 'not_found' })
  const callback = { query: new URL(c.req.url).search, sealedFlow: signInCookie(c) }
  const finished = await finishSignIn(context, signIn, callback, c.get('now'))
  if (!finished.ok) {
    // A callback that is not this browser's must not end the sign-in that is.
    if (finished.error.kind !== 'flow_unknown') clearSignInCookie(c)
    return refuse(c, finished.error, { href: '/sign-in', label: 'Back to sign-in' })
  }
  clearSignInCookie(c)
  return enter(c, finished.value.member, finished.value.returnPath)
}

/** A new session, whatever the browser brought. */
async function enter(c: HttpContext, member: { id: string }, returnPath: string): Promise<Response> {
  const context = c.get('context')
  await endSession(context, sessionCookie(c))
  setSessionCookie(c, await createSession(context, member.id, c.get('now')), SESSION_LIFE_MS / 1000)
  log('info', { event: 'signed_in', request_id: c.get('requestId'), member: member.id })
  return c.redirect(returnPath, 303)
}

async function signOut(c: HttpContext): Promise<Response> {
  const context = c.get('context')
  await endSession(context, sessionCookie(c))
  clearSessionCookie(c)
  const { signIn } = context.config
  return c.redirect(signIn.way === 'access' ? signOutAddress(signIn) : '/sign-in', 303)
}

/** Where Access ends its own session. */
function signOutAddress({ team }: AccessSignIn): string {
  return `${team}/cdn-cgi/access/logout`
}

function refuse(
  c: HttpContext,
  refusal: Refusal,
  action: { href: string; label: string },
): Promise<Response> {
  logRefusal(c, refusal.kind)
  const { title, text, status } = explainRefusal(refusal)
  return page(c, <MessagePage title={title} text={text} action={action} />, status)
}

function signInPage(
  c: HttpContext,
  { issuer }: OpenIdSignIn,
  returnPath: string,
  problem?: { text: string; status: ContentfulStatusCode },
): Promise<Response> {
  return page(
    c,
    <SignInPage returnPath={returnPath} issuerHost={new URL(issuer).host} problem={problem?.text} />,
    problem?.status ?? 200,
  )
}

/** The kind only: what the issuer said stays out of the log. */
function logRefusal(c: HttpContext, reason: Refusal['kind']): void {
  log('warn', { event: 'sign_in_refused', request_id: c.get('requestId'), reason })
}
