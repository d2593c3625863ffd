// Signing in and out. The answer of every attempt is a page that says what to do next.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AccessSignIn, OpenIdSignIn } from '../../domain/configuration.ts'
import { safeReturnPath } from '../../domain/return-path.ts'
import { err } from '../../lib/result.ts'
import { signOut } from '../../services/sessions.ts'
import { FLOW_LIFE_MS, finishSignIn, signInByAccess, startSignIn } from '../../services/sign-in.ts'
import { SignInPage } from '../../views/pages/sign-in.tsx'
import { accessToken, clearSignInCookie, sessionCookie, setSignInCookie, signInCookie } from '../cookies.ts'
import { enter, logRefusal, refuse, signOutAddress, toTheDoor } from '../enter.tsx'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'
import { explainFailure } from '../sign-in-words.ts'
import { visitorOf } from '../visitor.ts'

export const signInRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/sign-in', connectForm: true, handler: showSignIn },
  { kind: 'open', method: 'POST', path: '/sign-in', connectForm: true, handler: start },
  { kind: 'open', method: 'GET', path: '/sign-in/callback', secretAddress: true, handler: finish },
  { kind: 'open', method: 'POST', path: '/sign-out', handler: leave },
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
  const started = await startSignIn(context, signIn, { returnPath: form.return }, c.get('now'))
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
  const admitted = await signInByAccess(c.get('context'), accessToken(c), undefined, c.get('now'))
  return admitted.ok
    ? enter(c, admitted.value, returnPath)
    : refuse(c, admitted.error, { href: signOutAddress(signIn), label: 'Sign in anew' })
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

async function leave(c: HttpContext): Promise<Response> {
  await signOut(c.get('context'), sessionCookie(c), c.get('now'))
  return toTheDoor(c)
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
