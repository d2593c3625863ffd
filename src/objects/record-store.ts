// What one connection's object keeps. Keys: `record` (ConnectionRecord), `app` (sealed copy of the OAuth app); table
// `history` (HistoryEvent as JSON, newest 200). Nothing is written before a flow begins.
// A save and its alarm are one write: no await stands between them.

import { nextAlarm } from '../domain/alarm.ts'
import { HISTORY_LIMIT, type HistoryEvent } from '../domain/history.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { withNews } from './outbox.ts'

export interface AppCopy {
  sealed: string
  owner: string
}

export class RecordStore {
  readonly #storage: DurableObjectStorage
  #armedFor: number | null | undefined
  /** As the storage gave them; every reader shares them, and nobody changes them in place. */
  #record: ConnectionRecord | undefined
  #app: AppCopy | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  load(): ConnectionRecord | undefined {
    this.#record ??= this.#storage.kv.get<ConnectionRecord>('record')
    return this.#record
  }

  /** Stores a change: the revision moves on, the alarm follows the record, and what is news is noted in the same write. */
  change(record: ConnectionRecord, now: number): ConnectionRecord {
    const changed = withNews(this.load(), { ...record, revision: record.revision + 1 }, now)
    this.keep(changed, now)
    return changed
  }

  /** Stores book-keeping that nobody outside sees: the revision stays. */
  keep(record: ConnectionRecord, now: number): void {
    this.#record = undefined
    this.#storage.kv.put('record', record)
    this.arm(nextAlarm(record, now))
  }

  arm(at: number | null): void {
    if (at === this.#armedFor) return
    this.#armedFor = at
    if (at === null) void this.#storage.deleteAlarm()
    else void this.#storage.setAlarm(at)
  }

  /** The platform has taken the alarm off: the next one is set whatever its time. */
  alarmFired(): void {
    this.#armedFor = undefined
  }

  appCopy(): AppCopy | undefined {
    this.#app ??= this.#storage.kv.get<AppCopy>('app')
    return this.#app
  }

  keepAppCopy(copy: AppCopy | null): void {
    this.#app = undefined
    if (copy) this.#storage.kv.put('app', copy)
    else this.#storage.kv.delete('app')
  }

  remember(event: HistoryEvent): void {
    const { sql } = this.#storage
    sql.exec('CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)')
    sql.exec('INSERT INTO history (event) VALUES (?)', JSON.stringify(event))
    sql.exec('DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?', HISTORY_LIMIT)
  }

  /** Newest first. */
  history(): HistoryEvent[] {
    const { sql } = this.#storage
    const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'history'").toArray()
    if (tables.length === 0) return []
    return sql
      .exec<{ event: string }>('SELECT event FROM history ORDER BY id DESC')
      .toArray()
      .map(({ event }) => JSON.parse(event) as HistoryEvent)
  }

  /** Resolves once everything stored so far survives a crash; an awaited put alone does not. */
  sync(): Promise<void> {
    return this.#storage.sync()
  }

  async empty(): Promise<void> {
    this.#armedFor = null
    try {
      await this.#storage.deleteAlarm()
      await this.#storage.deleteAll()
    } finally {
      // Behind the deletion: who reads while it goes on would remember what is about to be gone.
      this.#record = undefined
      this.#app = undefined
    }
  }
}
