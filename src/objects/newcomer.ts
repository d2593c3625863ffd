// Connections that begin without a browser of ours: reserved for a connect link, or imported with a refresh token.

import type { Failure } from '../domain/failure.ts'
import { readParams, scopesOfParams } from '../domain/params.ts'
import type { PendingAuthorization } from '../domain/record.ts'
import { scopesToRequest } from '../domain/scopes.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { refreshGrant } from '../oauth/token-endpoint.ts'
import { keepAppCopy } from './app-copy.ts'
import { Consent } from './consent.ts'
import { type Credentials, findConnectorOf, findCredentials } from './credentials.ts'
import { newRecord } from './new-record.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import { toDetail } from './row.ts'
import type { ImportGrant, ReserveConnection } from './rpc.ts'
import { withSecrets } from './with-secrets.ts'

const RETRY_AFTER_SECONDS = 5
/** An import is over long before; what a crash leaves of it is removed then. */
const IMPORT_LIFE_MS = 10 * 60_000

export class Newcomer {
  readonly #object: ObjectContext
  readonly #publisher: Publisher
  readonly #consent: Consent

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
    this.#consent = new Consent(object, publisher)
  }

  /** A pending connection that nobody has opened a consent screen for. */
  async reserve(ask: ReserveConnection): Promise<Result<ConnectionDetail, Failure>> {
    const found = await this.#prepare(ask)
    if (!found.ok) return found
    await this.#store(ask, found.value, ask.pendingUntil)
    await this.#publisher.pay()
    return this.#describe()
  }

  async holdPending(until: number): Promise<Result<ConnectionDetail, Failure>> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    if (record.state === 'pending' && (record.pendingUntil ?? 0) < until) {
      store.keep({ ...record, pendingUntil: until }, now())
      await store.sync()
    }
    return this.#describe()
  }

  /** One refresh proves the token; what it brings is the grant. Without it nothing is kept. */
  async importGrant(ask: ImportGrant): Promise<Result<ConnectionDetail, Failure>> {
    const { config, deadlines, now } = this.#object
    const found = await this.#prepare(ask)
    if (!found.ok) return found
    const credentials = found.value
    let sentAt = now()
    const { outcome } = await withSecrets(credentials.app, (app) => {
      sentAt = now()
      return refreshGrant(
        {
          server: credentials.server,
          app,
          allowInsecure: config.allowInsecureUpstreams,
          deadlineMs: deadlines.tokenCallMs,
        },
        ask.refreshToken,
        sentAt,
      )
    })
    if (outcome.kind === 'failed') return err(refusalOf(outcome))
    const answer = { ...outcome.answer, refreshToken: outcome.answer.refreshToken ?? ask.refreshToken }
    const record = await this.#store(ask, credentials, now() + IMPORT_LIFE_MS)
    const pending: PendingAuthorization = {
      stateHash: '',
      flowHash: '',
      memberId: ask.createdBy,
      connector: ask.connector,
      redirectUri: '',
      clientId: credentials.app.clientId,
      sealedVerifier: null,
      tools: ask.tools,
      requestedScopes: record.requestedScopes,
      ...(ask.expectedAccount === undefined ? {} : { expectedAccount: ask.expectedAccount }),
      startedAt: now(),
      expiresAt: now() + IMPORT_LIFE_MS,
      consumedAt: now(),
    }
    const accepted = await this.#consent.accept(credentials, pending, answer, sentAt)
    if (accepted.kind === 'finished' && accepted.active) return this.#describe()
    const other = accepted.kind === 'finished' && accepted.notice.kind === 'other_account'
    const message = other
      ? 'This refresh token belongs to another account than login_hint names.'
      : 'The account behind this refresh token could not be read.'
    return err({
      code: 'invalid_request',
      errors: [{ path: other ? 'login_hint' : 'refresh_token', message }],
    })
  }

  async #prepare(ask: Omit<ReserveConnection, 'pendingUntil'>): Promise<Result<Credentials, Failure>> {
    const { store } = this.#object
    if (store.load()) return err({ code: 'conflict', detail: 'This connection exists already.' })
    const { workspaceId, connectionId } = ask
    const known = { workspaceId, id: connectionId, connector: ask.connector }
    const connector = await findConnectorOf(this.#object, known)
    if (!connector) return err({ code: 'connector_not_found' })
    const params = readParams(connector, 'connection', ask.params)
    if (!params.ok) return err({ code: 'invalid_request', errors: params.error })
    const found = await findCredentials(this.#object, { ...known, params: params.value })
    if (found.ok) return found
    return found.error === 'missing'
      ? err({ code: 'app_not_configured', connector: ask.connector })
      : err({ code: 'temporarily_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS })
  }

  async #store(ask: Omit<ReserveConnection, 'pendingUntil'>, credentials: Credentials, pendingUntil: number) {
    const { store, now } = this.#object
    const { connector, app, connectionParams } = credentials
    const at = now()
    const record = {
      ...newRecord({ ...ask, memberId: ask.createdBy }, connector, app.owner, pendingUntil, at),
      requestedScopes: scopesToRequest(connector, ask.tools, [
        ...ask.scopes,
        ...scopesOfParams(connector, connectionParams),
      ]),
      params: connectionParams,
    }
    const stored = store.change(owe(record, { row: true, copy: false }, at), at)
    store.remember(historyEvent({ at, kind: 'created', trigger: 'consent' }))
    await keepAppCopy(this.#object, stored, credentials)
    await store.sync()
    return stored
  }

  #describe(): Result<ConnectionDetail, Failure> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    return ok(toDetail(record, store.history(), now()))
  }
}

/** What a refused proof means to whoever imports. */
function refusalOf(outcome: { class: string; retryAfterMs: number | null }): Failure {
  switch (outcome.class) {
    case 'config':
      return { code: 'provider_misconfigured' }
    case 'limited':
    case 'transient':
    case 'in_doubt': {
      const retryAfterSeconds = Math.ceil((outcome.retryAfterMs ?? RETRY_AFTER_SECONDS * 1000) / 1000)
      return { code: 'provider_unavailable', retryAfterSeconds }
    }
    default: {
      const message = 'The service refuses this refresh token for the OAuth app of this workspace.'
      return { code: 'invalid_request', errors: [{ path: 'refresh_token', message }] }
    }
  }
}
