// What happened to a connection, newest first, at most HISTORY_LIMIT entries. No token, code or secret is in an entry.

import type { Trigger } from './record.ts'

export const HISTORY_LIMIT = 200

export type HistoryKind =
  | 'created'
  | 'connected'
  | 'reconnected'
  | 'consent_failed'
  | 'account_kept'
  | 'account_switched'
  | 'refreshed'
  | 'refresh_failed'
  | 'reauthorize'
  | 'renamed'
  | 'tools_wished'
  | 'tools_changed'
  | 'wish_dropped'
  | 'paused'
  | 'resumed'
  | 'deleted'

export interface HistoryEvent {
  at: number
  kind: HistoryKind
  trigger: Trigger
  /** Class of a failure, reason of a state, or what the consent came to. */
  outcome: string | null
  /** Provider text, cut and masked. */
  detail: string | null
  durationMs: number | null
}
