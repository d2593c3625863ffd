// API keys: the list, making one (shown once), a second secret for one, revoking one.

import {
  type ApiKeySummary,
  createApiKey,
  endApiKey,
  finishRotation,
  listKeys,
  rotateApiKey,
} from '../../services/api-keys.ts'
import { listConnections } from '../../services/list-connections.ts'
import { listConnectorsWithApps } from '../../services/oauth-apps.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { KeyCreatedPage, KeysPage } from '../../views/pages/keys.tsx'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

const CHOICE_LIMIT = 100

export const keyRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/keys',
    action: 'keys.read',
    handler: (c, member) => show(c, member),
  },
  { kind: 'page', method: 'POST', path: '/keys', action: 'keys.manage', handler: create },
  { kind: 'page', method: 'POST', path: '/keys/:id/revoke', action: 'keys.manage', handler: revoke },
  { kind: 'page', method: 'POST', path: '/keys/:id/rotate', action: 'keys.manage', handler: rotate },
  { kind: 'page', method: 'POST', path: '/keys/:id/finish', action: 'keys.manage', handler: finish },
]

async function show(
  c: HttpContext,
  member: SignedInMember,
  again: Pick<Parameters<typeof KeysPage>[0], 'values' | 'errors'> = {},
): Promise<Answer> {
  const context = c.get('context')
  return page(
    c,
    <KeysPage
      member={member}
      now={c.get('now')}
      keys={await listKeys(context, member.workspaceId)}
      connections={await choices(c, member)}
      connectors={(await listConnectorsWithApps(context, member.workspaceId)).map(
        ({ connector }) => connector,
      )}
      revoke={c.req.query('revoke') ?? null}
      finish={c.req.query('finish') ?? null}
      {...again}
    />,
    again.errors ? 400 : 200,
  )
}

async function create(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const form = await readForm(c)
  const values = {
    name: form.get('name') ?? '',
    permissions: form.getAll('permissions'),
    connections: form.getAll('connections'),
    connectors: form.getAll('connectors'),
    expires: form.get('expires') ?? 'none',
  }
  const made = await createApiKey(
    context,
    member,
    {
      name: values.name,
      permissions: values.permissions,
      connectionIds: values.connections,
      connectors: values.connectors,
      expiresInDays: values.expires === 'none' || values.expires === '' ? null : Number(values.expires),
    },
    c.get('now'),
  )
  if (!made.ok) {
    if (made.error.code !== 'invalid_request') return made
    return show(c, member, { values, errors: made.error.errors })
  }
  return showKey(c, member, made.value, false)
}

async function showKey(
  c: HttpContext,
  member: SignedInMember,
  { key, summary }: { key: string; summary: ApiKeySummary },
  rotated: boolean,
): Promise<Response> {
  const ids = summary.connectionIds
  const reachable = (await choices(c, member)).filter(({ id }) => ids === null || ids.includes(id))
  return page(
    c,
    <KeyCreatedPage
      member={member}
      name={summary.name}
      apiKey={key}
      publicUrl={c.get('context').config.publicUrl}
      permissions={summary.permissions}
      connectionId={reachable[0]?.id ?? ids?.[0] ?? null}
      rotated={rotated}
    />,
  )
}

async function rotate(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const rotated = await rotateApiKey(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return rotated.ok ? showKey(c, member, rotated.value, true) : rotated
}

async function finish(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const finished = await finishRotation(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return finished.ok ? c.redirect('/keys', 303) : finished
}

async function revoke(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const ended = await endApiKey(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return ended.ok ? c.redirect('/keys', 303) : ended
}

/** The newest connections, to choose what a key may reach: those that work come first. */
async function choices(c: HttpContext, member: SignedInMember): Promise<{ id: string; name: string }[]> {
  const found = await listConnections(
    c.get('context'),
    { workspaceId: member.workspaceId, limit: CHOICE_LIMIT },
    c.get('now'),
  )
  if (!found.ok) return []
  const works = found.value.connections.filter(({ state }) => state === 'active')
  const others = found.value.connections.filter(({ state }) => state !== 'active')
  return [...works, ...others].map(({ id, name }) => ({ id, name }))
}
