// Writes outside the object: the edge copy in KV and the row in D1. The object's storage comes first; what fails here is
// owed and paid on the alarm. KV takes one write a key and second, so puts go one at a time, a second apart.

import type { ConnectionRecord, Debts } from '../domain/record.ts'
import { backOffMs } from '../domain/refresh-policy.ts'
import { log } from '../lib/log.ts'
import { deleteOf, upsertOf } from '../storage/connections.ts'
import { runBatch } from '../storage/database.ts'
import {
  type CopyMetadata,
  type CopyPayload,
  copyContext,
  copyLifeEnd,
  copyText,
  putCopy,
} from '../storage/token-copies.ts'
import { insertsOf, type NewEvent } from '../storage/webhook-events.ts'
import { apiAccessOf } from './api-access.ts'
import { openGrant } from './grant-seal.ts'
import type { ObjectContext } from './object-context.ts'
import { PAID_AT_ONCE_MS, toNewEvent } from './outbox.ts'
import { toRow } from './row.ts'

const PUT_PAUSE_MS = 1_000
const NEWS_FOR_MS = 7 * 24 * 3600_000
/** A debt is retried with the refresh's back-off, this at the soonest. */
const SOONEST_RETRY_ATTEMPT = 3

export class Publisher {
  readonly #object: ObjectContext
  #puts: Promise<unknown> = Promise.resolve()
  #lastPutAt = 0
  #paying: Promise<void> = Promise.resolve()

  constructor(object: ObjectContext) {
    this.#object = object
  }

  /** Copies the current access token to the edge, once a generation; asked for by its second reader. */
  async publish(generation: number): Promise<void> {
    const { store, now } = this.#object
    const record = store.load()
    if (!record || !mayPublish(record, generation)) return
    const lifeEnd = copyLifeEnd(record.grant.expiresAt, now())
    // Noted first: a put that seems to fail may have arrived, and a refused one is not tried again. Then the copy before
    // it is still there, for as long as that one lives.
    const copyLivesUntil = Math.max(record.copyLivesUntil, lifeEnd)
    store.keep({ ...record, publishedGeneration: generation, copyLivesUntil }, now())
    await this.#chain(async () => {
      const current = store.load()
      if (!current || !mayServe(current, generation)) return
      const secret = await openGrant(this.#object, current)
      if (!secret) return
      const { api, toolScopes } = await apiAccessOf(this.#object, current)
      const payload: CopyPayload = {
        accessToken: secret.accessToken,
        tokenType: current.grant.tokenType,
        scopes: current.grantedScopes,
        connector: current.connector,
        ...(api && !api.confidential ? { api } : {}),
        ...(toolScopes ? { toolScopes } : {}),
      }
      const sealed = await this.#object.vault.seal(
        copyContext(current.workspaceId, current.id),
        copyText(payload),
      )
      // Sealing took a moment: only what still holds is put.
      const latest = store.load()
      if (!latest || !mayServe(latest, generation)) return
      await putCopy(this.#object.kv, current.id, { metadata: metadataOf(latest), sealed }, lifeEnd)
    }).catch(() => log('warn', { event: 'copy_refused', connection: record.id }))
  }

  /** Pays what is owed; runs one after the other. Throws what the object's own storage throws, and nothing else. */
  pay(): Promise<void> {
    const paid = this.#paying.then(() => this.#payOnce())
    this.#paying = paid.catch(() => undefined)
    return paid
  }

  /** The copy that says a connection is gone. Throws what KV throws. */
  async putTombstone(record: ConnectionRecord): Promise<void> {
    await this.#putMarker(record)
  }

  /** With what is news of it. Throws what D1 throws. */
  async deleteRow(record: ConnectionRecord): Promise<void> {
    const { db } = this.#object
    const events = this.#eventsOf(record)
    await runBatch(db, [
      deleteOf(db, record.workspaceId, record.id),
      ...events.flatMap((event) => insertsOf(db, event)),
    ])
  }

  async #payOnce(): Promise<void> {
    const { store, now, random } = this.#object
    const record = store.load()
    if (!record?.debts) return
    const { revision } = record
    const paid = { row: false, copy: false }
    if (record.debts.copy !== null) {
      paid.copy = await this.#putMarker(record).then(...settled)
    }
    const events = record.outbox ?? []
    const due = record.debts.row !== null && !record.deletion
    const written = due || events.length > 0 ? await this.#writeRow(record, due).then(...settled) : false
    paid.row = due && written
    const current = store.load()
    if (!current?.debts) return
    const unpaid = (current.outbox ?? []).filter(
      ({ id }) => !written || !events.some((event) => event.id === id),
    )
    const debts = remaining(current.debts, paid, { revision, events: unpaid.length })
    if (debts) {
      debts.attempts += 1
      debts.retryAt = now() + backOffMs(Math.max(debts.attempts, SOONEST_RETRY_ATTEMPT), random())
      log('warn', { event: 'debt_owed', connection: record.id, count: debts.attempts })
    }
    store.keep({ ...current, outbox: unpaid, debts, ...(paid.row ? { rowWrittenAt: now() } : {}) }, now())
  }

  /** Row and events in one transaction: what a page shows and what a webhook tells do not disagree. */
  async #writeRow(record: ConnectionRecord, row: boolean): Promise<void> {
    const { db, now } = this.#object
    const events = this.#eventsOf(record)
    const upsert = row ? [upsertOf(db, toRow(record, now()))] : []
    await runBatch(db, [...upsert, ...events.flatMap((event) => insertsOf(db, event))])
  }

  /** What is older than this was paid before a restore brought it back, or is no news any more. */
  #eventsOf(record: ConnectionRecord): NewEvent[] {
    const { config, now } = this.#object
    const events = (record.outbox ?? []).filter(({ at }) => now() - at < NEWS_FOR_MS)
    return events.map((event) => toNewEvent(event, record, config.publicUrl))
  }

  async #putMarker(record: ConnectionRecord): Promise<void> {
    const { kv, store, now } = this.#object
    const lifeEnd = copyLifeEnd(Math.max(record.copyLivesUntil, now()) + PUT_PAUSE_MS, now())
    await this.#chain(async () => {
      const latest = store.load()
      const metadata = metadataOf(latest ?? record)
      // It may outlive the copy whose place it takes, and would be wrong itself once the state is another.
      const mayBeWrong = metadata.state === 'paused' || metadata.state === 'reauthorize'
      if (latest && mayBeWrong) {
        store.keep({ ...latest, copyLivesUntil: Math.max(latest.copyLivesUntil, lifeEnd) }, now())
      }
      await putCopy(kv, record.id, { metadata, sealed: '' }, lifeEnd)
    })
  }

  #chain(put: () => Promise<void>): Promise<void> {
    const turn = this.#puts.then(async () => {
      const wait = this.#lastPutAt + PUT_PAUSE_MS - Date.now()
      if (this.#lastPutAt !== 0 && wait > 0) await scheduler.wait(Math.min(wait, PUT_PAUSE_MS))
      try {
        await put()
      } finally {
        this.#lastPutAt = Date.now()
      }
    })
    this.#puts = turn.catch(() => undefined)
    return turn
  }
}

/** Adds what a change owes: the row where pages must see it, a marker where a copy at the edge would be wrong. */
export function owe(
  record: ConnectionRecord,
  owed: { row: boolean; copy: boolean },
  now: number,
): ConnectionRecord {
  const copy = owed.copy && record.copyLivesUntil > now
  if (!owed.row && !copy) return record
  const next = record.revision + 1
  return {
    ...record,
    debts: {
      row: owed.row ? next : (record.debts?.row ?? null),
      copy: copy ? next : (record.debts?.copy ?? null),
      attempts: record.debts?.attempts ?? 0,
      retryAt: record.debts?.retryAt ?? now + PAID_AT_ONCE_MS,
    },
  }
}

function remaining(
  debts: Debts,
  paid: { row: boolean; copy: boolean },
  { revision, events }: { revision: number; events: number },
): Debts | null {
  const row = paid.row && debts.row !== null && debts.row <= revision ? null : debts.row
  const copy = paid.copy && debts.copy !== null && debts.copy <= revision ? null : debts.copy
  return row === null && copy === null && events === 0 ? null : { ...debts, row, copy }
}

type WithGrant = ConnectionRecord & { grant: NonNullable<ConnectionRecord['grant']> }

/** No copy where a refresh kills the old token: it would be served dead. */
function mayPublish(record: ConnectionRecord, generation: number): record is WithGrant {
  return (
    mayServe(record, generation) && record.publishedGeneration < generation && !record.rules.killsOldAccess
  )
}

function mayServe(record: ConnectionRecord, generation: number): record is WithGrant {
  return (
    record.state === 'active' &&
    !record.paused &&
    record.deletion === null &&
    record.grant !== null &&
    record.generation === generation
  )
}

function metadataOf(record: ConnectionRecord): CopyMetadata {
  const state = record.deletion
    ? 'deleted'
    : record.state === 'reauthorize'
      ? 'reauthorize'
      : record.paused
        ? 'paused'
        : 'active'
  return {
    workspaceId: record.workspaceId,
    state,
    reason: record.reason,
    generation: record.generation,
    obtainedAt: record.grant?.obtainedAt ?? 0,
    expiresAt: record.grant?.expiresAt ?? null,
    dueAt: record.grant?.dueAt ?? null,
    retryAt: record.trouble?.retryAt ?? null,
  }
}

const settled: [() => true, () => false] = [() => true, () => false]
