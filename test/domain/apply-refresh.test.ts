import { describe, expect, it } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import { applyDeadlines, applyEvent, applyFailure, applyRefreshed } from '../../src/domain/apply-refresh.ts'
import type { FailureClass } from '../../src/domain/connector.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { grantFixture, HOUR_MS, NOW, noteFixture, recordFixture, troubleFixture } from '../setup/record.ts'

const LATER = NOW + 2_000
/** A refresh under way. */
const calling = (change: Partial<ConnectionRecord> = {}) =>
  recordFixture({ journal: noteFixture(), ...change })
/** A replay under way: the answer to an earlier call was lost. */
const replaying = (change: Partial<ConnectionRecord> = {}) =>
  recordFixture({ journal: noteFixture({ replays: 1 }), health: 'in_doubt', ...change })
const fail = (record: ConnectionRecord, kind: FailureClass, retryAfterMs: number | null = null) =>
  applyFailure(
    record,
    { class: kind, retryAfterMs, detail: `detail of ${kind}`, hint: `hint of ${kind}` },
    LATER,
    0.5,
  )

describe('a refresh that failed', () => {
  it.each<[FailureClass, Partial<ConnectionRecord>, string | null]>([
    ['dead', { state: 'reauthorize', reason: 'grant_revoked', health: 'ok', journal: null }, null],
    ['consent', { state: 'reauthorize', reason: 'consent_required', health: 'ok', journal: null }, null],
    ['scope', { state: 'reauthorize', reason: 'consent_required', health: 'ok', journal: null }, null],
    ['suspect', { state: 'active', reason: null, health: 'retrying', journal: null }, 'suspect'],
    ['config', { state: 'active', reason: null, health: 'ok', journal: null }, 'config'],
    ['limited', { state: 'active', reason: null, health: 'retrying', journal: null }, 'limited'],
    ['transient', { state: 'active', reason: null, health: 'retrying', journal: null }, 'transient'],
    ['in_doubt', { state: 'active', reason: null, health: 'in_doubt', journal: noteFixture() }, 'in_doubt'],
  ])('%s', (kind, effect, trouble) => {
    const failed = fail(calling(), kind)
    expect(failed).toMatchObject({ ...effect, updatedAt: LATER })
    expect(failed.trouble?.class ?? null).toBe(trouble)
    if (trouble) expect(failed.trouble?.detail).toBe(`detail of ${kind}`)
  })

  it.each<FailureClass>([
    'dead',
    'consent',
    'scope',
    'suspect',
    'config',
    'limited',
    'transient',
    'in_doubt',
  ])('%s keeps grant, generation, identity and the paused flag', (kind) => {
    const before = calling({ paused: true })
    const { id, grant, generation, account, name, paused, grantedScopes } = before
    expect(fail(before, kind)).toMatchObject({ id, grant, generation, account, name, paused, grantedScopes })
  })

  it.each<FailureClass>(['suspect', 'config', 'limited', 'transient'])(
    '%s is tried again after the back-off, which grows with every failure in a row',
    (kind) => {
      const first = fail(calling(), kind)
      expect(first.trouble).toMatchObject({ attempts: 1, firstAt: LATER, retryAt: LATER + 1_000 })
      const second = fail({ ...first, journal: noteFixture() }, kind)
      expect(second.trouble).toMatchObject({ attempts: 2, firstAt: LATER, retryAt: LATER + 4_000 })
    },
  )

  it.each<FailureClass>(['suspect', 'config', 'limited', 'transient'])(
    '%s to a replay leaves the earlier doubt as it was: no call is waited for that has been answered',
    (kind) => {
      const earlier = noteFixture({ startedAt: NOW - 40_000, firstStartedAt: NOW - 40_000 })
      const note = { ...earlier, attempt: 2, startedAt: NOW, replays: 1 }
      const doubt = { ...earlier, attempt: 2, endedAt: LATER }
      expect(fail(recordFixture({ journal: note }), kind).journal).toEqual(doubt)
    },
  )

  it.each<FailureClass>(['config', 'transient'])(
    '%s that was never sent leaves an open note alone',
    (kind) => {
      const record = recordFixture({ journal: noteFixture() })
      const unsent = { class: kind, retryAfterMs: null, detail: '', hint: null, unsent: true } as const
      expect(applyFailure(record, unsent, LATER, 0.5).journal).toEqual(noteFixture())
    },
  )

  it('honours what the provider asked for', () => {
    expect(fail(calling(), 'limited', 120_000).trouble?.retryAt).toBe(LATER + 120_000)
    expect(fail(calling(), 'transient', 10 * 24 * HOUR_MS).trouble?.retryAt).toBe(LATER + HOUR_MS)
  })

  it('at its deadline leaves the note open until the call is over at the service, too', () => {
    const lost = { class: 'in_doubt', retryAfterMs: null, detail: '', hint: null, unfinished: true } as const
    const failed = applyFailure(calling(), lost, LATER, 0.5)
    expect(failed.journal).toEqual(noteFixture())
    expect(failed.trouble?.retryAt).toBe(NOW + 35_000)
  })

  it('with an answer that said nothing ends the call, and is tried again after the usual back-off', () => {
    const failed = fail(calling(), 'in_doubt')
    expect(failed.journal).toEqual(noteFixture({ endedAt: LATER }))
    expect(failed.trouble?.retryAt).toBe(LATER + 1_000)
  })

  it('for the second time in another way counts on', () => {
    const trouble = troubleFixture({ attempts: 3, firstAt: NOW - HOUR_MS })
    expect(fail(calling({ trouble }), 'limited').trouble).toMatchObject({
      class: 'limited',
      attempts: 4,
      firstAt: NOW - HOUR_MS,
    })
  })
})

describe('invalid_scope', () => {
  it('is the app’s trouble before a first refresh', () => {
    const failed = fail(calling({ lastRefreshedAt: null }), 'scope')
    expect(failed).toMatchObject({
      state: 'active',
      health: 'ok',
      journal: null,
      trouble: { class: 'config' },
    })
  })

  it('asks a person where the grant refreshed before', () => {
    const failed = fail(calling({ lastRefreshedAt: NOW - HOUR_MS }), 'scope')
    expect(failed).toMatchObject({ state: 'reauthorize', reason: 'consent_required', trouble: null })
  })
})

describe('a replay', () => {
  it('answered dead is not repeated, and the token held is served while it lives', () => {
    const failed = fail(replaying(), 'dead')
    expect(failed).toMatchObject({ state: 'active', health: 'in_doubt', trouble: { class: 'in_doubt' } })
    expect(failed.journal).toEqual(noteFixture({ replays: 1, endedAt: LATER, refused: true }))
    expect(failed.trouble?.retryAt).toBe(grantFixture().expiresAt)
  })

  it.each([
    ['has ended', grantFixture({ expiresAt: LATER })],
    ['says nothing of its end', grantFixture({ expiresAt: null })],
  ])('answered dead, where the token held %s, asks a person for a lost rotation', (_, grant) => {
    expect(fail(replaying({ grant }), 'dead')).toMatchObject({
      state: 'reauthorize',
      reason: 'rotation_in_doubt',
      journal: null,
      trouble: null,
    })
  })

  it('answered with a consent error names that error', () => {
    expect(fail(replaying(), 'consent')).toMatchObject({ state: 'reauthorize', reason: 'consent_required' })
  })

  it.each<FailureClass>(['transient', 'limited'])('that ended %s leaves the doubt as it was', (kind) => {
    expect(fail(replaying(), kind)).toMatchObject({
      state: 'active',
      health: 'in_doubt',
      journal: noteFixture({ replays: 0 }),
      trouble: { class: kind },
    })
  })

  it.each<FailureClass>(['config', 'suspect'])('that ended %s may be tried again', (kind) => {
    expect(fail(replaying(), kind)).toMatchObject({ state: 'active', journal: noteFixture({ replays: 0 }) })
  })

  it('whose answer was lost too is spent', () => {
    expect(fail(replaying(), 'in_doubt')).toMatchObject({
      health: 'in_doubt',
      journal: noteFixture({ replays: 1 }),
    })
  })
})

describe('an answer that only looks dead', () => {
  const expired = grantFixture({ expiresAt: NOW - 1 })
  const suspected = (count: number, firstAt: number) =>
    troubleFixture({ class: 'suspect', suspicion: { count, firstAt } })

  it('is counted from the first', () => {
    expect(fail(calling(), 'suspect').trouble?.suspicion).toEqual({ count: 1, firstAt: LATER })
    const trouble = suspected(1, NOW - HOUR_MS)
    expect(fail(calling({ trouble }), 'suspect').trouble?.suspicion).toEqual({
      count: 2,
      firstAt: NOW - HOUR_MS,
    })
  })

  it('is believed the third time over ten minutes, with the access token expired', () => {
    const trouble = suspected(2, LATER - 600_000)
    expect(fail(calling({ grant: expired, trouble }), 'suspect')).toMatchObject({
      state: 'reauthorize',
      reason: 'grant_revoked',
      trouble: null,
      journal: null,
    })
  })

  it.each([
    ['the second time', expired, suspected(1, LATER - 600_000)],
    ['within ten minutes', expired, suspected(2, LATER - 599_999)],
    ['while the access token lives', grantFixture(), suspected(9, LATER - HOUR_MS)],
    ['of a token without an end', grantFixture({ expiresAt: null }), suspected(9, LATER - HOUR_MS)],
  ])('is not believed %s', (_, grant, trouble) => {
    expect(fail(calling({ grant, trouble }), 'suspect')).toMatchObject({
      state: 'active',
      health: 'retrying',
    })
  })
})

describe('a refresh that came back', () => {
  const fresh = { connector: google, grant: grantFixture({ sealed: 'new' }), scopes: null, checkDueAt: null }

  it('is a new generation, in full health', () => {
    const before = replaying({ trouble: troubleFixture(), paused: true })
    expect(applyRefreshed(before, fresh, LATER)).toMatchObject({
      state: 'active',
      paused: true,
      health: 'ok',
      generation: before.generation + 1,
      grant: { sealed: 'new' },
      journal: null,
      trouble: null,
      lastRefreshedAt: LATER,
      updatedAt: LATER,
      rules: google.refresh,
    })
  })

  it('keeps the scopes where the answer did not say, and takes those it named', () => {
    expect(applyRefreshed(calling(), fresh, LATER).grantedScopes).toEqual(['contacts.read'])
    expect(applyRefreshed(calling(), { ...fresh, scopes: [] }, LATER).grantedScopes).toEqual([])
  })

  it('does not move the deadline of consent', () => {
    const connector = { ...google, lifetimes: { ...google.lifetimes, refreshAbsolute: 3600 } }
    const { reauthorizeBefore } = applyRefreshed(calling(), { ...fresh, connector }, LATER)
    expect(reauthorizeBefore).toBe(grantFixture().consentedAt + HOUR_MS)
  })
})

describe('ends that come by the clock', () => {
  it.each([
    ['end_without_refresh_token', 'no_refresh_token'],
    ['end_at_deadline', 'refresh_token_expired'],
    ['settle_doubt', 'rotation_in_doubt'],
  ])('%s asks a person: %s', (duty, reason) => {
    const before = calling({ health: 'in_doubt', trouble: troubleFixture(), checkDueAt: NOW, paused: true })
    expect(applyDeadlines(before, [duty], LATER)).toMatchObject({
      state: 'reauthorize',
      paused: true,
      reason,
      health: 'ok',
      journal: null,
      trouble: null,
      checkDueAt: null,
    })
  })

  it('admit the doubt about a call that nobody saw end, and no more than that', () => {
    const before = calling()
    const after = applyDeadlines(before, ['admit_doubt'], LATER)
    expect(after).toEqual({ ...before, health: 'in_doubt', updatedAt: LATER })
  })

  it('leave the record alone where none has come', () => {
    const before = calling()
    expect(applyDeadlines(before, ['refresh', 'pay_debts', 'check_identity'], LATER)).toBe(before)
  })

  it('give the first reason where several come at once', () => {
    const ended = applyDeadlines(calling(), ['settle_doubt', 'end_at_deadline'], LATER)
    expect(ended.reason).toBe('refresh_token_expired')
  })
})

describe('an event that comes too late', () => {
  it('leaves the very same record', () => {
    const before = recordFixture({ state: 'reauthorize', reason: 'grant_revoked' })
    expect(applyEvent(before, { type: 'refreshed' }, LATER)).toBe(before)
    expect(applyEvent(before, { type: 'consent_failed' }, LATER)).toBe(before)
  })
})

describe('what the connector knows of a refusal', () => {
  it.each(['dead', 'consent', 'scope'] as const)('stays with the lost connection: %s', (kind) => {
    const record = recordFixture({ lastRefreshedAt: 1 })
    expect(fail(record, kind)).toMatchObject({ state: 'reauthorize', reasonHint: `hint of ${kind}` })
  })

  it('goes with the trouble otherwise, and is gone once the connection is active again', () => {
    const failed = fail(recordFixture(), 'config')
    expect(failed).toMatchObject({ reasonHint: null, trouble: { hint: 'hint of config' } })
    const lost = fail(recordFixture(), 'dead')
    const back = applyEvent(lost, { type: 'consent_given', otherAccount: false }, LATER)
    expect(back).toMatchObject({ state: 'active', reasonHint: null })
  })
})
