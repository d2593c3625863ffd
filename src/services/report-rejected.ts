// A caller's word that the upstream refused a token. A hint, never a verdict: the object decides.

import type { Failure } from '../domain/failure.ts'
import type { Result } from '../lib/result.ts'
import type { AccessToken } from '../objects/rpc.ts'
import type { AuthorizedKey } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'
import { reachConnection } from './reach-connection.ts'

/** @param tokenHash SHA-256 of the refused token, lower-case hex */
export async function reportRejected(
  context: Pick<Context, 'connections'>,
  key: AuthorizedKey,
  connectionId: string,
  tokenHash: string,
): Promise<Result<AccessToken, Failure>> {
  const reached = await reachConnection(context, key, connectionId)
  if (!reached.ok) return reached
  const ref = { workspaceId: key.workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.reportRejected({ ...ref, tokenHash }),
  )
  return answer.ok ? answer.value : answer
}
