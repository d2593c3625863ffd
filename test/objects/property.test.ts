// Random sequences of time, reads, faults, reconnects and crashes against the real object and the local upstream. What
// must hold all the way is in walk.ts; a failure prints the shortest sequence of commands that still breaks it.

import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Step } from '../../src/objects/object-context.ts'
import type { TokenAction } from '../upstream/client.ts'
import { Walk, type WalkConnector } from './walk.ts'

const SEED = 20_261_124
const RUNS = 50
const SECOND = 1_000

afterEach(() => Walk.end())

function command(label: string, run: (walk: Walk) => Promise<void>): fc.AsyncCommand<object, Walk> {
  return { check: () => true, run: (_model, walk) => run(walk), toString: () => label }
}

function fixed(label: string, run: (walk: Walk) => Promise<void>) {
  return fc.constant(command(label, run))
}

/** Around what matters for a two-minute token: before due, due, expired, a call over, a grace window over. */
const duration = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.constantFrom(36, 95, 103, 119, 120, 121, 160, 400),
  fc.integer({ min: 1, max: 4_000 }),
)

const step = fc.constantFrom<Step>(
  'refresh:journaled',
  'refresh:answered',
  'refresh:stored',
  'connect:begun',
  'connect:consumed',
  'connect:exchanged',
  'connect:stored',
)

const fault = fc.constantFrom<[string, TokenAction]>(
  ['503', { do: 'answer', status: 503, body: 'down' }],
  ['429, Retry-After 7', { do: 'answer', status: 429, body: '', headers: { 'retry-after': '7' } }],
  ['429, Retry-After 1e9', { do: 'answer', status: 429, body: '', headers: { 'retry-after': '999999999' } }],
  ['403 from a firewall', { do: 'answer', status: 403, body: '<html>blocked</html>' }],
  ['an unknown code', { do: 'answer', status: 400, body: { error: 'mystery' } }],
  ['drop', { do: 'drop' }],
  ['refused connection', { do: 'refuse' }],
  ['no refresh token', { do: 'edit', remove: ['refresh_token'] }],
  ['expires_in -1', { do: 'edit', set: { expires_in: -1 } }],
  ['expires_in "120", scope null', { do: 'edit', set: { expires_in: '120', scope: null } }],
  ['201', { do: 'status', status: 201 }],
)

type Command = fc.Arbitrary<fc.AsyncCommand<object, Walk>>

/** As often as `weight` says: what breaks things comes in the company of what notices it. */
function weighted(...entries: [weight: number, command: Command][]): Command[] {
  return entries.flatMap(([weight, each]) => Array<Command>(weight).fill(each))
}

const commands = fc.commands<object, Walk, false>(
  weighted(
    [2, duration.map((s) => command(`${s} s pass, alarms lost`, (walk) => walk.pass(s * SECOND)))],
    [2, duration.map((s) => command(`${s} s pass`, (walk) => walk.live(s * SECOND)))],
    [3, fixed('read', (walk) => walk.read())],
    [1, fixed('read the edge copy', (walk) => walk.read(false))],
    [1, fixed('5 reads together', (walk) => walk.readTogether())],
    [1, fixed('current token rejected', (walk) => walk.reject('current'))],
    [1, fixed('old token rejected', (walk) => walk.reject('old'))],
    [1, fixed('alarm', (walk) => walk.alarm())],
    [1, fixed('cron', (walk) => walk.cron())],
    [1, fixed('manual refresh', (walk) => walk.refreshNow())],
    [1, fc.boolean().map((on) => command(on ? 'pause' : 'resume', (walk) => walk.setPaused(on)))],
    [1, fixed('reconnect', (walk) => walk.reconnect())],
    [1, fixed('reconnect, no refresh token', (walk) => walk.reconnect(false))],
    [1, fixed('revoke at the service', (walk) => walk.revoke())],
    [2, step.map((name) => command(`crash next at ${name}`, async (walk) => walk.crashNext(name)))],
    [
      5,
      fc
        .tuple(fault, fc.integer({ min: 1, max: 3 }))
        .map(([[label, action], times]) =>
          command(`next ${times} refreshes: ${label}`, (walk) => walk.nextRefresh(action, times)),
        ),
    ],
  ),
  { maxCommands: 26, size: 'max' },
)

describe.each<WalkConnector>(['local', 'local-lenient'])(
  'a connection of %s under random events',
  (connector) => {
    it('is never served expired, never refreshed twice at once, and ends only for a reason', async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (steps) => {
          const walk = await Walk.begin(connector)
          try {
            await fc.asyncModelRun(() => ({ model: {}, real: walk }), steps)
            await walk.recover()
          } finally {
            Walk.end()
          }
        }),
        { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 100 * SECOND },
      )
      expect.assertions(0)
    }, 150_000)
  },
)
