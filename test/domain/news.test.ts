import { describe, expect, it } from 'vitest'
import { endsWithinDays, nextStepAt } from '../../src/domain/attention.ts'
import type { Told } from '../../src/domain/event.ts'
import { newsOf } from '../../src/domain/news.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { grantFixture, NOW, pendingFixture, recordFixture, troubleFixture } from '../setup/record.ts'

const DAY_MS = 24 * 3600_000
const CONSENTED = grantFixture().consentedAt
const told = (change: Partial<Told> = {}): Told => ({
  condition: 'fine',
  endsWithinDays: null,
  consentedAt: CONSENTED,
  ...change,
})

const LOST: Partial<ConnectionRecord> = { state: 'reauthorize', reason: 'grant_revoked' }
const REFUSED = { trouble: troubleFixture({ class: 'config', appRefused: true }) }
const WAITING = { holdOff: { until: NOW + 1, reserved: false } }
const FAILING: Partial<ConnectionRecord> = { health: 'retrying', trouble: troubleFixture() }
const GONE: Partial<ConnectionRecord> = {
  deletion: { startedAt: NOW, phase: 'marked', report: { revoked: null, detail: '' }, emptyAt: NOW },
}

const typesOf = (before: Told, change: Partial<ConnectionRecord>, now = NOW) =>
  newsOf(undefined, recordFixture({ told: before, ...change }), now).news.map(
    ({ type, reason }) => `${type.slice('connection.'.length)} ${reason}`,
  )

describe('what is news', () => {
  it.each<[string, Told, Partial<ConnectionRecord>, string[]]>([
    ['a working connection', told(), {}, []],
    ['one that fails for now', told(), FAILING, []],
    ['one whose renewal is unclear', told(), { health: 'in_doubt' }, []],
    ['a pause', told(), { paused: true }, []],
    ['the loss of the grant', told(), LOST, ['reauthorize grant_revoked']],
    ['of a paused one too', told(), { ...LOST, paused: true }, ['reauthorize grant_revoked']],
    ['a loss that was told', told({ condition: 'reauthorize' }), LOST, []],
    ['a reconnect', told({ condition: 'reauthorize' }), {}, ['recovered reconnected']],
    ['a refused app', told(), REFUSED, ['held app_refused']],
    ['a refused app met while waiting', told(), WAITING, ['held app_refused']],
    ['waiting for its turn', told(), { holdOff: { until: NOW + 1, reserved: true } }, []],
    ['an app that is missing', told(), { trouble: troubleFixture({ class: 'config' }) }, []],
    ['a refusal that was told', told({ condition: 'held' }), REFUSED, []],
    [
      'an app that is taken away while it holds',
      told({ condition: 'held' }),
      { trouble: troubleFixture({ class: 'config' }) },
      [],
    ],
    ['a failing probe of a held one', told({ condition: 'held' }), FAILING, []],
    ['an app that is accepted again', told({ condition: 'held' }), {}, ['recovered app_accepted']],
    ['the loss of a held one', told({ condition: 'held' }), LOST, ['reauthorize grant_revoked']],
    ['a delete', told(), GONE, ['deleted deleted']],
    ['of a lost one too', told({ condition: 'reauthorize' }), { ...LOST, ...GONE }, ['deleted deleted']],
    ['a delete that was told', told({ condition: 'deleted' }), GONE, []],
    [
      'what a restored object says of itself in doubt',
      told({ condition: 'reauthorize' }),
      { health: 'in_doubt' },
      [],
    ],
  ])('%s', (_, before, change, expected) => {
    expect(typesOf(before, change)).toEqual(expected)
  })

  it('is never the first consent', () => {
    expect(newsOf(undefined, pendingFixture(), NOW).news).toEqual([])
    const { told: pending } = newsOf(undefined, pendingFixture(), NOW)
    expect(typesOf(pending, {})).toEqual([])
  })

  it('is what a record from before there were events changes, not what it was', () => {
    const lost = recordFixture(LOST)
    expect(newsOf(lost, { ...lost, name: 'renamed' }, NOW).news).toEqual([])
    expect(newsOf(recordFixture(), lost, NOW).news).toHaveLength(1)
    const soon = recordFixture({ reauthorizeBefore: NOW + DAY_MS })
    expect(newsOf(soon, { ...soon, name: 'renamed' }, NOW).news).toEqual([])
  })

  it('is told once, however often the same thing is written down', () => {
    let record = recordFixture({ told: told() })
    let events = 0
    for (const change of [FAILING, FAILING, LOST, LOST, { ...LOST, name: 'renamed' }, {}, {}]) {
      const next = { ...recordFixture(change), told: record.told ?? told() }
      const { told: now, news } = newsOf(record, next, NOW)
      events += news.length
      record = { ...next, told: now }
    }
    expect(events).toBe(2)
  })
})

describe('the end of a consent', () => {
  const at = (days: number) => ({ reauthorizeBefore: NOW + days * DAY_MS })

  it.each([
    [14.01, null],
    [14, 14],
    [7.01, 14],
    [7, 7],
    [1.01, 7],
    [1, 1],
    [-3, 1],
  ])('%d days ahead is step %s', (days, step) => {
    expect(endsWithinDays(NOW + days * DAY_MS, NOW)).toBe(step)
  })

  it.each<[string, Told['endsWithinDays'], number, string[]]>([
    ['further away', null, 15, []],
    ['at 14 days', null, 14, ['ends_soon consent_ends_within_14_days']],
    ['at 13 days, told', 14, 13, []],
    ['at 7 days', 14, 7, ['ends_soon consent_ends_within_7_days']],
    ['at 7 days, where the first step was slept through', null, 7, ['ends_soon consent_ends_within_7_days']],
    ['at one day', 7, 1, ['ends_soon consent_ends_within_1_days']],
    ['past', 1, -1, []],
  ])('%s', (_, step, days, expected) => {
    expect(typesOf(told({ endsWithinDays: step }), at(days))).toEqual(expected)
  })

  it('of a new consent is no news: whoever gave it was told', () => {
    const grant = grantFixture({ consentedAt: CONSENTED + 1 })
    expect(typesOf(told(), { ...at(6), grant })).toEqual([])
    const { told: now } = newsOf(undefined, recordFixture({ told: told(), ...at(6), grant }), NOW)
    expect(now.endsWithinDays).toBe(7)
  })

  it('says nothing of a connection that is lost or gone', () => {
    expect(typesOf(told({ condition: 'reauthorize' }), { ...LOST, ...at(1) })).toEqual([])
    expect(typesOf(told({ condition: 'deleted' }), { ...GONE, ...at(1) })).toEqual([])
  })

  it('wakes the object for the steps that are left', () => {
    const end = NOW + 30 * DAY_MS
    expect([null, 14, 7, 1].map((step) => nextStepAt(end, step as Told['endsWithinDays']))).toEqual([
      end - 14 * DAY_MS,
      end - 7 * DAY_MS,
      end - DAY_MS,
      null,
    ])
  })
})
