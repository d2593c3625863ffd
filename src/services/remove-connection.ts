// Ends a connection, and reports what became of the access at the service.

import type { Failure } from '../domain/failure.ts'
import type { RevocationReport } from '../domain/record.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { ok, type Result } from '../lib/result.ts'
import { countSiblings } from '../storage/connections.ts'
import { callConnection } from './call-connection.ts'
import type { Target } from './change-connection.ts'
import type { Context } from './context.ts'
import { describeConnection } from './describe-connection.ts'
import { lookUpConnector } from './find-connector.ts'
import { recordAudit } from './record-audit.ts'

/** Living connections that share this one's grant at the service; none where the service gives each its own. */
export async function siblingsOf(
  context: Pick<Context, 'config' | 'db'>,
  connection: ConnectionDetail,
): Promise<{ here: number; elsewhere: number }> {
  const connector = await lookUpConnector(context, connection.workspaceId, connection.connector)
  if (!connector?.refresh.sharedGrant || !connection.account) return { here: 0, elsewhere: 0 }
  return countSiblings(context.db, { ...connection, accountId: connection.account.id })
}

export async function removeConnection(
  context: Pick<Context, 'config' | 'connections' | 'db' | 'random'>,
  target: Target,
  now: number,
): Promise<Result<{ name: string; report: RevocationReport }, Failure>> {
  const { workspaceId, connectionId, actor } = target
  const known = await describeConnection(context, workspaceId, connectionId)
  if (!known.ok) return known
  const siblings = await siblingsOf(context, known.value)
  const siblingLives = siblings.here + siblings.elsewhere > 0
  const ref = { workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.remove({ ...ref, siblingLives }),
  )
  const removed = answer.ok ? answer.value : answer
  if (!removed.ok) return removed
  const event = {
    workspaceId,
    actor,
    subject: connectionId,
    outcome:
      removed.value.revoked === null ? 'not_revoked' : removed.value.revoked ? 'revoked' : 'revoke_failed',
  }
  await recordAudit(context, { ...event, action: 'connection.deleted', detail: known.value.name }, now)
  return ok({ name: known.value.name, report: removed.value })
}
