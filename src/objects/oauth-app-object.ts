// The Durable Object of one OAuth app: the single writer of what its connections share. It paces background refreshes,
// holds an app that its service refuses, and raises alerts. The token path never asks it; where it fails, nothing waits.

import { DurableObject } from 'cloudflare:workers'
import {
  type Admission,
  type AdmissionAsk,
  type AppState,
  accepted,
  admit,
  looksCommon,
  lost,
  NEW_APP,
  refused,
} from '../domain/app-health.ts'
import { spread } from '../domain/refresh-policy.ts'
import { log } from '../lib/log.ts'
import { clearAlert, raiseAlert } from '../storage/app-alerts.ts'
import { countOfApp } from '../storage/connections.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import type { AppRef, OAuthAppRpc } from './rpc.ts'

export class OAuthAppObject extends DurableObject<Env> implements OAuthAppRpc {
  /** The pace lives in memory: losing it only lets a refresh go early. */
  #state: AppState | undefined

  async admit(ask: AppRef & AdmissionAsk): Promise<Admission> {
    const before = this.#load()
    const { state, admission } = admit(before, ask, this.now(), spread(ask.connectionId))
    const newHour = state.demand.since !== before.demand.since
    if (newHour || state.held !== before.held) this.#save(state)
    else this.#state = state
    return admission
  }

  async reportRefused(ask: AppRef & { connectionId: string; detail: string }): Promise<void> {
    const before = this.#load()
    const state = refused(before, ask.connectionId, ask.detail, this.now())
    this.#save(state)
    if (before.held || !state.held) return
    const alert = { kind: 'held' as const, since: state.held.since, detail: ask.detail }
    await this.#tell('app_held', (db) => raiseAlert(db, ask, alert))
  }

  async reportAccepted(ask: AppRef): Promise<void> {
    this.#save(accepted(this.#load()))
    await this.#tell('app_released', (db) => clearAlert(db, ask, 'held'))
  }

  async reportLost(ask: AppRef & { connectionId: string }): Promise<void> {
    const state = lost(this.#load(), ask.connectionId, this.now())
    this.#save(state)
    await this.#tell('app_lost_a_connection', async (db) => {
      if (!looksCommon(state, await countOfApp(db, ask))) return
      const detail = String(state.losses.length)
      await raiseAlert(db, ask, { kind: 'common_cause', since: this.now(), detail })
    })
  }

  protected now(): number {
    return Date.now()
  }

  #load(): AppState {
    this.#state ??= this.ctx.storage.kv.get<AppState>('state') ?? NEW_APP
    return this.#state
  }

  #save(state: AppState): void {
    this.#state = state
    this.ctx.storage.kv.put('state', state)
  }

  /** D1 shows it to people; that D1 is down changes nothing for the connections. */
  async #tell(event: string, write: (db: Database) => Promise<unknown>): Promise<void> {
    try {
      await write(openDatabase(this.env.DB))
      log('info', { event })
    } catch {
      log('warn', { event: `${event}_unwritten` })
    }
  }
}
