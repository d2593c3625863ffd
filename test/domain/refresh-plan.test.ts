import { describe, expect, it } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { openNote, planRefresh } from '../../src/domain/refresh-plan.ts'
import {
  grantFixture,
  HOUR_MS,
  NOW,
  noteFixture,
  pendingFixture,
  recordFixture,
  rulesFixture,
  troubleFixture,
} from '../setup/record.ts'

/** A call that began now can no longer be in flight from here on. */
const OVER = NOW + 35_000
const RULES = {
  harmless: rulesFixture({ rule: 'harmless' }),
  grace: rulesFixture({ rule: 'grace', windowSeconds: 60 }),
  shortGrace: rulesFixture({ rule: 'grace', windowSeconds: 30 }),
  once: rulesFixture({ rule: 'once', pauseSeconds: 5 }),
  onceSlow: rulesFixture({ rule: 'once', pauseSeconds: 120 }),
  never: rulesFixture({ rule: 'never' }),
}

describe('a refresh with nothing in the way', () => {
  it('may leave at once', () => {
    expect(planRefresh(recordFixture(), NOW, 'reader')).toEqual({ do: 'call', replay: false })
  })

  it('may leave while vending is paused: keep-alive goes on', () => {
    expect(planRefresh(recordFixture({ paused: true }), NOW, 'reader')).toEqual({ do: 'call', replay: false })
  })
})

describe('nothing is refreshed', () => {
  it.each<[string, ConnectionRecord]>([
    ['while consent is pending', pendingFixture()],
    ['once a person must consent again', recordFixture({ state: 'reauthorize', reason: 'grant_revoked' })],
    [
      'once the connection is being deleted',
      recordFixture({
        deletion: {
          startedAt: NOW,
          phase: 'marked',
          report: { revoked: null, detail: '' },
          emptyAt: NOW + 120_000,
        },
      }),
    ],
    ['without a grant', recordFixture({ grant: null })],
    ['without a refresh token', recordFixture({ grant: grantFixture({ refreshTokenHash: null }) })],
  ])('%s, insisted on or not', (_, record) => {
    expect(planRefresh(record, NOW, 'reader')).toEqual({ do: 'nothing' })
    expect(planRefresh(record, NOW, 'insist')).toEqual({ do: 'nothing' })
  })
})

describe('an open note means that a call may be in flight elsewhere', () => {
  it.each(Object.entries(RULES))('so nothing leaves for 35 s: %s', (_, rules) => {
    const record = recordFixture({ journal: noteFixture(), rules })
    for (const urgency of ['background', 'reader', 'insist'] as const) {
      expect(planRefresh(record, NOW, urgency)).toEqual({ do: 'wait', until: OVER })
      expect(planRefresh(record, OVER - 1, urgency)).toEqual({ do: 'wait', until: OVER })
    }
  })

  it('and counts from the latest call, not the first of the series', () => {
    const journal = noteFixture({ firstStartedAt: NOW - 10_000, startedAt: NOW, replays: 1 })
    const record = recordFixture({ journal, rules: RULES.grace })
    expect(planRefresh(record, NOW + 34_999, 'insist')).toEqual({ do: 'wait', until: OVER })
  })
})

describe('after that the replay rule decides', () => {
  it('never: the answer is lost and the token is not presented again', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.never })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'doubt' })
    expect(planRefresh(record, NOW + 30 * 24 * HOUR_MS, 'insist')).toEqual({ do: 'doubt' })
  })

  it('once: one replay after the pause, and no second one', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.once })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'call', replay: true })
    const spent = recordFixture({ journal: noteFixture({ replays: 1 }), rules: RULES.once })
    expect(planRefresh(spent, OVER, 'insist')).toEqual({ do: 'doubt' })
  })

  it('once: a pause longer than the call is waited for, insisted on or not', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.onceSlow })
    expect(planRefresh(record, OVER, 'insist')).toEqual({ do: 'wait', until: NOW + 120_000 })
    expect(planRefresh(record, NOW + 120_000, 'reader')).toEqual({ do: 'call', replay: true })
  })

  it('grace: a replay inside the window', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.grace })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'call', replay: true })
    expect(planRefresh(record, NOW + 60_000, 'reader')).toEqual({ do: 'call', replay: true })
  })

  it('grace: no replay once the window has closed, however late the alarm', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.grace })
    expect(planRefresh(record, NOW + 60_001, 'reader')).toEqual({ do: 'doubt' })
    expect(planRefresh(record, NOW + HOUR_MS, 'insist')).toEqual({ do: 'doubt' })
  })

  it('grace: the window counts from the first call, so that replays cannot stretch it', () => {
    const journal = noteFixture({ firstStartedAt: NOW - 30_000, startedAt: NOW, replays: 1 })
    const record = recordFixture({ journal, rules: RULES.grace })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'doubt' })
  })

  it('grace: a window shorter than a call allows none', () => {
    const record = recordFixture({ journal: noteFixture(), rules: RULES.shortGrace })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'doubt' })
  })

  it('harmless: asks again, and it is no replay, for nothing was rotated', () => {
    const record = recordFixture({ journal: noteFixture({ replays: 5 }), rules: RULES.harmless })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'call', replay: false })
    expect(planRefresh(record, NOW + 30 * 24 * HOUR_MS, 'reader')).toEqual({ do: 'call', replay: false })
  })
})

describe('back-off', () => {
  it('is waited for', () => {
    const record = recordFixture({ trouble: troubleFixture({ retryAt: NOW + 4_000 }) })
    expect(planRefresh(record, NOW, 'reader')).toEqual({ do: 'wait', until: NOW + 4_000 })
    expect(planRefresh(record, NOW + 4_000, 'reader')).toEqual({ do: 'call', replay: false })
  })

  it('is skipped where an admin or a rejected token insists', () => {
    const record = recordFixture({ trouble: troubleFixture({ retryAt: NOW + HOUR_MS }) })
    expect(planRefresh(record, NOW, 'insist')).toEqual({ do: 'call', replay: false })
  })

  it('holds a replay back too', () => {
    const trouble = troubleFixture({ retryAt: OVER + 10_000 })
    const record = recordFixture({ journal: noteFixture(), rules: RULES.once, trouble })
    expect(planRefresh(record, OVER, 'reader')).toEqual({ do: 'wait', until: OVER + 10_000 })
    expect(planRefresh(record, OVER, 'insist')).toEqual({ do: 'call', replay: true })
  })
})

describe('a note about another refresh token', () => {
  const journal = noteFixture({ refreshTokenHash: 'refresh-hash-of-before' })

  it('is not open, and holds nothing back', () => {
    const record = recordFixture({ journal })
    expect(openNote(record)).toBeUndefined()
    expect(planRefresh(record, NOW, 'reader')).toEqual({ do: 'call', replay: false })
  })

  it('is not open where there is no grant to be about', () => {
    expect(openNote(recordFixture({ journal: noteFixture(), grant: null }))).toBeUndefined()
  })

  it('is told from one about the token held now', () => {
    expect(openNote(recordFixture({ journal: noteFixture() }))).toEqual(noteFixture())
  })
})

describe('who asks', () => {
  const failing = (kind: 'transient' | 'config') =>
    recordFixture({
      trouble: {
        class: kind,
        attempts: 3,
        firstAt: NOW - 60_000,
        retryAt: NOW - 1,
        detail: '',
        hint: null,
        suspicion: null,
      },
    })

  it('a refused app is left to the background: readers never probe it, an admin may', () => {
    expect(planRefresh(failing('config'), NOW, 'reader')).toMatchObject({ do: 'wait' })
    expect(planRefresh(failing('config'), NOW, 'background')).toMatchObject({ do: 'call' })
    expect(planRefresh(failing('config'), NOW, 'insist')).toMatchObject({ do: 'call' })
    expect(planRefresh(failing('transient'), NOW, 'reader')).toMatchObject({ do: 'call' })
  })

  it('the pace of an app holds the background, and nobody who waits', () => {
    const grant = grantFixture({ dueAt: NOW })
    const record = recordFixture({ grant, holdOff: { until: NOW + 5_000, reserved: true } })
    expect(planRefresh(record, NOW, 'background')).toEqual({ do: 'wait', until: NOW + 5_000 })
    expect(planRefresh(record, NOW, 'reader')).toMatchObject({ do: 'call' })
    expect(planRefresh(record, NOW + 5_000, 'background')).toMatchObject({ do: 'call' })
  })
})
