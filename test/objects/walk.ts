// One connection of the property test on its way through random commands. Everything that happens is seen from outside:
// the answers, the upstream's own request log, the stored record. What may follow is judged by that alone.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { inject } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import type { Step } from '../../src/objects/object-context.ts'
import type { AccessToken } from '../../src/objects/rpc.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  nudge,
  readToken,
  reconnect,
  steer,
  storedRecord,
  stubOf,
} from '../setup/harness.ts'
import type { LoggedRequest, TokenAction } from '../upstream/client.ts'

export type WalkConnector = 'local' | 'local-lenient'
type Answer = { ok: true; value: AccessToken } | { ok: false; error: { code: string } }

/** The clock of the walk runs this far ahead of the platform's, so that no alarm rings by itself. */
const AHEAD_MS = 24 * 3600_000
/** Every command takes a moment: a KV key takes one write a second. */
const MOMENT_MS = 1_100
const MOST_ALARMS = 40

export class Walk {
  readonly #connector: WalkConnector
  readonly #connected: Connected
  /** Whether the grant held now still stands at the upstream. */
  #alive = true
  /** An answer to a refresh of the grant held now was lost, or may have been. */
  #lost = false
  #withoutRefreshToken = false
  #paused = false
  #crashNext: Step | undefined
  #generation = 1
  #served = 0
  #tokens: string[] = []
  /** Refresh tokens that an answer without a new one left in use. */
  #kept = new Set<string>()
  #heldHash: string | null | undefined
  #log: LoggedRequest[] = []
  /** Of the upstream's log since its last reset. */
  #dropsSeen = 0
  #refusalsSeen = 0
  /** Of the grant held now: refused in a way that only looks like its end. */
  #refusals = 0
  #refusedSince = 0
  #refreshesInReauthorize: number | undefined

  private constructor(connector: WalkConnector, connected: Connected) {
    this.#connector = connector
    this.#connected = connected
  }

  static async begin(connector: WalkConnector): Promise<Walk> {
    mend()
    await steer.reset()
    advance(AHEAD_MS)
    const walk = new Walk(connector, await connect({ connector }))
    await walk.#look()
    return walk
  }

  static end(): void {
    realTime()
    mend()
  }

  crashNext(step: Step): void {
    this.#crashNext = step
  }

  async pass(ms: number): Promise<void> {
    advance(ms)
  }

  /** Time goes by while the platform rings every alarm that comes due. */
  async live(ms: number): Promise<void> {
    const end = Date.now() + ms
    for (let rung = 0; rung < MOST_ALARMS; rung++) {
      const at = await this.#alarmAt()
      if (at === null || at > end) break
      if (at > Date.now()) advance(at - Date.now())
      await this.alarm()
    }
    if (end > Date.now()) advance(end - Date.now())
  }

  async read(noCache = true): Promise<void> {
    await this.#perform('read', async () =>
      this.#check(await readToken(this.#connected, { noCache }), noCache),
    )
  }

  async readTogether(): Promise<void> {
    await this.#perform('5 reads', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => readToken(this.#connected, { noCache: true })),
      )
      // A token that is due is served while the next one is on its way: in which order is nobody's promise.
      const inOrder = answers.toSorted((one, other) => generationOf(one) - generationOf(other))
      for (const answer of inOrder) await this.#check(answer)
      demand(
        new Set(answers.map(({ ok }) => ok)).size === 1,
        'of five callers at once some were served, some not',
      )
    })
  }

  async reject(which: 'current' | 'old'): Promise<void> {
    const token = this.#tokens.at(which === 'current' ? -1 : -2)
    if (token === undefined) return
    const tokenHash = await sha256Hex(token)
    const { workspaceId, connectionId } = this.#connected
    await this.#perform('rejected report', async () =>
      this.#check(await stubOf(this.#connected).reportRejected({ workspaceId, connectionId, tokenHash })),
    )
  }

  async alarm(): Promise<void> {
    await this.#perform('alarm', () => runDurableObjectAlarm(stubOf(this.#connected)))
  }

  async cron(): Promise<void> {
    await this.#perform('cron', () => nudge(this.#connected))
  }

  async refreshNow(): Promise<void> {
    await this.#perform('manual refresh', () => stubOf(this.#connected).refreshNow(this.#connected))
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.#perform('pause', () => stubOf(this.#connected).setPaused({ ...this.#connected, paused }))
    this.#paused = (await this.#record()).paused
  }

  /** The same account consents again; @param refreshToken false: the service gives none this time. */
  async reconnect(refreshToken = true): Promise<void> {
    if (!refreshToken) {
      await steer.nextToken({ do: 'edit', remove: ['refresh_token'], grant_type: 'authorization_code' })
    }
    const before = (await this.#record()).generation
    await this.#perform('reconnect', () => reconnect(this.#connected, { connector: this.#connector }))
    const after = await this.#record()
    if (after.generation === before) return
    this.#alive = true
    this.#lost = false
    this.#withoutRefreshToken = after.grant?.refreshTokenHash === null
  }

  /** The person takes the access away at the service. */
  async revoke(): Promise<void> {
    await steer.revoke({ client_id: this.#connector === 'local' ? 'local-crm' : 'local-drive' })
    this.#alive = false
  }

  async nextRefresh(action: TokenAction, times = 1): Promise<void> {
    await steer.nextToken({ ...action, times, grant_type: 'refresh_token' })
  }

  /** The faults are over, time goes by, alarms ring: what can live lives, and nothing broke a rule on the way. */
  async recover(): Promise<void> {
    this.#crashNext = undefined
    await this.#collect()
    await steer.reset()
    this.#dropsSeen = 0
    this.#refusalsSeen = 0
    this.#refreshesInReauthorize = undefined
    if (this.#paused) await this.setPaused(false)
    const doomed =
      !this.#alive ||
      this.#lost ||
      this.#withoutRefreshToken ||
      (await this.#record()).state === 'reauthorize'
    for (let round = 0; round < MOST_ALARMS && !(await this.#settled()); round++) {
      const at = await this.#alarmAt()
      if (at === null) break
      if (at > Date.now()) advance(at - Date.now())
      await this.alarm()
    }
    const record = await this.#record()
    const answer = await readToken(this.#connected)
    const ended = !answer.ok && answer.error.code === 'reauthorization_required'
    demand(
      answer.ok || (ended && doomed),
      `the connection does not serve in the end: ${JSON.stringify({ answer, trouble: record.trouble })}`,
    )
    demand(
      !answer.ok || !this.#alive || (await worksAtUpstream(answer.value.accessToken)),
      'the token that is served in the end does not work at the service',
    )
    await this.#collect()
    this.#judgeLog()
  }

  async #perform(name: string, act: () => Promise<unknown>): Promise<void> {
    advance(MOMENT_MS)
    const crashes = faults.crashes
    faults.crashAt = this.#crashNext
    const step = this.#crashNext
    this.#crashNext = undefined
    try {
      await act()
    } catch (error) {
      // Whoever was waiting when the object died gets an error; nobody else does.
      if (faults.crashes === crashes) throw new Error(`${name} failed: ${error}`)
    }
    faults.crashAt = undefined
    const crashed = faults.crashes > crashes
    if (crashed && (step === 'refresh:journaled' || step === 'refresh:answered')) this.#lost = true
    await this.#look()
  }

  /** What an answer may be, given what is stored and what the clock says. */
  async #check(answer: Answer, fromObject = true): Promise<void> {
    const now = Date.now()
    const record = await this.#record()
    if (answer.ok) {
      const { expiresAt, accessToken, generation } = answer.value
      demand(expiresAt === null || expiresAt > now, `served ${now - (expiresAt ?? now)} ms after its end`)
      if (!fromObject) return
      demand(!this.#paused, 'served while paused')
      demand(record.state === 'active', `served while ${record.state}`)
      demand(generation >= this.#served, `generation ${generation} served after ${this.#served}`)
      demand(generation <= record.generation, 'served a token that is not stored')
      this.#served = generation
      if (this.#tokens.at(-1) !== accessToken) this.#tokens.push(accessToken)
      return
    }
    // A copy at the edge may say for a while what was so: refusals, too.
    if (!fromObject) return
    const { code } = answer.error
    if (code === 'provider_unavailable' || code === 'provider_misconfigured') {
      demand((record.grant?.expiresAt ?? 0) <= now, `${code} while the token still lives`)
    } else if (code === 'reauthorization_required') {
      demand(record.state === 'reauthorize', `409 while ${record.state}`)
    } else if (code === 'connection_paused') {
      demand(record.paused, '409 paused while not paused')
    } else {
      // The object died under the caller.
      demand(code === 'temporarily_unavailable' && faults.crashes > 0, `answered ${code}`)
    }
  }

  /** The rules that hold between any two commands. */
  async #look(): Promise<void> {
    const record = await this.#record()
    const requests = await refreshRequests()
    const refusals = requests.filter(({ status }) => status === 400).length
    if (refusals > this.#refusalsSeen && this.#refusals === 0) this.#refusedSince = Date.now()
    this.#refusals += Math.max(0, refusals - this.#refusalsSeen)
    this.#refusalsSeen = refusals
    const drops = requests.filter(({ answered }) => !answered).length
    if (drops > this.#dropsSeen) this.#lost = true
    this.#dropsSeen = drops
    demand(record.generation >= this.#generation, `generation fell to ${record.generation}`)
    const hash = record.grant?.refreshTokenHash
    if (record.generation > this.#generation) {
      this.#generation = record.generation
      this.#lost = false
      this.#refusals = 0
      if (hash && hash === this.#heldHash) {
        this.#kept.add(hash)
        // A rotating service that gives no new token has ended the old one all the same.
        this.#alive = false
      }
    }
    this.#heldHash = hash
    if (record.state === 'reauthorize') {
      demand(this.#mayEnd(record), `reauthorize ${record.reason}: ${this.#facts()}`)
      this.#refreshesInReauthorize ??= requests.length
      demand(requests.length === this.#refreshesInReauthorize, 'a refresh left in reauthorize')
    } else {
      this.#refreshesInReauthorize = undefined
    }
  }

  #mayEnd({ reason, grant }: ConnectionRecord): boolean {
    switch (reason) {
      case 'grant_revoked':
        return !this.#alive || (this.#refusedLong() && (grant?.expiresAt ?? 0) <= Date.now())
      case 'rejected_by_provider':
        return !this.#alive
      case 'rotation_in_doubt':
        return this.#lost
      case 'no_refresh_token':
        return this.#withoutRefreshToken
      default:
        return false
    }
  }

  /** Three times over ten minutes: only then is an answer believed that only looks like an end. */
  #refusedLong(): boolean {
    return this.#refusals >= 3 && Date.now() - this.#refusedSince >= 600_000
  }

  #facts(): string {
    return `the grant is ${this.#alive ? 'alive' : 'dead'} at the service, ${this.#lost ? 'an' : 'no'} answer was lost`
  }

  async #settled(): Promise<boolean> {
    const { state, trouble, journal, grant } = await this.#record()
    if (state !== 'active') return true
    return trouble === null && journal === null && (grant?.expiresAt ?? 0) > Date.now() + MOMENT_MS
  }

  async #collect(): Promise<void> {
    const { max_in_flight_per_refresh_token: most } = await steer.stats()
    demand(most <= 1, `${most} requests with one refresh token were in flight at once`)
    this.#log.push(...(await refreshRequests()))
  }

  /** Where a replay ends the grant, a refresh token is never sent again once it was, or may have been, spent. */
  #judgeLog(): void {
    if (this.#connector !== 'local') return
    const spent = new Set<string>()
    for (const { refresh_token_sha256: hash, status, answered } of this.#log) {
      if (hash === null || this.#kept.has(hash)) continue
      demand(!spent.has(hash), 'a spent refresh token was sent again')
      if (!answered || status === 200) spent.add(hash)
    }
  }

  #record(): Promise<ConnectionRecord> {
    return storedRecord(this.#connected)
  }

  #alarmAt(): Promise<number | null> {
    return runInDurableObject(stubOf(this.#connected), (_instance, { storage }) => storage.getAlarm())
  }
}

function generationOf(answer: Answer): number {
  return answer.ok ? answer.value.generation : 0
}

async function refreshRequests(): Promise<LoggedRequest[]> {
  const requests = await steer.requests({ path: '/token' })
  return requests.filter(({ grant_type }) => grant_type === 'refresh_token')
}

async function worksAtUpstream(accessToken: string): Promise<boolean> {
  const answer = await fetch(`${inject('upstreamOrigin')}/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await answer.body?.cancel()
  return answer.status === 200
}

function demand(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken)
}
