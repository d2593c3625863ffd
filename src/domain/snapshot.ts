// A connection as pages and API answers show it: no secret, nothing sealed. Built from the object, or from a D1 row.

import type { Reason, WireHealth, WireState } from './connection.ts'
import type { HistoryEvent } from './history.ts'
import type { LastUse, Notice, RevocationReport } from './record.ts'
import type { TestCall } from './test-call.ts'

/** Times are epoch milliseconds or null. */
export interface ConnectionSnapshot {
  id: string
  workspaceId: string
  connector: string
  name: string
  state: WireState
  paused: boolean
  reason: Reason | null
  health: WireHealth
  account: { id: string; email: string | null; name: string | null } | null
  tools: string[]
  requestedScopes: string[]
  grantedScopes: string[]
  accessExpiresAt: number | null
  refreshDueAt: number | null
  reauthorizeBefore: number | null
  lastRefreshedAt: number | null
  lastUsedAt: number | null
  createdAt: number
  updatedAt: number
}

/** A connection in the pages' list. */
export interface ListedConnection extends ConnectionSnapshot {
  /** Until when somebody can choose between its account and another that came back; null: nothing to choose. */
  decideUntil: number | null
}

export interface ParkedAccount {
  id: string
  account: { id: string; email: string | null; name: string | null }
  tenant: string | null
  requestedScopes: string[]
  grantedScopes: string[]
  parkedAt: number
  /** Thrown away then. */
  until: number
}

/** An API key that may use a connection, and whether it does. */
export interface KeyUse {
  id: string
  name: string
  /** It reads tokens, calls through the proxy, or both. */
  does: ('tokens' | 'proxy')[]
  /** Named for this connection, not just for every one. */
  named: boolean
  /** Its last use of this connection; null where none is known. */
  usedAt: number | null
}

export interface WhoUses {
  /** Those that used it last come first. */
  keys: KeyUse[]
  /** Members who build workflows and no more: names or addresses. */
  builders: string[]
}

/** What only the object knows: asked for on one connection's page. */
export interface ConnectionDetail extends ConnectionSnapshot {
  appOwner: string
  appConnector: string
  generation: number
  revision: number
  obtainedAt: number | null
  /** `keyName` is null where D1 could not say. */
  lastUse: (LastUse & { keyName: string | null }) | null
  /** The last use by each key, newest first. */
  uses: LastUse[]
  lastTest: TestCall | null
  notice: Notice | null
  /** The account's company, site or organisation, where one person may hold several. */
  accountTenant: string | null
  /** What the last consent was asked for; `tools` and `requestedScopes` are what the next one will be. */
  consentedScopes: string[]
  /** Somebody wishes more than the last consent was asked for. */
  wished: boolean
  /** Another account that came back from a reconnect and waits for an admin's word. */
  parked: ParkedAccount | null
  /** The latest trouble in the provider's own words, cut and masked; for admins only. */
  trouble: { class: string; attempts: number; retryAt: number; detail: string; hint: string | null } | null
  /** In `reauthorize`: what the connector knows of the answer that ended the grant. */
  reasonHint: string | null
  /** When the refresh left whose answer is still awaited; null where none is. */
  refreshingSince: number | null
  /** A consent screen may be open in somebody's browser until this time. */
  authorizationOpenUntil: number | null
  deletion: RevocationReport | null
  history: HistoryEvent[]
}
