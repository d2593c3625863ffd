// API keys: the list, making one (shown once), revoking one.

import { createApiKey, endApiKey, listKeys } from '../../services/api-keys.ts'
import { listConnections } from '../../services/list-connections.ts'
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
      revoke={c.req.query('revoke') ?? null}
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
    expires: form.get('expires') ?? 'none',
  }
  const made = await createApiKey(
    context,
    member,
    {
      name: values.name,
      permissions: values.permissions,
      connectionIds: values.connections,
      expiresInDays: values.expires === 'none' || values.expires === '' ? null : Number(values.expires),
    },
    c.get('now'),
  )
  if (!made.ok) {
    if (made.error.code !== 'invalid_request') return made
    return show(c, member, { values, errors: made.error.errors })
  }
  const { key, summary } = made.value
  const [first] = summary.connectionIds ?? (await choices(c, member)).map(({ id }) => id)
  return page(
    c,
    <KeyCreatedPage
      member={member}
      name={summary.name}
      apiKey={key}
      publicUrl={context.config.publicUrl}
      permissions={summary.permissions}
      connectionId={first ?? null}
    />,
  )
}

async function revoke(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const ended = await endApiKey(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return ended.ok ? c.redirect('/keys', 303) : ended
}

/** The newest connections, to choose what a key may reach. */
async function choices(c: HttpContext, member: SignedInMember): Promise<{ id: string; name: string }[]> {
  const found = await listConnections(
    c.get('context'),
    { workspaceId: member.workspaceId, limit: CHOICE_LIMIT },
    c.get('now'),
  )
  return found.ok ? found.value.connections.map(({ id, name }) => ({ id, name })) : []
}
