// What a connection is for, changed on its own page: more leads out to the service, less holds at once.

import { err } from '../../lib/result.ts'
import { changeTools, dropWish, type Target } from '../../services/change-connection.ts'
import { describeConnection } from '../../services/describe-connection.ts'
import { lookUpConnector } from '../../services/find-connector.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { startReconnect } from '../../services/start-authorization.ts'
import { PermissionsPage } from '../../views/pages/permissions.tsx'
import { FLOW_COOKIE_SECONDS, flowCookie, setFlowCookie } from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

export const permissionRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/connections/:id/permissions',
    action: 'connections.manage',
    connectForm: true,
    handler: (c, member) => show(c, member),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/permissions',
    action: 'connections.manage',
    connectForm: true,
    handler: change,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/permissions/drop',
    action: 'connections.manage',
    handler: drop,
  },
]

async function show(
  c: HttpContext,
  member: SignedInMember,
  again: Pick<Parameters<typeof PermissionsPage>[0], 'errors' | 'selectedTools'> = {},
): Promise<Answer> {
  const context = c.get('context')
  const found = await describeConnection(context, member.workspaceId, c.req.param('id') ?? '')
  if (!found.ok) return found
  const connector = await lookUpConnector(context, member.workspaceId, found.value.connector)
  if (!connector) return err({ code: 'connector_not_found' })
  const props = { member, connection: found.value, connector, ...again }
  return page(c, <PermissionsPage {...props} />, again.errors ? 400 : 200)
}

/** The wish is stored before the way out: a consent that is declined or left leaves it to be seen. */
async function change(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const tools = (await readForm(c)).getAll('tools')
  const [context, now] = [c.get('context'), c.get('now')]
  const changed = await changeTools(context, target(c, member), { tools }, now)
  if (!changed.ok) {
    return changed.error.code === 'invalid_request'
      ? show(c, member, { errors: changed.error.errors, selectedTools: tools })
      : changed
  }
  if (!changed.value.wished) return c.redirect(pathOf(c), 303)
  const started = await startReconnect(context, member, changed.value.id, flowCookie(c), now)
  if (!started.ok) return started
  setFlowCookie(c, started.value.flowCookie, FLOW_COOKIE_SECONDS)
  return c.redirect(started.value.authorizeUrl, 303)
}

async function drop(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const dropped = await dropWish(c.get('context'), target(c, member), c.get('now'))
  return dropped.ok ? c.redirect(pathOf(c), 303) : dropped
}

function target(c: HttpContext, member: SignedInMember): Target {
  return { workspaceId: member.workspaceId, connectionId: c.req.param('id') ?? '', actor: member.id }
}

function pathOf(c: HttpContext): string {
  return `/connections/${c.req.param('id')}`
}
