// `npm run simulate`: the pure refresh policy over a day of simulated time. One OAuth app, one-hour tokens, a provider
// outage of two hours, and half an hour in which alarms are lost. Prints how even the load on the token endpoint is,
// and whether a reader was ever handed an expired token.

import process from 'node:process'
import { type AppState, admit, NEW_APP } from '../../src/domain/app-health.ts'
import { backOffMs, dueAt, freshness, spread } from '../../src/domain/refresh-policy.ts'

const SECOND = 1_000
const HOUR = 3_600_000
const LIFE = HOUR
const DAY = 24 * HOUR
const STEP = SECOND
/** Before this hour the start still shows: all connections were made within one hour. */
const SETTLED_FROM = 6 * HOUR
const OUTAGE = { from: 12 * HOUR, to: 14 * HOUR }
const ALARMS_LOST = { from: 20 * HOUR, to: 20.5 * HOUR }
/** What the cron can nudge in a minute. */
const CRON_A_MINUTE = 900
const READS_A_SECOND = 200
/** Peaks are of whole minutes: a second is shorter than one refresh. */
const WINDOW = 60

const connections = Number(process.argv[2] ?? 1_000_000)

const obtained = new Float64Array(connections)
const due = new Float64Array(connections)
const failures = new Uint8Array(connections)
const reserved = new Uint8Array(connections)
const lost: number[] = []
const band = new Float64Array(connections)
const wheel: number[][] = Array.from({ length: DAY / STEP + 2 * HOUR }, () => [])
const perSecond = new Uint32Array(DAY / STEP)
const byReaders = new Uint32Array(DAY / STEP)
/** The app has been in use: its object knows what an hour asks for. */
let app: AppState = { ...NEW_APP, demand: { hours: { [-1]: Math.round(connections / 0.8) }, since: -HOUR } }
let random = 1

/** A small generator, so that two runs print the same. */
function next(): number {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0
  return random / 2 ** 32
}

function idOf(index: number): string {
  return `con_${index.toString(36).padStart(26, '0')}`
}

function wake(index: number, at: number): void {
  const slot = Math.ceil(Math.max(at, 0) / STEP)
  if (slot < wheel.length) wheel[slot]?.push(index)
}

function schedule(index: number, now: number): void {
  obtained[index] = now
  failures[index] = 0
  due[index] = dueAt(idOf(index), now, now + LIFE, false)
  wake(index, due[index] ?? 0)
}

function isDown(now: number): boolean {
  return now >= OUTAGE.from && now < OUTAGE.to
}

/** One call to the token endpoint. */
function call(index: number, now: number): void {
  const second = Math.floor(now / SECOND)
  perSecond[second] = (perSecond[second] ?? 0) + 1
  if (!isDown(now)) {
    schedule(index, now)
    return
  }
  const attempts = Math.min((failures[index] ?? 0) + 1, 255)
  failures[index] = attempts
  wake(index, now + backOffMs(attempts, next()))
}

/** The background's turn: asks the app's object for its place, unless it was given one. */
function background(index: number, now: number): void {
  if (reserved[index] === 0) {
    const scheduled = failures[index] === 0
    const answer = admit(app, { connectionId: '', scheduled }, now, band[index] ?? 0)
    app = answer.state
    if (!answer.admission.go) {
      reserved[index] = 1
      wake(index, answer.admission.until)
      return
    }
  }
  reserved[index] = 0
  call(index, now)
}

const reads = { served: 0, unavailable: 0, expiredServed: 0, refreshed: 0 }

function read(index: number, now: number): void {
  const from = obtained[index] ?? 0
  const token = { obtainedAt: from, expiresAt: from + LIFE, dueAt: due[index] ?? 0 }
  if (freshness(token, now) === 'refresh') {
    if (!isDown(now)) {
      reads.refreshed += 1
      const second = now / SECOND
      byReaders[second] = (byReaders[second] ?? 0) + 1
      call(index, now)
    }
  }
  const ends = (obtained[index] ?? 0) + LIFE
  if (ends > now) reads.served += 1
  else if (isDown(now)) reads.unavailable += 1
  else reads.expiredServed += 1
}

const started = performance.now()
for (let index = 0; index < connections; index++) {
  band[index] = spread(idOf(index))
  // Each somewhere between its last refresh and its next.
  const age = next() * dueAt(idOf(index), 0, LIFE, false)
  obtained[index] = -age
  due[index] = dueAt(idOf(index), -age, LIFE - age, false)
  wake(index, due[index] ?? 0)
}
let largestLag = 0
for (let now = 0; now < DAY; now += STEP) {
  const turn = wheel[now / STEP] ?? []
  const alarmsLost = now >= ALARMS_LOST.from && now < ALARMS_LOST.to
  for (const index of turn) {
    // A connection that a reader refreshed has a later alarm of its own.
    if (failures[index] === 0 && reserved[index] === 0 && (due[index] ?? 0) > now) continue
    if (alarmsLost) lost.push(index)
    else background(index, now)
  }
  wheel[now / STEP] = []
  // The cron finds what was not heard of, a bounded number each minute.
  if (!alarmsLost && now % (60 * SECOND) === 0) {
    for (const index of lost.splice(0, CRON_A_MINUTE)) {
      if ((due[index] ?? 0) > now) continue
      largestLag = Math.max(largestLag, now - (due[index] ?? 0))
      background(index, now)
    }
  }
  const count = Math.min(READS_A_SECOND, connections)
  for (let n = 0; n < count; n++) read(Math.floor(next() * connections), now)
}

function rates(from: number, to: number): { mean: number; peak: number } {
  const first = from / SECOND
  const last = to / SECOND
  let total = 0
  let peak = 0
  for (let second = first; second < last; second += WINDOW) {
    let window = 0
    // A reader never waits for the pace, so its refreshes are counted apart.
    for (let at = second; at < Math.min(second + WINDOW, last); at++) {
      window += (perSecond[at] ?? 0) - (byReaders[at] ?? 0)
    }
    total += window
    peak = Math.max(peak, window / WINDOW)
  }
  return { mean: total / (last - first), peak }
}

const steady = rates(SETTLED_FROM, OUTAGE.from)
const outage = rates(OUTAGE.from, OUTAGE.to)
const recovery = rates(OUTAGE.to, OUTAGE.to + 3 * HOUR)
const lostAlarms = rates(ALARMS_LOST.to, DAY)
const line = (name: string, value: { mean: number; peak: number }) =>
  console.log(
    `${name.padEnd(34)} mean ${value.mean.toFixed(0).padStart(6)}/s   peak ${value.peak.toFixed(0).padStart(6)}/s   peak over steady mean ${(value.peak / steady.mean).toFixed(2)}`,
  )

console.log(`${connections} connections of one app, one-hour tokens, 24 hours`)
line('steady (hours 6 to 12)', steady)
line('outage (hours 12 to 14)', outage)
line('recovery (3 hours after)', recovery)
line('after 30 minutes of lost alarms', lostAlarms)
console.log(
  `reads: ${reads.served} served, ${reads.refreshed} refreshed first, ${reads.unavailable} told to wait during the outage, ${reads.expiredServed} served expired`,
)
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`)
process.exitCode = reads.expiredServed === 0 ? 0 : 1
