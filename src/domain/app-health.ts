// What the connections of one OAuth app share: the pace of background refreshes, whether the service refuses the app,
// and whether many lose their consent at once. Pure: the app's object stores what comes back.

const HOUR_MS = 3_600_000
/** Background refreshes of one app: at least this many a second, and as many at once. */
const LEAST_PER_SECOND = 5
/** More where the app's own schedule asks for more: this many times its busiest hour of the last day. */
const HEADROOM = 2.5
const BURST_MS = 1_000
/** The hour under way is judged by what it brought so far, over this long at the least. */
const SHORTEST_VIEW_MS = 600_000
/** Pauses between probes of a refused app; the last one repeats. */
const PROBE_PAUSES_MS = [60_000, 120_000, 300_000, 900_000, 1_800_000]
/** A probe that never reported is given up after this. */
const PROBE_LEASE_MS = 60_000
/** The others ask again this often, so that they hear soon that the app was mended. */
const ASK_AGAIN_MS = 300_000
const LOSS_LIMIT = 200

export interface AppState {
  /** When the next background refresh fits the pace (generic cell rate algorithm), epoch milliseconds. */
  nextSlotAt: number
  demand: Demand
  held: Held | null
  /** Connections that lost their consent within the last hour. */
  losses: { connectionId: string; at: number }[]
}

export interface Demand {
  /** Scheduled refreshes (not retries) of the last 24 hours, by hour since the epoch. */
  hours: Record<number, number>
  /** When the hour under way brought its first, epoch milliseconds. */
  since: number
}

export interface Held {
  since: number
  /** Provider text, cut and masked. */
  detail: string
  probes: number
  probeAt: number
  /** Set while one connection tries. */
  probing: { connectionId: string; until: number } | null
}

export const NEW_APP: AppState = { nextSlotAt: 0, demand: { hours: {}, since: 0 }, held: null, losses: [] }

export type Admission =
  | { go: true; probe: boolean }
  /** `reserved`: at `until` the connection goes without asking again. */
  | { go: false; until: number; reserved: boolean }

export interface AdmissionAsk {
  connectionId: string
  /** False for a retry: only what the schedule asks for counts as demand. */
  scheduled: boolean
}

/** May this connection refresh in the background now? @param spread 0 up to 1, so that not all come back at once */
export function admit(
  state: AppState,
  ask: AdmissionAsk,
  now: number,
  spread: number,
): { state: AppState; admission: Admission } {
  const { held } = state
  if (held) {
    const { connectionId } = ask
    const busy = held.probing && held.probing.until > now && held.probing.connectionId !== connectionId
    if (busy || held.probeAt > now) {
      const until = Math.min(Math.max(held.probeAt, now), now + ASK_AGAIN_MS) + Math.ceil(spread * 60_000)
      return { state, admission: { go: false, until, reserved: false } }
    }
    const probing = { connectionId, until: now + PROBE_LEASE_MS }
    return { state: { ...state, held: { ...held, probing } }, admission: { go: true, probe: true } }
  }
  const demand = ask.scheduled ? counted(state.demand, now) : state.demand
  const slot = Math.max(state.nextSlotAt, now)
  const next = { ...state, demand, nextSlotAt: slot + 1000 / refreshesPerSecond(demand, now) }
  const admission: Admission =
    slot - now <= BURST_MS
      ? { go: true, probe: false }
      : { go: false, until: Math.ceil(slot), reserved: true }
  return { state: next, admission }
}

/** Pace of an app: what its busiest hour asked for, with headroom to catch up after an outage. */
function refreshesPerSecond({ hours, since }: Demand, now: number): number {
  const current = Math.floor(now / HOUR_MS)
  const perMs = Object.entries(hours).map(
    ([hour, count]) => count / (Number(hour) === current ? Math.max(now - since, SHORTEST_VIEW_MS) : HOUR_MS),
  )
  return Math.max(LEAST_PER_SECOND, HEADROOM * 1000 * Math.max(0, ...perMs))
}

function counted({ hours, since }: Demand, now: number): Demand {
  const hour = Math.floor(now / HOUR_MS)
  const known = hours[hour]
  if (known !== undefined) return { hours: { ...hours, [hour]: known + 1 }, since }
  const recent = Object.entries(hours).filter(([past]) => hour - Number(past) < 24)
  return { hours: { ...Object.fromEntries(recent), [hour]: 1 }, since: now }
}

/** The service refused the app. The first refusal holds it; a refused probe makes the next pause longer. */
export function refused(state: AppState, connectionId: string, detail: string, now: number): AppState {
  const { held } = state
  if (!held) {
    const first = { since: now, detail, probes: 0, probeAt: now + pauseAfter(0), probing: null }
    return { ...state, held: first }
  }
  if (held.probing?.connectionId !== connectionId) return state
  const probes = held.probes + 1
  return { ...state, held: { ...held, detail, probes, probeAt: now + pauseAfter(probes), probing: null } }
}

/** The service accepted the app, or its credentials were changed: everybody may go again, at the usual pace. */
export function accepted(state: AppState): AppState {
  return { ...state, held: null }
}

/** A connection lost its consent. */
export function lost(state: AppState, connectionId: string, now: number): AppState {
  const recent = state.losses.filter((loss) => now - loss.at < HOUR_MS && loss.connectionId !== connectionId)
  return { ...state, losses: [...recent, { connectionId, at: now }].slice(-LOSS_LIMIT) }
}

/** Five and a fifth of the app's connections within an hour: a cause they share is likely. */
export function looksCommon(state: AppState, connectionsOfApp: number): boolean {
  const { length } = state.losses
  return length >= 5 && length * 5 >= connectionsOfApp
}

function pauseAfter(probes: number): number {
  return PROBE_PAUSES_MS[Math.min(probes, PROBE_PAUSES_MS.length - 1)] ?? ASK_AGAIN_MS
}
