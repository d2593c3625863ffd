// The test call at a person's word: the identity request, with all that follows from its answer, or the example request
// where there is none, from which nothing follows. One at a time, and the last result again within a few seconds.

import type { Failure } from '../domain/failure.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { isExpired } from '../domain/refresh-policy.ts'
import { isTooSoon, type TestCall } from '../domain/test-call.ts'
import { callExample } from '../oauth/example-call.ts'
import { apiAccessOf } from './api-access.ts'
import { findConnectorOf } from './credentials.ts'
import { openGrant } from './grant-seal.ts'
import type { IdentityChecker } from './identity-checker.ts'
import type { ObjectContext } from './object-context.ts'
import { gate } from './reader.ts'
import type { Refresher } from './refresher.ts'

type Result = Omit<TestCall, 'at'>

export class TestCaller {
  readonly #object: ObjectContext
  readonly #checker: IdentityChecker
  readonly #refresher: Refresher
  #running: Promise<Failure | undefined> | undefined

  constructor(object: ObjectContext, parts: { checker: IdentityChecker; refresher: Refresher }) {
    this.#object = object
    this.#checker = parts.checker
    this.#refresher = parts.refresher
  }

  /** Why there can be no test; else the result is in the record. */
  test(): Promise<Failure | undefined> {
    this.#running ??= this.#test().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #test(): Promise<Failure | undefined> {
    const { store, now } = this.#object
    const refusal = this.#refusal()
    if (refusal || isTooSoon(store.load()?.lastTest, now())) return refusal
    const result = await this.#call()
    const record = store.load()
    if (!record || record.deletion) return { code: 'connection_not_found' }
    store.keep({ ...record, lastTest: { at: now(), ...result } }, now())
    await store.sync()
    return undefined
  }

  /** A paused connection can be tested: no credential leaves. */
  #refusal(): Failure | undefined {
    const refusal = gate(this.#object.store.load())
    return refusal?.code === 'connection_paused' ? undefined : refusal
  }

  async #call(): Promise<Result> {
    const { store, now } = this.#object
    const before = store.load()
    const connector = before && (await findConnectorOf(this.#object, before))
    if (before?.grant && isExpired(before.grant, now())) {
      await this.#refresher.refresh({ trigger: 'manual', urgency: 'reader' })
    }
    const asked = connector?.identity?.url === undefined ? 'example' : 'identity'
    const record = store.load()
    if (!connector || !record?.grant || isExpired(record.grant, now())) return { ...NOTHING_CAME, asked }
    return asked === 'identity' ? this.#askIdentity() : this.#callExample(record, connector.api.examplePath)
  }

  async #askIdentity(): Promise<Result> {
    const answer = await this.#checker.check('manual')
    if (!answer) return { ...NOTHING_CAME, asked: 'identity' }
    const { outcome, status, durationMs } = answer
    const known = outcome.kind === 'account' ? outcome.account : null
    return {
      asked: 'identity',
      outcome: known ? 'worked' : outcome.kind === 'refused' ? 'refused' : 'failed',
      status,
      durationMs,
      account: known && (known.name ?? known.email ?? known.subject),
    }
  }

  async #callExample(record: ConnectionRecord, examplePath: string): Promise<Result> {
    const { config, deadlines, now } = this.#object
    const { api: target } = await apiAccessOf(this.#object, record)
    const secret = await openGrant(this.#object, record)
    if (!target || !secret) return { ...NOTHING_CAME, asked: 'example' }
    const startedAt = now()
    const answer = await callExample(target, examplePath, secret.accessToken, {
      allowInsecure: config.allowInsecureUpstreams,
      deadlineMs: deadlines.identityMs,
    })
    return { ...answer, asked: 'example', durationMs: now() - startedAt, account: null }
  }
}

const NOTHING_CAME = { outcome: 'failed', status: null, durationMs: 0, account: null } as const
