import { describe, expect, it } from 'vitest'
import { countdown } from '../../src/views/format.ts'
import { ConnectionPage } from '../../src/views/pages/connection.tsx'
import { event, ID, live, liveProps, MINUTE, NOW, render } from './fixtures.tsx'

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
    const trouble = {
      class: 'transient' as const,
      attempts: 1,
      retryAt: NOW - 1000,
      detail: 'HTTP 503',
      hint: null,
    }
    const early = await render(live({ health: 'retrying', trouble, refreshDueAt: NOW + 80_000 }))
    expect(early).toMatch(/Next attempt <time[^>]*>in 1 min 20 s</)
    const overdue = await render(live({ health: 'retrying', trouble, refreshDueAt: NOW - MINUTE }))
    expect(overdue).not.toContain('Next attempt')
    expect(overdue).toContain('due now')
  })

  it('says that a refresh is still running when its answer takes long, and looks again soon', async () => {
    const slow = await render(live({ refreshingSince: NOW - 10_000 }))
    expect(slow).toContain('The refresh is still running')
    expect(slow).toContain('every 5s')
    expect(await render(live({ refreshingSince: NOW - 1_000 }))).not.toContain('still running')
    expect(await render(live({}))).not.toContain('still running')
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

describe('what the connector knows of an answer', () => {
  const HINT = 'Google ends grants of an app in test mode after seven days.'

  it('stands in the banner of a connection that must be reconnected, beside the general advice', async () => {
    const html = await render(live({ state: 'reauthorize', reason: 'grant_revoked', reasonHint: HINT }))
    expect(html).toContain(`<p class="strong">${HINT}</p>`)
    expect(html).toContain('Reconnect with the same account.')
  })

  it('stands in the banner of every trouble', async () => {
    const trouble = { attempts: 1, retryAt: NOW + MINUTE, detail: 'what it said', hint: HINT }
    for (const [health, kind] of [
      ['held', 'config'],
      ['retrying', 'suspect'],
      ['in_doubt', 'in_doubt'],
    ] as const) {
      expect(await render(live({ health, trouble: { ...trouble, class: kind } })), health).toContain(HINT)
    }
  })

  it('stands beside what an attempt to connect came to', async () => {
    const notice = { kind: 'refused_by_service' as const, at: NOW, detail: null, hint: HINT }
    expect(await render(live({ notice }))).toContain(HINT)
  })
})

describe('a name that is refused', () => {
  it('is shown again as it was typed, and the connection keeps its own', async () => {
    const typed = 'x'.repeat(101)
    const errors = [{ path: 'name', message: 'Use 1 to 100 characters.' }]
    const notice = { kind: 'connected' as const, at: NOW, detail: null }
    for (const over of [{}, { notice }]) {
      const props = { ...liveProps('Reports', over), values: { name: typed }, errors }
      const html = await render(<ConnectionPage {...props} />)
      expect(html).toContain(`value="${typed}"`)
      expect(html).toContain('Use 1 to 100 characters.')
      expect(html).toContain('<h1>Reports</h1>')
      expect(html.match(new RegExp(`action="/connections/${ID}/name"`, 'g'))).toHaveLength(1)
    }
  })
})

describe('a short time', () => {
  it('is told to the second while it is minutes, and roughly beyond', () => {
    const told = [20_000, 60_000, 110_000, 299_000, 300_000, 3_600_000].map(countdown)
    expect(told).toEqual(['20 s', '1 min', '1 min 50 s', '4 min 59 s', '5 min', '1 h'])
  })
})
