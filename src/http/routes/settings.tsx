// Settings: the workspace's for its owners, one's own sessions and membership for everybody.

import type { Failure } from '../../domain/failure.ts'
import { belongingsOf, leaveWorkspace } from '../../services/members.ts'
import {
  endAllOwnSessions,
  endOwnSession,
  ownSessions,
  SESSION_IDLE_MS,
  SESSION_LIFE_MS,
  type SignedInMember,
} from '../../services/sessions.ts'
import { changeAuditRetention, renameWorkspace, workspaceOf } from '../../services/workspaces.ts'
import { MessagePage } from '../../views/pages/message.tsx'
import { SettingsPage } from '../../views/pages/settings.tsx'
import { clearSessionCookie } from '../cookies.ts'
import { doorOf, toTheDoor } from '../enter.tsx'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

/** `/settings/sessions/end-all` stands before `/settings/sessions/:id`. */
export const settingsRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/settings',
    action: 'account.manage',
    handler: (c, member) => show(c, member),
  },
  { kind: 'page', method: 'POST', path: '/settings/name', action: 'settings.manage', handler: rename },
  { kind: 'page', method: 'POST', path: '/settings/retention', action: 'settings.manage', handler: keep },
  {
    kind: 'page',
    method: 'POST',
    path: '/settings/sessions/end-all',
    action: 'account.manage',
    handler: endAll,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/settings/sessions/:id/end',
    action: 'account.manage',
    handler: endOne,
  },
  { kind: 'page', method: 'POST', path: '/settings/leave', action: 'account.manage', handler: leave },
]

const LIMITS = { life: SESSION_LIFE_MS, idle: SESSION_IDLE_MS }
const LAST_OWNER =
  'You cannot leave: you are the only owner, and a workspace needs one. Make somebody else an owner first, under Members.'

type Again = Partial<Pick<Parameters<typeof SettingsPage>[0], 'values' | 'errors' | 'problem' | 'shorter'>>

async function show(c: HttpContext, member: SignedInMember, again: Again = {}): Promise<Answer> {
  const context = c.get('context')
  const { workspaceId } = member
  const workspace = await workspaceOf(context, workspaceId)
  if (!workspace) return notFound()
  const leaving = c.req.method === 'GET' && c.req.query('confirm') === 'leave'
  return page(
    c,
    <SettingsPage
      member={member}
      now={c.get('now')}
      sessions={await ownSessions(context, member, c.get('now'))}
      limits={LIMITS}
      byAccess={context.config.signIn.way === 'access'}
      auditRetentionDays={workspace.auditRetentionDays}
      leaving={leaving ? await belongingsOf(context, { workspaceId, memberId: member.id }) : null}
      shorter={null}
      {...again}
    />,
    again.errors ? 400 : again.problem ? 409 : 200,
  )
}

async function rename(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const name = (await readForm(c)).get('name') ?? ''
  const renamed = await renameWorkspace(c.get('context'), member, name, c.get('now'))
  if (renamed.ok) return c.redirect('/settings', 303)
  if (renamed.error.code !== 'invalid_request') return renamed
  return show(c, member, { values: { name }, errors: renamed.error.errors })
}

/** A shorter period erases rows, so it asks first. */
async function keep(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const form = await readForm(c)
  const days = Number(form.get('days'))
  const workspace = await workspaceOf(context, member.workspaceId)
  if (!workspace) return notFound()
  const isShorter = Number.isInteger(days) && days > 0 && days < workspace.auditRetentionDays
  if (isShorter && form.get('confirmed') !== 'yes') return show(c, member, { shorter: days })
  const changed = await changeAuditRetention(context, member, days, c.get('now'))
  if (changed.ok) return c.redirect('/settings', 303)
  return changed.error.code === 'invalid_request'
    ? show(c, member, { errors: changed.error.errors })
    : changed
}

async function endOne(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const id = c.req.param('id') ?? ''
  const ended = await endOwnSession(c.get('context'), member, id, c.get('now'))
  if (!ended.ok) return ended
  return id === member.sessionId ? toTheDoor(c) : c.redirect('/settings#sessions', 303)
}

async function endAll(c: HttpContext, member: SignedInMember): Promise<Answer> {
  await endAllOwnSessions(c.get('context'), member, c.get('now'))
  return toTheDoor(c)
}

async function leave(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const left = await leaveWorkspace(c.get('context'), member, c.get('now'))
  if (!left.ok) {
    if (left.error === 'last_owner') return show(c, member, { problem: LAST_OWNER })
    return { ok: false, error: left.error }
  }
  clearSessionCookie(c)
  const text = `You have left ${member.workspaceName}, and your session there has ended.`
  return page(
    c,
    <MessagePage title="You have left" text={text} action={{ href: doorOf(c), label: 'Sign in again' }} />,
  )
}

function notFound(): { ok: false; error: Failure } {
  return { ok: false, error: { code: 'not_found' } }
}
