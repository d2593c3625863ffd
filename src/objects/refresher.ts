// The refresh: one in flight per connection, a note in the journal before the call, the new grant in storage before
// anything else after it.

import { applyFailure, applyRefreshed, type RefreshFailure } from '../domain/apply-refresh.ts'
import type { HistoryEvent } from '../domain/history.ts'
import type { ConnectionRecord, JournalNote, Trigger } from '../domain/record.ts'
import { openNote, planRefresh } from '../domain/refresh-plan.ts'
import { canonicalScopes } from '../domain/scopes.ts'
import { log } from '../lib/log.ts'
import { refreshGrant, type TokenOutcome } from '../oauth/token-endpoint.ts'
import { holdApp, type OwnedApp, releaseApp } from '../storage/oauth-apps.ts'
import { type Credentials, type CredentialsFailure, findCredentials, keepAppCopy } from './credentials.ts'
import { openGrant, sealGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe } from './publisher.ts'
import { ROW_EVERY_MS } from './row.ts'

export interface RefreshRequest {
  trigger: Trigger
  /** An admin or a rejected token asked: back-off is skipped. */
  insist: boolean
}

const HEALTH_CHECK_EVERY_MS = 24 * 3600_000

export class Refresher {
  readonly #object: ObjectContext
  #inFlight: Promise<void> | undefined

  constructor(object: ObjectContext) {
    this.#object = object
  }

  get busy(): boolean {
    return this.#inFlight !== undefined
  }

  /** Joins the refresh in flight, or starts one where the plan allows it. Resolves when its outcome is stored. */
  refresh(request: RefreshRequest): Promise<void> {
    this.#inFlight ??= this.#run(request).finally(() => {
      this.#inFlight = undefined
    })
    return this.#inFlight
  }

  async #run(request: RefreshRequest): Promise<void> {
    const refused = await this.#attempt(request)
    if (!refused) return
    // The service refused the app. If somebody has mended it in the meantime, one more try settles it at once.
    const record = this.#object.store.load()
    const credentials = record && (await findCredentials(this.#object, record))
    if (credentials?.ok && !sameApp(credentials.value.app, refused)) {
      await this.#attempt({ ...request, insist: true })
    }
  }

  /** The app that was refused, where the outcome was its fault. */
  async #attempt({ trigger, insist }: RefreshRequest): Promise<OwnedApp | undefined> {
    const { store, now } = this.#object
    const before = store.load()
    if (!before || planRefresh(before, now(), insist).do !== 'call') return undefined
    const found = await findCredentials(this.#object, before)
    if (!found.ok) {
      this.#storeFailure(before, CREDENTIALS_FAILURE[found.error], { trigger, startedAt: now() })
      return undefined
    }
    const credentials = found.value
    if (credentials.app.clientId !== before.grant?.clientId) {
      this.#storeFailure(before, APP_REPLACED, { trigger, startedAt: now() })
      return undefined
    }
    const secret = await openGrant(this.#object, before)
    if (!secret?.refreshToken) {
      log('error', { event: 'grant_unreadable', connection: before.id })
      return undefined
    }
    await keepAppCopy(this.#object, before, credentials.app)

    // Everything above took time: the note goes onto the record as it is now, or not at all.
    const current = store.load()
    if (!current || !isSameGrant(current, before)) return undefined
    const plan = planRefresh(current, now(), insist)
    if (plan.do !== 'call') return undefined
    const note = newNote(current, trigger, plan.replay, now())
    store.change({ ...current, journal: note }, now())
    await store.sync()
    await this.#object.step('refresh:journaled')
    const afterSync = store.load()
    if (!afterSync || !isSameGrant(afterSync, before)) return undefined

    const outcome = await refreshGrant(
      {
        server: credentials.server,
        app: credentials.app,
        allowInsecure: this.#object.config.allowInsecureUpstreams,
        deadlineMs: this.#object.deadlines.tokenCallMs,
      },
      secret.refreshToken,
      now(),
    )
    await this.#object.step('refresh:answered')
    await this.#storeOutcome(before, credentials, secret.refreshToken, outcome, note)
    return outcome.kind === 'failed' && outcome.class === 'config' ? credentials.app : undefined
  }

  async #storeOutcome(
    before: ConnectionRecord,
    credentials: Credentials,
    refreshToken: string,
    outcome: TokenOutcome,
    note: JournalNote,
  ): Promise<void> {
    const { store, now } = this.#object
    const { connector } = credentials
    if (outcome.kind === 'failed') {
      this.#storeFailure(before, outcome, note)
      await store.sync()
      if (outcome.class === 'config') await this.#hold(credentials.app, before, outcome.detail)
    } else {
      const at = now()
      const grant = await sealGrant(
        this.#object,
        before,
        {
          connector,
          clientId: credentials.app.clientId,
          answer: outcome.answer,
          held: refreshToken,
          consentedAt: before.grant?.consentedAt ?? at,
        },
        at,
      )
      const current = store.load()
      // A reconnect or a delete came first: what it stored stands, and this result is dropped.
      if (!current || !isSameGrant(current, before)) return
      const scopes = outcome.answer.scopes && canonicalScopes(connector, outcome.answer.scopes)
      const checkDueAt = grant.expiresAt === null && connector.identity ? at + HEALTH_CHECK_EVERY_MS : null
      const refreshed = applyRefreshed(current, { connector, grant, scopes, checkDueAt }, at)
      const row = current.health !== 'ok' || at - current.rowWrittenAt >= ROW_EVERY_MS
      store.change(owe(refreshed, { row, copy: note.trigger === 'rejected' }, at), at)
      this.#remember({ at, kind: 'refreshed', trigger: note.trigger, durationMs: at - note.startedAt })
      await store.sync()
      if (before.trouble?.class === 'config') await this.#release(credentials.app, connector.id)
    }
    await this.#object.step('refresh:stored')
  }

  #storeFailure(
    before: ConnectionRecord,
    failure: RefreshFailure,
    started: { trigger: Trigger; startedAt: number },
  ): void {
    const { store, now, random } = this.#object
    const current = store.load()
    if (!current || !isSameGrant(current, before)) return
    const at = now()
    const failed = applyFailure(current, failure, at, random())
    const lost = failed.state !== current.state
    const seen = lost || failed.health !== current.health
    store.change(owe(failed, { row: seen, copy: lost }, at), at)
    const common = { at, trigger: started.trigger, detail: failure.detail }
    this.#remember({
      ...common,
      kind: 'refresh_failed',
      outcome: failure.class,
      durationMs: at - started.startedAt,
    })
    if (lost) this.#remember({ ...common, kind: 'reauthorize', outcome: failed.reason })
  }

  async #hold(app: OwnedApp, record: ConnectionRecord, detail: string): Promise<void> {
    const { db, now } = this.#object
    await holdApp(db, { owner: app.owner, connector: record.connector, heldSince: now(), detail }).catch(() =>
      log('warn', { event: 'app_health_unwritten', connector: record.connector }),
    )
  }

  async #release(app: OwnedApp, connector: string): Promise<void> {
    await releaseApp(this.#object.db, app.owner, connector).catch(() =>
      log('warn', { event: 'app_health_unwritten', connector }),
    )
  }

  #remember(event: Parameters<typeof historyEvent>[0]): HistoryEvent {
    const line = historyEvent(event)
    this.#object.store.remember(line)
    return line
  }
}

const CREDENTIALS_FAILURE: Record<CredentialsFailure, RefreshFailure> = {
  missing: {
    class: 'config',
    retryAfterMs: null,
    detail: 'No complete OAuth app is configured for this service.',
  },
  unreadable: { class: 'transient', retryAfterMs: null, detail: 'The OAuth app could not be read.' },
}

const APP_REPLACED: RefreshFailure = {
  class: 'config',
  retryAfterMs: null,
  detail:
    'The OAuth app was replaced by one with another client ID. Reconnect, or restore the app this connection was made with.',
}

function newNote(record: ConnectionRecord, trigger: Trigger, replay: boolean, now: number): JournalNote {
  const earlier = replay ? openNote(record) : undefined
  return {
    attempt: (record.journal?.attempt ?? 0) + 1,
    refreshTokenHash: record.grant?.refreshTokenHash ?? '',
    startedAt: now,
    firstStartedAt: earlier?.firstStartedAt ?? now,
    replays: earlier ? earlier.replays + 1 : 0,
    trigger,
  }
}

/** Whether the grant that a refresh began with is still the one held, and still wanted. */
function isSameGrant(current: ConnectionRecord, before: ConnectionRecord): boolean {
  return current.generation === before.generation && current.state === 'active' && current.deletion === null
}

function sameApp(left: OwnedApp, right: OwnedApp): boolean {
  return (
    left.owner === right.owner && left.clientId === right.clientId && left.clientSecret === right.clientSecret
  )
}
