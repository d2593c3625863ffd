// What an admin, or a key with connections:write, changes on a living connection.

import type { AuditAction } from '../domain/audit.ts'
import type { Failure } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import { cleanName } from '../domain/names.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { err, type Result } from '../lib/result.ts'
import type { ConnectionRpc } from '../objects/rpc.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'
import { enrich } from './describe-connection.ts'
import { recordAudit } from './record-audit.ts'

type Walk = Pick<Context, 'connections' | 'db' | 'random'>

export interface Target {
  workspaceId: string
  connectionId: string
  /** Member or key id. */
  actor: string
}

export async function renameConnection(
  context: Walk,
  target: Target,
  text: string,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  const name = cleanName(text)
  if (name === undefined) {
    return err({ code: 'invalid_request', errors: [{ path: 'name', message: 'Use 1 to 100 characters.' }] })
  }
  return applyChange(context, target, 'connection.renamed', now, (connection) =>
    connection.rename({ ...refOf(target), name }),
  )
}

export function setConnectionPaused(
  context: Walk,
  target: Target,
  paused: boolean,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  const action = paused ? 'connection.paused' : 'connection.resumed'
  return applyChange(context, target, action, now, (connection) =>
    connection.setPaused({ ...refOf(target), paused }),
  )
}

export function refreshConnection(
  context: Walk,
  target: Target,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  return applyChange(context, target, 'connection.refreshed', now, (connection) =>
    connection.refreshNow(refOf(target)),
  )
}

/** @param tools all that the connection shall be for; `wished` in the answer says that a consent is needed first */
export function changeTools(
  context: Walk,
  target: Target,
  change: { tools: string[]; scopes?: string[] },
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  return applyChange(context, target, 'connection.tools_changed', now, (connection) =>
    connection.changeTools({ ...refOf(target), ...change }),
  )
}

export function dropWish(
  context: Walk,
  target: Target,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  return applyChange(context, target, 'connection.wish_dropped', now, (connection) =>
    connection.dropWish(refOf(target)),
  )
}

/** One harmless call to the service; the result is the answer's `lastTest`. */
export function testConnection(
  context: Walk,
  target: Target,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  return applyChange(context, target, 'connection.tested', now, (connection) =>
    connection.testCall(refOf(target)),
  )
}

function refOf({ workspaceId, connectionId }: Target) {
  return { workspaceId, connectionId }
}

async function applyChange(
  context: Walk,
  target: Target,
  action: AuditAction,
  now: number,
  call: (connection: ConnectionRpc) => Promise<Result<ConnectionDetail, Failure>>,
): Promise<Result<ConnectionDetail, Failure>> {
  if (!isConnectionId(target.connectionId)) return err({ code: 'connection_not_found' })
  const answer = await callConnection(context, refOf(target), call)
  const changed = answer.ok ? answer.value : answer
  const { workspaceId, connectionId, actor } = target
  if (changed.ok || changed.error.code !== 'connection_not_found') {
    const outcome = changed.ok ? 'ok' : changed.error.code
    const event = { workspaceId, actor, action, subject: connectionId, outcome }
    await recordAudit(context, event, now)
  }
  return enrich(context, changed)
}
