// One connection in full, from its object; what only D1 knows (the app's health, the name of the key) is added where
// D1 answers.

import type { Failure } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { findApiKey } from '../storage/api-keys.ts'
import { isHeld } from '../storage/app-alerts.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'

export async function describeConnection(
  context: Pick<Context, 'connections' | 'db'>,
  workspaceId: string,
  connectionId: string,
): Promise<Result<ConnectionDetail, Failure>> {
  if (!isConnectionId(connectionId)) return err({ code: 'connection_not_found' })
  const ref = { workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) => connection.describe(ref))
  return enrich(context, answer.ok ? answer.value : answer)
}

/** `held` is the OAuth app's health and is read from it, never written to each connection. */
export async function enrich(
  { db }: Pick<Context, 'db'>,
  found: Result<ConnectionDetail, Failure>,
): Promise<Result<ConnectionDetail, Failure>> {
  if (!found.ok) return found
  const { appOwner, appConnector, workspaceId, lastUse, state, health } = found.value
  try {
    const held = state === 'active' && (await isHeld(db, { owner: appOwner, connector: appConnector }))
    const key = lastUse && (await findApiKey(db, workspaceId, lastUse.keyId))
    return ok({
      ...found.value,
      health: held ? 'held' : health,
      lastUse: lastUse && { ...lastUse, keyName: key?.name ?? null },
    })
  } catch {
    return found
  }
}
