// The catalog for keys, and the OAuth apps of a workspace.

import type { Failure } from '../../domain/failure.ts'
import { isOwnId } from '../../domain/own-connector.ts'
import { err, type Result } from '../../lib/result.ts'
import { type AuthorizedKey, permitsConnector } from '../../services/authorize-key.ts'
import { deleteConnector, discoverConnector, saveConnector } from '../../services/custom-connectors.ts'
import { connectorsOfApp } from '../../services/find-connector.ts'
import {
  type ConnectorWithApp,
  findConnectorWithApp,
  listConnectorsWithApps,
  removeApp,
  saveApp,
} from '../../services/oauth-apps.ts'
import type { HttpContext } from '../env.ts'
import { checked, readBody, readObject } from '../input.ts'
import { APP_BODY, CONNECTOR_BODY, ISSUER_BODY } from '../inputs.ts'
import { json } from '../reply.ts'
import type { Answer, Route } from '../route.ts'

const CONNECTOR_PROBLEMS: Failure['code'][] = ['connector_not_found', 'conflict']
const APP_PROBLEMS: Failure['code'][] = ['connector_not_found', 'app_not_configured']

export const apiConnectorRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connectors',
    permission: 'connections:read',
    operation: {
      summary: 'The catalog',
      success: { status: 200, answer: 'ConnectorList' },
      problems: [],
    },
    handler: async (c, key) => {
      const found = await listConnectorsWithApps(c.get('context'), key.workspaceId)
      return json({ data: found.map(connectorJson), next_cursor: null })
    },
  },
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connectors/:id',
    permission: 'connections:read',
    operation: {
      summary: 'One connector',
      success: { status: 200, answer: 'Connector' },
      problems: ['connector_not_found'],
    },
    handler: async (c, key) => {
      const found = await findConnectorWithApp(c.get('context'), key.workspaceId, c.req.param('id') ?? '')
      return found.ok ? json(connectorJson(found.value)) : found
    },
  },
  {
    kind: 'api',
    method: 'PUT',
    path: '/v1/connectors/:id',
    permission: 'connectors:write',
    operation: {
      summary: 'Create or replace a connector of your own',
      description:
        'Its id begins with `own-`, which no id of the catalog ever does. The body names an issuer, whose discovery document says the rest, or is the catalog’s JSON form; then `name`, `authorize.url`, `token.url` and `api.baseUrl` are needed, and what is left out is taken to be usual. Where its addresses lead to other hosts than before, its OAuth app is removed, and its connections have to be reconnected: what they were given is not sent elsewhere.',
      body: CONNECTOR_BODY,
      success: { status: 200, orStatus: 201, answer: 'Connector' },
      problems: CONNECTOR_PROBLEMS,
    },
    handler: putConnector,
  },
  {
    kind: 'api',
    method: 'DELETE',
    path: '/v1/connectors/:id',
    permission: 'connectors:write',
    operation: {
      summary: 'Delete a connector of your own',
      description: 'With its OAuth app; `conflict` while connections use it.',
      success: { status: 200, answer: 'RemovedConnector' },
      problems: CONNECTOR_PROBLEMS,
    },
    handler: removeConnector,
  },
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connectors/:id/app',
    permission: 'connectors:write',
    operation: {
      summary: 'The OAuth app of a connector',
      description: 'The secret is never shown.',
      success: { status: 200, answer: 'App' },
      problems: APP_PROBLEMS,
    },
    handler: showApp,
  },
  {
    kind: 'api',
    method: 'PUT',
    path: '/v1/connectors/:id/app',
    permission: 'connectors:write',
    operation: {
      summary: 'Set the OAuth app',
      description:
        'A new secret of the same client is used first, the old one is kept as fallback until the new has refreshed once. Where several connectors share one app, a key with a list of connectors needs all of them on it.',
      body: APP_BODY,
      success: { status: 200, answer: 'App' },
      problems: ['connector_not_found'],
    },
    handler: putApp,
  },
  {
    kind: 'api',
    method: 'DELETE',
    path: '/v1/connectors/:id/app',
    permission: 'connectors:write',
    operation: {
      summary: 'Remove the OAuth app',
      description: 'Connections made with it stop being refreshed.',
      success: { status: 200, answer: 'RemovedApp' },
      problems: APP_PROBLEMS,
    },
    handler: deleteApp,
  },
]

function connectorJson({ connector, app }: ConnectorWithApp) {
  const { id, name, category, tools, scopes, params, confidence } = connector
  return {
    id,
    name,
    category,
    tools,
    scopes: scopes.map(({ scope, title, sensitive }) => ({ scope, title, sensitive })),
    params: params.map(({ name, label, pattern, example }) => ({ name, label, pattern, example })),
    confidence,
    custom: isOwnId(id),
    app_configured: app !== null,
  }
}

async function putConnector(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const context = c.get('context')
  const id = c.req.param('id') ?? ''
  if (!permitsConnector(key, id)) return err({ code: 'connector_not_found' })
  const body = await readObject(c, false)
  if (!body.ok) return body
  const form = 'issuer' in body.value ? await discovered(c, id, body.value) : body
  if (!form.ok) return form
  const saved = await saveConnector(context, key, id, form.value, c.get('now'))
  if (!saved.ok) return saved
  const found = await findConnectorWithApp(context, key.workspaceId, id)
  return found.ok ? json(connectorJson(found.value), saved.value.created ? 201 : 200) : found
}

async function discovered(
  c: HttpContext,
  id: string,
  body: Record<string, unknown>,
): Promise<Result<Record<string, unknown>, Failure>> {
  const ask = checked(ISSUER_BODY, body)
  if (!ask.ok) return ask
  const { issuer, name, api_base_url: apiBaseUrl } = ask.value
  const wishes = { id, ...(name ? { name } : {}), ...(apiBaseUrl ? { apiBaseUrl } : {}) }
  return discoverConnector(c.get('context'), issuer, wishes)
}

async function removeConnector(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const id = c.req.param('id') ?? ''
  if (!permitsConnector(key, id)) return err({ code: 'connector_not_found' })
  const deleted = await deleteConnector(c.get('context'), key, id, c.get('now'))
  return deleted.ok ? json({ connector: id, removed: true }) : deleted
}

async function showApp(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const found = await findApp(c, key)
  if (!found.ok) return found
  const app = appJson(c, found.value)
  return app ? json(app) : err({ code: 'app_not_configured', connector: found.value.connector.id })
}

async function putApp(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const found = await findAppToChange(c, key)
  if (!found.ok) return found
  const body = await readBody(c, APP_BODY)
  if (!body.ok) return body
  const { client_id: clientId, client_secret: clientSecret = '', params } = body.value
  const { connector, app } = found.value
  const own = app?.owner === 'workspace' ? app : null
  // A new secret has an end of its own, which only the page asks for; the stored one keeps what is known of it.
  const ends = clientSecret === '' ? own?.secretExpiresAt : null
  const secretExpires = ends ? new Date(ends).toISOString().slice(0, 10) : ''
  const saved = await saveApp(
    c.get('context'),
    key,
    connector.id,
    { clientId, clientSecret, secretExpires, params: params ?? own?.params ?? {} },
    c.get('now'),
  )
  return saved.ok ? showApp(c, key) : saved
}

async function deleteApp(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const found = await findAppToChange(c, key)
  if (!found.ok) return found
  const { connector, app } = found.value
  if (app?.owner !== 'workspace') return err({ code: 'app_not_configured', connector: connector.id })
  const removed = await removeApp(c.get('context'), key, connector.id, c.get('now'))
  return removed.ok ? json({ connector: connector.id, removed: true }) : removed
}

function findApp(c: HttpContext, key: AuthorizedKey): Promise<Result<ConnectorWithApp, Failure>> {
  const id = c.req.param('id') ?? ''
  if (!permitsConnector(key, id)) return Promise.resolve(err({ code: 'connector_not_found' }))
  return findConnectorWithApp(c.get('context'), key.workspaceId, id)
}

/** A family of connectors shares one app: whoever changes it changes it for all of them. */
async function findAppToChange(
  c: HttpContext,
  key: AuthorizedKey,
): Promise<Result<ConnectorWithApp, Failure>> {
  const found = await findApp(c, key)
  if (!found.ok) return found
  const beyond = connectorsOfApp(found.value.connector).filter((id) => !permitsConnector(key, id))
  if (beyond.length === 0) return found
  const detail = `The app also serves ${beyond.join(', ')}, which this key is not for. Use a key that is for all of them.`
  return err({ code: 'forbidden', permission: 'connectors:write', detail })
}

function appJson(c: HttpContext, { connector, app }: ConnectorWithApp) {
  if (!app) return undefined
  return {
    connector: connector.id,
    client_id: app.clientId,
    secret_set: true,
    params: app.params,
    callback_url: `${c.get('context').config.publicUrl}/oauth/callback/${connector.id}`,
    updated_at: app.updatedAt === null ? null : new Date(app.updatedAt).toISOString(),
  }
}
