// The whole truth about one connection, as its Durable Object stores it: one JSON document, one writer.
// Everything secret in it is sealed; everything needed to rebuild the D1 row is here.

import type { Lifecycle } from './connection.ts'
import type { Connector } from './connector.ts'
import type { OutboxEvent, Told } from './event.ts'
import type { Account, Grant } from './grant.ts'
import type { Suspicion } from './refresh-policy.ts'
import type { TestCall } from './test-call.ts'

export type Trigger = 'alarm' | 'cron' | 'read' | 'rejected' | 'manual' | 'consent'

/** An authorization under way. Times are epoch milliseconds, hashes SHA-256 in lower-case hex. */
export interface PendingAuthorization {
  stateHash: string
  /** Hash of the browser's flow cookie. */
  flowHash: string
  /** The signed-in member who started it. */
  memberId: string
  connector: string
  redirectUri: string
  clientId: string
  /** The hosts its code may be sent to; absent where it never was at a consent screen. */
  boundTo?: string
  /** Sealed PKCE verifier; null where the service does no PKCE. */
  sealedVerifier: string | null
  tools: string[]
  requestedScopes: string[]
  /** Set by a connect link that names one: no other account is accepted. */
  expectedAccount?: string
  /** Values for the connector's placeholders that take effect with the consent. */
  params?: Record<string, string>
  startedAt: number
  expiresAt: number
  /** Single use: set before the code is redeemed. */
  consumedAt: number | null
}

/**
 * Written before a refresh leaves, closed by its outcome. An open note means that a call may be in flight, or that its
 * answer was lost.
 */
export interface JournalNote {
  attempt: number
  refreshTokenHash: string
  startedAt: number
  /** When the first call of this unsettled series left; a replay keeps it. */
  firstStartedAt: number
  /** When it was seen to end without a usable answer; absent while it may be in flight. */
  endedAt?: number
  replays: number
  /** The service refused a replay: the new token set was made, and is lost. */
  refused?: true
  trigger: Trigger
}

export interface Trouble {
  class: 'transient' | 'limited' | 'config' | 'suspect' | 'in_doubt'
  /** Failures in a row. */
  attempts: number
  firstAt: number
  retryAt: number
  /** Provider text, cut and masked; for admins only. */
  detail: string
  /** What the connector knows of this refusal, one sentence for the admin. */
  hint: string | null
  suspicion: Suspicion | null
  /** The service refused the OAuth app, not the grant. */
  appRefused?: true
}

/** What the last attempt to connect or reconnect came to, told on the connection's page. */
export interface Notice {
  kind: NoticeKind
  at: number
  /** Provider text, cut and masked; or the other account's name. Rendered as text only. */
  detail: string | null
  /** What the connector knows of this refusal: one sentence of ours. */
  hint?: string | null
}

export type NoticeKind =
  | 'connected'
  | 'reconnected'
  | 'fewer_permissions'
  | 'declined'
  | 'refused_by_service'
  | 'approval_required'
  | 'scope_refused'
  | 'other_account'
  | 'account_unknown'
  | 'exchange_failed'
  | 'app_refused'
  | 'provider_unavailable'

/** Everything a connection takes over from a consent. */
export interface ConsentYield {
  /** Null where the service could not say. */
  account: Account | null
  /** The member or link that the consent came through. */
  authorizedBy: string
  appOwner: string
  tools: string[]
  requestedScopes: string[]
  grantedScopes: string[]
  params: Record<string, string>
  rules: Connector['refresh']
  reauthorizeBefore: number | null
  grant: Grant
  /** For a connection that nobody has named. */
  suggestedName: string
}

/**
 * A reconnect that came back as another account, kept beside the grant that serves until an admin says which of the two
 * it shall be. Sealed for its own purpose; never published, never refreshed.
 */
export interface ParkedConsent extends ConsentYield {
  /** Names this one in the admin's answer: a later attempt replaces it. */
  id: string
  account: Account
  /** A value that only a request after consent can say is still missing. */
  unfinished: boolean
  parkedAt: number
  /** It is thrown away then, unrevoked. */
  until: number
}

export interface Wish {
  tools: string[]
  requestedScopes: string[]
}

/** An admin's answer to a parked consent: `keep` throws it away, `switch` makes its account the connection's own. */
export type AccountChoice = 'keep' | 'switch'

export interface Deletion {
  startedAt: number
  /**
   * `marked`: vending stopped. `revoking`: the one attempt has begun, and is never repeated. `erased`: the grant is gone.
   * `cleared`: so are the copy and the row.
   */
  phase: 'marked' | 'revoking' | 'erased' | 'cleared'
  report: RevocationReport
  /** When the tombstone is put once more and the object emptied. */
  emptyAt: number
}

export interface RevocationReport {
  /** Null: the service has no revocation, or a sibling connection still needs the grant. */
  revoked: boolean | null
  detail: string
}

/** Writes outside the object that are owed: each names the revision it must at least show. Paid at once, else on the alarm. */
export interface Debts {
  row: number | null
  copy: number | null
  attempts: number
  retryAt: number
}

export interface LastUse {
  at: number
  keyId: string
}

export interface ConnectionRecord extends Lifecycle {
  version: 1
  id: string
  workspaceId: string
  connector: string
  /** Whose OAuth app it uses: the workspace's id, or `deployment`. */
  appOwner: string
  /** Which OAuth app of that owner: the connector's own, or its family's. */
  appConnector: string
  name: string
  /** False while the name is only a suggestion. */
  named: boolean
  createdAt: number
  createdBy: string
  /** Who gave the consent that the grant lives on: member id, key id or `link`; absent in records of before. */
  authorizedBy?: string
  updatedAt: number
  /** +1 for every change of the record. */
  revision: number
  /** +1 for every new token set. */
  generation: number
  account: Account | null
  tools: string[]
  requestedScopes: string[]
  grantedScopes: string[]
  /** What it shall be for after the next consent; until then everything is as the last one left it. */
  wish?: Wish | null
  /** This connection's own values for the connector's placeholders; absent where there are none. */
  params?: Record<string, string>
  /** The connector's refresh rules as of the last consent or refresh. */
  rules: Connector['refresh']
  /** In `reauthorize`: what the connector knows of the answer that ended the grant. */
  reasonHint: string | null
  reauthorizeBefore: number | null
  grant: Grant | null
  pending: PendingAuthorization | null
  /** End of a connection that was never consented to; null once it was. */
  pendingUntil: number | null
  /** Absent where there never was one. */
  parked?: ParkedConsent | null
  /** The last answer about a parked consent: a call that the platform delivers twice is answered twice. */
  settled?: { id: string; choice: AccountChoice }
  journal: JournalNote | null
  trouble: Trouble | null
  /** Background refreshes wait until then; `reserved`: the app's object has given this connection its turn. */
  holdOff: { until: number; reserved: boolean } | null
  /** When the next identity check is due, for tokens that say nothing of their end. */
  checkDueAt: number | null
  lastForcedAt: number | null
  lastRefreshedAt: number | null
  lastUse: LastUse | null
  /** When each key used it last, by key id, the most recent ones; absent before the first use. */
  uses?: Record<string, number>
  /** Absent before the first one. */
  lastTest?: TestCall
  notice: Notice | null
  /** Generation asked for once already, so that the second ask publishes it. */
  askedGeneration: number
  /** Latest generation with a copy in KV, and how long a copy may still live there. */
  publishedGeneration: number
  copyLivesUntil: number
  debts: Debts | null
  rowWrittenAt: number
  deletion: Deletion | null
  /** What webhooks were told last; absent until the first change. */
  told?: Told
  /** Events noted with the change they tell of, until D1 has them. */
  outbox?: OutboxEvent[]
}

const KEYS_REMEMBERED = 50

/** Undefined where this use is known already. */
export function withUse(record: ConnectionRecord, { keyId, at }: LastUse): ConnectionRecord | undefined {
  const { lastUse, uses = lastUse ? { [lastUse.keyId]: lastUse.at } : {} } = record
  if ((uses[keyId] ?? 0) >= at) return undefined
  const latest = Object.entries({ ...uses, [keyId]: at })
    .sort(([, left], [, right]) => right - left)
    .slice(0, KEYS_REMEMBERED)
  return {
    ...record,
    lastUse: lastUse && lastUse.at >= at ? lastUse : { keyId, at },
    uses: Object.fromEntries(latest),
  }
}
