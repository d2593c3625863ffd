// An admin's answer to a parked consent: keep the account, or switch to the other one. Either way in one write; the
// grant that leaves is never revoked.

import { acceptConsent, accountName, isSettled, parkedFor } from '../domain/accept-consent.ts'
import type { Failure } from '../domain/failure.ts'
import type { HistoryKind } from '../domain/history.ts'
import type { AccountChoice, ConnectionRecord, ParkedConsent } from '../domain/record.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { nextCheck } from './account-guard.ts'
import { resealParked } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type { SettleAccount } from './rpc.ts'

const GONE: Failure = {
  code: 'conflict',
  detail:
    'There is no other account to decide about any more: it was decided already, replaced by a later attempt, or a day has passed. Nothing was changed now.',
}
const UNREADABLE: Failure = {
  code: 'conflict',
  detail:
    'The access of the other account cannot be opened any more, so nothing was changed. Reconnect, and choose that account again.',
}

export class AccountSwitch {
  readonly #object: ObjectContext
  readonly #publisher: Publisher

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
  }

  async settle(ask: SettleAccount): Promise<Result<null, Failure>> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    // The platform may deliver a call twice.
    if (isSettled(record, ask)) return ok(null)
    const parked = parkedFor(record, ask, now())
    // Without a question everything stays as it is, which is what was asked for.
    if (!parked && ask.choice === 'keep' && record.settled?.id !== ask.parkedId) return ok(null)
    if (!parked) return err(GONE)
    return ask.choice === 'keep' ? this.#keep(record, parked) : this.#switch(record, ask)
  }

  #keep(record: ConnectionRecord, parked: ParkedConsent): Promise<Result<null, Failure>> {
    const at = this.#object.now()
    const kept = { ...record, parked: null, notice: null, updatedAt: at }
    return this.#store(kept, { id: parked.id, choice: 'keep' }, accountName(parked.account), at)
  }

  /** Opening takes a moment: what is switched is the record as it is then. */
  async #switch(before: ConnectionRecord, ask: SettleAccount): Promise<Result<null, Failure>> {
    const { store, now } = this.#object
    const offered = parkedFor(before, ask, now())
    const grant = offered && (await resealParked(this.#object, before, offered))
    await this.#object.step('account:opened')
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    const at = now()
    const parked = parkedFor(record, ask, at)
    if (!parked) return err(GONE)
    if (!grant) return err(UNREADABLE)
    const { id, parkedAt: _, until: __, unfinished, ...brought } = parked
    const to = accountName(parked.account)
    const switched = acceptConsent(
      record,
      { ...brought, grant },
      {
        notice: { kind: 'reconnected', at, detail: to },
        checkDueAt: nextCheck(true, unfinished, grant.expiresAt, at),
      },
      at,
    )
    const from = record.account ? `${accountName(record.account)} → ` : ''
    return this.#store(switched, { id, choice: 'switch' }, `${from}${to}`, at)
  }

  async #store(
    changed: ConnectionRecord,
    settled: NonNullable<ConnectionRecord['settled']>,
    detail: string,
    at: number,
  ): Promise<Result<null, Failure>> {
    const { store } = this.#object
    const copy = settled.choice === 'switch'
    store.change(owe({ ...changed, settled }, { row: true, copy }, at), at)
    store.remember(historyEvent({ at, kind: EVENTS[settled.choice], trigger: 'manual', detail }))
    await store.sync()
    await this.#object.step('account:settled')
    await this.#publisher.pay()
    return ok(null)
  }
}

const EVENTS = { keep: 'account_kept', switch: 'account_switched' } as const satisfies Record<
  AccountChoice,
  HistoryKind
>
