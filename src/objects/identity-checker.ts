// Asks the service whether a token still stands for its account: daily for tokens that say nothing of their end, soon
// where the account could not be read at consent, and when a token that cannot be refreshed was reported as rejected.

import { applyEvent } from '../domain/apply-refresh.ts'
import { sameAccount } from '../domain/grant.ts'
import { needsAfterConnect } from '../domain/params.ts'
import type { ConnectionRecord, Trigger } from '../domain/record.ts'
import { planRefresh } from '../domain/refresh-plan.ts'
import { fetchAfterConnect } from '../oauth/after-connect.ts'
import { askIdentity, type IdentityOutcome } from '../oauth/identity.ts'
import { findGrantCredentials, withParams } from './credentials.ts'
import { openGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe } from './publisher.ts'
import type { Refresher } from './refresher.ts'

const CHECK_EVERY_MS = 24 * 3600_000
const RETRY_MS = 15 * 60_000

/** What the service answered, and how long that took. */
export interface IdentityAnswer {
  outcome: IdentityOutcome
  status: number | null
  durationMs: number
}

export class IdentityChecker {
  readonly #object: ObjectContext
  readonly #refresher: Refresher

  constructor(object: ObjectContext, refresher: Refresher) {
    this.#object = object
    this.#refresher = refresher
  }

  /** Undefined where there is no living grant to ask with. */
  async check(trigger: Trigger): Promise<IdentityAnswer | undefined> {
    const before = this.#object.store.load()
    if (before?.state !== 'active' || !before.grant) return undefined
    const { params, ...answer } = await this.#ask(before)
    await this.#take(before, answer.outcome, params, trigger)
    return answer
  }

  async #take(
    before: ConnectionRecord,
    outcome: IdentityOutcome,
    params: Record<string, string> | 'none' | 'failed',
    trigger: Trigger,
  ): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record?.grant || record.generation !== before.generation || record.state !== 'active') return
    const at = now()
    const daily = record.grant.expiresAt === null ? at + CHECK_EVERY_MS : null
    const next = params === 'failed' ? at + RETRY_MS : daily
    const found = params === 'failed' || params === 'none' ? {} : { params: { ...record.params, ...params } }
    switch (outcome.kind) {
      case 'account': {
        // Which site or company it is may have become known only now.
        const held = record.account
        const placed = 'params' in found && held?.subject === outcome.account.subject
        const account = held && !placed && !sameAccount(held, outcome.account) ? held : outcome.account
        store.change(
          owe({ ...record, ...found, account, checkDueAt: next }, { row: true, copy: false }, at),
          at,
        )
        return
      }
      case 'none':
        store.keep({ ...record, ...found, checkDueAt: params === 'failed' ? next : null }, at)
        return
      case 'failed':
        store.keep({ ...record, checkDueAt: at + RETRY_MS }, at)
        return
      case 'refused':
        if (record.grant.refreshTokenHash !== null) return this.#replace(record, trigger)
        store.change(
          owe(applyEvent(record, { type: 'identity_refused' }, at), { row: true, copy: true }, at),
          at,
        )
        store.remember(historyEvent({ at, kind: 'reauthorize', trigger, outcome: 'rejected_by_provider' }))
        await store.sync()
    }
  }

  /** A refused token is refreshed; where a doubt forbids that, it cannot be settled any more. */
  async #replace(refused: ConnectionRecord, trigger: Trigger): Promise<void> {
    const { store, now } = this.#object
    store.keep({ ...refused, checkDueAt: now() + RETRY_MS }, now())
    await this.#refresher.refresh({ trigger, urgency: 'insist' })
    const record = store.load()
    if (record?.generation !== refused.generation || planRefresh(record, now(), 'insist').do !== 'doubt')
      return
    const lost = applyEvent(record, { type: 'doubt_unsettled' }, now())
    store.change(owe(lost, { row: true, copy: true }, now()), now())
    store.remember(historyEvent({ at: now(), kind: 'reauthorize', trigger, outcome: lost.reason }))
    await store.sync()
  }

  /** Whose token it is, and what a failed request after consent still owes. */
  async #ask(
    record: ConnectionRecord,
  ): Promise<IdentityAnswer & { params: Record<string, string> | 'none' | 'failed' }> {
    const { config, deadlines, now } = this.#object
    const found = await findGrantCredentials(this.#object, record)
    const secret = await openGrant(this.#object, record)
    if (!found.ok || !secret)
      return { outcome: { kind: 'failed' }, status: null, durationMs: 0, params: 'none' }
    const { accessToken } = secret
    const limits = { allowInsecure: config.allowInsecureUpstreams, deadlineMs: deadlines.identityMs }
    const more = needsAfterConnect(found.value.connector, record.params)
      ? await fetchAfterConnect({ server: found.value.server, accessToken, ...limits })
      : ({ kind: 'none' } as const)
    const complete = more.kind === 'params' ? withParams(found.value, more.params) : undefined
    const { server } = complete ?? found.value
    const startedAt = now()
    const answer = await askIdentity({ server, accessToken, ...limits })
    return {
      ...answer,
      durationMs: now() - startedAt,
      params: complete ? complete.connectionParams : more.kind === 'none' ? 'none' : 'failed',
    }
  }
}
