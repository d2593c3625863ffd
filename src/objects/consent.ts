// What a consent brought, into the record: asks whose account it is and for what else the connection needs, lets the guard
// decide, and stores the grant in one write.

import { applyEvent } from '../domain/apply-refresh.ts'
import { reauthorizeBefore, type TokenAnswer } from '../domain/grant.ts'
import { needsAfterConnect } from '../domain/params.ts'
import type { ConnectionRecord, Notice, PendingAuthorization } from '../domain/record.ts'
import { grantedScopes, missingScopes } from '../domain/scopes.ts'
import { fetchAfterConnect } from '../oauth/after-connect.ts'
import { fetchIdentity, type IdentityCall, type IdentityOutcome } from '../oauth/identity.ts'
import { nextCheck, objectTo, objectToOther, suggestedName } from './account-guard.ts'
import { type Credentials, keepAppCopy, withParams } from './credentials.ts'
import { sealGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type { AuthorizationOutcome } from './rpc.ts'

export class Consent {
  readonly #object: ObjectContext
  readonly #publisher: Publisher

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
  }

  /** @param credentials resolved with the connection's params so far */
  async accept(
    found: Credentials,
    pending: PendingAuthorization,
    answer: TokenAnswer,
  ): Promise<AuthorizationOutcome> {
    const { store, now } = this.#object
    const { connector, app } = found
    // The token's life has begun: what is asked below may take a while.
    const obtainedAt = now()
    const named = withParams(found, answer.params ?? {})
    if (!named) return this.fail({ kind: 'exchange_failed', at: now(), detail: null })
    const more = await this.#ask(fetchAfterConnect, named, answer.accessToken)
    const credentials = more.kind === 'params' ? withParams(named, more.params) : named
    if (!credentials) return this.fail({ kind: 'exchange_failed', at: now(), detail: null })
    const identity: IdentityOutcome = answer.account
      ? { kind: 'account', account: answer.account }
      : await this.#ask(fetchIdentity, credentials, answer.accessToken)
    const account = identity.kind === 'account' ? identity.account : null
    const known = store.load()
    if (!known || known.deletion) return { kind: 'refused', refusal: 'unknown' }
    const objection =
      objectTo(known, account, identity.kind, now()) ?? objectToOther(pending.expectedAccount, account, now())
    if (objection) return this.fail(objection)
    const params = credentials.connectionParams

    const at = now()
    const grant = await sealGrant(
      this.#object,
      known,
      { connector, clientId: app.clientId, answer, held: null, consentedAt: at },
      obtainedAt,
    )
    await keepAppCopy(this.#object, known, app)
    const record = store.load()
    if (!record || record.deletion) return { kind: 'refused', refusal: 'unknown' }
    const first = record.generation === 0
    const { requestedScopes } = pending
    const granted = grantedScopes(connector, requestedScopes, answer.scopes ?? requestedScopes)
    const missing = missingScopes(requestedScopes, granted)
    const kind = missing.length > 0 ? 'fewer_permissions' : first ? 'connected' : 'reconnected'
    const notice: Notice = { kind, at, detail: missing.length > 0 ? missing.join(' ') : null }
    const active: ConnectionRecord = {
      ...applyEvent(record, { type: 'consent_given', otherAccount: false }, at),
      generation: record.generation + 1,
      appOwner: app.owner,
      account: account ?? record.account,
      name: record.named || !first ? record.name : suggestedName(connector.name, account),
      tools: pending.tools,
      requestedScopes,
      grantedScopes: granted,
      params,
      rules: connector.refresh,
      reauthorizeBefore: reauthorizeBefore(connector, grant),
      grant,
      // An attempt opened in the meantime stays open.
      pending: record.pending?.stateHash === pending.stateHash ? null : record.pending,
      pendingUntil: null,
      journal: null,
      trouble: null,
      holdOff: null,
      checkDueAt: nextCheck(
        connector.identity !== null,
        (account === null && identity.kind !== 'none') || needsAfterConnect(connector, params),
        grant.expiresAt,
        at,
      ),
      lastRefreshedAt: null,
      notice,
    }
    store.change(owe(active, { row: true, copy: true }, at), at)
    store.remember(
      historyEvent({ at, kind: first ? 'connected' : 'reconnected', trigger: 'consent', outcome: kind }),
    )
    await store.sync()
    await this.#object.step('connect:stored')
    await this.#publisher.pay()
    return { kind: 'finished', notice, active: true }
  }

  /** Nothing changes; the person is told on the connection's page. */
  async fail(notice: Notice): Promise<AuthorizationOutcome> {
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

  /** A request that merely failed is tried again before anything is decided. */
  async #ask<T extends { kind: string }>(
    request: (call: IdentityCall) => Promise<T>,
    credentials: Credentials,
    accessToken: string,
  ): Promise<T> {
    const { config, deadlines } = this.#object
    const call: IdentityCall = {
      server: credentials.server,
      accessToken,
      allowInsecure: config.allowInsecureUpstreams,
      deadlineMs: deadlines.identityMs,
    }
    let outcome = await request(call)
    for (const pauseMs of deadlines.identityRetryMs) {
      if (outcome.kind !== 'failed') break
      await scheduler.wait(pauseMs)
      outcome = await request(call)
    }
    return outcome
  }
}
