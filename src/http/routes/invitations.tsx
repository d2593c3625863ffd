// Invitations, for whoever holds the link: the page, and the way in. GET and HEAD only look.

import { viewInvitation } from '../../services/invitations.ts'
import { FLOW_LIFE_MS, signInByAccess, startSignIn } from '../../services/sign-in.ts'
import { InvitationPage } from '../../views/pages/invitation.tsx'
import { MessagePage } from '../../views/pages/message.tsx'
import { BRAKE_SECONDS, isSourceFailing } from '../brake.ts'
import { accessToken, setSignInCookie } from '../cookies.ts'
import { doorOf, enter, logRefusal, refuse } from '../enter.tsx'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'
import { explainFailure, explainInvitation } from '../sign-in-words.ts'

export const invitationRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/invitations/:token', connectForm: true, handler: show },
  { kind: 'open', method: 'POST', path: '/invitations/:token', connectForm: true, handler: accept },
]

async function show(c: HttpContext): Promise<Answer> {
  const token = c.req.param('token') ?? ''
  const view = await viewInvitation(c.get('context'), token, c.get('now'))
  if (!view.ok) return isOver(c, view.error)
  return page(c, <InvitationPage {...view.value} action={`/invitations/${token}`} />)
}

/** The address is proved first, at the sign-in provider or by Access; what comes of it is told there. */
async function accept(c: HttpContext): Promise<Answer> {
  const context = c.get('context')
  const now = c.get('now')
  const view = await viewInvitation(context, c.req.param('token') ?? '', now)
  if (!view.ok) return isOver(c, view.error)
  const { tokenHash, email } = view.value
  const { signIn } = context.config
  if (signIn.way === 'access') {
    const joined = await signInByAccess(context, accessToken(c), tokenHash, now)
    const action = { href: doorOf(c), label: 'Sign in with another account' }
    return joined.ok ? enter(c, joined.value, '/connections') : refuse(c, joined.error, action)
  }
  const ask = { returnPath: '/connections', invitation: { tokenHash, email } }
  const started = await startSignIn(context, signIn, ask, now)
  if (!started.ok) {
    logRefusal(c, started.error)
    const { title, text, status } = explainFailure(started.error)
    return page(c, <MessagePage title={title} text={text} />, status)
  }
  setSignInCookie(c, started.value.sealedFlow, FLOW_LIFE_MS / 1000)
  return c.redirect(started.value.url, 303)
}

async function isOver(c: HttpContext, end: Parameters<typeof explainInvitation>[0]): Promise<Answer> {
  if (end === 'invitation_unknown' && (await isSourceFailing(c))) {
    return { ok: false, error: { code: 'rate_limited', retryAfterSeconds: BRAKE_SECONDS } }
  }
  const { title, text, status } = explainInvitation(end)
  const action = { href: '/sign-in', label: 'Go to sign-in' }
  return page(c, <MessagePage title={title} text={text} action={action} />, status)
}
