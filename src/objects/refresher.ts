// The refresh: one in flight per connection, a note in the journal before the call, the new grant in storage before
// anything else after it.

import { applyFailure, applyRefreshed, type RefreshFailure } from '../domain/apply-refresh.ts'
import type { ConnectionRecord, JournalNote, Trigger } from '../domain/record.ts'
import { openNote, planRefresh, type Urgency } from '../domain/refresh-plan.ts'
import { grantedScopes } from '../domain/scopes.ts'
import { log } from '../lib/log.ts'
import { refreshGrant, type TokenOutcome } from '../oauth/token-endpoint.ts'
import { dropOldSecret, type OwnedApp } from '../storage/oauth-apps.ts'
import { keepAppCopy } from './app-copy.ts'
import { boundOf, type Credentials, findGrantCredentials } from './credentials.ts'
import { openGrant, sealGrant } from './grant-seal.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe } from './publisher.ts'
import { ROW_EVERY_MS } from './row.ts'
import { APP_REPLACED, CREDENTIALS_FAILURE, GRANT_UNREADABLE } from './unsent.ts'
import { withSecrets } from './with-secrets.ts'

export interface RefreshRequest {
  trigger: Trigger
  urgency: Urgency
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

  /** When no refresh is in flight any more. */
  async settled(): Promise<void> {
    await this.#inFlight?.catch(() => undefined)
  }

  /** Joins the refresh in flight, or starts one where the plan allows it. Resolves when its outcome is stored. */
  async refresh(request: RefreshRequest): Promise<void> {
    // Outside of what others join: a reader must never wait for the pace of the background.
    const admission = this.#inFlight ? 'go' : await this.#admitted(request)
    if (admission === 'wait') return
    this.#inFlight ??= this.#run(request, admission === 'probe').finally(() => {
      this.#inFlight = undefined
    })
    await this.#inFlight
  }

  async #run(request: RefreshRequest, probe: boolean): Promise<void> {
    const before = this.#object.store.load()
    const refused = await this.#attempt(request)
    if (!refused) {
      const after = this.#object.store.load()
      const refreshed = before && after && after.generation > before.generation
      if (refreshed && (probe || before.trouble?.class === 'config')) await this.#object.apps.accepted(after)
      return
    }
    // The service refused the app. If somebody has mended it in the meantime, one more try settles it at once.
    const record = this.#object.store.load()
    const credentials = record && (await findGrantCredentials(this.#object, record))
    if (credentials?.ok && !sameCredentials(credentials.value, refused)) {
      await this.#attempt({ ...request, urgency: 'insist' })
    }
  }

  /** Background refreshes keep the pace of their OAuth app. A replay does not: its window would close. */
  async #admitted({ urgency }: RefreshRequest): Promise<'go' | 'probe' | 'wait'> {
    const { store, now, apps } = this.#object
    const record = store.load()
    if (!record) return 'wait'
    const plan = planRefresh(record, now(), urgency)
    if (plan.do !== 'call') return 'wait'
    if (urgency !== 'background' || plan.replay || record.holdOff?.reserved) return 'go'
    const admission = await apps.admit(record)
    if (admission.go) return admission.probe ? 'probe' : 'go'
    const current = store.load()
    const { until, reserved } = admission
    const waiting = current && { ...current, holdOff: { until, reserved } }
    // Not its turn is book-keeping; that the app is held is a change of what the connection is worth.
    if (waiting && reserved) store.keep(waiting, now())
    else if (waiting) store.change(waiting, now())
    return 'wait'
  }

  /** What was refused, where the outcome was its fault. */
  async #attempt({ trigger, urgency }: RefreshRequest): Promise<Credentials | undefined> {
    const { store, now, config, deadlines } = this.#object
    const before = store.load()
    if (!before || planRefresh(before, now(), urgency).do !== 'call') return undefined
    const found = await findGrantCredentials(this.#object, before)
    if (!found.ok) {
      await this.#storeFailure(before, CREDENTIALS_FAILURE[found.error], { trigger, startedAt: now() })
      return undefined
    }
    const credentials = found.value
    if (credentials.app.clientId !== before.grant?.clientId) {
      await this.#storeFailure(before, APP_REPLACED, { trigger, startedAt: now() })
      return undefined
    }
    const secret = await openGrant(this.#object, before)
    const refreshToken = secret?.refreshToken
    if (!refreshToken) {
      log('error', { event: 'grant_unreadable', connection: before.id })
      await this.#storeFailure(before, GRANT_UNREADABLE, { trigger, startedAt: now() })
      return undefined
    }
    await keepAppCopy(this.#object, before, credentials)

    // Everything above took time: the note goes onto the record as it is now, or not at all.
    const current = store.load()
    if (!current || !isSameGrant(current, before)) return undefined
    const plan = planRefresh(current, now(), urgency)
    if (plan.do !== 'call') return undefined
    let note = newNote(current, trigger, plan.replay, now())
    if (!(await this.#write(note, before))) return undefined
    const call = (app: OwnedApp) =>
      refreshGrant(
        {
          server: credentials.server,
          app,
          allowInsecure: config.allowInsecureUpstreams,
          deadlineMs: deadlines.tokenCallMs,
        },
        refreshToken,
        now(),
      )
    const { outcome, usedFallback } = await withSecrets(credentials.app, call, () => {
      // Another call, with the whole deadline before it.
      note = { ...note, attempt: note.attempt + 1, startedAt: now() }
      return this.#write(note, before)
    })
    await this.#object.step('refresh:answered')
    await this.#storeOutcome(before, credentials, refreshToken, outcome, note)
    if (outcome.kind === 'tokens') await this.#settleSecrets(before, credentials.app, usedFallback)
    return outcome.kind === 'failed' && outcome.class === 'config' ? credentials : undefined
  }

  /** The note of a call about to leave, safe from a crash; false where the grant is no longer the one it is about. */
  async #write(note: JournalNote, before: ConnectionRecord): Promise<boolean> {
    const { store, now } = this.#object
    const current = store.load()
    if (!current || !isSameGrant(current, before)) return false
    store.change({ ...current, journal: note }, now())
    await store.sync()
    await this.#object.step('refresh:journaled')
    const afterSync = store.load()
    return afterSync !== undefined && isSameGrant(afterSync, before)
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
      await this.#storeFailure(before, outcome, note)
      if (outcome.class === 'config') await this.#object.apps.refused(before, outcome.detail)
    } else {
      const at = now()
      const grant = await sealGrant(
        this.#object,
        before,
        {
          connector,
          clientId: credentials.app.clientId,
          boundTo: boundOf(credentials),
          answer: outcome.answer,
          held: refreshToken,
          consentedAt: before.grant?.consentedAt ?? at,
        },
        // The token's life began at the service, maybe as early as this: a slow answer must not lengthen it.
        note.startedAt,
      )
      const current = store.load()
      if (current?.deletion?.phase === 'marked' && current.generation === before.generation) {
        // What the service gave last is what there is to revoke.
        store.change({ ...current, grant }, at)
        return store.sync()
      }
      // A reconnect or a delete came first: what it stored stands, and this result is dropped.
      if (!current || !isSameGrant(current, before)) return
      const { scopes: answered, params } = outcome.answer
      const scopes = answered && grantedScopes(connector, current.requestedScopes, answered)
      const checkDueAt = grant.expiresAt === null && connector.identity ? at + HEALTH_CHECK_EVERY_MS : null
      const refreshed = {
        ...applyRefreshed(current, { connector, grant, scopes, checkDueAt }, at),
        params: { ...current.params, ...params },
      }
      const row = current.health !== 'ok' || at - current.rowWrittenAt >= ROW_EVERY_MS
      store.change(owe(refreshed, { row, copy: note.trigger === 'rejected' }, at), at)
      this.#remember({ at, kind: 'refreshed', trigger: note.trigger, durationMs: at - note.startedAt })
      await store.sync()
    }
    await this.#object.step('refresh:stored')
  }

  /** A newer secret that worked is the only one from now on. */
  async #settleSecrets(record: ConnectionRecord, app: OwnedApp, usedFallback: boolean): Promise<void> {
    const { owner: workspaceId, version } = app
    if (app.fallbackSecret === null || usedFallback || version === undefined) return
    const proven = { workspaceId, connector: record.appConnector, version }
    await dropOldSecret(this.#object.db, proven).catch(() =>
      log('warn', { event: 'old_secret_kept', connector: record.appConnector }),
    )
  }

  async #storeFailure(
    before: ConnectionRecord,
    failure: RefreshFailure,
    started: { trigger: Trigger; startedAt: number },
  ): Promise<void> {
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
    await store.sync()
    if (lost) await this.#object.apps.lost(failed)
  }

  #remember(event: Parameters<typeof historyEvent>[0]): void {
    this.#object.store.remember(historyEvent(event))
  }
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

function sameCredentials(left: Credentials, right: Credentials): boolean {
  return (
    left.app.owner === right.app.owner &&
    left.app.clientId === right.app.clientId &&
    left.app.clientSecret === right.app.clientSecret &&
    left.custom?.version === right.custom?.version
  )
}
