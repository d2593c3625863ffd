// A caller's word that the upstream refused a token. A hint, never a verdict: the object decides.

import type { Failure } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import { err, type Result } from '../lib/result.ts'
import type { AccessToken } from '../objects/rpc.ts'
import { type AuthorizedKey, reaches } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'

/** @param tokenHash SHA-256 of the refused token, lower-case hex */
export async function reportRejected(
  context: Pick<Context, 'connections'>,
  key: AuthorizedKey,
  connectionId: string,
  tokenHash: string,
): Promise<Result<AccessToken, Failure>> {
  if (!isConnectionId(connectionId) || !reaches(key, connectionId))
    return err({ code: 'connection_not_found' })
  const ref = { workspaceId: key.workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.reportRejected({ ...ref, tokenHash }),
  )
  return answer.ok ? answer.value : answer
}
