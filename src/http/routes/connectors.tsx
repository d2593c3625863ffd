// OAuth apps: which connectors have one, and the form of each.

import { searchConnectors } from '../../domain/catalog-search.ts'
import { appKeyOf } from '../../domain/connector.ts'
import { isOwnId } from '../../domain/own-connector.ts'
import { safeReturnPath } from '../../domain/return-path.ts'
import { err } from '../../lib/result.ts'
import { countConnections } from '../../services/count-connections.ts'
import {
  findConnectorWithApp,
  listConnectorsWithApps,
  removeApp,
  saveApp,
} from '../../services/oauth-apps.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { AppPage } from '../../views/pages/app.tsx'
import { ConnectorsPage } from '../../views/pages/connectors.tsx'
import { SetUpPage } from '../../views/pages/set-up.tsx'
import type { HttpContext } from '../env.ts'
import { paramsOf, readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

export const connectorRoutes: Route[] = [
  { kind: 'page', method: 'GET', path: '/connectors', action: 'apps.manage', handler: list },
  {
    kind: 'page',
    method: 'GET',
    path: '/connectors/:id',
    action: 'apps.manage',
    handler: (c, member) => show(c, member),
  },
  { kind: 'page', method: 'POST', path: '/connectors/:id/app', action: 'apps.manage', handler: save },
  {
    kind: 'page',
    method: 'POST',
    path: '/connectors/:id/app/remove',
    action: 'apps.manage',
    handler: remove,
  },
]

async function list(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const counts = await countConnections(context, member.workspaceId)
  const connectors = await listConnectorsWithApps(context, member.workspaceId)
  const q = c.req.query('q')?.trim() || null
  const isWanted = searchConnectors(q ?? '')
  const wanted = connectors.filter(({ connector }) => isWanted(connector))
  return page(
    c,
    <ConnectorsPage
      member={member}
      now={c.get('now')}
      query={{ q }}
      connectors={wanted.map(({ connector, app }) => ({
        id: connector.id,
        name: connector.name,
        ...(connector.icon === undefined ? {} : { icon: connector.icon }),
        category: connector.category,
        appKey: appKeyOf(connector),
        configuredBy: app?.owner ?? null,
        health: app,
        connectionCount: counts.get(connector.id) ?? 0,
      }))}
    />,
  )
}

async function show(
  c: HttpContext,
  member: SignedInMember,
  again: Pick<Parameters<typeof AppPage>[0], 'values' | 'errors'> = {},
): Promise<Answer> {
  const context = c.get('context')
  const all = await listConnectorsWithApps(context, member.workspaceId)
  const found = all.find(({ connector }) => connector.id === c.req.param('id'))
  if (!found) return err({ code: 'connector_not_found' })
  const { connector, app } = found
  const family = all.map((one) => one.connector).filter((one) => appKeyOf(one) === appKeyOf(connector))
  const counts = await countConnections(context, member.workspaceId)
  const own = app?.owner === 'workspace' ? app : null
  return page(
    c,
    <AppPage
      member={member}
      now={c.get('now')}
      connector={connector}
      app={
        own && {
          clientId: own.clientId,
          secretSet: true,
          params: own.params,
          updatedAt: own.updatedAt ?? c.get('now'),
        }
      }
      own={isOwnId(connector.id)}
      deploymentApp={!isOwnId(connector.id) && context.config.deploymentApps.has(appKeyOf(connector))}
      health={app}
      callbackUrl={`${context.config.publicUrl}/oauth/callback/${connector.id}`}
      sharedWith={family.flatMap(({ id, name }) => (id === connector.id ? [] : [name]))}
      connectionCount={family.reduce((sum, { id }) => sum + (counts.get(id) ?? 0), 0)}
      confirm={confirmOf(c.req.query('confirm'))}
      saved={savedOf(c.req.query('saved'))}
      {...again}
    />,
    again.errors ? 400 : 200,
  )
}

function confirmOf(text: string | undefined) {
  return text === 'remove' || text === 'delete' ? text : null
}

function savedOf(text: string | undefined) {
  if (text === '1') return 'app'
  return text === 'connector' || text === 'hosts' ? text : null
}

async function save(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const id = c.req.param('id') ?? ''
  const form = await readForm(c)
  const values = {
    clientId: form.get('client_id') ?? '',
    secretExpires: form.get('secret_expires') ?? '',
    params: paramsOf(form),
  }
  const saved = await saveApp(
    context,
    member,
    id,
    { ...values, clientSecret: form.get('client_secret') ?? '' },
    c.get('now'),
  )
  const returnTo = form.get('return')
  if (saved.ok) {
    return c.redirect(returnTo ? safeReturnPath(returnTo) : `/connectors/${id}?saved=1`, 303)
  }
  if (saved.error.code !== 'invalid_request') return saved
  const { errors } = saved.error
  // The form is shown again where it was filled in: on the app's own page, or on the way to a connection.
  if (!returnTo) return show(c, member, { values, errors })
  const found = await findConnectorWithApp(context, member.workspaceId, id)
  if (!found.ok) return found
  return page(
    c,
    <SetUpPage
      member={member}
      connector={found.value.connector}
      app={{ configured: false }}
      alreadyConnected={0}
      callbackUrl={`${context.config.publicUrl}/oauth/callback/${id}`}
      values={values}
      errors={errors}
    />,
    400,
  )
}

async function remove(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const removed = await removeApp(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return removed.ok ? c.redirect('/connectors', 303) : removed
}
