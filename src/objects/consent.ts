// What a consent brought, into the record: asks whose account it is and for what else the connection needs, lets the guard
// decide, and stores the grant in one write.

import { acceptConsent, parkedUntil } from '../domain/accept-consent.ts'
import { reauthorizeBefore, type TokenAnswer } from '../domain/grant.ts'
import { needsAfterConnect } from '../domain/params.ts'
import type {
  ConnectionRecord,
  ConsentYield,
  Notice,
  ParkedConsent,
  PendingAuthorization,
} from '../domain/record.ts'
import { grantedScopes, missingScopes } from '../domain/scopes.ts'
import { fetchAfterConnect } from '../oauth/after-connect.ts'
import { fetchIdentity, type IdentityCall, type IdentityOutcome } from '../oauth/identity.ts'
import { mayPark, nextCheck, objectTo, objectToOther, suggestedName } from './account-guard.ts'
import { keepAppCopy } from './app-copy.ts'
import { boundOf, type Credentials, withParams } from './credentials.ts'
import { sealGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type { AuthorizationOutcome } from './rpc.ts'

/** Enough of the attempt's state hash to tell one from another. */
const PARKED_ID_LENGTH = 32

export class Consent {
  readonly #object: ObjectContext
  readonly #publisher: Publisher

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
  }

  /**
   * @param found resolved with the connection's params so far
   * @param obtainedAt when its request left: the token's life began then, at the earliest
   */
  async accept(
    found: Credentials,
    pending: PendingAuthorization,
    answer: TokenAnswer,
    obtainedAt: number,
  ): Promise<AuthorizationOutcome> {
    const { store, now } = this.#object
    const { connector, app } = found
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
    const parks = objection && account && mayPark({ record: known, pending }, objection) ? account : undefined
    if (objection && !parks) return this.fail(objection)

    const at = now()
    const grant = await sealGrant(
      this.#object,
      known,
      { connector, clientId: app.clientId, boundTo: boundOf(found), answer, held: null, consentedAt: at },
      obtainedAt,
      parks ? 'parked_grant' : 'grant',
    )
    const { requestedScopes } = pending
    const params = credentials.connectionParams
    const brought: ConsentYield = {
      account,
      authorizedBy: pending.memberId,
      appOwner: app.owner,
      tools: pending.tools,
      requestedScopes,
      grantedScopes: grantedScopes(connector, requestedScopes, answer.scopes ?? requestedScopes),
      params,
      rules: connector.refresh,
      reauthorizeBefore: reauthorizeBefore(connector, grant),
      grant,
      suggestedName: suggestedName(connector.name, account),
    }
    if (objection && parks) {
      const unfinished = needsAfterConnect(connector, params)
      return this.#park({ ...brought, account: parks, unfinished }, pending, objection)
    }
    await keepAppCopy(this.#object, known, found)
    const unfinished = (account === null && identity.kind !== 'none') || needsAfterConnect(connector, params)
    const checkDueAt = nextCheck(connector.identity !== null, unfinished, grant.expiresAt, at)
    return this.#store(brought, pending, checkDueAt, at)
  }

  async #store(
    brought: ConsentYield,
    pending: PendingAuthorization,
    checkDueAt: number | null,
    at: number,
  ): Promise<AuthorizationOutcome> {
    const { store } = this.#object
    const record = store.load()
    if (!record || record.deletion) return { kind: 'refused', refusal: 'unknown' }
    // An admin may have switched accounts in this very moment.
    const overtaken = objectTo(record, brought.account, 'account', at)
    if (overtaken?.kind === 'other_account') return this.fail(overtaken)
    const first = record.generation === 0
    const missing = missingScopes(brought.requestedScopes, brought.grantedScopes)
    const kind = missing.length > 0 ? 'fewer_permissions' : first ? 'connected' : 'reconnected'
    const notice: Notice = { kind, at, detail: missing.length > 0 ? missing.join(' ') : null }
    // A name that was suggested stays on a reconnect, too: it may be known by it.
    const suggested = first ? brought.suggestedName : record.name
    const active: ConnectionRecord = {
      ...acceptConsent(record, { ...brought, suggestedName: suggested }, { notice, checkDueAt }, at),
      // An attempt opened in the meantime stays open.
      pending: record.pending?.stateHash === pending.stateHash ? null : record.pending,
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

  /** Another account came back: its grant is put aside in one write, and the one held goes on as if nothing had been. */
  async #park(
    brought: ConsentYield & Pick<ParkedConsent, 'account' | 'unfinished'>,
    pending: PendingAuthorization,
    notice: Notice,
  ): Promise<AuthorizationOutcome> {
    const { now } = this.#object
    const at = now()
    const until = parkedUntil(brought.grant, at)
    const parked = { ...brought, id: pending.stateHash.slice(0, PARKED_ID_LENGTH), parkedAt: at, until }
    const told = await this.#tell(notice, { parked })
    await this.#object.step('connect:parked')
    await this.#publisher.pay()
    return told
  }

  /** Nothing changes; the person is told on the connection's page. */
  fail(notice: Notice): Promise<AuthorizationOutcome> {
    return this.#tell(notice, {})
  }

  async #tell(notice: Notice, change: Pick<ConnectionRecord, 'parked'>): Promise<AuthorizationOutcome> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.deletion) return { kind: 'refused', refusal: 'unknown' }
    const pending = record.pending?.consumedAt === null ? record.pending : null
    const row = change.parked !== undefined
    store.change(owe({ ...record, ...change, pending, notice }, { row, copy: false }, now()), now())
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
