// Whether a key may reach a connection, by its list of connections and its list of connectors. What it may not reach is
// answered as if it did not exist.

import type { Failure } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type AuthorizedKey, permitsConnector, reaches } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'

/** Asks the object for the connector, where the key has a list of them; nothing at all where it has not. */
export async function reachConnection(
  context: Pick<Context, 'connections'>,
  key: AuthorizedKey,
  connectionId: string,
): Promise<Result<null, Failure>> {
  if (!isConnectionId(connectionId) || !reaches(key, connectionId)) return NOT_FOUND
  if (!key.connectors) return ok(null)
  const ref = { workspaceId: key.workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) => connection.describe(ref))
  const found = answer.ok ? answer.value : answer
  if (!found.ok) return found
  return permitsConnector(key, found.value.connector) ? ok(null) : NOT_FOUND
}

const NOT_FOUND = err({ code: 'connection_not_found' } as const)
