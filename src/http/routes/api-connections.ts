// Connections for keys: list, one, rename and pause, refresh, delete.

import type { WireState } from '../../domain/connection.ts'
import type { Failure, FieldError } from '../../domain/failure.ts'
import type { ConnectionDetail } from '../../domain/snapshot.ts'
import { err, type Result } from '../../lib/result.ts'
import { type AuthorizedKey, reaches } from '../../services/authorize-key.ts'
import {
  refreshConnection,
  renameConnection,
  setConnectionPaused,
  type Target,
} from '../../services/change-connection.ts'
import { describeConnection } from '../../services/describe-connection.ts'
import { listConnections } from '../../services/list-connections.ts'
import { removeConnection } from '../../services/remove-connection.ts'
import { connectionJson } from '../connection-json.ts'
import type { HttpContext } from '../env.ts'
import { readJson } from '../json.ts'
import type { Answer, Route } from '../route.ts'

const STATES: readonly string[] = ['pending', 'active', 'reauthorize', 'paused'] satisfies WireState[]
const DEFAULT_LIMIT = 50
const LARGEST_LIMIT = 100

export const apiConnectionRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections',
    permission: 'connections:read',
    handler: list,
  },
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections/:id',
    permission: 'connections:read',
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
    handler: change,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/:id/refresh',
    permission: 'connections:write',
    handler: (c, key) =>
      answerWith(c, key, (target) => refreshConnection(c.get('context'), target, c.get('now'))),
  },
  {
    kind: 'api',
    method: 'DELETE',
    path: '/v1/connections/:id',
    permission: 'connections:write',
    handler: remove,
  },
]

async function list(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const { state, connector, cursor, limit } = c.req.query()
  const errors: FieldError[] = []
  if (state !== undefined && !STATES.includes(state)) {
    errors.push({ path: 'state', message: `Use one of ${STATES.join(', ')}.` })
  }
  const size = limit === undefined ? DEFAULT_LIMIT : Number(limit)
  if (!(Number.isInteger(size) && size >= 1 && size <= LARGEST_LIMIT)) {
    errors.push({ path: 'limit', message: `Use a whole number from 1 to ${LARGEST_LIMIT}.` })
  }
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  const found = await listConnections(
    c.get('context'),
    {
      workspaceId: key.workspaceId,
      state: state as WireState | undefined,
      connector,
      cursor,
      ids: key.connectionIds ?? undefined,
      limit: size,
    },
    c.get('now'),
  )
  if (!found.ok) return found
  const { connections, nextCursor } = found.value
  return c.json({ data: connections.map(connectionJson), next_cursor: nextCursor })
}

async function change(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const body = await readJson(c)
  if (!body.ok) return body
  const { name, paused, ...unknown } = body.value
  const errors: FieldError[] = Object.keys(unknown).map((path) => ({
    path,
    message: 'This cannot be changed.',
  }))
  if (name !== undefined && typeof name !== 'string') errors.push({ path: 'name', message: 'Use text.' })
  if (paused !== undefined && typeof paused !== 'boolean') {
    errors.push({ path: 'paused', message: 'Use true or false.' })
  }
  if (name === undefined && paused === undefined) {
    errors.push({ path: '', message: 'Send "name", "paused" or both.' })
  }
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  return answerWith(c, key, async (target) => {
    const now = c.get('now')
    const context = c.get('context')
    if (typeof name === 'string') {
      const renamed = await renameConnection(context, target, name, now)
      if (!renamed.ok || paused === undefined) return renamed
    }
    return setConnectionPaused(context, target, paused === true, now)
  })
}

async function remove(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const target = targetOf(c, key)
  if (!target.ok) return target
  const removed = await removeConnection(c.get('context'), target.value, c.get('now'))
  return removed.ok ? c.json(removed.value.report) : removed
}

async function answerWith(
  c: HttpContext,
  key: AuthorizedKey,
  work: (target: Target) => Promise<Result<ConnectionDetail, Failure>>,
): Promise<Answer> {
  const target = targetOf(c, key)
  if (!target.ok) return target
  const done = await work(target.value)
  return done.ok ? c.json(connectionJson(done.value)) : done
}

/** A connection outside the key's list is answered as if it did not exist. */
function targetOf(c: HttpContext, key: AuthorizedKey): Result<Target, Failure> {
  const connectionId = c.req.param('id') ?? ''
  if (!reaches(key, connectionId)) return err({ code: 'connection_not_found' })
  return { ok: true, value: { workspaceId: key.workspaceId, connectionId, actor: key.id } }
}
