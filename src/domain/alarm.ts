// When the object must wake next, and what it must do then. Pure, so that a missed alarm is repaired by asking again.

import type { ConnectionRecord } from './record.ts'
import { openNote, replayFrom } from './refresh-plan.ts'
import { callOverAt } from './refresh-policy.ts'

export type Duty =
  | 'finish_deletion'
  | 'end_pending'
  | 'refresh'
  | 'settle_doubt'
  | 'end_without_refresh_token'
  | 'end_at_deadline'
  | 'check_identity'
  | 'pay_debts'

/** Every duty with its time in epoch milliseconds, in the order they are done when several are due. */
export function duties(record: ConnectionRecord): { duty: Duty; at: number }[] {
  const list: { duty: Duty; at: number }[] = []
  const add = (duty: Duty, at: number | null | undefined) => {
    if (at !== null && at !== undefined) list.push({ duty, at })
  }
  if (record.deletion) {
    add('finish_deletion', record.deletion.phase === 'erased' ? record.deletion.emptyAt : 0)
    return list
  }
  if (record.state === 'pending') add('end_pending', record.pendingUntil)
  if (record.state === 'active' && record.grant) {
    const { grant } = record
    if (grant.refreshTokenHash === null) {
      add('end_without_refresh_token', grant.expiresAt)
    } else {
      add('end_at_deadline', grant.refreshExpiresAt)
      const refreshAt = refreshTime(record)
      if (refreshAt === 'doubt') add('settle_doubt', grant.expiresAt)
      else add('refresh', refreshAt)
    }
    add('check_identity', record.checkDueAt)
  }
  if (record.debts) add('pay_debts', record.debts.retryAt)
  return list
}

export function dueDuties(record: ConnectionRecord, now: number): Duty[] {
  return duties(record)
    .filter(({ at }) => at <= now)
    .map(({ duty }) => duty)
}

/** Epoch milliseconds of the next alarm, never in the past; null where nothing will happen by itself. */
export function nextAlarm(record: ConnectionRecord, now: number): number | null {
  const times = duties(record).map(({ at }) => at)
  return times.length === 0 ? null : Math.max(now, Math.min(...times))
}

function refreshTime(record: ConnectionRecord): number | 'doubt' | null {
  const note = openNote(record)
  if (note) {
    const from = replayFrom(record, note)
    if (from === undefined) return 'doubt'
    return Math.max(callOverAt(note.startedAt), from, record.trouble?.retryAt ?? 0)
  }
  const due = record.grant?.dueAt ?? null
  if (record.trouble) return Math.max(record.trouble.retryAt, due ?? 0)
  return due
}
