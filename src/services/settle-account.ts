// An admin's word about a reconnect that came back as another account.

import { accountName } from '../domain/accept-consent.ts'
import type { AuditAction } from '../domain/audit.ts'
import type { Failure } from '../domain/failure.ts'
import type { AccountChoice } from '../domain/record.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import type { Result } from '../lib/result.ts'
import { callConnection } from './call-connection.ts'
import type { Target } from './change-connection.ts'
import type { Context } from './context.ts'
import { describeConnection } from './describe-connection.ts'
import { recordAudit } from './record-audit.ts'

const ACTIONS: Record<AccountChoice, AuditAction> = {
  keep: 'connection.account_kept',
  switch: 'connection.account_switched',
}

export async function settleAccount(
  context: Pick<Context, 'connections' | 'db' | 'random'>,
  { workspaceId, connectionId, actor }: Target,
  answer: { parkedId: string; choice: AccountChoice },
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  const known = await describeConnection(context, workspaceId, connectionId)
  if (!known.ok) return known
  const ref = { workspaceId, connectionId }
  const answered = await callConnection(context, ref, (connection) =>
    connection.settleAccount({ ...ref, ...answer }),
  )
  const settled = answered.ok ? answered.value : answered
  const { account, parked } = known.value
  const names = [account, parked?.account ?? null].map((each) =>
    each === null ? '?' : accountName({ ...each, subject: each.id }),
  )
  // A call that was cut may have been done all the same: the trail names both accounts either way.
  const outcome = settled.ok ? 'ok' : settled.error.code
  const event = { workspaceId, actor, action: ACTIONS[answer.choice], subject: connectionId, outcome }
  await recordAudit(context, { ...event, detail: names.join(' → ') }, now)
  return settled
}
