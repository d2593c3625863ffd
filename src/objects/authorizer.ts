// Connect and reconnect: opens an authorization, closes it with the callback. A reconnect never harms: the old grant
// serves until the new one lands, and another account never replaces it.

import type { Connector } from '../domain/connector.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { paramsOfAnswer, readParams, scopesOfParams } from '../domain/params.ts'
import type { ConnectionRecord, PendingAuthorization } from '../domain/record.ts'
import { scopesToRequest } from '../domain/scopes.ts'
import { besideWanted } from '../domain/wish.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { openAuthorization } from '../oauth/authorization.ts'
import type { Server } from '../oauth/server.ts'
import { exchangeCode } from '../oauth/token-endpoint.ts'
import type { SealContext } from '../storage/vault.ts'
import { failureNotice, refuseCallback } from './account-guard.ts'
import { keepAppCopy } from './app-copy.ts'
import { Consent } from './consent.ts'
import { boundOf, type Credentials, findConnectorOf, findCredentials, withParams } from './credentials.ts'
import { newRecord } from './new-record.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type { AuthorizationOutcome, BeginAuthorization, CompleteAuthorization } from './rpc.ts'
import { withSecrets } from './with-secrets.ts'

const RETRY_AFTER_SECONDS = 5
/** A connection that nobody consented to is removed after this. */
const PENDING_LIFE_MS = 24 * 3600_000

export class Authorizer {
  readonly #object: ObjectContext
  readonly #publisher: Publisher
  readonly #consent: Consent

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
    this.#consent = new Consent(object, publisher)
  }

  /** Stores the pending authorization and answers with the address of the consent screen. A new attempt supersedes the last. */
  async begin(ask: BeginAuthorization): Promise<Result<{ authorizeUrl: string }, Failure>> {
    const { store, config, vault, now } = this.#object
    const stateHash = await sha256Hex(ask.state)
    const held = store.load()
    if (!ask.create && (!held || held.deletion)) return err({ code: 'connection_not_found' })
    // The platform may deliver a call twice: the same attempt is no conflict.
    if (ask.create && held && held.pending?.stateHash !== stateHash) {
      return err({ code: 'conflict', detail: 'This connection exists already.' })
    }
    const { workspaceId, connectionId: id } = ask
    const known = await findConnectorOf(this.#object, { workspaceId, id, connector: ask.connector })
    if (known?.retired) {
      return err({
        code: 'conflict',
        detail: `${known.name} can no longer be connected: the service has closed.`,
      })
    }
    const params = known ? paramsFor(known, ask, held) : ok({})
    if (!params.ok) return err({ code: 'invalid_request', errors: params.error })
    const ref = {
      workspaceId: ask.workspaceId,
      id: ask.connectionId,
      connector: ask.connector,
      params: params.value,
    }
    const credentials = await findCredentials(this.#object, ref)
    if (!credentials.ok) {
      return credentials.error === 'missing'
        ? err({ code: 'app_not_configured', connector: ask.connector })
        : err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
    }
    const { connector, app, server } = credentials.value
    const beside = held ? besideWanted(connector, held) : []
    const more = [...(ask.scopes ?? beside), ...scopesOfParams(connector, params.value)]
    const requestedScopes = scopesToRequest(connector, ask.tools, more)
    const redirectUri = redirectUriOf(server, config.publicUrl)
    if (redirectUri === undefined) return err({ code: 'app_not_configured', connector: ask.connector })
    const loginHint = ask.loginHint ?? held?.account?.email ?? undefined
    const { url, verifier } = openAuthorization({
      server,
      app,
      redirectUri,
      scopes: requestedScopes,
      state: ask.state,
      // A service that takes no hint would go on with whoever is signed in there.
      chooseAccount: loginHint === undefined || connector.authorize.loginHintParam === undefined,
      ...(loginHint !== undefined && { loginHint }),
    })
    const pending: PendingAuthorization = {
      stateHash,
      flowHash: ask.flowHash,
      memberId: ask.memberId,
      connector: connector.id,
      redirectUri,
      clientId: app.clientId,
      boundTo: boundOf(credentials.value),
      sealedVerifier: verifier && (await vault.seal(verifierContext(ref), verifier)),
      tools: ask.tools,
      requestedScopes,
      ...(ask.expectedAccount === undefined ? {} : { expectedAccount: ask.expectedAccount }),
      params: params.value,
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
    // Where there is a grant, the copy is that grant's.
    if (!record.grant) await keepAppCopy(this.#object, ref, credentials.value)
    await store.sync()
    await this.#object.step('connect:begun')
    await this.#publisher.pay()
    return ok({ authorizeUrl: url })
  }

  /** Single use: the pending authorization is spent before its code is redeemed. */
  async complete(ask: CompleteAuthorization): Promise<AuthorizationOutcome> {
    const { store, vault, config, deadlines, now } = this.#object
    const record = store.load()
    const refusal = refuseCallback(record, ask, now())
    if (!record?.pending || record.deletion || refusal) {
      return { kind: 'refused', refusal: refusal ?? 'unknown' }
    }
    const { pending } = record
    store.change({ ...record, pending: { ...pending, consumedAt: now() } }, now())
    await store.sync()
    await this.#object.step('connect:consumed')

    const params = { ...record.params, ...pending.params }
    const found = await findCredentials(this.#object, { ...record, params })
    if (!found.ok || !isSameService(found.value, pending)) {
      return this.#consent.fail({ kind: 'app_refused', at: now(), detail: null })
    }
    const query = new URLSearchParams(ask.query)
    const fromCallback = paramsOfAnswer(found.value.connector, 'callback', Object.fromEntries(query))
    // A callback that names a foreign host gets no code sent there.
    const credentials = fromCallback && withParams(found.value, fromCallback)
    const verifier =
      pending.sealedVerifier === null
        ? ok(null)
        : await vault.open(verifierContext(record), pending.sealedVerifier)
    if (!credentials || !verifier.ok) {
      return this.#consent.fail({ kind: 'exchange_failed', at: now(), detail: null })
    }
    let sentAt = now()
    const { outcome } = await withSecrets(credentials.app, (app) => {
      sentAt = now()
      return exchangeCode(
        {
          server: credentials.server,
          app,
          allowInsecure: config.allowInsecureUpstreams,
          deadlineMs: deadlines.tokenCallMs,
        },
        {
          query: ask.query,
          state: query.get('state') ?? '',
          redirectUri: pending.redirectUri,
          verifier: verifier.value,
        },
        sentAt,
      )
    })
    await this.#object.step('connect:exchanged')
    if (outcome.kind !== 'tokens') return this.#consent.fail(failureNotice(outcome, now()))
    return this.#consent.accept(credentials, pending, outcome.answer, sentAt)
  }
}

/** A code is redeemed by the client, and at the hosts, that it was asked for. */
function isSameService(credentials: Credentials, pending: PendingAuthorization): boolean {
  const moved = pending.boundTo !== undefined && pending.boundTo !== boundOf(credentials)
  return credentials.app.clientId === pending.clientId && !moved
}

/** What was given now, else what the connection has; a form that leaves a needed value out is told so. */
function paramsFor(
  connector: Connector,
  ask: BeginAuthorization,
  held: ConnectionRecord | undefined,
): Result<Record<string, string>, FieldError[]> {
  const read = readParams(connector, 'connection', ask.params ?? held?.params ?? {})
  return read.ok ? ok({ ...held?.params, ...read.value }) : read
}

/** Each connector's own address, or the name that the service has given it; undefined where that was not said yet. */
function redirectUriOf({ connector, params }: Server, publicUrl: string): string | undefined {
  const { redirectUriParam } = connector.authorize
  return redirectUriParam === undefined
    ? `${publicUrl}/oauth/callback/${connector.id}`
    : params[redirectUriParam]
}

function verifierContext(ref: { workspaceId: string; id: string }): SealContext {
  return { purpose: 'verifier', workspaceId: ref.workspaceId, recordId: ref.id }
}
