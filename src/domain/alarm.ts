// When the object must wake next, and what it must do then. Pure, so that a missed alarm is repaired by asking again.

import { nextStepAt } from './attention.ts'
import type { Grant } from './grant.ts'
import type { ConnectionRecord, JournalNote } from './record.ts'
import { openNote, replayFrom, turnAt } from './refresh-plan.ts'
import { callOverAt } from './refresh-policy.ts'

/** A deletion that was cut is taken up again after this; one under way is over by then. */
export const DELETION_RESUME_MS = 30_000

export type Duty =
  | 'finish_deletion'
  | 'end_pending'
  | 'end_parked'
  | 'refresh'
  | 'admit_doubt'
  | 'settle_doubt'
  | 'end_without_refresh_token'
  | 'end_at_deadline'
  | 'check_identity'
  | 'tell_deadline'
  | 'pay_debts'

/** Every duty with its time in epoch milliseconds, in the order they are done when several are due. */
export function duties(record: ConnectionRecord, now: number): { duty: Duty; at: number }[] {
  const list: { duty: Duty; at: number }[] = []
  const add = (duty: Duty, at: number | null | undefined) => {
    if (at !== null && at !== undefined) list.push({ duty, at })
  }
  if (record.deletion) {
    const { phase, startedAt, emptyAt } = record.deletion
    add('finish_deletion', phase === 'cleared' ? emptyAt : startedAt + DELETION_RESUME_MS)
    return list
  }
  if (record.state === 'pending') add('end_pending', record.pendingUntil)
  add('end_parked', record.parked?.until)
  if (record.state === 'active' && record.grant) {
    const { grant } = record
    if (grant.refreshTokenHash === null) {
      add('end_without_refresh_token', grant.expiresAt)
    } else {
      const note = openNote(record)
      if (grant.refreshExpiresAt !== null) {
        // A call that left before the deadline may still bring a new one.
        add('end_at_deadline', Math.max(grant.refreshExpiresAt, note ? callOverAt(note) : 0))
      }
      const from = note && replayFrom(record, note, now)
      if (note && from === undefined) {
        if (record.health !== 'in_doubt') add('admit_doubt', callOverAt(note))
        add('settle_doubt', doubtEnds(grant, note))
      } else add('refresh', refreshTime(record, from))
    }
    add('check_identity', record.checkDueAt)
    const { reauthorizeBefore } = record
    if (reauthorizeBefore !== null) {
      add('tell_deadline', nextStepAt(reauthorizeBefore, record.told?.endsWithinDays ?? null))
    }
  }
  if (record.debts) add('pay_debts', record.debts.retryAt)
  return list
}

export function dueDuties(record: ConnectionRecord, now: number): Duty[] {
  return duties(record, now)
    .filter(({ at }) => at <= now)
    .map(({ duty }) => duty)
}

/** Epoch milliseconds of the next alarm, never in the past; null where nothing will happen by itself. */
export function nextAlarm(record: ConnectionRecord, now: number): number | null {
  const times = duties(record, now).map(({ at }) => at)
  return times.length === 0 ? null : Math.max(now, Math.min(...times))
}

/** The token is served while it lives; and a call that may still be in flight is waited for. */
function doubtEnds(grant: Grant, note: JournalNote): number | null {
  return grant.expiresAt === null ? null : Math.max(grant.expiresAt, callOverAt(note))
}

function refreshTime(record: ConnectionRecord, replayAt: number | undefined): number | null {
  const retryAt = record.trouble?.retryAt ?? 0
  if (replayAt !== undefined) return Math.max(replayAt, retryAt, turnAt(record))
  const due = record.grant?.dueAt ?? null
  if (record.trouble === null && due === null) return null
  return Math.max(retryAt, due ?? 0, turnAt(record))
}
