// Answers a failure to whoever asked: a problem for programs, a page with the same words for people.

import type { Failure } from '../domain/failure.ts'
import { MessagePage } from '../views/pages/message.tsx'
import type { HttpContext } from './env.ts'
import { page } from './page.ts'
import { explain, problemReply } from './problem.ts'
import type { Reply } from './reply.ts'

export async function answerFailure(c: HttpContext, failure: Failure): Promise<Response | Reply> {
  const publicUrl = c.get('context')?.config.publicUrl ?? ''
  c.set('failure', failure.code)
  const requestId = c.get('requestId')
  if (wantsProblem(c)) return problemReply(failure, { publicUrl, requestId })

  const { status, title, detail, headers } = explain(failure, publicUrl)
  for (const [name, value] of Object.entries(headers ?? {})) c.header(name, value)
  const member = c.get('member')
  const action =
    failure.code === 'not_configured' ? {} : { action: { href: '/connections', label: 'Go to connections' } }
  const request = failure.code === 'internal_error' ? { detail: `Request ${requestId}` } : {}
  return page(c, <MessagePage title={title} text={detail} member={member} {...request} {...action} />, status)
}

/** The API and the health check always speak JSON; elsewhere whoever asks for JSON and not for a page. */
export function wantsProblem(c: HttpContext): boolean {
  const { path } = c.req
  if (path === '/v1' || path.startsWith('/v1/') || path === '/healthz' || path === '/openapi.json')
    return true
  const accept = c.req.header('Accept') ?? ''
  return /\bapplication\/(problem\+)?json\b/.test(accept) && !accept.includes('text/html')
}
