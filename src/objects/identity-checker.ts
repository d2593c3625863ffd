// Asks the service whether a token still stands for its account: daily for tokens that say nothing of their end, soon
// where the account could not be read at consent, and when a token that cannot be refreshed was reported as rejected.

import { applyEvent } from '../domain/apply-refresh.ts'
import { sameAccount } from '../domain/grant.ts'
import type { ConnectionRecord, Trigger } from '../domain/record.ts'
import { fetchIdentity, type IdentityOutcome } from '../oauth/identity.ts'
import { findCredentials } from './credentials.ts'
import { openGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe } from './publisher.ts'
import type { Refresher } from './refresher.ts'

const CHECK_EVERY_MS = 24 * 3600_000
const RETRY_MS = 15 * 60_000

export class IdentityChecker {
  readonly #object: ObjectContext
  readonly #refresher: Refresher

  constructor(object: ObjectContext, refresher: Refresher) {
    this.#object = object
    this.#refresher = refresher
  }

  async check(trigger: Trigger): Promise<void> {
    const { store, now } = this.#object
    const before = store.load()
    if (before?.state !== 'active' || !before.grant) return
    const outcome = await this.#ask(before)
    const record = store.load()
    if (!record?.grant || record.generation !== before.generation || record.state !== 'active') return
    const at = now()
    const daily = record.grant.expiresAt === null ? at + CHECK_EVERY_MS : null
    switch (outcome.kind) {
      case 'account': {
        const account =
          record.account && !sameAccount(record.account, outcome.account) ? record.account : outcome.account
        store.change(owe({ ...record, account, checkDueAt: daily }, { row: true, copy: false }, at), at)
        return
      }
      case 'none':
        store.keep({ ...record, checkDueAt: null }, at)
        return
      case 'failed':
        store.keep({ ...record, checkDueAt: at + RETRY_MS }, at)
        return
      case 'refused':
        if (record.grant.refreshTokenHash !== null) {
          store.keep({ ...record, checkDueAt: at + RETRY_MS }, at)
          await this.#refresher.refresh({ trigger, insist: true })
          return
        }
        store.change(
          owe(applyEvent(record, { type: 'identity_refused' }, at), { row: true, copy: true }, at),
          at,
        )
        store.remember(historyEvent({ at, kind: 'reauthorize', trigger, outcome: 'rejected_by_provider' }))
        await store.sync()
    }
  }

  async #ask(record: ConnectionRecord): Promise<IdentityOutcome> {
    const { config, deadlines } = this.#object
    const credentials = await findCredentials(this.#object, record)
    const secret = await openGrant(this.#object, record)
    if (!credentials.ok || !secret) return { kind: 'failed' }
    return fetchIdentity({
      server: credentials.value.server,
      params: credentials.value.app.params,
      accessToken: secret.accessToken,
      allowInsecure: config.allowInsecureUpstreams,
      deadlineMs: deadlines.identityMs,
    })
  }
}
