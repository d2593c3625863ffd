// May a refresh leave now? The rule that keeps a refresh token from being in flight twice, and from being replayed
// where that would end the grant.

import type { ConnectionRecord, JournalNote } from './record.ts'
import { callOverAt } from './refresh-policy.ts'

export type RefreshPlan =
  /** A call may leave; `replay` where an earlier answer may have spent the refresh token, and was lost. */
  | { do: 'call'; replay: boolean }
  /** Not before `until`: a call may be in flight elsewhere, or the provider asked for a pause. */
  | { do: 'wait'; until: number }
  /** An answer was lost and asking again is not allowed: the access token is served while it lives. */
  | { do: 'doubt' }
  /** There is nothing to refresh with, or no grant to refresh. */
  | { do: 'nothing' }

/**
 * `background`: the alarm or the cron, which keep the pace of the OAuth app. `reader`: somebody waits for a token.
 * `insist`: an admin or a rejected token asked; every pause is skipped, the journal never is.
 */
export type Urgency = 'background' | 'reader' | 'insist'

export function planRefresh(record: ConnectionRecord, now: number, urgency: Urgency): RefreshPlan {
  if (record.state !== 'active' || record.deletion || !record.grant?.refreshTokenHash) {
    return { do: 'nothing' }
  }
  const note = openNote(record)
  if (note) {
    if (now < callOverAt(note)) return { do: 'wait', until: callOverAt(note) }
    const from = replayFrom(record, note, now)
    if (from === undefined) return { do: 'doubt' }
    if (now < from) return { do: 'wait', until: from }
  }
  if (urgency !== 'insist') {
    const until = pauseUntil(record, urgency)
    if (now < until) return { do: 'wait', until }
  }
  return { do: 'call', replay: isReplay(record) }
}

function pauseUntil(record: ConnectionRecord, urgency: 'background' | 'reader'): number {
  const { trouble, grant } = record
  const retryAt = trouble?.retryAt ?? 0
  if (urgency === 'background') {
    // Somebody may have refreshed while the background waited for its turn.
    const unasked = trouble === null && !openNote(record) ? (grant?.dueAt ?? Number.POSITIVE_INFINITY) : 0
    return Math.max(retryAt, turnAt(record), unasked)
  }
  // A refused app is probed in the background, by one connection at a time: readers leave it alone.
  return trouble?.class === 'config' ? Number.POSITIVE_INFINITY : retryAt
}

/** When the background has its turn at the app. A replay waits for none: its window would close. */
export function turnAt(record: ConnectionRecord): number {
  return isReplay(record) ? 0 : (record.holdOff?.until ?? 0)
}

/** Whether the next call presents a refresh token that an earlier one may have spent. */
function isReplay(record: ConnectionRecord): boolean {
  return openNote(record) !== undefined && record.rules.replay.rule !== 'harmless'
}

/** When an unsettled refresh token may be presented again; undefined where its rule allows no (further) replay. */
export function replayFrom(record: ConnectionRecord, note: JournalNote, now: number): number | undefined {
  const { replay } = record.rules
  const over = callOverAt(note)
  if (note.refused) return undefined
  switch (replay.rule) {
    case 'harmless':
      return over
    case 'grace':
      return Math.max(over, now) <= note.firstStartedAt + replay.windowSeconds * 1000 ? over : undefined
    case 'once':
      return note.replays === 0 ? Math.max(over, note.startedAt + replay.pauseSeconds * 1000) : undefined
    case 'never':
      return undefined
  }
}

/** The note of a call whose outcome is not known, if it is about the refresh token held now. */
export function openNote(record: ConnectionRecord): JournalNote | undefined {
  const note = record.journal
  return note && note.refreshTokenHash === record.grant?.refreshTokenHash ? note : undefined
}
