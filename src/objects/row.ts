// The record as its D1 row and as the detail that pages show.

import { nextAlarm } from '../domain/alarm.ts'
import { endsWithinDays } from '../domain/attention.ts'
import { wireState } from '../domain/connection.ts'
import type { HistoryEvent } from '../domain/history.ts'
import type { ConnectionRecord, LastUse } from '../domain/record.ts'
import { openNote } from '../domain/refresh-plan.ts'
import { callOverAt } from '../domain/refresh-policy.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { wanted } from '../domain/wish.ts'
import type { WrittenRow } from '../storage/connections.ts'

/** D1 hears of a connection at least this often while anything happens to it. */
export const ROW_EVERY_MS = 3600_000
const HEARD_BY_SLACK_MS = 600_000

/** When the next sign of life is promised: an hour on, or after the next alarm if that is later. Null: none is expected. */
export function heardBy(record: ConnectionRecord, now: number): number | null {
  // The row is written while it is still owed: that debt is no sign of life to come.
  const alarm = nextAlarm({ ...record, debts: null }, now)
  return alarm === null ? null : Math.max(now + ROW_EVERY_MS, alarm) + HEARD_BY_SLACK_MS
}

export function toRow(record: ConnectionRecord, now: number): WrittenRow {
  return {
    id: record.id,
    workspaceId: record.workspaceId,
    connector: record.connector,
    name: record.name,
    state: record.state,
    paused: record.paused,
    reason: record.reason,
    health: record.health,
    appOwner: record.appOwner,
    appConnector: record.appConnector,
    accountId: record.account?.subject ?? null,
    accountTenant: record.account?.tenant ?? null,
    accountEmail: record.account?.email ?? null,
    accountName: record.account?.name ?? null,
    ...wanted(record),
    grantedScopes: record.grantedScopes,
    params: record.params ?? null,
    accessExpiresAt: record.grant?.expiresAt ?? null,
    refreshDueAt: record.grant?.dueAt ?? null,
    reauthorizeBefore: record.reauthorizeBefore,
    endsWithinDays: endsWithinDays(record.reauthorizeBefore, now),
    decideUntil: toParkedAccount(record, now)?.until ?? null,
    lastRefreshedAt: record.lastRefreshedAt,
    lastUsedAt: record.lastUse?.at ?? null,
    createdBy: record.createdBy,
    authorizedBy: record.authorizedBy ?? (record.generation > 0 ? record.createdBy : null),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    revision: record.revision,
    generation: record.generation,
    heardBy: heardBy(record, now),
  }
}

export function toDetail(record: ConnectionRecord, history: HistoryEvent[], now: number): ConnectionDetail {
  const { pending, trouble, account } = record
  const open = pending && pending.consumedAt === null && pending.expiresAt > now
  return {
    id: record.id,
    workspaceId: record.workspaceId,
    connector: record.connector,
    appOwner: record.appOwner,
    appConnector: record.appConnector,
    name: record.name,
    state: wireState(record),
    paused: record.paused,
    reason: record.reason,
    health: record.health,
    account: account && { id: account.subject, email: account.email, name: account.name },
    ...wanted(record),
    consentedScopes: record.requestedScopes,
    wished: Boolean(record.wish),
    grantedScopes: record.grantedScopes,
    accessExpiresAt: record.grant?.expiresAt ?? null,
    obtainedAt: record.grant?.obtainedAt ?? null,
    refreshDueAt: record.state === 'active' ? (record.grant?.dueAt ?? null) : null,
    reauthorizeBefore: record.reauthorizeBefore,
    lastRefreshedAt: record.lastRefreshedAt,
    lastUsedAt: record.lastUse?.at ?? null,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    generation: record.generation,
    revision: record.revision,
    lastUse: record.lastUse && { ...record.lastUse, keyName: null },
    uses: usesOf(record),
    lastTest: record.lastTest ?? null,
    notice: record.notice,
    parked: toParkedAccount(record, now),
    accountTenant: account?.tenant ?? null,
    reasonHint: record.reasonHint,
    trouble: trouble && {
      class: trouble.class,
      attempts: trouble.attempts,
      retryAt: trouble.retryAt,
      detail: trouble.detail,
      hint: trouble.hint,
    },
    refreshingSince: refreshingSince(record, now),
    authorizationOpenUntil: open ? pending.expiresAt : null,
    deletion: record.deletion?.report ?? null,
    history,
  }
}

/** The other account that waits for an admin's word. */
function toParkedAccount({ parked }: ConnectionRecord, now: number): ConnectionDetail['parked'] {
  if (!parked || parked.until <= now) return null
  const { id, account, requestedScopes, grantedScopes, parkedAt, until } = parked
  const { subject, email, name, tenant } = account
  const who = { id: subject, email, name }
  return { id, account: who, tenant, requestedScopes, grantedScopes, parkedAt, until }
}

/** A record from before uses were kept by key knows the last one. */
function usesOf({ uses, lastUse }: ConnectionRecord): LastUse[] {
  const known = Object.entries(uses ?? {}).map(([keyId, at]) => ({ keyId, at }))
  if (known.length === 0 && lastUse) return [lastUse]
  return known.sort((left, right) => right.at - left.at)
}

/** An open note of a call that can still be in flight. In doubt its answer is known to be lost. */
function refreshingSince(record: ConnectionRecord, now: number): number | null {
  const note = openNote(record)
  return note && record.health !== 'in_doubt' && now < callOverAt(note) ? note.startedAt : null
}
