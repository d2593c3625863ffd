import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  nudge,
  readToken,
  rowOf,
  steer,
  stubOf,
  tokenRequests,
  until,
} from '../setup/harness.ts'

const EXPIRED_MS = 121_000

beforeEach(async () => {
  mend()
  await steer.reset()
})
afterEach(realTime)

async function currentToken(connected: Connected): Promise<string> {
  const token = await readToken(connected)
  if (!token.ok) throw new Error(token.error.code)
  return token.value.accessToken
}

function refOf({ workspaceId, connectionId }: Connected) {
  return { workspaceId, connectionId }
}

describe('one refresh in flight', () => {
  it('answers 50 readers of an expired token with one refresh and one token', async () => {
    const connected = await connect()
    const old = await currentToken(connected)
    advance(EXPIRED_MS)
    const stub = stubOf(connected)
    const answers = await Promise.all(Array.from({ length: 50 }, () => stub.accessToken(refOf(connected))))
    const tokens = new Set(
      answers.map((answer) => (answer.ok ? answer.value.accessToken : answer.error.code)),
    )
    expect(tokens.size).toBe(1)
    expect(tokens.has(old)).toBe(false)
    expect(await tokenRequests('refresh_token')).toBe(1)
  })

  it('shares it among alarm, cron, reads and a rejected report at the moment of expiry', async () => {
    const connected = await connect()
    const old = await currentToken(connected)
    advance(EXPIRED_MS)
    const stub = stubOf(connected)
    const ref = refOf(connected)
    await Promise.all([
      stub.accessToken(ref),
      runDurableObjectAlarm(stub),
      nudge(connected),
      stub.reportRejected({ ...ref, tokenHash: await sha256Hex(old) }),
      ...Array.from({ length: 64 }, () => stub.accessToken(ref)),
    ])
    expect(await tokenRequests('refresh_token')).toBe(1)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', generation: 2, health: 'ok' })
  })

  it('goes on when its reader has left', async () => {
    const connected = await connect()
    faults.deadlines = { readerWaitMs: 20 }
    await steer.nextToken({ do: 'delay_answer', ms: 300, grant_type: 'refresh_token' })
    const slow = await connect({ member: connected })
    advance(EXPIRED_MS)
    const answer = await stubOf(slow).accessToken(refOf(slow))
    expect(answer).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
    await until(async () => (await detailOf(slow)).generation === 2)
    expect(await tokenRequests('refresh_token')).toBe(1)
  })
})

describe('the alarm', () => {
  it('refreshes before the token ends, publishes nothing and writes D1 only once an hour', async () => {
    const connected = await connect()
    const before = await rowOf(connected)
    const puts = faults.kvPuts
    for (let round = 2; round <= 5; round++) {
      advance(103_000)
      expect(await runDurableObjectAlarm(stubOf(connected))).toBe(true)
      expect(await detailOf(connected)).toMatchObject({ generation: round, health: 'ok' })
    }
    expect(faults.kvPuts).toBe(puts)
    expect((await rowOf(connected))?.revision).toBe(before?.revision)
    advance(3600_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await rowOf(connected)).toMatchObject({ generation: 6, state: 'active' })
  })

  it('does not wake before the token is due', async () => {
    const connected = await connect()
    advance(60_000)
    await runDurableObjectAlarm(stubOf(connected))
    expect(await tokenRequests('refresh_token')).toBe(0)
  })
})

describe('what an answer holds', () => {
  it.each([
    ['no refresh token', { do: 'edit', remove: ['refresh_token'] }],
    ['an empty refresh token', { do: 'edit', set: { refresh_token: '' } }],
    ['a null refresh token', { do: 'edit', set: { refresh_token: null } }],
  ] as const)('keeps the old refresh token where the answer has %s', async (_, next) => {
    const connected = await connect({ connector: 'local-lenient' })
    const held = await refreshTokenHash(connected)
    advance(EXPIRED_MS)
    await steer.nextToken({ ...next, grant_type: 'refresh_token' } as never)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await refreshTokenHash(connected)).toBe(held)
  })

  it.each([
    ['a 201', { do: 'status', status: 201 }],
    ['a negative expires_in', { do: 'edit', set: { expires_in: -1 } }],
    ['a huge expires_in', { do: 'edit', set: { expires_in: 1e18 } }],
    ['expires_in as text', { do: 'edit', set: { expires_in: '120' } }],
    ['no token_type', { do: 'edit', remove: ['token_type'] }],
    ['a null scope', { do: 'edit', set: { scope: null } }],
    ['an unusable id_token', { do: 'edit', set: { id_token: 'x.y' } }],
  ] as const)('keeps the rotated token of %s', async (_, next) => {
    const connected = await connect()
    const held = await refreshTokenHash(connected)
    advance(EXPIRED_MS)
    await steer.nextToken({ ...next, grant_type: 'refresh_token' } as never)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 2 } })
    expect(await refreshTokenHash(connected)).not.toBe(held)
    expect(await detailOf(connected)).toMatchObject({ state: 'active', health: 'ok' })
    advance(EXPIRED_MS)
    expect(await readToken(connected)).toMatchObject({ ok: true, value: { generation: 3 } })
  })

  it('notices a narrower scope', async () => {
    const connected = await connect()
    advance(EXPIRED_MS)
    await steer.nextToken({ do: 'edit', set: { scope: 'openid email' }, grant_type: 'refresh_token' })
    await readToken(connected)
    expect(await detailOf(connected)).toMatchObject({ grantedScopes: ['openid', 'email'], state: 'active' })
  })
})

async function refreshTokenHash(connected: Connected): Promise<string | null | undefined> {
  return runInDurableObject(stubOf(connected), (_instance, state) => {
    const record = state.storage.kv.get<{ grant: { refreshTokenHash: string | null } | null }>('record')
    return record?.grant?.refreshTokenHash
  })
}
