// What the procedures of the object work with. The shell makes one; tests replace the seams, never the rules.

import type { Configuration } from '../domain/configuration.ts'
import type { HistoryEvent } from '../domain/history.ts'
import type { Database } from '../storage/database.ts'
import type { Vault } from '../storage/vault.ts'
import type { AppReporter } from './app-reporter.ts'
import type { RecordStore } from './record-store.ts'

/** Named places where a crash is tried. `stored` stands behind `sync()`. */
export type Step =
  | 'connect:begun'
  | 'connect:consumed'
  | 'connect:exchanged'
  | 'connect:stored'
  | 'connect:parked'
  | 'account:opened'
  | 'account:settled'
  | 'refresh:journaled'
  | 'refresh:answered'
  | 'refresh:stored'
  | 'remove:marked'
  | 'remove:revoking'
  | 'remove:revoked'
  | 'remove:erased'
  | 'remove:cleared'

export interface Deadlines {
  tokenCallMs: number
  identityMs: number
  revocationMs: number
  readerWaitMs: number
  /** Pauses before an identity request that failed is tried again. */
  identityRetryMs: number[]
}

export interface ObjectContext {
  store: RecordStore
  config: Configuration
  vault: Vault
  db: Database
  kv: KVNamespace
  apps: AppReporter
  deadlines: Deadlines
  now(): number
  /** 0 up to 1. */
  random(): number
  step(name: Step): Promise<void>
}

/** One line of a connection's history, with what is usual left out. */
export function historyEvent(
  event: Pick<HistoryEvent, 'at' | 'kind' | 'trigger'> & Partial<HistoryEvent>,
): HistoryEvent {
  return { outcome: null, detail: null, durationMs: null, ...event }
}
