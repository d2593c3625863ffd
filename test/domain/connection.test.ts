import { describe, expect, it } from 'vitest'
import {
  type ConnectionEvent,
  type ConnectionState,
  type Health,
  type Lifecycle,
  type Reason,
  transition,
  wireState,
} from '../../src/domain/connection.ts'

const STATES: ConnectionState[] = ['pending', 'active', 'reauthorize']

/** What a cell of design.md's table says, in the table's own words. */
type Cell = 'active' | 'told' | 'dropped' | 'removed' | 'unchanged' | `health ${Health}` | `lost ${Reason}`

const TABLE: { event: ConnectionEvent; pending: Cell; active: Cell; reauthorize: Cell }[] = [
  {
    event: { type: 'consent_given', otherAccount: false },
    pending: 'active',
    active: 'active',
    reauthorize: 'active',
  },
  {
    event: { type: 'consent_given', otherAccount: true },
    pending: 'told',
    active: 'told',
    reauthorize: 'told',
  },
  { event: { type: 'consent_failed' }, pending: 'told', active: 'told', reauthorize: 'told' },
  { event: { type: 'pending_ended' }, pending: 'removed', active: 'dropped', reauthorize: 'dropped' },
  { event: { type: 'refreshed' }, pending: 'dropped', active: 'active', reauthorize: 'dropped' },
  {
    event: { type: 'provider_failing' },
    pending: 'dropped',
    active: 'health retrying',
    reauthorize: 'dropped',
  },
  // `held` is read from the app and never written to the connection.
  { event: { type: 'app_refused' }, pending: 'dropped', active: 'unchanged', reauthorize: 'dropped' },
  { event: { type: 'answer_lost' }, pending: 'dropped', active: 'health in_doubt', reauthorize: 'dropped' },
  {
    event: { type: 'doubt_unsettled' },
    pending: 'dropped',
    active: 'lost rotation_in_doubt',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'grant_dead', reason: 'grant_revoked' },
    pending: 'dropped',
    active: 'lost grant_revoked',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'grant_dead', reason: 'consent_required' },
    pending: 'dropped',
    active: 'lost consent_required',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'expired_without_refresh_token' },
    pending: 'dropped',
    active: 'lost no_refresh_token',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'refresh_token_deadline' },
    pending: 'dropped',
    active: 'lost refresh_token_expired',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'identity_refused' },
    pending: 'dropped',
    active: 'lost rejected_by_provider',
    reauthorize: 'dropped',
  },
  {
    event: { type: 'grant_missing' },
    pending: 'dropped',
    active: 'lost grant_missing',
    reauthorize: 'dropped',
  },
]

function lifecycle(state: ConnectionState, change: Partial<Lifecycle> = {}): Lifecycle {
  return {
    state,
    paused: false,
    reason: state === 'reauthorize' ? 'grant_revoked' : null,
    health: 'ok',
    ...change,
  }
}

/** The whole transition that a cell stands for. */
function expected(cell: Cell, from: Lifecycle) {
  if (cell === 'told' || cell === 'dropped' || cell === 'removed') return { effect: cell }
  if (cell === 'unchanged') return { effect: 'changed', lifecycle: from }
  const [kind, value] = cell.split(' ')
  if (kind === 'health') return { effect: 'changed', lifecycle: { ...from, health: value } }
  return {
    effect: 'changed',
    lifecycle: {
      state: kind === 'lost' ? 'reauthorize' : 'active',
      paused: from.paused,
      reason: kind === 'lost' ? value : null,
      health: 'ok',
    },
  }
}

const CELLS = TABLE.flatMap(({ event, ...row }) =>
  STATES.map((state) => ({
    event,
    state,
    cell: row[state],
    label:
      'reason' in event
        ? `${event.type} (${event.reason})`
        : event.type === 'consent_given' && event.otherAccount
          ? 'consent_given (other account)'
          : event.type,
  })),
)

describe('the table of states and events', () => {
  it('has a row for every event', () => {
    expect(new Set(TABLE.map(({ event }) => event.type)).size).toBe(13)
  })

  it.each(CELLS)('$label in $state: $cell', ({ event, state, cell }) => {
    const from = lifecycle(state)
    expect(transition(from, event)).toEqual(expected(cell, from))
  })

  it.each(CELLS)('$label in $state keeps the paused flag', ({ event, state, cell }) => {
    const from = lifecycle(state, { paused: true })
    const outcome = transition(from, event)
    expect(outcome).toEqual(expected(cell, from))
    if (outcome.effect === 'changed') expect(outcome.lifecycle.paused).toBe(true)
  })

  it.each(CELLS)('$label in $state leaves the given lifecycle alone', ({ event, state }) => {
    const from = Object.freeze(lifecycle(state, { health: 'retrying' }))
    expect(() => transition(from, event)).not.toThrow()
  })

  it('sets a reason exactly in reauthorize', () => {
    for (const { event, state } of CELLS) {
      const outcome = transition(lifecycle(state), event)
      if (outcome.effect !== 'changed') continue
      expect(outcome.lifecycle.reason !== null).toBe(outcome.lifecycle.state === 'reauthorize')
    }
  })

  it.each<Health>(['retrying', 'in_doubt'])('a refresh, a consent and a loss all end %s', (health) => {
    const from = lifecycle('active', { health })
    const events: ConnectionEvent[] = [
      { type: 'refreshed' },
      { type: 'consent_given', otherAccount: false },
      { type: 'grant_dead', reason: 'grant_revoked' },
    ]
    for (const event of events) {
      expect(transition(from, event)).toMatchObject({ effect: 'changed', lifecycle: { health: 'ok' } })
    }
  })

  it('a refused app leaves a doubt as it was', () => {
    const from = lifecycle('active', { health: 'in_doubt' })
    expect(transition(from, { type: 'app_refused' })).toEqual({ effect: 'changed', lifecycle: from })
  })
})

describe('the state on the wire', () => {
  it.each<[ConnectionState, boolean, string]>([
    ['pending', false, 'pending'],
    ['pending', true, 'paused'],
    ['active', false, 'active'],
    ['active', true, 'paused'],
    ['reauthorize', false, 'reauthorize'],
    ['reauthorize', true, 'reauthorize'],
  ])('%s with paused %s reads %s', (state, paused, wire) => {
    expect(wireState({ state, paused })).toBe(wire)
  })
})
