// What the services work with, built once per isolate at the doors. A service takes the slice it needs.

import type { Configuration } from '../domain/configuration.ts'
import type { RandomBytes } from '../lib/bytes.ts'
import type { ConnectionRpc, OAuthAppNamespace } from '../objects/rpc.ts'
import type { Database } from '../storage/database.ts'
import type { Vault } from '../storage/vault.ts'

export interface Context {
  config: Configuration
  vault: Vault
  db: Database
  kv: KVNamespace
  connections: ConnectionNamespace
  apps: OAuthAppNamespace
  random: RandomBytes
}

/** Takes work that goes on after the answer. */
export type Later = (work: Promise<unknown>) => void

/** The part of a Durable Object namespace that is used here. */
export interface ConnectionNamespace {
  getByName(name: string): ConnectionRpc
}
