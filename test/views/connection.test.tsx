import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../src/domain/history.ts'
import { countdown } from '../../src/views/format.ts'
import { live, MINUTE, NOW, render } from './fixtures.tsx'

const CONNECTED = { kind: 'connected' as const, at: NOW - MINUTE, detail: null }
const KEEPS_ALIVE = 'Evergrant keeps this access alive from now on.'

describe('the page of a connection', () => {
  it('praises the connection only while all is well', async () => {
    const named = { notice: CONNECTED, history: [event({ kind: 'renamed' })] }
    expect(await render(live(named))).toContain(KEEPS_ALIVE)
    const unwell = [
      { state: 'reauthorize' as const, reason: 'grant_revoked' as const },
      { state: 'paused' as const },
      { health: 'retrying' as const },
    ]
    for (const over of unwell) expect(await render(live({ ...named, ...over }))).not.toContain(KEEPS_ALIVE)
  })

  it('tells which scopes were not given in its own words, not as a word of the service', async () => {
    const notice = { kind: 'fewer_permissions' as const, at: NOW, detail: 'deals.read' }
    const html = await render(live({ notice }))
    expect(html).toContain('Missing: deals.read')
    expect(html).not.toContain('The service said: deals.read')
  })

  it('announces the next attempt no earlier than the refresh is due', async () => {
    const trouble = { class: 'transient' as const, attempts: 1, retryAt: NOW - 1000, detail: 'HTTP 503' }
    const early = await render(live({ health: 'retrying', trouble, refreshDueAt: NOW + 80_000 }))
    expect(early).toMatch(/Next attempt <time[^>]*>in 1 min 20 s</)
    const overdue = await render(live({ health: 'retrying', trouble, refreshDueAt: NOW - MINUTE }))
    expect(overdue).not.toContain('Next attempt')
    expect(overdue).toContain('due now')
  })

  it('says once in the history what the service answered when the access ended', async () => {
    const detail = 'HTTP 400 · invalid_grant'
    const history = [
      event({ kind: 'reauthorize', outcome: 'grant_revoked', detail }),
      event({ kind: 'refresh_failed', outcome: 'dead', detail }),
    ]
    const html = await render(live({ state: 'reauthorize', reason: 'grant_revoked', history }))
    expect(html.split(detail).length - 1).toBe(1)
    expect(html).toContain('A refresh failed (by hand): the service no longer accepts this grant')
  })
})

describe('a short time', () => {
  it('is told to the second while it is minutes, and roughly beyond', () => {
    const told = [20_000, 60_000, 110_000, 299_000, 300_000, 3_600_000].map(countdown)
    expect(told).toEqual(['20 s', '1 min', '1 min 50 s', '4 min 59 s', '5 min', '1 h'])
  })
})

function event(over: Partial<HistoryEvent>): HistoryEvent {
  return {
    at: NOW,
    kind: 'renamed',
    trigger: 'manual',
    outcome: null,
    detail: null,
    durationMs: null,
    ...over,
  }
}
