import { describe, expect, it } from 'vitest'
import {
  type AppState,
  accepted,
  admit,
  looksCommon,
  lost,
  NEW_APP,
  refused,
} from '../../src/domain/app-health.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000

function ask(state: AppState, connectionId: string, now = NOW, scheduled = true) {
  return admit(state, { connectionId, scheduled }, now, 0.5)
}

/** Asks for each connection at the same moment; answers with the waits in milliseconds. */
function rush(state: AppState, count: number, now = NOW): { state: AppState; waits: number[] } {
  const waits: number[] = []
  let current = state
  for (let index = 0; index < count; index++) {
    const { state: next, admission } = ask(current, `con_${index}`, now)
    current = next
    waits.push(admission.go ? 0 : admission.until - now)
  }
  return { state: current, waits }
}

describe('the pace', () => {
  it('lets a few through at once and gives the others their turns, five a second', () => {
    const { waits } = rush(NEW_APP, 100)
    const early = waits.filter((wait) => wait === 0)
    expect(early.length).toBeGreaterThanOrEqual(5)
    expect(early.length).toBeLessThanOrEqual(10)
    expect(Math.max(...waits)).toBeLessThanOrEqual(100 * 200)
    expect(new Set(waits.filter((wait) => wait > 0)).size).toBe(waits.length - early.length)
  })

  it('keeps a thousand that are due together from coming together', () => {
    const { waits } = rush(NEW_APP, 1_000)
    const busiest = Math.max(
      ...Array.from(
        { length: 300 },
        (_, second) => waits.filter((wait) => Math.floor(wait / 1000) === second).length,
      ),
    )
    expect(busiest).toBeLessThan(15)
  })

  it('follows what the app’s own schedule asks for', () => {
    const busy: AppState = { ...NEW_APP, demand: { hours: { [NOW / 3_600_000 - 2]: 360_000 }, since: 0 } }
    const { waits } = rush(busy, 1_000)
    expect(Math.max(...waits)).toBeLessThan(5_000)
  })

  it('counts retries as no demand', () => {
    expect(ask(NEW_APP, 'con_a', NOW, false).state.demand).toEqual(NEW_APP.demand)
  })

  it('forgets a day’s demand after a day', () => {
    const { state } = rush(NEW_APP, 10)
    const later = ask(state, 'con_a', NOW + 25 * 3_600_000)
    expect(Object.keys(later.state.demand.hours)).toHaveLength(1)
  })
})

describe('a refused app', () => {
  const held = refused(NEW_APP, 'con_a', 'invalid_client', NOW)

  it('is held by its first refusal, and lets nobody through before the first probe', () => {
    expect(ask(held, 'con_b').admission).toMatchObject({ go: false, reserved: false })
    expect(ask(held, 'con_a').admission).toMatchObject({ go: false })
  })

  it('is probed by one connection at a time', () => {
    const first = ask(held, 'con_a', NOW + MINUTE)
    expect(first.admission).toEqual({ go: true, probe: true })
    expect(ask(first.state, 'con_b', NOW + MINUTE).admission).toMatchObject({ go: false })
    const abandoned = ask(first.state, 'con_b', NOW + 2 * MINUTE + 1)
    expect(abandoned.admission).toEqual({ go: true, probe: true })
  })

  it('is probed with growing pauses, half an hour at the most', () => {
    let state = held
    let now = NOW
    const pauses: number[] = []
    for (let probe = 0; probe < 7; probe++) {
      const at = state.held?.probeAt ?? 0
      pauses.push((at - now) / MINUTE)
      now = at
      state = refused(ask(state, 'con_a', now).state, 'con_a', 'still', now)
    }
    expect(pauses).toEqual([1, 2, 5, 15, 30, 30, 30])
  })

  it('counts only its probe: the refusals of others change nothing', () => {
    const probing = ask(held, 'con_a', NOW + MINUTE).state
    expect(refused(probing, 'con_b', 'late', NOW + MINUTE)).toEqual(probing)
  })

  it('lets the others ask again within minutes, so that they hear of the mending', () => {
    const old = { ...held, held: held.held && { ...held.held, probeAt: NOW + 30 * MINUTE } }
    const { admission } = ask(old, 'con_b')
    expect(admission.go ? 0 : admission.until - NOW).toBeLessThanOrEqual(6 * MINUTE)
  })

  it('is free once it was accepted, at the usual pace', () => {
    const { waits } = rush(accepted(held), 300)
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(10)
  })
})

describe('many losses', () => {
  const losses = (count: number, everyMs = 1_000) => {
    let state = NEW_APP
    for (let index = 0; index < count; index++) state = lost(state, `con_${index}`, NOW + index * everyMs)
    return state
  }

  it.each([
    [4, 4, false],
    [5, 25, true],
    [5, 26, false],
    [60, 300, true],
  ])('%i lost of %i: common cause %s', (count, total, expected) => {
    expect(looksCommon(losses(count), total)).toBe(expected)
  })

  it('spread over more than an hour are not', () => {
    expect(looksCommon(losses(5, 20 * MINUTE), 10)).toBe(false)
  })

  it('of one connection count once', () => {
    let state = NEW_APP
    for (let index = 0; index < 9; index++) state = lost(state, 'con_a', NOW + index)
    expect(state.losses).toHaveLength(1)
  })
})
