// Answers for the current access token: from storage while it is fresh, after a refresh where it is not, and never with
// an expired one.

import { wireState } from '../domain/connection.ts'
import type { Failure } from '../domain/failure.ts'
import type { ConnectionRecord, Trigger } from '../domain/record.ts'
import { openNote, planRefresh, type Urgency } from '../domain/refresh-plan.ts'
import { callOverAt, freshness, isExpired, REJECTED_PAUSE_MS } from '../domain/refresh-policy.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { apiAccessOf } from './api-access.ts'
import { applyClock } from './clock.ts'
import { openGrant } from './grant-seal.ts'
import type { IdentityChecker } from './identity-checker.ts'
import type { ObjectContext } from './object-context.ts'
import type { Publisher } from './publisher.ts'
import type { Refresher } from './refresher.ts'
import type { AccessToken, AccessTokenAsk, RejectedReport } from './rpc.ts'

const DEFAULT_RETRY_AFTER_SECONDS = 5

export class Reader {
  readonly #object: ObjectContext
  readonly #refresher: Refresher
  readonly #publisher: Publisher
  readonly #checker: IdentityChecker
  readonly #later: (work: Promise<unknown>) => void

  constructor(
    object: ObjectContext,
    parts: {
      refresher: Refresher
      publisher: Publisher
      checker: IdentityChecker
      later: (work: Promise<unknown>) => void
    },
  ) {
    this.#object = object
    this.#refresher = parts.refresher
    this.#publisher = parts.publisher
    this.#checker = parts.checker
    this.#later = parts.later
  }

  async accessToken(ask: AccessTokenAsk): Promise<Result<AccessToken, Failure>> {
    const { now } = this.#object
    const record = this.#current()
    const refusal = gate(record)
    if (!record?.grant || refusal) return err(refusal ?? { code: 'connection_not_found' })
    switch (freshness(record.grant, now(), ask.minFreshMs)) {
      case 'serve':
        return this.#serve(record)
      case 'serve_and_nudge':
        this.#later(this.#refresh(ask.trigger ?? 'read', 'reader'))
        return this.#serve(record)
      case 'refresh':
        return this.#afterRefresh(ask.trigger ?? 'read', 'reader')
    }
  }

  /** The upstream refused a token. A hint: where it is the current one, one forced refresh a minute at most. */
  async reportRejected(ask: RejectedReport): Promise<Result<AccessToken, Failure>> {
    const { store, now } = this.#object
    const record = this.#current()
    const refusal = gate(record)
    if (!record?.grant || refusal) return err(refusal ?? { code: 'connection_not_found' })
    const isCurrent = record.grant.accessTokenHash === ask.tokenHash
    const pausing = record.lastForcedAt !== null && now() - record.lastForcedAt < REJECTED_PAUSE_MS
    if (!isCurrent || (pausing && !this.#refresher.busy))
      return this.accessToken({ ...ask, trigger: 'rejected' })
    if (!pausing) store.change({ ...record, lastForcedAt: now() }, now())
    // Nothing can be refreshed: only the service itself can say whether the token is dead.
    if (record.grant.refreshTokenHash === null || planRefresh(record, now(), 'insist').do === 'doubt') {
      await this.#checker.check('rejected')
      return this.accessToken({ ...ask, trigger: 'rejected' })
    }
    return this.#afterRefresh('rejected', 'insist')
  }

  /** Waits for a refresh, ten seconds at most, and answers with what is there then. The refresh goes on. */
  async #afterRefresh(trigger: Trigger, urgency: Urgency): Promise<Result<AccessToken, Failure>> {
    const { now, deadlines } = this.#object
    const refresh = this.#refresh(trigger, urgency)
    this.#later(refresh)
    await Promise.race([refresh, scheduler.wait(deadlines.readerWaitMs)])
    const record = this.#current()
    const refusal = gate(record)
    if (!record?.grant || refusal) return err(refusal ?? { code: 'connection_not_found' })
    return isExpired(record.grant, now()) ? err(unavailable(record, now())) : this.#serve(record)
  }

  #refresh(trigger: Trigger, urgency: Urgency): Promise<void> {
    return this.#refresher.refresh({ trigger, urgency }).then(() => this.#publisher.pay())
  }

  async #serve(record: ConnectionRecord): Promise<Result<AccessToken, Failure>> {
    const { grant } = record
    const secret = await openGrant(this.#object, record)
    if (!grant || !secret) {
      return err({ code: 'temporarily_unavailable', retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS })
    }
    const access = await apiAccessOf(this.#object, record)
    this.#countAsk(record)
    return ok({
      accessToken: secret.accessToken,
      tokenType: grant.tokenType,
      expiresAt: grant.expiresAt,
      obtainedAt: grant.obtainedAt,
      dueAt: grant.dueAt,
      generation: record.generation,
      scopes: record.grantedScopes,
      connector: record.connector,
      ...access,
    })
  }

  /** The second ask for a generation publishes it. */
  #countAsk(served: ConnectionRecord): void {
    if (served.askedGeneration >= served.generation && served.publishedGeneration >= served.generation) return
    const { store, now } = this.#object
    const record = store.load()
    if (!record || record.generation !== served.generation) return
    if (record.askedGeneration < record.generation) {
      store.keep({ ...record, askedGeneration: record.generation }, now())
    } else if (record.publishedGeneration < record.generation) {
      this.#later(this.#publisher.publish(record.generation))
    }
  }

  /** The record with everything that the clock has brought since. */
  #current(): ConnectionRecord | undefined {
    const changed = applyClock(this.#object, 'read')
    if (!changed) return this.#object.store.load()
    this.#later(this.#publisher.pay())
    return changed
  }
}

/** Why a token may not be served at all, whatever its age. */
export function gate(record: ConnectionRecord | undefined): Failure | undefined {
  if (!record || record.deletion) return { code: 'connection_not_found' }
  switch (wireState(record)) {
    case 'reauthorize':
      return {
        code: 'reauthorization_required',
        reason: record.reason ?? 'grant_missing',
        connectionId: record.id,
      }
    case 'paused':
      return { code: 'connection_paused' }
    case 'pending':
      return { code: 'connection_pending' }
    case 'active':
      return undefined
  }
}

/** The access token has ended and there is no new one yet. */
function unavailable(record: ConnectionRecord, now: number): Failure {
  if (record.trouble?.class === 'config') return { code: 'provider_misconfigured' }
  const note = openNote(record)
  const until = record.trouble?.retryAt ?? (note && callOverAt(note)) ?? null
  const seconds = until === null ? DEFAULT_RETRY_AFTER_SECONDS : Math.ceil((until - now) / 1000)
  return { code: 'provider_unavailable', retryAfterSeconds: Math.max(1, seconds) }
}
