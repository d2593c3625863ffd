// One call to a connection's object. The platform itself may fail it: a fresh stub and one retry where that is safe.

import type { Failure } from '../domain/failure.ts'
import { connectionObjectName } from '../domain/ids.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { ConnectionRef, ConnectionRpc } from '../objects/rpc.ts'
import type { Context } from './context.ts'

const RETRY_AFTER_SECONDS = 2

/** What the object answered, or `temporarily_unavailable` where the platform could not reach it. */
export async function callConnection<T>(
  { connections }: Pick<Context, 'connections'>,
  { workspaceId, connectionId }: ConnectionRef,
  call: (connection: ConnectionRpc) => Promise<T>,
): Promise<Result<T, Failure>> {
  const name = connectionObjectName(workspaceId, connectionId)
  try {
    return ok(await call(connections.getByName(name)))
  } catch (error) {
    if (!isRetryable(error)) return unreachable(connectionId)
  }
  try {
    return ok(await call(connections.getByName(name)))
  } catch {
    return unreachable(connectionId)
  }
}

function isRetryable(error: unknown): boolean {
  const flags = error as { retryable?: boolean; overloaded?: boolean } | null
  return flags?.retryable === true && flags.overloaded !== true
}

function unreachable(connectionId: string): Result<never, Failure> {
  log('error', { event: 'object_unreachable', connection: connectionId })
  return err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
}
