// Who is signed in, and whether their role allows the route.

import { type Action, may } from '../../domain/roles.ts'
import { noteDenied } from '../../services/note-denied.ts'
import type { Stranger } from '../../services/visitor.ts'
import { MessagePage } from '../../views/pages/message.tsx'
import { SignedOutPage } from '../../views/pages/signed-out.tsx'
import type { Guard, HttpContext } from '../env.ts'
import { readFileForm } from '../form.ts'
import { page } from '../page.ts'
import { refuseRole } from '../role-refusal.tsx'
import { explainFailure } from '../sign-in-words.ts'
import { visitorOf } from '../visitor.ts'
import { limitBody } from './body-limit.ts'

const SECRET_FIELD = 'client_secret'
const tooLarge = limitBody()

export function requireMember(action: Action): Guard {
  return async function requireMember(c) {
    const visitor = await visitorOf(c)
    if (!visitor.ok) return turnAway(c, visitor.error)
    const member = visitor.value
    c.set('member', member)
    if (may(member.role, action)) return undefined
    const { method } = c.req
    if (method === 'POST') {
      await noteDenied(c.get('context'), member, `${method} ${c.get('route')?.path}`, c.get('now'))
    }
    return refuseRole(c, member, action)
  }
}

/**
 * A page can be returned to; a form cannot, so it is told, and what was entered is kept. htmx follows its own header, whatever
 * the status.
 */
async function turnAway(c: HttpContext, stranger: Stranger): Promise<Response> {
  if (c.req.header('HX-Request') !== undefined) {
    return c.body(null, 401, { 'HX-Redirect': signInPath(c.req.header('HX-Current-URL')) })
  }
  if (stranger !== 'signed_out') {
    const { title, text, status } = explainFailure(stranger)
    return page(c, <MessagePage title={title} text={text} />, status)
  }
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return c.redirect(signInPath(c.req.url), 303)
  return page(c, <SignedOutPage action={c.req.path} fields={await enteredFields(c)} />, 401)
}

/**
 * None where a secret was typed: it goes onto no page, and without it the form would mean something else. None of a body
 * that is too large.
 */
async function enteredFields(c: HttpContext): Promise<[name: string, value: string][]> {
  if (await tooLarge(c)) return []
  const fields = [...(await readFileForm(c))]
  if (fields.some(([name, value]) => name === SECRET_FIELD && value !== '')) return []
  return fields.some(([, value]) => value !== '') ? fields : []
}

/** The sign-in page checks the way back itself. */
function signInPath(from: string | undefined): string {
  if (from === undefined || !URL.canParse(from)) return '/sign-in'
  const { pathname, search } = new URL(from)
  return `/sign-in?return=${encodeURIComponent(pathname + search)}`
}
