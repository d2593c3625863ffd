// The Durable Object of one connection: a thin shell over the procedures beside it. The only place that calls the token
// endpoint, and the single writer of its record. It answers with plain data and never throws on purpose.

import { DurableObject } from 'cloudflare:workers'
import { nextAlarm } from '../domain/alarm.ts'
import { type Configuration, readConfiguration } from '../domain/configuration.ts'
import type { Failure } from '../domain/failure.ts'
import type { HistoryKind } from '../domain/history.ts'
import { type ConnectionRecord, type LastUse, type RevocationReport, withUse } from '../domain/record.ts'
import {
  OTHER_CALL_DEADLINE_MS,
  READER_WAIT_MS,
  REVOCATION_DEADLINE_MS,
  TOKEN_CALL_DEADLINE_MS,
} from '../domain/refresh-policy.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { touchApiKey } from '../storage/api-keys.ts'
import { openDatabase } from '../storage/database.ts'
import { Vault } from '../storage/vault.ts'
import { AccountSwitch } from './account-switch.ts'
import { AppReporter } from './app-reporter.ts'
import { Authorizer } from './authorizer.ts'
import { IdentityChecker } from './identity-checker.ts'
import { Keeper } from './keeper.ts'
import { Newcomer } from './newcomer.ts'
import { type Deadlines, historyEvent, type ObjectContext, type Step } from './object-context.ts'
import { owe, Publisher } from './publisher.ts'
import { gate, Reader } from './reader.ts'
import { RecordStore } from './record-store.ts'
import { Refresher } from './refresher.ts'
import { Remover } from './remover.ts'
import { toDetail } from './row.ts'
import type {
  AccessToken,
  AccessTokenAsk,
  AuthorizationOutcome,
  BeginAuthorization,
  ChangeTools,
  CompleteAuthorization,
  ConnectionRef,
  ConnectionRpc,
  ImportGrant,
  NudgeAnswer,
  RejectedReport,
  ReserveConnection,
  RowOfConnection,
  SettleAccount,
} from './rpc.ts'
import { TestCaller } from './test-caller.ts'
import { Wishes } from './wishes.ts'

/** The alarm is set this far ahead before it works, so that a crash in the middle wakes the object again. */
const REARM_MS = 60_000
/** Where the object's own storage fails. */
const FAILED_RETRY_SECONDS = 2

interface Parts {
  object: ObjectContext
  authorizer: Authorizer
  newcomer: Newcomer
  accounts: AccountSwitch
  wishes: Wishes
  reader: Reader
  remover: Remover
  refresher: Refresher
  publisher: Publisher
  keeper: Keeper
  tester: TestCaller
}

export class ConnectionObject extends DurableObject<Env> implements ConnectionRpc {
  readonly #parts: Result<Parts, string>

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const config = readConfiguration(env)
    this.#parts = config.ok ? ok(this.#build(config.value)) : config
  }

  async beginAuthorization(ask: BeginAuthorization): Promise<Result<{ authorizeUrl: string }, Failure>> {
    return this.#answer(({ authorizer }) => authorizer.begin(ask))
  }

  async completeAuthorization(ask: CompleteAuthorization): Promise<AuthorizationOutcome> {
    if (!this.#parts.ok) return { kind: 'refused', refusal: 'unknown' }
    return this.#parts.value.authorizer.complete(ask)
  }

  async reserve(ask: ReserveConnection): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(({ newcomer }) => newcomer.reserve(ask))
  }

  async holdPending(ask: ConnectionRef & { until: number }): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(({ newcomer }) => newcomer.holdPending(ask.until))
  }

  async importGrant(ask: ImportGrant): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(({ newcomer }) => newcomer.importGrant(ask))
  }

  async changeTools(ask: ChangeTools): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, wishes }) => {
      const changed = await wishes.change(ask)
      return changed.ok ? this.#describe(object) : changed
    })
  }

  async dropWish(_ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, wishes }) => {
      const dropped = await wishes.drop()
      return dropped.ok ? this.#describe(object) : dropped
    })
  }

  async settleAccount(ask: SettleAccount): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, accounts }) => {
      const settled = await accounts.settle(ask)
      return settled.ok ? this.#describe(object) : settled
    })
  }

  async accessToken(ask: AccessTokenAsk): Promise<Result<AccessToken, Failure>> {
    return this.#answer(({ reader }) => reader.accessToken(ask))
  }

  async reportRejected(ask: RejectedReport): Promise<Result<AccessToken, Failure>> {
    return this.#answer(({ reader }) => reader.reportRejected(ask))
  }

  /** A refresh at an admin's word: skips the back-off, waits for the outcome, ten seconds at most. */
  async refreshNow(_ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, refresher, publisher }) => {
      const record = object.store.load()
      // A pause stops vending, not keeping alive.
      const refusal = gate(record && { ...record, paused: false })
      if (refusal) return err(refusal)
      const refresh = refresher.refresh({ trigger: 'manual', urgency: 'insist' }).then(() => publisher.pay())
      this.ctx.waitUntil(refresh)
      await Promise.race([refresh, scheduler.wait(object.deadlines.readerWaitMs)])
      return this.#describe(object)
    })
  }

  async testCall(_ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, tester, publisher }) => {
      const test = tester.test()
      this.ctx.waitUntil(test)
      const refusal = await test
      await publisher.pay()
      return refusal ? err(refusal) : this.#describe(object)
    })
  }

  async describe(_ask: ConnectionRef): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object }) => this.#describe(object))
  }

  async rename(ask: ConnectionRef & { name: string }): Promise<Result<ConnectionDetail, Failure>> {
    return this.#change('renamed', (record) => ({ ...record, name: ask.name, named: true }))
  }

  async setPaused(ask: ConnectionRef & { paused: boolean }): Promise<Result<ConnectionDetail, Failure>> {
    return this.#change(ask.paused ? 'paused' : 'resumed', (record) => ({ ...record, paused: ask.paused }))
  }

  async remove(ask: ConnectionRef & { siblingLives: boolean }): Promise<Result<RevocationReport, Failure>> {
    return this.#answer(async ({ remover }) => {
      const report = await remover.remove(ask.siblingLives)
      return report ? ok(report) : err({ code: 'connection_not_found' })
    })
  }

  async noteUse(ask: ConnectionRef & { use: LastUse }): Promise<void> {
    if (!this.#parts.ok) return
    const { store, now } = this.#parts.value.object
    const record = store.load()
    const used = record && !record.deletion && withUse(record, ask.use)
    if (!used) return
    // Lists say that a connection is in use from its first use on; later ones can wait for the next write.
    store.change(owe(used, { row: record.lastUse === null, copy: false }, now()), now())
    const { id, workspaceId } = record
    await touchApiKey(this.#parts.value.object.db, workspaceId, ask.use.keyId, ask.use.at).catch(() =>
      log('warn', { event: 'key_use_unwritten', connection: id }),
    )
    await this.#parts.value.publisher.pay()
  }

  async nudge(ask: ConnectionRef & { row: RowOfConnection }): Promise<NudgeAnswer> {
    if (!this.#parts.ok) return { result: 'failed' }
    return this.#parts.value.keeper.nudge(ask, ask.row)
  }

  /** Re-arms before it works, and never throws: the platform gives up an alarm after six failures. */
  override async alarm(): Promise<void> {
    const retryAt = Date.now() + REARM_MS
    if (!this.#parts.ok) {
      await this.ctx.storage.setAlarm(retryAt)
      return
    }
    const { object, keeper } = this.#parts.value
    object.store.alarmFired()
    object.store.arm(retryAt)
    try {
      await keeper.keepAlive('alarm')
      const record = object.store.load()
      if (record) object.store.arm(nextAlarm(record, object.now()))
    } catch (error) {
      log('error', { event: 'alarm_failed', class: error instanceof Error ? error.name : 'unknown' })
    }
  }

  /** Where tests cut; does nothing here. */
  protected async step(_name: Step): Promise<void> {}

  protected now(): number {
    return Date.now()
  }

  protected deadlines(): Deadlines {
    return {
      tokenCallMs: TOKEN_CALL_DEADLINE_MS,
      identityMs: OTHER_CALL_DEADLINE_MS,
      revocationMs: REVOCATION_DEADLINE_MS,
      readerWaitMs: READER_WAIT_MS,
      identityRetryMs: [1_000, 3_000],
    }
  }

  #build(config: Configuration): Parts {
    const object: ObjectContext = {
      store: new RecordStore(this.ctx.storage),
      config,
      vault: new Vault(config.keyRing),
      db: openDatabase(this.env.DB),
      kv: this.env.KV,
      apps: new AppReporter(this.env.APPS),
      deadlines: this.deadlines(),
      now: () => this.now(),
      random: () => Math.random(),
      step: (name) => this.step(name),
    }
    const publisher = new Publisher(object)
    const refresher = new Refresher(object)
    const remover = new Remover(object, { publisher, refresher })
    const checker = new IdentityChecker(object, refresher)
    const later = (work: Promise<unknown>) => this.ctx.waitUntil(work)
    return {
      object,
      publisher,
      refresher,
      remover,
      authorizer: new Authorizer(object, publisher),
      newcomer: new Newcomer(object, publisher),
      accounts: new AccountSwitch(object, publisher),
      wishes: new Wishes(object, publisher),
      reader: new Reader(object, { refresher, publisher, checker, later }),
      keeper: new Keeper(object, { refresher, publisher, remover, checker }),
      tester: new TestCaller(object, { checker, refresher }),
    }
  }

  /** Storage that fails throws; across the call it would arrive without its meaning, and be logged as uncaught. */
  async #answer<T>(work: (parts: Parts) => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    if (!this.#parts.ok) return err({ code: 'not_configured', detail: this.#parts.error })
    try {
      return await work(this.#parts.value)
    } catch (error) {
      log('error', { event: 'object_failed', class: error instanceof Error ? error.name : 'unknown' })
      return err({ code: 'temporarily_unavailable', retryAfterSeconds: FAILED_RETRY_SECONDS })
    }
  }

  #describe({ store, now }: ObjectContext): Result<ConnectionDetail, Failure> {
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    return ok(toDetail(record, store.history(), now()))
  }

  /** A change an admin makes to a living connection. */
  async #change(
    kind: HistoryKind,
    change: (record: ConnectionRecord) => ConnectionRecord,
  ): Promise<Result<ConnectionDetail, Failure>> {
    return this.#answer(async ({ object, publisher }) => {
      const { store } = object
      const record = store.load()
      if (!record || record.deletion) return err({ code: 'connection_not_found' })
      const at = object.now()
      const changed = { ...change(record), updatedAt: at }
      const copy = changed.paused !== record.paused
      store.change(owe(changed, { row: true, copy }, at), at)
      store.remember(historyEvent({ at, kind, trigger: 'manual' }))
      await store.sync()
      await publisher.pay()
      return this.#describe(object)
    })
  }
}
