// Signing in and out. The answer of every attempt is a page that says what to do next.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { safeReturnPath } from '../../domain/return-path.ts'
import { log } from '../../lib/log.ts'
import { createSession, endSession, readSession, SESSION_LIFE_MS } from '../../services/sessions.ts'
import { FLOW_LIFE_MS, finishSignIn, type Refusal, startSignIn } from '../../services/sign-in.ts'
import { MessagePage } from '../../views/pages/message.tsx'
import { SignInPage } from '../../views/pages/sign-in.tsx'
import {
  clearSessionCookie,
  clearSignInCookie,
  sessionCookie,
  setSessionCookie,
  setSignInCookie,
  signInCookie,
} from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Route } from '../route.ts'
import { explainFailure, explainRefusal } from '../sign-in-words.ts'

export const signInRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/sign-in', connectForm: true, handler: showSignIn },
  { kind: 'open', method: 'POST', path: '/sign-in', connectForm: true, handler: start },
  { kind: 'open', method: 'GET', path: '/sign-in/callback', secretAddress: true, handler: finish },
  { kind: 'open', method: 'POST', path: '/sign-out', handler: signOut },
]

async function showSignIn(c: HttpContext): Promise<Response> {
  const returnPath = safeReturnPath(c.req.query('return'))
  if (await readSession(c.get('context'), sessionCookie(c), c.get('now'))) return c.redirect(returnPath, 303)
  return signInPage(c, returnPath)
}

async function start(c: HttpContext): Promise<Response> {
  const form = await c.req.parseBody().catch(() => ({}) as Record<string, unknown>)
  const started = await startSignIn(c.get('context'), form.return, c.get('now'))
  if (!started.ok) {
    logRefusal(c, started.error)
    const { text, status } = explainFailure(started.error)
    return signInPage(c, safeReturnPath(form.return), { text, status })
  }
  setSignInCookie(c, started.value.sealedFlow, FLOW_LIFE_MS / 1000)
  return c.redirect(started.value.url, 303)
}

async function finish(c: HttpContext): Promise<Response> {
  const context = c.get('context')
  const now = c.get('now')
  const callback = { query: new URL(c.req.url).search, sealedFlow: signInCookie(c) }
  const finished = await finishSignIn(context, callback, now)
  if (!finished.ok) return refuse(c, finished.error)
  clearSignInCookie(c)
  await endSession(context, sessionCookie(c))
  setSessionCookie(c, await createSession(context, finished.value.member.id, now), SESSION_LIFE_MS / 1000)
  log('info', { event: 'signed_in', request_id: c.get('requestId'), member: finished.value.member.id })
  return c.redirect(finished.value.returnPath, 303)
}

async function signOut(c: HttpContext): Promise<Response> {
  await endSession(c.get('context'), sessionCookie(c))
  clearSessionCookie(c)
  return c.redirect('/sign-in', 303)
}

function refuse(c: HttpContext, refusal: Refusal): Promise<Response> {
  logRefusal(c, refusal.kind)
  // A callback that is not this browser's must not end the sign-in that is.
  if (refusal.kind !== 'flow_unknown') clearSignInCookie(c)
  const { title, text, status } = explainRefusal(refusal)
  const action = { href: '/sign-in', label: 'Back to sign-in' }
  return page(c, <MessagePage title={title} text={text} action={action} />, status)
}

function signInPage(
  c: HttpContext,
  returnPath: string,
  problem?: { text: string; status: ContentfulStatusCode },
): Promise<Response> {
  const issuerHost = new URL(c.get('context').config.signIn.issuer).host
  return page(
    c,
    <SignInPage returnPath={returnPath} issuerHost={issuerHost} problem={problem?.text} />,
    problem?.status ?? 200,
  )
}

/** The kind only: what the issuer said stays out of the log. */
function logRefusal(c: HttpContext, reason: Refusal['kind']): void {
  log('warn', { event: 'sign_in_refused', request_id: c.get('requestId'), reason })
}
