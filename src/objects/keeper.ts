// Keep alive: does whatever is due, for the alarm and for the cron alike.

import { type Duty, dueDuties } from '../domain/alarm.ts'
import { applyEvent } from '../domain/apply-refresh.ts'
import { toldLost } from '../domain/news.ts'
import type { ConnectionRecord, Trigger } from '../domain/record.ts'
import { log } from '../lib/log.ts'
import { findConnectionRow } from '../storage/connections.ts'
import { applyClock } from './clock.ts'
import { findConnectorOf } from './credentials.ts'
import type { IdentityChecker } from './identity-checker.ts'
import { recordOfRow } from './new-record.ts'
import type { ObjectContext } from './object-context.ts'
import { withEndOfPending } from './outbox.ts'
import { owe, type Publisher } from './publisher.ts'
import type { Refresher } from './refresher.ts'
import type { Remover } from './remover.ts'
import type { ConnectionRef, NudgeAnswer, RowOfConnection } from './rpc.ts'

const PENDING_RETRY_MS = 300_000

export interface KeeperParts {
  refresher: Refresher
  publisher: Publisher
  remover: Remover
  checker: IdentityChecker
}

export class Keeper {
  readonly #object: ObjectContext
  readonly #parts: KeeperParts

  constructor(object: ObjectContext, parts: KeeperParts) {
    this.#object = object
    this.#parts = parts
  }

  async keepAlive(trigger: 'alarm' | 'cron'): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record) return
    const due = dueDuties(record, now())
    if (applyClock(this.#object, trigger)) await store.sync()
    for (const duty of due) await this.#do(duty, trigger)
    await this.#parts.publisher.pay()
  }

  /**
   * The cron's call for a row whose promise to be heard is past: does what is due, and makes the row current.
   * An object that lost its storage takes ID and name from the row; one that went back in time trusts its grant no more.
   */
  async nudge(ref: ConnectionRef, row: RowOfConnection): Promise<NudgeAnswer> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record) return { result: await this.#rebuild(ref, row) }
    if (!record.deletion) {
      const current = record.revision < row.revision ? restored(record, row, now()) : record
      store.change(owe(current, { row: true, copy: false }, now()), now())
    }
    await this.keepAlive('cron')
    return { result: store.load()?.debts ? 'failed' : 'ok' }
  }

  /** A row that is gone by now is that of a connection which ended while this call was on its way. */
  async #rebuild(ref: ConnectionRef, row: RowOfConnection): Promise<NudgeAnswer['result']> {
    const { store, db, now } = this.#object
    const { workspaceId, connectionId: id } = ref
    const [there] = await Promise.allSettled([findConnectionRow(db, workspaceId, id)])
    if (there.status === 'rejected') return 'failed'
    if (!there.value) return 'ok'
    const connector = await findConnectorOf(this.#object, { workspaceId, id, connector: row.connector })
    if (!connector) return 'failed'
    // Two of these calls may have come at once.
    if (store.load()) return 'ok'
    store.change(owe(recordOfRow(ref, row, connector, now()), { row: true, copy: false }, now()), now())
    await this.#parts.publisher.pay()
    return 'empty'
  }

  async #do(duty: Duty, trigger: Trigger): Promise<void> {
    switch (duty) {
      case 'finish_deletion':
        return this.#parts.remover.resume()
      case 'end_pending':
        return this.#endPending()
      case 'end_parked':
        return this.#endParked()
      case 'refresh':
        return this.#parts.refresher.refresh({ trigger, urgency: 'background' })
      case 'check_identity':
        await this.#parts.checker.check(trigger)
        return
      case 'tell_deadline':
        return this.#tellDeadline()
      case 'admit_doubt':
      case 'settle_doubt':
      case 'end_without_refresh_token':
      case 'end_at_deadline':
      case 'pay_debts':
        return undefined
    }
  }

  /** The change itself notes how near the end is. */
  async #tellDeadline(): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (record?.state === 'active') store.change(owe(record, { row: true, copy: false }, now()), now())
  }

  /** Nobody consented in time: the row goes first, so that no row is left without an object. */
  async #endPending(): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (record?.state !== 'pending' || (record.pendingUntil ?? 0) > now()) return
    const ended = await this.#deleteRow(withEndOfPending(record, now()))
    const current = store.load()
    if (!current) return
    if (current !== record) {
      // A consent, a name or a new link came in that very moment. It stands, and its row is written again.
      store.change(owe(current, { row: true, copy: false }, now()), now())
    } else if (ended) await store.empty()
    else store.keep({ ...current, pendingUntil: now() + PENDING_RETRY_MS }, now())
  }

  async #deleteRow(record: ConnectionRecord): Promise<boolean> {
    try {
      await this.#parts.publisher.deleteRow(record)
      return true
    } catch {
      log('warn', { event: 'row_undeleted', connection: record.id })
      return false
    }
  }

  /** Nobody decided in time: the other account's grant goes, unrevoked. */
  async #endParked(): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record?.parked || record.parked.until > now()) return
    store.change(owe({ ...record, parked: null }, { row: true, copy: false }, now()), now())
    await store.sync()
  }
}

/**
 * A restored object may hold a refresh token that was spent since: as if the answer to its last use had been lost. What
 * it told before it went back is not told again.
 */
function restored(record: ConnectionRecord, row: RowOfConnection, now: number): ConnectionRecord {
  const { revision } = row
  const refreshTokenHash = record.grant?.refreshTokenHash
  // Long ago: no call of that time is in flight, and no grace window is open.
  const overSince = 0
  const doubtful =
    refreshTokenHash && record.rules.rotates
      ? {
          ...applyEvent(record, { type: 'answer_lost' }, now),
          journal: {
            attempt: (record.journal?.attempt ?? 0) + 1,
            refreshTokenHash,
            startedAt: overSince,
            firstStartedAt: overSince,
            replays: 0,
            trigger: 'cron' as const,
          },
        }
      : record
  return { ...doubtful, revision, ...(row.state === 'reauthorize' ? { told: toldLost(record) } : {}) }
}
