// Connections for keys: list, one, rename and pause, refresh, delete.

import type { WireState } from '../../domain/connection.ts'
import { connectionJson } from '../../domain/connection-json.ts'
import type { Failure } from '../../domain/failure.ts'
import type { ConnectionDetail } from '../../domain/snapshot.ts'
import { ok, type Result } from '../../lib/result.ts'
import { inOrder } from '../../lib/schema.ts'
import type { AuthorizedKey } from '../../services/authorize-key.ts'
import {
  refreshConnection,
  renameConnection,
  setConnectionPaused,
  type Target,
} from '../../services/change-connection.ts'
import {
  createConnection,
  createReconnectLink,
  importConnection,
  type MadeLink,
} from '../../services/connect-links.ts'
import { describeConnection } from '../../services/describe-connection.ts'
import { once } from '../../services/idempotency.ts'
import { listConnections } from '../../services/list-connections.ts'
import { reachConnection } from '../../services/reach-connection.ts'
import { removeConnection } from '../../services/remove-connection.ts'
import type { HttpContext } from '../env.ts'
import { readBody, readQuery } from '../input.ts'
import { CHANGE_BODY, CREATE_BODY, IMPORT_BODY, LIST_QUERY, RECONNECT_BODY } from '../inputs.ts'
import { json } from '../reply.ts'
import type { Answer, Route } from '../route.ts'
import { tellWebhooks } from '../tell-webhooks.ts'

const DEFAULT_LIMIT = LIST_QUERY.properties.limit.default

const IDEMPOTENCY = {
  'Idempotency-Key': {
    description: 'The same request under the same key is done once, and gets the same answer for a day.',
    example: 'order-4711',
  },
}

export const apiConnectionRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections',
    permission: 'connections:read',
    operation: {
      summary: 'List connections',
      description: 'Newest first; times are up to an hour old.',
      query: LIST_QUERY,
      success: { status: 200, answer: 'ConnectionList' },
      problems: [],
    },
    handler: list,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections',
    permission: 'connections:write',
    operation: {
      summary: 'Add a connection',
      description:
        'It is pending until somebody opens `authorize_url`, within seven days, and agrees at the service. A key with a list of connections cannot add any.',
      headers: IDEMPOTENCY,
      body: CREATE_BODY,
      success: { status: 201, answer: 'NewConnection' },
      problems: ['connector_not_found', 'app_not_configured', 'conflict'],
    },
    handler: create,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/import',
    permission: 'connections:write',
    operation: {
      summary: 'Import a refresh token',
      description:
        'The token is proved by one refresh, which may end it where it came from; what that brings is kept.',
      headers: IDEMPOTENCY,
      body: IMPORT_BODY,
      success: { status: 201, answer: 'Connection' },
      problems: [
        'connector_not_found',
        'app_not_configured',
        'conflict',
        'provider_misconfigured',
        'provider_unavailable',
      ],
    },
    handler: importToken,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/:id/reconnect',
    permission: 'connections:write',
    operation: {
      summary: 'Ask for consent again',
      description:
        'The connection goes on as it is until somebody has agreed under `authorize_url`; ID, name and account stay. Tools and scopes named here are asked for together with those it has.',
      body: RECONNECT_BODY,
      success: { status: 200, answer: 'ConnectLink' },
      problems: ['connection_not_found'],
    },
    handler: reconnect,
  },
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections/:id',
    permission: 'connections:read',
    operation: {
      summary: 'One connection',
      success: { status: 200, answer: 'Connection' },
      problems: ['connection_not_found'],
    },
    handler: (c, key) =>
      answerWith(c, key, (target) =>
        describeConnection(c.get('context'), target.workspaceId, target.connectionId),
      ),
  },
  {
    kind: 'api',
    method: 'PATCH',
    path: '/v1/connections/:id',
    permission: 'connections:write',
    operation: {
      summary: 'Rename, pause or resume',
      body: CHANGE_BODY,
      success: { status: 200, answer: 'Connection' },
      problems: ['connection_not_found'],
    },
    handler: change,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/:id/refresh',
    permission: 'connections:write',
    operation: {
      summary: 'Refresh now',
      success: { status: 200, answer: 'Connection' },
      problems: ['connection_not_found', 'reauthorization_required', 'connection_pending'],
    },
    handler: (c, key) =>
      answerWith(c, key, async (target) => {
        const refreshed = await refreshConnection(c.get('context'), target, c.get('now'))
        tellWebhooks(c, key.workspaceId)
        return refreshed
      }),
  },
  {
    kind: 'api',
    method: 'DELETE',
    path: '/v1/connections/:id',
    permission: 'connections:write',
    operation: {
      summary: 'Delete, and revoke at the service',
      success: { status: 200, answer: 'Deleted' },
      problems: ['connection_not_found'],
    },
    handler: remove,
  },
]

async function list(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const query = readQuery(c, LIST_QUERY)
  if (!query.ok) return query
  const { state, connector, cursor, limit = DEFAULT_LIMIT } = query.value
  const found = await listConnections(
    c.get('context'),
    {
      workspaceId: key.workspaceId,
      state: state as WireState | undefined,
      connector,
      cursor,
      ids: key.connectionIds ?? undefined,
      connectors: key.connectors ?? undefined,
      limit,
    },
    c.get('now'),
  )
  if (!found.ok) return found
  const { connections, nextCursor } = found.value
  return json({ data: connections.map(connectionJson), next_cursor: nextCursor })
}

async function create(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const body = await readBody(c, CREATE_BODY)
  if (!body.ok) return body
  const context = c.get('context')
  const made = await doOnce(c, key, 'create', inOrder(CREATE_BODY, body.value), async () => {
    const created = await createConnection(context, key, body.value, c.get('now'))
    if (!created.ok) return created
    const { connection, link } = created.value
    return ok({ ...connectionJson(connection), ...linkJson(link) })
  })
  return made.ok ? json(made.value, 201) : made
}

async function importToken(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const body = await readBody(c, IMPORT_BODY)
  if (!body.ok) return body
  const made = await doOnce(c, key, 'import', inOrder(IMPORT_BODY, body.value), async () => {
    const imported = await importConnection(c.get('context'), key, body.value, c.get('now'))
    return imported.ok ? ok(connectionJson(imported.value)) : imported
  })
  return made.ok ? json(made.value, 201) : made
}

async function reconnect(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const body = await readBody(c, RECONNECT_BODY)
  if (!body.ok) return body
  const id = c.req.param('id') ?? ''
  const link = await createReconnectLink(c.get('context'), key, id, body.value, c.get('now'))
  return link.ok ? json(linkJson(link.value)) : link
}

function doOnce<T>(
  c: HttpContext,
  key: AuthorizedKey,
  what: string,
  body: unknown,
  work: () => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  const request = JSON.stringify([what, body])
  return once(c.get('context'), key, c.req.header('Idempotency-Key'), request, c.get('now'), work)
}

function linkJson({ authorizeUrl, expiresAt }: MadeLink) {
  return { authorize_url: authorizeUrl, authorize_expires_at: new Date(expiresAt).toISOString() }
}

async function change(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const body = await readBody(c, CHANGE_BODY)
  if (!body.ok) return body
  const { name, paused } = body.value
  return answerWith(c, key, async (target) => {
    const now = c.get('now')
    const context = c.get('context')
    if (name !== undefined) {
      const renamed = await renameConnection(context, target, name, now)
      if (!renamed.ok || paused === undefined) return renamed
    }
    return setConnectionPaused(context, target, paused === true, now)
  })
}

async function remove(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const target = await targetOf(c, key)
  if (!target.ok) return target
  const removed = await removeConnection(c.get('context'), target.value, c.get('now'))
  if (!removed.ok) return removed
  tellWebhooks(c, key.workspaceId)
  return json(removed.value.report)
}

async function answerWith(
  c: HttpContext,
  key: AuthorizedKey,
  work: (target: Target) => Promise<Result<ConnectionDetail, Failure>>,
): Promise<Answer> {
  const target = await targetOf(c, key)
  if (!target.ok) return target
  const done = await work(target.value)
  return done.ok ? json(connectionJson(done.value)) : done
}

async function targetOf(c: HttpContext, key: AuthorizedKey): Promise<Result<Target, Failure>> {
  const connectionId = c.req.param('id') ?? ''
  const reached = await reachConnection(c.get('context'), key, connectionId)
  return reached.ok ? ok({ workspaceId: key.workspaceId, connectionId, actor: key.id }) : reached
}
