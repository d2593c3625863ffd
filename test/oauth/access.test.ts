import { afterEach, describe, expect, it, vi } from 'vitest'
import { ASK_AGAIN_MS, verifyAccess } from '../../src/oauth/access.ts'
import { part, seconds, startTeam, type Team } from './team.ts'

const MINUTE = 60_000

afterEach(() => {
  vi.restoreAllMocks()
})

function verify(team: Team, token: string | undefined, now = Date.now()) {
  return verifyAccess(team.signIn, token, now)
}

describe('a request that Access let through', () => {
  it('is from the person whom its word names, whose address counts as verified', async () => {
    const team = startTeam()
    const issuedAt = seconds() * 1000
    expect(await verify(team, await team.sign())).toEqual({
      ok: true,
      value: {
        issuer: team.signIn.team,
        subject: 'ada-at-access',
        email: 'ada@example.com',
        emailVerified: true,
        name: null,
        issuedAt: expect.closeTo(issuedAt, -4),
      },
    })
  })

  it('is proved with the keys in the isolate, asked for again after ten minutes', async () => {
    const team = startTeam()
    const now = Date.now()
    for (let count = 0; count < 5; count++) await verify(team, await team.sign(), now)
    expect(team.asked()).toBe(1)
    const late = team.claims({ exp: seconds() + 3600 })
    expect(await verify(team, await team.sign(late), now + 11 * MINUTE)).toMatchObject({ ok: true })
    expect(team.asked()).toBe(2)
  })
})

describe('what is forged is refused', () => {
  const FORGERIES: [string, (team: Team) => string | Promise<string>][] = [
    ['no signature (alg none)', (team) => team.unsigned()],
    ['HS256 with the public key as the secret', (team) => team.signWithPublicKey()],
    ['another key under a known name', (team) => team.signByAnother()],
    ['a key that the team does not have', (team) => team.sign(team.claims(), { kid: 'unknown' })],
    ['another issuer', (team) => team.sign(team.claims({ iss: 'https://evil.test' }))],
    ['another team', (team) => team.sign(team.claims({ iss: 'https://other.cloudflareaccess.com' }))],
    ['another application', (team) => team.sign(team.claims({ aud: ['b'.repeat(64)] }))],
    ['no application', (team) => team.sign(team.claims({ aud: undefined }))],
    ['expired', (team) => team.sign(team.claims({ exp: seconds() - 11 }))],
    ['without an end', (team) => team.sign(team.claims({ exp: undefined }))],
    ['not valid yet', (team) => team.sign(team.claims({ nbf: seconds() + 60 }))],
    ['without the moment it was given', (team) => team.sign(team.claims({ iat: undefined }))],
    ['a payload that was changed', async (team) => tampered(await team.sign(), team)],
    ['an organisation’s word, not the application’s', (team) => team.sign(team.claims({ type: 'org' }))],
    ['a critical header nobody knows', (team) => team.sign(team.claims(), { crit: ['x'], x: 1 })],
    ['no JWT', () => 'eyJ.x'],
    ['a very long one', () => 'a'.repeat(20_000)],
  ]

  it.each(FORGERIES)('%s', async (_what, forge) => {
    const team = startTeam()
    expect(await verify(team, await team.sign())).toMatchObject({ ok: true })
    expect(await verify(team, await forge(team))).toEqual({ ok: false, error: 'access_refused' })
  })

  it('and a foreign team’s word is refused, however good it is there', async () => {
    const foreign = startTeam()
    const theirs = await foreign.sign()
    const team = startTeam()
    expect(await verify(team, theirs)).toEqual({ ok: false, error: 'access_refused' })
  })
})

describe('nobody in particular is nobody', () => {
  it.each([
    ['a service token', { sub: '', email: undefined, common_name: 'abc.access' }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['no address', { email: undefined }],
    ['an empty address', { email: '' }],
    ['an address that is no text', { email: ['ada@example.com'] }],
  ])('%s', async (_what, change) => {
    const team = startTeam()
    expect(await verify(team, await team.sign(team.claims(change)))).toEqual({
      ok: false,
      error: 'access_no_person',
    })
  })

  it.each([undefined, ''])('no word at all: %j', async (token) => {
    const team = startTeam()
    expect(await verify(team, token)).toEqual({ ok: false, error: 'access_missing' })
    expect(team.asked()).toBe(0)
  })
})

describe('the keys of the team', () => {
  it('are asked for when a new one signs, and at most once in half a minute', async () => {
    const team = startTeam()
    const now = Date.now()
    await verify(team, await team.sign(), now)
    team.rotate()
    const fresh = await team.sign()
    expect(await verify(team, fresh, now + 1000)).toEqual({ ok: false, error: 'access_refused' })
    expect(await verify(team, fresh, now + ASK_AGAIN_MS)).toMatchObject({ ok: true })
    expect(team.asked()).toBe(2)
    const forged = await team.sign(team.claims(), { kid: 'made-up' })
    for (let count = 0; count < 20; count++) await verify(team, forged, now + ASK_AGAIN_MS + count)
    expect(team.asked()).toBe(2)
  })

  it.each([
    ['a failure', () => new Response('no', { status: 500 })],
    ['a page', () => new Response('<html>')],
    ['no keys', () => Response.json({ keys: 'none' })],
    ['a redirect', () => new Response(null, { status: 302, headers: { Location: 'https://evil.test' } })],
    ['too much', () => new Response('a'.repeat(300_000))],
    [
      'a broken connection',
      () => {
        throw new Error('reset')
      },
    ],
  ])('not being readable is no refusal: %s', async (_what, answer) => {
    const team = startTeam()
    team.answer = answer
    const now = Date.now()
    const token = await team.sign()
    for (let count = 0; count < 5; count++) {
      expect(await verify(team, token, now + count)).toEqual({ ok: false, error: 'access_unreachable' })
    }
    expect(team.asked()).toBe(1)
    team.answer = null
    expect(await verify(team, token, now + ASK_AGAIN_MS)).toMatchObject({ ok: true })
  })

  it('go on for a day while the team does not answer', async () => {
    const team = startTeam()
    const now = Date.now()
    const token = await team.sign(team.claims({ exp: seconds() + 2 * 24 * 3600 }))
    await verify(team, token, now)
    team.answer = () => new Response('no', { status: 503 })
    expect(await verify(team, token, now + 23 * 60 * MINUTE)).toMatchObject({ ok: true })
    expect(await verify(team, token, now + 25 * 60 * MINUTE)).toEqual({
      ok: false,
      error: 'access_unreachable',
    })
  })
})

async function tampered(token: string, team: Team): Promise<string> {
  const [header, , signature] = token.split('.')
  return `${header}.${part(team.claims({ email: 'grace@example.com' }))}.${signature}`
}
