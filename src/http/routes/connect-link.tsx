// Connect links for people outside the workspace: the page, the way out, and the end. GET and HEAD only look.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Failure } from '../../domain/failure.ts'
import { type LinkRefusal, startByLink, viewLink } from '../../services/connect-links.ts'
import { openLinkOutcome } from '../../services/link-outcome.ts'
import { ConnectDonePage, ConnectLinkPage } from '../../views/pages/connect-link.tsx'
import { MessagePage } from '../../views/pages/message.tsx'
import { BRAKE_SECONDS, isSourceFailing } from '../brake.ts'
import { connectDoneCookie, FLOW_COOKIE_SECONDS, flowCookie, setFlowCookie } from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

/** `/connect/done` stands before `/connect/:token`. */
export const connectLinkRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/connect/done', handler: done },
  { kind: 'open', method: 'GET', path: '/connect/:token', connectForm: true, handler: show },
  { kind: 'open', method: 'POST', path: '/connect/:token', connectForm: true, handler: start },
]

async function show(c: HttpContext): Promise<Answer> {
  const token = c.req.param('token') ?? ''
  const view = await viewLink(c.get('context'), token, c.get('now'))
  if (!view.ok) return refuse(c, view.error)
  return page(c, <ConnectLinkPage {...view.value} action={`/connect/${token}`} />)
}

async function start(c: HttpContext): Promise<Answer> {
  const token = c.req.param('token') ?? ''
  const started = await startByLink(c.get('context'), token, flowCookie(c), c.get('now'))
  if (!started.ok) {
    return typeof started.error === 'string' ? refuse(c, started.error) : tell(c, started.error)
  }
  setFlowCookie(c, started.value.flowCookie, FLOW_COOKIE_SECONDS)
  return c.redirect(started.value.authorizeUrl, 303)
}

async function done(c: HttpContext): Promise<Answer> {
  const outcome = await openLinkOutcome(c.get('context'), connectDoneCookie(c), c.get('now'))
  return page(c, <ConnectDonePage outcome={outcome} />)
}

const REFUSALS: Record<LinkRefusal, { status: ContentfulStatusCode; title: string; text: string }> = {
  unknown: {
    status: 404,
    title: 'This link does not work',
    text: 'Check that it is complete. If it is, ask whoever sent it for a new one.',
  },
  ended: {
    status: 404,
    title: 'This link was used already',
    text: 'Each link works once, and ends when a newer one is made. If the account still has to be connected, ask for a new link.',
  },
  expired: {
    status: 404,
    title: 'This link has expired',
    text: 'Links work for seven days. Ask whoever sent it for a new one.',
  },
  maker_gone: {
    status: 404,
    title: 'This link does not work any more',
    text: 'Whoever made it has lost the right to. Ask for a new link if you still expect to connect an account.',
  },
}

async function refuse(c: HttpContext, refusal: LinkRefusal): Promise<Answer> {
  if (refusal === 'unknown' && (await isSourceFailing(c))) {
    return { ok: false, error: { code: 'rate_limited', retryAfterSeconds: BRAKE_SECONDS } }
  }
  const { status, title, text } = REFUSALS[refusal]
  return page(c, <MessagePage title={title} text={text} />, status)
}

/** Nothing here is for the person with the link to mend. */
function tell(c: HttpContext, failure: Failure): Promise<Response> | Answer {
  if (failure.code === 'temporarily_unavailable') return { ok: false, error: failure }
  return page(
    c,
    <MessagePage
      title="This cannot be connected at the moment"
      text="The workspace has to set something up first. Tell whoever sent you the link."
    />,
    409,
  )
}
