// The people of a workspace: the list, invitations, roles, removal.

import { may } from '../../domain/roles.ts'
import { endInvitation, invite, openInvitations } from '../../services/invitations.ts'
import {
  belongingsOf,
  changeRole,
  type MemberFailure,
  membersOf,
  removeMember,
} from '../../services/members.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { InvitedPage, RemovedPage } from '../../views/pages/member-changes.tsx'
import { MembersPage } from '../../views/pages/members.tsx'
import { toTheDoor } from '../enter.tsx'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import { refuseRole } from '../role-refusal.tsx'
import type { Answer, Route } from '../route.ts'

/** `/members/invitations` stands before `/members/:id`. */
export const memberRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/members',
    action: 'members.read',
    handler: (c, member) => show(c, member),
  },
  { kind: 'page', method: 'POST', path: '/members/invitations', action: 'members.manage', handler: make },
  {
    kind: 'page',
    method: 'POST',
    path: '/members/invitations/:id/revoke',
    action: 'members.manage',
    handler: revoke,
  },
  { kind: 'page', method: 'POST', path: '/members/:id/role', action: 'members.manage', handler: setRole },
  { kind: 'page', method: 'POST', path: '/members/:id/remove', action: 'members.manage', handler: remove },
]

const LAST_OWNER =
  'Nothing was changed: this is the only owner, and a workspace needs one. Make somebody else an owner first.'

type Again = Pick<Parameters<typeof MembersPage>[0], 'values' | 'errors' | 'problem'>

async function show(c: HttpContext, member: SignedInMember, again: Again = {}): Promise<Response> {
  const context = c.get('context')
  const { workspaceId } = member
  const manages = may(member.role, 'members.manage')
  const id = manages ? c.req.query('remove') : undefined
  return page(
    c,
    <MembersPage
      member={member}
      now={c.get('now')}
      members={await membersOf(context, workspaceId)}
      invitations={manages ? await openInvitations(context, workspaceId, c.get('now')) : []}
      remove={id ? { id, ...(await belongingsOf(context, { workspaceId, memberId: id })) } : null}
      {...again}
    />,
    again.errors ? 400 : again.problem ? 409 : 200,
  )
}

async function make(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const form = await readForm(c)
  const values = { email: form.get('email') ?? '', role: form.get('role') ?? '' }
  const made = await invite(c.get('context'), member, values, c.get('now'))
  if (!made.ok) {
    return made.error.code === 'invalid_request'
      ? show(c, member, { values, errors: made.error.errors })
      : made
  }
  const { link, invitation } = made.value
  return page(c, <InvitedPage member={member} email={invitation.email} role={invitation.role} link={link} />)
}

async function revoke(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const ended = await endInvitation(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return ended.ok ? c.redirect('/members', 303) : ended
}

async function setRole(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const role = (await readForm(c)).get('role') ?? ''
  const changed = await changeRole(c.get('context'), member, c.req.param('id') ?? '', role, c.get('now'))
  return changed.ok ? c.redirect('/members', 303) : explain(c, member, changed.error)
}

async function remove(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const id = c.req.param('id') ?? ''
  const removed = await removeMember(c.get('context'), member, id, c.get('now'))
  if (!removed.ok) return explain(c, member, removed.error)
  if (id === member.id) return toTheDoor(c)
  const { member: gone, keys, connections } = removed.value
  return page(c, <RemovedPage member={member} removed={gone} keys={keys} connections={connections} />)
}

function explain(c: HttpContext, member: SignedInMember, failure: MemberFailure): Answer | Promise<Answer> {
  if (failure === 'last_owner') return show(c, member, { problem: LAST_OWNER })
  if (failure.code !== 'forbidden') return { ok: false, error: failure }
  return refuseRole(c, member, failure.permission === 'owners.manage' ? 'owners.manage' : 'members.manage')
}
