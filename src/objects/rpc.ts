// What the connection's Durable Object answers to. One argument a call, fields only added, plain data back: old and new
// code speak to each other for minutes at a deploy, and an exception would lose its fields on the way.

import type { ApiTarget } from '../domain/api-target.ts'
import type { Admission, AdmissionAsk } from '../domain/app-health.ts'
import type { ConnectionState } from '../domain/connection.ts'
import type { Failure } from '../domain/failure.ts'
import type { AccountChoice, LastUse, Notice, RevocationReport, Trigger } from '../domain/record.ts'
import type { ToolScopes } from '../domain/scopes.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import type { Result } from '../lib/result.ts'

export interface ConnectionRef {
  workspaceId: string
  connectionId: string
}

export interface BeginAuthorization extends ConnectionRef {
  connector: string
  /** Name for a new connection; null on a reconnect, which keeps its own. */
  name: string | null
  tools: string[]
  /** What the set-up form gave for the connector's placeholders; absent on a reconnect keeps what is there. */
  params?: Record<string, string>
  /** Whom the service should ask for; a reconnect names the account it holds. */
  loginHint?: string
  /** In clear: it is on its way to the service. Only its hash is stored. */
  state: string
  stateExpiresAt: number
  flowHash: string
  memberId: string
  /** Asked for beside those of the tools; absent on a reconnect keeps what was asked for. */
  scopes?: string[]
  /** The account a connect link is for: another one is not accepted. */
  expectedAccount?: string
  /** A new connection is made; else the object must already hold one. */
  create: boolean
}

export interface CompleteAuthorization extends ConnectionRef {
  /** From the callback's path. */
  connector: string
  /** Raw query string, as received. */
  query: string
  stateHash: string
  flowHash: string
  memberId: string
}

/** A connection that waits for the person whom a connect link is sent to. */
export interface ReserveConnection extends ConnectionRef {
  connector: string
  name: string | null
  tools: string[]
  scopes: string[]
  params: Record<string, string>
  /** Member or key id. */
  createdBy: string
  /** It is removed then, if nobody has consented. */
  pendingUntil: number
}

export interface ImportGrant extends Omit<ReserveConnection, 'pendingUntil'> {
  /** Leaves the caller's hands: proved by one refresh, then kept sealed. */
  refreshToken: string
  expectedAccount?: string
}

/** `memberId` of an authorization that a connect link opened: bound to the browser, and to no member. */
export const BY_LINK = 'link'

/** Why a callback is refused before any request leaves. */
export type CallbackRefusal =
  | 'unknown'
  | 'expired'
  | 'replayed'
  | 'other_browser'
  | 'other_member'
  | 'other_connector'

export type AuthorizationOutcome =
  | { kind: 'refused'; refusal: CallbackRefusal }
  | { kind: 'finished'; notice: Notice; active: boolean }

export interface ChangeTools extends ConnectionRef {
  /** All that the connection shall be for. */
  tools: string[]
  /** Asked for beside those of the tools and what is asked for beside them already. */
  scopes?: string[]
}

export interface SettleAccount extends ConnectionRef {
  /** Which parked consent was answered: the page may be older than the latest attempt. */
  parkedId: string
  choice: AccountChoice
}

export interface AccessTokenAsk extends ConnectionRef {
  /** `Cache-Control: min-fresh`, milliseconds. */
  minFreshMs?: number
  trigger?: Trigger
}

/** The token itself: leaves the object only towards the token endpoint and the proxy. */
export interface AccessToken {
  accessToken: string
  tokenType: string
  expiresAt: number | null
  obtainedAt: number
  dueAt: number | null
  generation: number
  scopes: string[]
  connector: string
  /** For the proxy; absent where the OAuth app is not known, and in copies made before there was one. */
  api?: ApiTarget
  /** For connectors of the workspace's own, which who reads the token does not know. */
  toolScopes?: ToolScopes
}

export interface RejectedReport extends ConnectionRef {
  /** SHA-256 of the refused token, lower-case hex. */
  tokenHash: string
}

export interface NudgeAnswer {
  /** `empty`: the object holds nothing although D1 has a row. */
  result: 'ok' | 'empty' | 'failed'
}

export interface ConnectionRpc {
  beginAuthorization(ask: BeginAuthorization): Promise<Result<{ authorizeUrl: string }, Failure>>
  completeAuthorization(ask: CompleteAuthorization): Promise<AuthorizationOutcome>
  reserve(ask: ReserveConnection): Promise<Result<ConnectionDetail, Failure>>
  /** A new connect link: a pending connection lives as long as that. */
  holdPending(ask: ConnectionRef & { until: number }): Promise<Result<ConnectionDetail, Failure>>
  importGrant(ask: ImportGrant): Promise<Result<ConnectionDetail, Failure>>
  /** Holds at once where no consent is needed; else it waits for the next one, and everything stays as it is. */
  changeTools(ask: ChangeTools): Promise<Result<ConnectionDetail, Failure>>
  dropWish(ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>>
  settleAccount(ask: SettleAccount): Promise<Result<ConnectionDetail, Failure>>
  accessToken(ask: AccessTokenAsk): Promise<Result<AccessToken, Failure>>
  reportRejected(ask: RejectedReport): Promise<Result<AccessToken, Failure>>
  refreshNow(ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>>
  /** One harmless call to the service; the result is in the answer's `lastTest`. */
  testCall(ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>>
  describe(ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>>
  rename(ask: ConnectionRef & { name: string }): Promise<Result<ConnectionDetail, Failure>>
  setPaused(ask: ConnectionRef & { paused: boolean }): Promise<Result<ConnectionDetail, Failure>>
  remove(ask: ConnectionRef & { siblingLives: boolean }): Promise<Result<RevocationReport, Failure>>
  noteUse(ask: ConnectionRef & { use: LastUse }): Promise<void>
  /** The cron's repair call. `row` lets an object that lost its storage keep its ID and name. */
  nudge(ask: ConnectionRef & { row: RowOfConnection }): Promise<NudgeAnswer>
}

/** What D1 knows of a connection, enough to rebuild one that has no object. */
export interface RowOfConnection {
  connector: string
  appOwner: string
  name: string
  tools: string[]
  requestedScopes: string[]
  /** Absent, or null, where it is not known. */
  params?: Record<string, string> | null
  /** Who it acted as: the next consent must come from the same account. */
  accountId?: string | null
  accountTenant?: string | null
  accountEmail?: string | null
  accountName?: string | null
  createdAt: number
  createdBy: string
  revision: number
  generation: number
  /** What D1 says of it so far. */
  state?: ConnectionState
}

/** An OAuth app: whose it is, and which connector's (or family's). */
export interface AppRef {
  owner: string
  connector: string
}

/** What the Durable Object of an OAuth app answers to. The token path never asks it. */
export interface OAuthAppRpc {
  admit(ask: AppRef & AdmissionAsk): Promise<Admission>
  reportRefused(ask: AppRef & { connectionId: string; detail: string }): Promise<void>
  /** The service accepted the app, or an admin changed its credentials. */
  reportAccepted(ask: AppRef): Promise<void>
  reportLost(ask: AppRef & { connectionId: string }): Promise<void>
}

/** The part of its namespace that is used. */
export interface OAuthAppNamespace {
  getByName(name: string): OAuthAppRpc
}
