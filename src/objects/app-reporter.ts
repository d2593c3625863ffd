// Speaks to the OAuth app's object for a connection. Whatever fails there, nothing waits here.

import type { Admission } from '../domain/app-health.ts'
import { appObjectName } from '../domain/ids.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { log } from '../lib/log.ts'
import type { AppRef, OAuthAppNamespace, OAuthAppRpc } from './rpc.ts'

const PATIENCE_MS = 2_000

export class AppReporter {
  readonly #apps: OAuthAppNamespace

  constructor(apps: OAuthAppNamespace) {
    this.#apps = apps
  }

  /** Goes at once where the app's object does not answer. */
  async admit(record: ConnectionRecord): Promise<Admission> {
    const ask = { ...refOf(record), connectionId: record.id, scheduled: record.trouble === null }
    return (await this.#call(ask, (app) => app.admit(ask))) ?? { go: true, probe: false }
  }

  async refused(record: ConnectionRecord, detail: string): Promise<void> {
    const ask = { ...refOf(record), connectionId: record.id, detail }
    await this.#call(ask, (app) => app.reportRefused(ask))
  }

  async accepted(record: ConnectionRecord): Promise<void> {
    const ask = refOf(record)
    await this.#call(ask, (app) => app.reportAccepted(ask))
  }

  async lost(record: ConnectionRecord): Promise<void> {
    const ask = { ...refOf(record), connectionId: record.id }
    await this.#call(ask, (app) => app.reportLost(ask))
  }

  async #call<T>(ref: AppRef, call: (app: OAuthAppRpc) => Promise<T>): Promise<T | undefined> {
    try {
      const answer = call(this.#apps.getByName(appObjectName(ref)))
      return await Promise.race([answer, scheduler.wait(PATIENCE_MS).then(() => undefined)])
    } catch {
      log('warn', { event: 'app_object_unreachable', connector: ref.connector })
      return undefined
    }
  }
}

function refOf(record: ConnectionRecord): AppRef {
  return { owner: record.appOwner, connector: record.appConnector }
}
