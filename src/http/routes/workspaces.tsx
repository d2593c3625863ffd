// Going to another workspace, and making one. Either changes the session's token.

import type { Failure } from '../../domain/failure.ts'
import type { Result } from '../../lib/result.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { createWorkspace, type MovedSession, switchWorkspace } from '../../services/workspaces.ts'
import { MessagePage } from '../../views/pages/message.tsx'
import { NewWorkspacePage } from '../../views/pages/workspace-new.tsx'
import { setSessionCookie } from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

/** `/workspaces/new` stands before `/workspaces/:id`. */
export const workspaceRoutes: Route[] = [
  { kind: 'page', method: 'GET', path: '/workspaces/new', action: 'account.manage', handler: show },
  { kind: 'page', method: 'POST', path: '/workspaces', action: 'account.manage', handler: create },
  {
    kind: 'page',
    method: 'POST',
    path: '/workspaces/:id/switch',
    action: 'account.manage',
    handler: goTo,
  },
]

function show(c: HttpContext, member: SignedInMember): Promise<Response> {
  return member.ownsDeployment ? page(c, <NewWorkspacePage member={member} />) : refuse(c, member)
}

async function create(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const name = (await readForm(c)).get('name') ?? ''
  const created = await createWorkspace(c.get('context'), member, name, c.get('now'))
  if (created.ok || created.error.code === 'not_found') return follow(c, created)
  if (created.error.code === 'forbidden') return refuse(c, member)
  if (created.error.code !== 'invalid_request') return created
  return page(c, <NewWorkspacePage member={member} value={name} errors={created.error.errors} />, 400)
}

async function goTo(c: HttpContext, member: SignedInMember): Promise<Answer> {
  return follow(c, await switchWorkspace(c.get('context'), member, c.req.param('id') ?? '', c.get('now')))
}

function follow(c: HttpContext, moved: Result<MovedSession, Failure>): Answer {
  if (!moved.ok) return moved
  const { token, expiresAt } = moved.value
  setSessionCookie(c, token, Math.max(1, Math.floor((expiresAt - c.get('now')) / 1000)))
  return c.redirect('/connections', 303)
}

function refuse(c: HttpContext, member: SignedInMember): Promise<Response> {
  return page(
    c,
    <MessagePage
      title="Only owners of the deployment make workspaces"
      text="Your address is not one that OWNER_EMAILS names. Ask whoever runs this deployment."
      action={{ href: '/connections', label: 'Go to connections' }}
      member={member}
    />,
    403,
  )
}
