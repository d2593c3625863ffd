// `npm run soak`: connections with two-minute tokens kept alive for five minutes while a tenth of what reaches the token
// endpoint goes wrong, read throughout. Loopback only and bounded. Options: --seconds, --connections, --reads (a second).
// Exits with 1 if a token was served after its end, or a connection was lost by mistake.

import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import type { TokenSwitch } from '../upstream/client.ts'
import { LENIENT_CLIENT } from '../upstream/provider.ts'
import { type Bare, startBare } from './bare.ts'
import { option } from './options.ts'
import { signIn } from './visitor.ts'

const LIFE_SECONDS = 120
const FAULT_SHARE = 0.1
/** Of the tokens served, how many are tried at the service. */
const TRIED_SHARE = 0.02
const CONNECT_AT_ONCE = 8
/** Nobody is to use a token in its last moments; the service counts whole seconds. */
const LAST_MOMENTS_MS = 2_000
/** One key has a brake of a hundred requests a second. */
const KEYS = 4
const CRON_EVERY_MS = 60_000
const REFRESHES = { grant_type: 'refresh_token' } as const

/**
 * In turn. An answer is lost only where the service forgives a replay: elsewhere that ends a grant, and not by mistake.
 * It is lost at a gateway: the bare runtime makes a plain 500 of a connection that breaks.
 */
const FAULTS: TokenSwitch[] = [
  { ...REFRESHES, do: 'answer', status: 503, body: 'down for a moment' },
  { ...REFRESHES, do: 'answer', status: 429, body: '', headers: { 'retry-after': '2' } },
  { ...REFRESHES, do: 'delay_answer', ms: 3_000 },
  { ...REFRESHES, do: 'status', status: 504, body: 'no answer in time', client_id: LENIENT_CLIENT },
]

const options = {
  seconds: option('seconds', 300),
  connections: option('connections', 500),
  reads: option('reads', 100),
}

interface Tally {
  served: number
  servedExpired: number
  tried: number
  refusedByService: number
  /** Problem codes and how often, with the status. */
  refused: Map<string, number>
  waitsMs: number[]
}

async function connectAll(bare: Bare): Promise<{ ids: string[]; keys: string[] }> {
  const visitor = await signIn(bare)
  // Alone: the flow cookie that it brings binds all the others.
  const ids = [await visitor.connect('local')]
  let next = ids.length
  const connect = async () => {
    while (next < options.connections) {
      ids.push(await visitor.connect(next++ % 2 === 0 ? 'local' : 'local-lenient'))
      if (ids.length % 100 === 0) console.log(`${ids.length} connections made`)
    }
  }
  await Promise.all(Array.from({ length: CONNECT_AT_ONCE }, connect))
  const keys: string[] = []
  while (keys.length < KEYS) keys.push(await visitor.makeKey(['tokens:read', 'connections:read']))
  return { ids, keys }
}

async function read(bare: Bare, id: string, key: string, tally: Tally): Promise<void> {
  const note = (what: string) => void tally.refused.set(what, (tally.refused.get(what) ?? 0) + 1)
  const asked = Date.now()
  const headers = { authorization: `Bearer ${key}` }
  // The tool's own connection to the runtime may break: nobody was told anything.
  const answer = await bare.fetch(`/v1/connections/${id}/token`, { headers }).catch(() => undefined)
  if (!answer) return note('connection to the runtime broken or silent')
  const body = await answer.json<{ access_token?: string; expires_at?: string; code?: string }>()
  tally.waitsMs.push(Date.now() - asked)
  if (answer.status !== 200) return note(`${answer.status} ${body.code}`)
  tally.served += 1
  // Whatever the Worker's clock said, it was later than this.
  if (Date.parse(body.expires_at ?? '') <= asked) tally.servedExpired += 1
  const left = Date.parse(body.expires_at ?? '') - Date.now()
  if (Math.random() >= TRIED_SHARE || left < LAST_MOMENTS_MS) return
  tally.tried += 1
  const authorization = `Bearer ${body.access_token}`
  const used = await fetch(`${bare.upstreamOrigin}/me`, { headers: { authorization } })
  await used.body?.cancel()
  if (used.status !== 200) tally.refusedByService += 1
}

/** Readers at an even pace, of one connection after the other at random; late ones are not made up for. */
async function keepReading(
  bare: Bare,
  ids: string[],
  keys: string[],
  tally: Tally,
  end: number,
): Promise<void> {
  const under = new Set<Promise<void>>()
  const everyMs = 1000 / options.reads
  for (let at = Date.now(); at < end; at = Math.max(at + everyMs, Date.now() - 1000)) {
    const early = at - Date.now()
    if (early > 0) await wait(early)
    const one = read(bare, oneOf(ids), oneOf(keys), tally)
    under.add(one)
    one.finally(() => under.delete(one))
  }
  await Promise.all(under)
}

function oneOf(values: string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? ''
}

/** Arms the next faults so that a tenth of the requests meet one. */
async function keepFailing(bare: Bare, end: number): Promise<number> {
  let armed = 0
  for (let owed = 0, before = 0; Date.now() < end; await wait(250)) {
    const { token_requests: now } = await totals(bare)
    owed += (now - before) * FAULT_SHARE
    before = now
    for (; owed >= 1; owed--) await bare.steer.nextToken(FAULTS[armed++ % FAULTS.length] as TokenSwitch)
  }
  return armed
}

async function totals(bare: Bare) {
  const { refresh_tokens, max_in_flight_per_refresh_token } = await bare.steer.stats()
  const sent = Object.values(refresh_tokens).map(({ requests }) => requests)
  return {
    token_requests: sent.reduce((sum, requests) => sum + requests, 0),
    max_in_flight: max_in_flight_per_refresh_token,
  }
}

async function ringCron(bare: Bare, end: number): Promise<void> {
  for (let at = Date.now() + CRON_EVERY_MS; at < end; at += CRON_EVERY_MS) {
    await wait(Math.max(0, at - Date.now()))
    await bare.cron()
  }
}

/** Reasons of the connections in this state, one each. */
async function reasonsOf(bare: Bare, key: string, state: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${key}` }
  const reasons: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await bare.fetch(`/v1/connections?state=${state}&limit=100${query}`, { headers })
    const page: { data: { reason: string | null }[]; next_cursor: string | null } = await answer.json()
    reasons.push(...page.data.map(({ reason }) => reason ?? 'none'))
    cursor = page.next_cursor
  }
  return reasons
}

/** Refresh tokens whose answer was lost, and again when it was asked for once more: no replay can settle that in a minute. */
async function lostTwice(bare: Bare): Promise<number> {
  const lost = new Map<string, number>()
  for (const { status, refresh_token_sha256: hash } of await bare.steer.requests({ path: '/token' })) {
    if (status === 504 && hash !== null) lost.set(hash, (lost.get(hash) ?? 0) + 1)
  }
  return [...lost.values()].filter((times) => times > 1).length
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

async function soak(bare: Bare): Promise<boolean> {
  const { ids, keys } = await connectAll(bare)
  console.log(`${ids.length} connections, ${options.reads} reads a second, ${options.seconds} s ...`)
  await bare.steer.reset()
  await bare.resetCounts()
  const tally: Tally = {
    served: 0,
    servedExpired: 0,
    tried: 0,
    refusedByService: 0,
    refused: new Map(),
    waitsMs: [],
  }
  const end = Date.now() + options.seconds * 1000
  const [armed] = await Promise.all([
    keepFailing(bare, end),
    keepReading(bare, ids, keys, tally, end),
    ringCron(bare, end),
  ])
  const counts = await bare.counts()
  const { token_requests, max_in_flight } = await totals(bare)
  const [key = ''] = keys
  const reauthorize = await reasonsOf(bare, key, 'reauthorize')
  const active = await reasonsOf(bare, key, 'active')
  const twice = await lostTwice(bare)
  const unsettled = reauthorize.filter((reason) => reason === 'rotation_in_doubt').length
  const mistakes = reauthorize.length - Math.min(unsettled, twice)

  const lives = (ids.length * options.seconds) / LIFE_SECONDS
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const each = (count: number) => (count / Math.max(1, counts.refreshes)).toFixed(2)
  const print = (name: string, value: string | number) => console.log(`${name.padEnd(44)} ${value}`)
  print('tokens served', tally.served)
  print('served expired', tally.servedExpired)
  print('of those tried at the service, refused', `${tally.refusedByService} of ${tally.tried}`)
  print('not served', [...tally.refused].map(([what, count]) => `${what}: ${count}`).join(', ') || 'none')
  print(
    'a read took, median / 99 of 100 / longest',
    [0.5, 0.99, 1].map((share) => `${percentile(tally.waitsMs, share)} ms`).join(' / '),
  )
  print('refreshes', counts.refreshes)
  print('refreshes per connection and life', (counts.refreshes / lives).toFixed(2))
  print(
    'requests to the token endpoint',
    `${token_requests}, ${armed} faults armed (${((100 * armed) / Math.max(1, token_requests)).toFixed(1)} %)`,
  )
  print('most in flight with one refresh token', max_in_flight)
  print(
    'due to refreshed, median / 99 of 100 / longest',
    [0.5, 0.99, 1].map((share) => seconds(percentile(counts.lags, share))).join(' / '),
  )
  print('refreshed after the old token had ended', counts.afterExpiry)
  print('active', active.length)
  print('reauthorize', [...new Set(reauthorize)].join(', ') || 'none')
  print('reauthorize after an answer lost twice', `${reauthorize.length - mistakes} of ${twice}`)
  print('reauthorize by mistake', mistakes)
  print('KV writes per refresh', `${each(counts.kvPuts)} (${counts.kvPuts})`)
  print('D1 writes per refresh', `${each(counts.d1Writes)} (${counts.d1Writes})`)
  print(
    'D1 writes by what they were',
    Object.entries(counts.d1ByTable)
      .map(([what, count]) => `${what} ${count}`)
      .join(', '),
  )
  return tally.servedExpired === 0 && mistakes === 0 && max_in_flight <= 1
}

const bare = await startBare()
try {
  process.exitCode = (await soak(bare)) ? 0 : 1
} finally {
  await bare.stop()
}
