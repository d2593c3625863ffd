// Ends a connection, in steps that a crash may cut anywhere: stop vending, one revocation attempt, erase the grant,
// tombstone, row, and two minutes later the tombstone once more before the object is emptied.

import type { ConnectionRecord, RevocationReport } from '../domain/record.ts'
import { backOffMs } from '../domain/refresh-policy.ts'
import { log } from '../lib/log.ts'
import { revokeGrant } from '../oauth/revocation.ts'
import { findGrantCredentials } from './credentials.ts'
import { openGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import type { Publisher } from './publisher.ts'
import type { Refresher } from './refresher.ts'

const EMPTY_AFTER_MS = 120_000

const NEVER_CONSENTED: RevocationReport = {
  revoked: null,
  detail: 'Nobody had authorized this connection, so there was nothing to end at the service.',
}
const SIBLING_LIVES: RevocationReport = {
  revoked: null,
  detail:
    'Another connection uses the same access at the service, and ending it there would end both. The access was left in place.',
}
const INTERRUPTED: RevocationReport = {
  revoked: false,
  detail:
    'The attempt to end the access at the service was interrupted. Remove the app in the settings of the account there.',
}

export class Remover {
  readonly #object: ObjectContext
  readonly #publisher: Publisher
  readonly #refresher: Refresher
  #running: Promise<void> | undefined

  constructor(object: ObjectContext, parts: { publisher: Publisher; refresher: Refresher }) {
    this.#object = object
    this.#publisher = parts.publisher
    this.#refresher = parts.refresher
  }

  /** Undefined where there is nothing to remove. Asked again, it answers with the first report. */
  async remove(siblingLives: boolean): Promise<RevocationReport | undefined> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record) return undefined
    if (!record.deletion) {
      const report = record.grant ? (siblingLives ? SIBLING_LIVES : INTERRUPTED) : NEVER_CONSENTED
      const at = now()
      store.change(
        {
          ...record,
          pending: null,
          parked: null,
          journal: null,
          debts: null,
          deletion: { startedAt: at, phase: 'marked', report, emptyAt: at + EMPTY_AFTER_MS },
        },
        at,
      )
      store.remember(historyEvent({ at, kind: 'deleted', trigger: 'manual' }))
      await store.sync()
      await this.#object.step('remove:marked')
    }
    await this.resume()
    return store.load()?.deletion?.report
  }

  /** Goes on from wherever the deletion stands; whoever asks meanwhile joins. Called by the alarm too. */
  resume(): Promise<void> {
    this.#running ??= this.#resume().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #resume(): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record?.deletion) return
    const { phase, emptyAt } = record.deletion
    if (phase === 'cleared') {
      if (emptyAt <= now()) await this.#empty(record)
      return
    }
    if (phase === 'marked') await this.#revoke(record)
    if (phase !== 'erased') await this.#erase()
    await this.#clear()
  }

  async #revoke(marked: ConnectionRecord): Promise<void> {
    const { store, deadlines, config, now } = this.#object
    // What readers hold at the edge must stop serving before anything else.
    if (marked.copyLivesUntil > now()) await this.#tombstone(marked)
    // Null: there is nothing to revoke, or a sibling needs it.
    if (marked.deletion?.report.revoked !== false) return
    // A refresh that had left before may bring another token: that is the one to revoke, and this one is spent.
    await Promise.race([this.#refresher.settled(), scheduler.wait(deadlines.revocationMs)])
    const record = store.load() ?? marked
    // The intent is stored first: an attempt that a crash cuts is reported, and never made twice.
    this.#update(record, { phase: 'revoking' })
    await store.sync()
    await this.#object.step('remove:revoking')
    const credentials = await findGrantCredentials(this.#object, record)
    const secret = await openGrant(this.#object, record)
    if (credentials.ok && secret) {
      const report = await revokeGrant(
        {
          server: credentials.value.server,
          app: credentials.value.app,
          allowInsecure: config.allowInsecureUpstreams,
          deadlineMs: deadlines.revocationMs,
        },
        secret,
      )
      const current = store.load()
      if (current) this.#update(current, { report })
      await store.sync()
    }
    await this.#object.step('remove:revoked')
  }

  async #erase(): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record?.deletion) return
    store.keepAppCopy(null)
    const erased: ConnectionRecord = {
      ...record,
      grant: null,
      account: null,
      pending: null,
      journal: null,
      trouble: null,
      notice: null,
      lastUse: null,
      deletion: { ...record.deletion, phase: 'erased' },
    }
    store.change(erased, now())
    await store.sync()
    await this.#object.step('remove:erased')
  }

  /** What fails here is done again before the object is emptied. */
  async #clear(): Promise<void> {
    const record = this.#object.store.load()
    if (!record?.deletion) return
    await this.#tombstone(record)
    await this.#deleteRow(record)
    this.#update(record, { phase: 'cleared' })
    await this.#object.step('remove:cleared')
  }

  async #empty(record: ConnectionRecord): Promise<void> {
    const { store, now, random } = this.#object
    const tombstoned = await this.#tombstone(record)
    const rowGone = await this.#deleteRow(record)
    if (tombstoned && rowGone) {
      await store.empty()
      return
    }
    this.#update(record, { emptyAt: now() + backOffMs(Number.POSITIVE_INFINITY, random()) })
  }

  async #tombstone(record: ConnectionRecord): Promise<boolean> {
    return this.#publisher.putTombstone(record).then(...settled('tombstone_unwritten', record))
  }

  async #deleteRow(record: ConnectionRecord): Promise<boolean> {
    return this.#publisher.deleteRow(record).then(...settled('row_undeleted', record))
  }

  #update(record: ConnectionRecord, change: Partial<NonNullable<ConnectionRecord['deletion']>>): void {
    if (!record.deletion) return
    const { store, now } = this.#object
    store.change({ ...record, deletion: { ...record.deletion, ...change } }, now())
  }
}

function settled(event: string, record: ConnectionRecord): [() => true, () => false] {
  return [
    () => true,
    () => {
      log('warn', { event, connection: record.id })
      return false
    },
  ]
}
