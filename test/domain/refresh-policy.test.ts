import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import {
  backOffMs,
  callOverAt,
  dueAt,
  freshness,
  isExpired,
  parseRetryAfter,
  retryAfterMs,
  spread,
  suspicionConfirmed,
} from '../../src/domain/refresh-policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 24, 12)
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const IDS = Array.from({ length: 10_000 }, () => newId('con', random))

describe('place in the refresh band', () => {
  it('is the same for the same ID, always', () => {
    expect(spread('con_0123456789abcdefghijklmnop')).toBe(spread('con_0123456789abcdefghijklmnop'))
    // Pinned: another hash would move every connection's refresh at a deploy.
    expect(spread('foobar')).toBeCloseTo(0.047083309852, 12)
  })

  it('spreads IDs that differ in their last character only', () => {
    const tenths = [...'0123456789abcdefghijklmnopqrstuvwxyz'].map((last) =>
      Math.floor(spread(`con_0123456789abcdefghijklmno${last}`) * 10),
    )
    expect(new Set(tenths).size).toBeGreaterThanOrEqual(8)
  })

  it('spreads 10,000 IDs evenly over [0, 1)', () => {
    const buckets = new Array<number>(20).fill(0)
    for (const id of IDS) {
      const place = spread(id)
      expect(place).toBeGreaterThanOrEqual(0)
      expect(place).toBeLessThan(1)
      buckets[Math.floor(place * 20)] = (buckets[Math.floor(place * 20)] ?? 0) + 1
    }
    // 500 each; 7 standard deviations (22 each) either way.
    expect(Math.min(...buckets)).toBeGreaterThan(345)
    expect(Math.max(...buckets)).toBeLessThan(655)
  })
})

describe('when a token is due', () => {
  it.each([
    ['one minute', MINUTE],
    ['two minutes', 2 * MINUTE],
    ['just under half an hour', 30 * MINUTE - 1],
  ])('is at 75 to 85 %% of a life of %s', (_, life) => {
    const shares = IDS.slice(0, 1_000).map((id) => (dueAt(id, NOW, NOW + life, false) - NOW) / life)
    expect(Math.min(...shares)).toBeGreaterThan(0.74)
    expect(Math.min(...shares)).toBeLessThan(0.76)
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.85)
    expect(Math.max(...shares)).toBeGreaterThan(0.84)
  })

  it.each([
    ['half an hour', 30 * MINUTE],
    ['an hour', HOUR],
    ['eight hours', 8 * HOUR],
  ])('is never later than five minutes before the end of a life of %s', (_, life) => {
    for (const id of IDS.slice(0, 1_000)) {
      const due = dueAt(id, NOW, NOW + life, false)
      expect(due).toBeGreaterThanOrEqual(NOW + life * 0.75 - 1)
      expect(due).toBeLessThanOrEqual(Math.min(NOW + life * 0.85, NOW + life - 5 * MINUTE))
    }
  })

  it('takes the five minutes off exactly where the band would reach into them', () => {
    const late = IDS.find((id) => spread(id) > 0.95) ?? ''
    expect(dueAt(late, NOW, NOW + 30 * MINUTE, false)).toBe(NOW + 25 * MINUTE)
  })

  it.each([2 * MINUTE, HOUR, 8 * HOUR])('is at 95 %% where refreshing kills the old token', (life) => {
    for (const id of IDS.slice(0, 100)) expect(dueAt(id, NOW, NOW + life, true)).toBe(NOW + life * 0.95)
  })

  it('is never before the token was obtained, whatever end the provider gave', () => {
    expect(dueAt('con_x', NOW, NOW - HOUR, false)).toBe(NOW)
    expect(dueAt('con_x', NOW, NOW - HOUR, true)).toBe(NOW)
  })
})

describe('freshness', () => {
  /** A token of this life with this much left of it. */
  const token = (life: number, remaining: number, due: number | null = null) => ({
    obtainedAt: NOW + remaining - life,
    expiresAt: NOW + remaining,
    dueAt: due,
  })

  it.each<[string, number, number, number | undefined, string]>([
    ['an hour-long token, 61 s left, nothing asked', HOUR, 61_000, undefined, 'serve'],
    ['an hour-long token, 59 s left, nothing asked', HOUR, 59_000, undefined, 'refresh'],
    ['an hour-long token, 59 s left, min-fresh=0', HOUR, 59_000, 0, 'serve'],
    ['an hour-long token, 301 s left, min-fresh=300', HOUR, 301_000, 300_000, 'serve'],
    ['an hour-long token, 299 s left, min-fresh=300', HOUR, 299_000, 300_000, 'refresh'],
    ['an hour-long token, a quarter left, min-fresh=a day', HOUR, HOUR / 4, 24 * HOUR, 'serve'],
    [
      'an hour-long token, less than a quarter left, min-fresh=a day',
      HOUR,
      HOUR / 4 - 1,
      24 * HOUR,
      'refresh',
    ],
    ['an hour-long token, 1 ms left, min-fresh=0', HOUR, 1, 0, 'serve'],
    ['an hour-long token at its very end, min-fresh=0', HOUR, 0, 0, 'refresh'],
    ['an hour-long token at its very end, a negative min-fresh', HOUR, 0, -1, 'refresh'],
    ['a two-minute token, 31 s left, nothing asked', 2 * MINUTE, 31_000, undefined, 'serve'],
    ['a two-minute token, 29 s left, nothing asked', 2 * MINUTE, 29_000, undefined, 'refresh'],
    ['a two-minute token, 31 s left, min-fresh=300', 2 * MINUTE, 31_000, 300_000, 'serve'],
  ])('%s', (_, life, remaining, minFresh, answer) => {
    expect(freshness(token(life, remaining), NOW, minFresh)).toBe(answer)
  })

  it('serves past due and nudges, and serves before due without a nudge', () => {
    expect(freshness(token(HOUR, 10 * MINUTE, NOW), NOW)).toBe('serve_and_nudge')
    expect(freshness(token(HOUR, 10 * MINUTE, NOW + 1), NOW)).toBe('serve')
  })

  it('waits for a refresh below min-fresh even where the token is past due', () => {
    expect(freshness(token(HOUR, 30_000, NOW - MINUTE), NOW)).toBe('refresh')
  })

  it('never refreshes a newly obtained token for freshness', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 * 365 * 24 * HOUR }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 365 * 24 * HOUR }),
        (life, share, minFresh) => {
          const age = share * Math.min(MINUTE, life / 4)
          const times = { obtainedAt: NOW - age, expiresAt: NOW - age + life, dueAt: null }
          expect(freshness(times, NOW, minFresh)).toBe('serve')
        },
      ),
    )
  })

  it('never serves an expired token, whatever is asked and however new it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: HOUR }),
        fc.integer({ min: -HOUR, max: 24 * HOUR }),
        fc.option(fc.integer({ min: -HOUR, max: HOUR }), { nil: null }),
        fc.option(fc.oneof(fc.integer(), fc.constant(Number.NaN), fc.constant(Number.POSITIVE_INFINITY)), {
          nil: undefined,
        }),
        (past, life, due, minFresh) => {
          const expiresAt = NOW - past
          const times = { obtainedAt: expiresAt - life, expiresAt, dueAt: due === null ? null : NOW + due }
          expect(isExpired(times, NOW)).toBe(true)
          expect(freshness(times, NOW, minFresh)).toBe('refresh')
        },
      ),
    )
  })

  it('serves a token that has no known end', () => {
    const times = { obtainedAt: NOW - 365 * 24 * HOUR, expiresAt: null, dueAt: null }
    expect(freshness(times, NOW, 24 * HOUR)).toBe('serve')
    expect(isExpired(times, NOW)).toBe(false)
  })
})

describe('back-off', () => {
  it.each([
    [1, 1_000],
    [2, 4_000],
    [3, 15_000],
    [4, 60_000],
    [5, 300_000],
    [6, 300_000],
    [1_000, 300_000],
  ])('after failure %i is %i ms, a fifth either way', (attempt, base) => {
    expect(backOffMs(attempt, 0)).toBe(base * 0.8)
    expect(backOffMs(attempt, 0.5)).toBe(base)
    expect(backOffMs(attempt, 0.999999)).toBeLessThanOrEqual(base * 1.2)
  })

  it.each([
    ['takes our own where nothing was asked', 3, null, 15_000],
    ['takes what was asked', 1, 120_000, 120_000],
    ['takes what was asked, also below our own step', 5, 20_000, 20_000],
    ['does not come back every moment for a server that asks it to', 5, 0, 15_000],
    ['waits a second where no time was asked', 1, 0, 1_000],
    ['waits an hour where a year was asked', 1, 365 * 24 * HOUR, HOUR],
  ])('%s', (_, attempt, asked, pause) => {
    expect(retryAfterMs(attempt, asked, 0.5)).toBe(pause)
  })

  it('is always a pause between 0.8 s and an hour, whatever the header said', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, header, jitter) => {
          const pause = retryAfterMs(attempt, parseRetryAfter(header, NOW), jitter)
          expect(pause).toBeGreaterThanOrEqual(800)
          expect(pause).toBeLessThanOrEqual(HOUR)
        },
      ),
    )
  })
})

describe('a Retry-After header', () => {
  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['0', 0],
    ['999999999', 999_999_999_000],
    ['Tue, 24 Nov 2026 12:02:00 GMT', 120_000],
    ['Tuesday, 24-Nov-26 12:02:00 GMT', 120_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ])('%j is %i ms', (header, pause) => {
    expect(parseRetryAfter(header, NOW)).toBe(pause)
  })

  it.each([
    null,
    '',
    ' ',
    '-1',
    '-120',
    '1.5',
    '1e9',
    'NaN',
    'Infinity',
    '99999999999999999999',
    'soon',
    'in 5 minutes',
    'try again 1',
    '120, 60',
    '<b>1</b>',
  ])('%j says nothing, so that our own back-off counts', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeNull()
  })
})

describe('a call that began', () => {
  it('can no longer be in flight 35 s later: the deadline and five seconds', () => {
    expect(callOverAt({ startedAt: NOW })).toBe(NOW + 35_000)
  })
})

describe('an answer that only looks dead', () => {
  it.each([
    ['three times over ten minutes, expired', 3, 10 * MINUTE, -1, true],
    ['at the very moment of expiry', 3, 10 * MINUTE, 0, true],
    ['only twice', 2, HOUR, -1, false],
    ['within ten minutes', 9, 10 * MINUTE - 1, -1, false],
    ['while the access token lives', 9, HOUR, 1, false],
  ])('%s', (_, count, span, remaining, believed) => {
    const suspicion = { count, firstAt: NOW - span }
    expect(suspicionConfirmed(suspicion, { expiresAt: NOW + remaining }, NOW)).toBe(believed)
  })

  it('is never believed of a token without a known end', () => {
    expect(suspicionConfirmed({ count: 99, firstAt: 0 }, { expiresAt: null }, NOW)).toBe(false)
  })
})
