// Connect and reconnect: opens an authorization, closes it with the callback. A reconnect never harms: the old grant
// serves until the new one lands, and another account never replaces it.

import { applyEvent } from '../domain/apply-refresh.ts'
import type { Failure } from '../domain/failure.ts'
import { type Account, reauthorizeBefore, sameAccount, type TokenAnswer } from '../domain/grant.ts'
import type { ConnectionRecord, Notice, PendingAuthorization } from '../domain/record.ts'
import { canonicalScopes, missingScopes, scopesForTools } from '../domain/scopes.ts'
import { equalConstantTime, sha256Hex } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { openAuthorization } from '../oauth/authorization.ts'
import { fetchIdentity, type IdentityOutcome } from '../oauth/identity.ts'
import { type CallbackOutcome, exchangeCode } from '../oauth/token-endpoint.ts'
import type { SealContext } from '../storage/vault.ts'
import { type Credentials, findCredentials, keepAppCopy } from './credentials.ts'
import { sealGrant } from './grant-seal.ts'
import { newRecord } from './new-record.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type {
  AuthorizationOutcome,
  BeginAuthorization,
  CallbackRefusal,
  CompleteAuthorization,
} from './rpc.ts'

const RETRY_AFTER_SECONDS = 5
/** A connection that nobody consented to is removed after this. */
const PENDING_LIFE_MS = 24 * 3600_000
const HEALTH_CHECK_EVERY_MS = 24 * 3600_000
/** An account that could not be read at consent is asked for again after this. */
const ACCOUNT_RETRY_MS = 5 * 60_000

export class Authorizer {
  readonly #object: ObjectContext
  readonly #publisher: Publisher

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
  }

  /** Stores the pending authorization and answers with the address of the consent screen. A new attempt supersedes the last. */
  async begin(ask: BeginAuthorization): Promise<Result<{ authorizeUrl: string }, Failure>> {
    const { store, config, vault, now } = this.#object
    const ref = { workspaceId: ask.workspaceId, id: ask.connectionId, connector: ask.connector }
    const stateHash = await sha256Hex(ask.state)
    const held = store.load()
    if (!ask.create && (!held || held.deletion)) return err({ code: 'connection_not_found' })
    // The platform may deliver a call twice: the same attempt is no conflict.
    if (ask.create && held && held.pending?.stateHash !== stateHash) {
      return err({ code: 'conflict', detail: 'This connection exists already.' })
    }
    const credentials = await findCredentials(this.#object, ref)
    if (!credentials.ok) {
      return credentials.error === 'missing'
        ? err({ code: 'app_not_configured', connector: ask.connector })
        : err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
    }
    const { connector, app, server } = credentials.value
    const requestedScopes = scopesForTools(connector, ask.tools)
    const redirectUri = `${config.publicUrl}/oauth/callback/${connector.id}`
    const { url, verifier } = openAuthorization({
      server,
      app,
      redirectUri,
      scopes: requestedScopes,
      state: ask.state,
    })
    const pending: PendingAuthorization = {
      stateHash,
      flowHash: ask.flowHash,
      memberId: ask.memberId,
      connector: connector.id,
      redirectUri,
      clientId: app.clientId,
      sealedVerifier: verifier && (await vault.seal(verifierContext(ref), verifier)),
      tools: ask.tools,
      requestedScopes,
      startedAt: now(),
      expiresAt: ask.stateExpiresAt,
      consumedAt: null,
    }
    const at = now()
    const record = store.load() ?? newRecord(ask, connector, app.owner, at + PENDING_LIFE_MS, at)
    if (record.deletion) return err({ code: 'connection_not_found' })
    const changed = { ...record, pending, notice: null }
    store.change(owe(changed, { row: record.revision === 0, copy: false }, at), at)
    if (record.revision === 0) store.remember(historyEvent({ at, kind: 'created', trigger: 'consent' }))
    await keepAppCopy(this.#object, ref, app)
    await store.sync()
    await this.#object.step('connect:begun')
    await this.#publisher.pay()
    return ok({ authorizeUrl: url })
  }

  /** Single use: the pending authorization is spent before its code is redeemed. */
  async complete(ask: CompleteAuthorization): Promise<AuthorizationOutcome> {
    const { store, vault, config, deadlines, now } = this.#object
    const record = store.load()
    const refusal = refuse(record, ask, now())
    if (!record?.pending || record.deletion || refusal) {
      return { kind: 'refused', refusal: refusal ?? 'unknown' }
    }
    const { pending } = record
    store.change({ ...record, pending: { ...pending, consumedAt: now() } }, now())
    await store.sync()
    await this.#object.step('connect:consumed')

    const found = await findCredentials(this.#object, record)
    if (!found.ok || found.value.app.clientId !== pending.clientId) {
      return this.#fail({ kind: 'app_refused', at: now(), detail: null })
    }
    const credentials = found.value
    const verifier =
      pending.sealedVerifier === null
        ? ok(null)
        : await vault.open(verifierContext(record), pending.sealedVerifier)
    if (!verifier.ok) return this.#fail({ kind: 'exchange_failed', at: now(), detail: null })
    const state = new URLSearchParams(ask.query).get('state') ?? ''
    const outcome = await exchangeCode(
      {
        server: credentials.server,
        app: credentials.app,
        allowInsecure: config.allowInsecureUpstreams,
        deadlineMs: deadlines.tokenCallMs,
      },
      { query: ask.query, state, redirectUri: pending.redirectUri, verifier: verifier.value },
      now(),
    )
    await this.#object.step('connect:exchanged')
    if (outcome.kind !== 'tokens') return this.#fail(failureNotice(outcome, now()))
    return this.#accept(credentials, pending, outcome.answer)
  }

  async #accept(
    credentials: Credentials,
    pending: PendingAuthorization,
    answer: TokenAnswer,
  ): Promise<AuthorizationOutcome> {
    const { store, now } = this.#object
    const { connector, app } = credentials
    const identity = await this.#identify(credentials, answer.accessToken)
    const account = identity.kind === 'account' ? identity.account : null
    const known = store.load()
    if (!known || known.deletion) return { kind: 'refused', refusal: 'unknown' }
    const objection = objectTo(known, account, identity.kind, now())
    if (objection) return this.#fail(objection)

    const at = now()
    const grant = await sealGrant(
      this.#object,
      known,
      { connector, clientId: app.clientId, answer, held: null, consentedAt: at },
      at,
    )
    await keepAppCopy(this.#object, known, app)
    const record = store.load()
    if (!record || record.deletion) return { kind: 'refused', refusal: 'unknown' }
    const first = record.generation === 0
    const granted = canonicalScopes(connector, answer.scopes ?? pending.requestedScopes)
    const missing = missingScopes(pending.requestedScopes, granted)
    const kind = missing.length > 0 ? 'fewer_permissions' : first ? 'connected' : 'reconnected'
    const active: ConnectionRecord = {
      ...applyEvent(record, { type: 'consent_given', otherAccount: false }, at),
      generation: record.generation + 1,
      appOwner: app.owner,
      account: account ?? record.account,
      name: record.named || !first ? record.name : suggestedName(connector.name, account),
      tools: pending.tools,
      requestedScopes: pending.requestedScopes,
      grantedScopes: granted,
      rules: connector.refresh,
      reauthorizeBefore: reauthorizeBefore(connector, grant),
      grant,
      // An attempt opened in the meantime stays open.
      pending: record.pending?.stateHash === pending.stateHash ? null : record.pending,
      pendingUntil: null,
      journal: null,
      trouble: null,
      checkDueAt: nextCheck(connector.identity !== null, account, grant.expiresAt, at),
      lastRefreshedAt: null,
      notice: { kind, at, detail: missing.length > 0 ? missing.join(' ') : null },
    }
    store.change(owe(active, { row: true, copy: true }, at), at)
    store.remember(
      historyEvent({ at, kind: first ? 'connected' : 'reconnected', trigger: 'consent', outcome: kind }),
    )
    await store.sync()
    await this.#object.step('connect:stored')
    await this.#publisher.pay()
    return { kind: 'finished', notice: active.notice ?? { kind, at, detail: null }, active: true }
  }

  /** A request that merely failed is tried again before anything is decided. */
  async #identify(credentials: Credentials, accessToken: string): Promise<IdentityOutcome> {
    const { config, deadlines } = this.#object
    const ask = () =>
      fetchIdentity({
        server: credentials.server,
        params: credentials.app.params,
        accessToken,
        allowInsecure: config.allowInsecureUpstreams,
        deadlineMs: deadlines.identityMs,
      })
    let outcome = await ask()
    for (const pauseMs of deadlines.identityRetryMs) {
      if (outcome.kind !== 'failed') break
      await scheduler.wait(pauseMs)
      outcome = await ask()
    }
    return outcome
  }

  /** Nothing changes; the person is told on the connection's page. */
  async #fail(notice: Notice): Promise<AuthorizationOutcome> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.deletion) return { kind: 'refused', refusal: 'unknown' }
    const pending = record.pending?.consumedAt === null ? record.pending : null
    store.change({ ...record, pending, notice }, now())
    store.remember(
      historyEvent({
        at: notice.at,
        kind: 'consent_failed',
        trigger: 'consent',
        outcome: notice.kind,
        detail: notice.detail,
      }),
    )
    await store.sync()
    return { kind: 'finished', notice, active: record.state === 'active' }
  }
}

function refuse(
  record: ConnectionRecord | undefined,
  ask: CompleteAuthorization,
  now: number,
): CallbackRefusal | undefined {
  const pending = record?.pending
  if (!pending || !equalConstantTime(pending.stateHash, ask.stateHash)) return record ? 'replayed' : 'unknown'
  if (pending.consumedAt !== null) return 'replayed'
  if (pending.connector !== ask.connector) return 'other_connector'
  if (!equalConstantTime(pending.flowHash, ask.flowHash)) return 'other_browser'
  if (pending.memberId !== ask.memberId) return 'other_member'
  if (pending.expiresAt <= now) return 'expired'
  return undefined
}

/** Rule 5: the account guard. Null account where the service could not say whose the grant is. */
function objectTo(
  record: ConnectionRecord,
  account: Account | null,
  identity: IdentityOutcome['kind'],
  now: number,
): Notice | undefined {
  // Without an identity request, the admin's Reconnect is the word.
  if (record.account === null || identity === 'none') return undefined
  if (account === null) return { kind: 'account_unknown', at: now, detail: null }
  if (sameAccount(record.account, account)) return undefined
  return { kind: 'other_account', at: now, detail: account.email ?? account.name ?? account.subject }
}

function failureNotice(outcome: Exclude<CallbackOutcome, { kind: 'tokens' }>, at: number): Notice {
  switch (outcome.kind) {
    case 'invalid_callback':
      return { kind: 'exchange_failed', at, detail: null }
    case 'declined':
      return {
        kind: outcome.error === 'access_denied' ? 'declined' : 'refused_by_service',
        at,
        detail: outcome.detail,
      }
    case 'failed':
      switch (outcome.class) {
        case 'config':
          return { kind: 'app_refused', at, detail: outcome.detail }
        case 'limited':
        case 'transient':
        case 'in_doubt':
          return { kind: 'provider_unavailable', at, detail: outcome.detail }
        default:
          return { kind: 'exchange_failed', at, detail: outcome.detail }
      }
  }
}

function nextCheck(
  hasIdentity: boolean,
  account: Account | null,
  expiresAt: number | null,
  now: number,
): number | null {
  if (!hasIdentity) return null
  if (account === null) return now + ACCOUNT_RETRY_MS
  return expiresAt === null ? now + HEALTH_CHECK_EVERY_MS : null
}

/** `Local CRM - Marketing`. */
function suggestedName(connectorName: string, account: Account | null): string {
  const whose = account?.name ?? account?.email
  return whose ? `${connectorName} - ${whose}`.slice(0, 100) : connectorName
}

function verifierContext(ref: { workspaceId: string; id: string }): SealContext {
  return { purpose: 'verifier', workspaceId: ref.workspaceId, recordId: ref.id }
}
