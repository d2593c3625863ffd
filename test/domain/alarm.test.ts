import { describe, expect, it } from 'vitest'
import { DELETION_RESUME_MS, type Duty, dueDuties, nextAlarm } from '../../src/domain/alarm.ts'
import type { ConnectionRecord, Debts, Deletion } from '../../src/domain/record.ts'
import { planRefresh } from '../../src/domain/refresh-plan.ts'
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

const FAR = NOW + 365 * 24 * HOUR_MS
const OVER = NOW + 35_000
const DUE = grantFixture().dueAt
const TOLD_14 = { condition: 'fine', endsWithinDays: 14, consentedAt: null } as const
const EXPIRES = grantFixture().expiresAt

function debts(change: Partial<Debts> = {}): Debts {
  return { row: 7, copy: null, attempts: 1, retryAt: NOW + 20_000, ...change }
}

function deletion(phase: Deletion['phase']) {
  return { startedAt: NOW, phase, report: { revoked: null, detail: '' }, emptyAt: NOW + 120_000 }
}

/** The next alarm and what is done at it. */
function next(record: ConnectionRecord): { at: number | null; duties: Duty[] } {
  const at = nextAlarm(record, NOW)
  return { at, duties: at === null ? [] : dueDuties(record, at) }
}

describe('the next alarm', () => {
  it.each<[string, ConnectionRecord, number | null, Duty[]]>([
    ['the refresh of an active connection', recordFixture(), DUE, ['refresh']],
    ['the refresh of a paused one: keep-alive goes on', recordFixture({ paused: true }), DUE, ['refresh']],
    ['the end of a pending one', pendingFixture(), NOW + 24 * HOUR_MS, ['end_pending']],
    [
      'the end of a token that nothing can renew',
      recordFixture({ grant: grantFixture({ refreshTokenHash: null, dueAt: null }) }),
      EXPIRES,
      ['end_without_refresh_token'],
    ],
    [
      'the deadline of the refresh token, where that comes first',
      recordFixture({ grant: grantFixture({ refreshExpiresAt: NOW + 60_000 }) }),
      NOW + 60_000,
      ['end_at_deadline'],
    ],
    ['an identity check', recordFixture({ checkDueAt: NOW + 5_000 }), NOW + 5_000, ['check_identity']],
    [
      'the next step of a deadline',
      recordFixture({
        grant: grantFixture({ dueAt: null }),
        reauthorizeBefore: NOW + 8 * 24 * HOUR_MS,
        told: TOLD_14,
      }),
      NOW + 24 * HOUR_MS,
      ['tell_deadline'],
    ],
    [
      'nothing more once the last step was told',
      recordFixture({
        grant: grantFixture({ dueAt: null }),
        reauthorizeBefore: NOW + HOUR_MS,
        told: { ...TOLD_14, endsWithinDays: 1 },
      }),
      null,
      [],
    ],
    ['a debt', recordFixture({ debts: debts() }), NOW + 20_000, ['pay_debts']],
    [
      'the retry after a failure past due',
      recordFixture({
        grant: grantFixture({ dueAt: NOW - 1 }),
        trouble: troubleFixture({ retryAt: NOW + 15_000 }),
      }),
      NOW + 15_000,
      ['refresh'],
    ],
    [
      'the due time, where a failure lies before it',
      recordFixture({
        trouble: troubleFixture({ retryAt: NOW + 15_000 }),
      }),
      DUE,
      ['refresh'],
    ],
    [
      'nothing for a grant without ends',
      recordFixture({
        grant: grantFixture({ refreshTokenHash: null, expiresAt: null, dueAt: null }),
      }),
      null,
      [],
    ],
    ['nothing in reauthorize', recordFixture({ state: 'reauthorize', reason: 'grant_revoked' }), null, []],
    [
      'a debt in reauthorize',
      recordFixture({
        state: 'reauthorize',
        reason: 'grant_revoked',
        debts: debts(),
      }),
      NOW + 20_000,
      ['pay_debts'],
    ],
  ])('is %s', (_, record, at, duties) => {
    expect(next(record)).toEqual({ at, duties })
  })

  it('is the earliest of everything that waits', () => {
    const record = recordFixture({
      grant: grantFixture({ dueAt: NOW + 4_000, refreshExpiresAt: NOW + 5_000 }),
      checkDueAt: NOW + 3_000,
      debts: debts({ retryAt: NOW + 2_000 }),
    })
    expect(nextAlarm(record, NOW)).toBe(NOW + 2_000)
    expect(nextAlarm({ ...record, debts: null }, NOW)).toBe(NOW + 3_000)
    expect(nextAlarm({ ...record, debts: null, checkDueAt: null }, NOW)).toBe(NOW + 4_000)
  })

  it('is never in the past: what was missed is done now', () => {
    const record = recordFixture({ grant: grantFixture({ dueAt: NOW - HOUR_MS }) })
    expect(next(record)).toEqual({ at: NOW, duties: ['refresh'] })
  })

  it('does several duties of one moment in their order: ends before refreshes, debts last', () => {
    const record = recordFixture({
      grant: grantFixture({ refreshExpiresAt: NOW - 1, dueAt: NOW - 2 }),
      checkDueAt: NOW - 3,
      debts: debts({ retryAt: NOW - 4 }),
    })
    expect(dueDuties(record, NOW)).toEqual(['end_at_deadline', 'refresh', 'check_identity', 'pay_debts'])
  })

  it('does a duty at its very moment and not a millisecond before', () => {
    const record = recordFixture({ grant: grantFixture({ dueAt: NOW }) })
    expect(dueDuties(record, NOW - 1)).toEqual([])
    expect(dueDuties(record, NOW)).toEqual(['refresh'])
  })
})

describe('a deletion', () => {
  it.each(['marked', 'revoking', 'erased'] as const)(
    'cut at %s is taken up again, before all else',
    (phase) => {
      const record = recordFixture({
        deletion: deletion(phase),
        grant: grantFixture({ dueAt: NOW }),
        debts: debts({ retryAt: NOW }),
        checkDueAt: NOW,
      })
      expect(next(record)).toEqual({ at: NOW + DELETION_RESUME_MS, duties: ['finish_deletion'] })
    },
  )

  it('that cleared everything empties the object at its time, and nothing else is done', () => {
    const record = recordFixture({ deletion: deletion('cleared'), debts: debts({ retryAt: NOW - 1 }) })
    expect(next(record)).toEqual({ at: NOW + 120_000, duties: ['finish_deletion'] })
    expect(dueDuties(record, NOW)).toEqual([])
  })
})

describe('a lost answer', () => {
  const past = grantFixture({ dueAt: NOW - 1 })
  const open = (replay: ConnectionRecord['rules']['replay'], change: Partial<ConnectionRecord> = {}) =>
    recordFixture({
      grant: past,
      journal: noteFixture(),
      rules: rulesFixture(replay),
      health: 'in_doubt',
      ...change,
    })

  it.each<[string, ConnectionRecord, number | null, Duty[]]>([
    ['never: settles when the access token expires', open({ rule: 'never' }), EXPIRES, ['settle_doubt']],
    [
      'that nobody saw end is admitted when the call is over, where no replay can settle it',
      open({ rule: 'never' }, { health: 'ok' }),
      OVER,
      ['admit_doubt'],
    ],
    [
      'to a call that was seen to end: a replay in grace waits for nothing',
      open({ rule: 'grace', windowSeconds: 60 }, { journal: noteFixture({ endedAt: NOW + 200 }) }),
      NOW + 200,
      ['refresh'],
    ],
    [
      'to a call that was seen to end: a single replay keeps its pause',
      open({ rule: 'once', pauseSeconds: 5 }, { journal: noteFixture({ endedAt: NOW + 200 }) }),
      NOW + 5_000,
      ['refresh'],
    ],
    [
      'settles when the access token expires where a replay was refused',
      open({ rule: 'grace', windowSeconds: 3600 }, { journal: noteFixture({ replays: 1, refused: true }) }),
      EXPIRES,
      ['settle_doubt'],
    ],
    ['harmless: asks again when the call is over', open({ rule: 'harmless' }), OVER, ['refresh']],
    ['once: asks again when the call is over', open({ rule: 'once', pauseSeconds: 5 }), OVER, ['refresh']],
    [
      'once: asks again after a longer pause',
      open({ rule: 'once', pauseSeconds: 90 }),
      NOW + 90_000,
      ['refresh'],
    ],
    [
      'once: settles when its replay was lost too',
      open({ rule: 'once', pauseSeconds: 5 }, { journal: noteFixture({ replays: 1 }) }),
      EXPIRES,
      ['settle_doubt'],
    ],
    [
      'grace: asks again when the call is over',
      open({ rule: 'grace', windowSeconds: 60 }),
      OVER,
      ['refresh'],
    ],
    [
      'grace: settles where the window is too short',
      open({ rule: 'grace', windowSeconds: 30 }),
      EXPIRES,
      ['settle_doubt'],
    ],
    [
      'the provider asked for a longer pause',
      open({ rule: 'harmless' }, { trouble: troubleFixture({ retryAt: NOW + 50_000 }) }),
      NOW + 50_000,
      ['refresh'],
    ],
    [
      'a doubt without a known expiry waits for no clock',
      open({ rule: 'never' }, { grant: grantFixture({ expiresAt: null, dueAt: null }) }),
      null,
      [],
    ],
  ])('%s', (_, record, at, duties) => {
    expect(next(record)).toEqual({ at, duties })
  })

  it('grace: an alarm that comes after the window does not wake again and again', () => {
    const record = open({ rule: 'grace', windowSeconds: 60 })
    const late = NOW + 60_001
    expect(dueDuties(record, late)).toEqual([])
    expect(nextAlarm(record, late)).toBe(EXPIRES)
  })

  it('settles no earlier than its last call can be in flight', () => {
    const grant = grantFixture({ expiresAt: NOW + 1_000 })
    expect(next(open({ rule: 'never' }, { grant }))).toEqual({ at: OVER, duties: ['settle_doubt'] })
  })

  it('of another refresh token is ignored', () => {
    const journal = noteFixture({ refreshTokenHash: 'refresh-hash-of-before' })
    expect(next(open({ rule: 'never' }, { journal, grant: grantFixture() }))).toEqual({
      at: DUE,
      duties: ['refresh'],
    })
  })

  it('does not put off the known deadline of the refresh token', () => {
    const grant = grantFixture({ refreshExpiresAt: NOW + 1_000, expiresAt: FAR })
    expect(next(open({ rule: 'never' }, { grant }))).toMatchObject({ duties: ['end_at_deadline'] })
  })
})

describe('the turn of the background', () => {
  const holdOff = { until: NOW + 300_000, reserved: false }

  it.each<[string, ConnectionRecord['rules']['replay'], number]>([
    ['is waited for where asking again is no replay', { rule: 'harmless' }, holdOff.until],
    ['holds no replay back, for its window would close: grace', { rule: 'grace', windowSeconds: 60 }, OVER],
    ['holds no replay back: once', { rule: 'once', pauseSeconds: 5 }, OVER],
  ])('%s', (_, replay, at) => {
    const record = recordFixture({
      grant: grantFixture({ dueAt: NOW - 1 }),
      journal: noteFixture(),
      rules: rulesFixture(replay),
      holdOff,
    })
    expect(next(record)).toEqual({ at, duties: ['refresh'] })
    expect(planRefresh(record, at, 'background')).toMatchObject({ do: 'call' })
    expect(planRefresh(record, at - 1, 'background')).toEqual({ do: 'wait', until: at })
  })
})

describe('a refresh token’s deadline', () => {
  it('waits for a call that left before it', () => {
    const grant = grantFixture({ refreshExpiresAt: NOW + 1_000 })
    const calling = recordFixture({ grant, journal: noteFixture({ startedAt: NOW }) })
    expect(dueDuties(calling, NOW + 2_000)).not.toContain('end_at_deadline')
    expect(dueDuties(calling, NOW + 35_000)).toContain('end_at_deadline')
    expect(dueDuties(recordFixture({ grant }), NOW + 2_000)).toContain('end_at_deadline')
  })
})
