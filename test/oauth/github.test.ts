// GitHub against answers recorded from its documentation: it answers errors with 200.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { accessExpiry, refreshExpiry } from '../../src/domain/grant.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { revokeGrant } from '../../src/oauth/revocation.ts'
import { exchangeCode, refreshGrant } from '../../src/oauth/token-endpoint.ts'
import {
  GITHUB_CALLBACK_ISSUER,
  GITHUB_EXPIRING_TOKEN,
  GITHUB_REFRESH,
  GITHUB_REFUSALS,
  GITHUB_TOKEN,
  GITHUB_USER,
} from '../fixtures/github.ts'
import { APP, answerWith, callTo, only, serverOf } from './recorded.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const CALLBACK = {
  query: 'code=code-1&state=state-1',
  state: 'state-1',
  redirectUri: 'https://evergrant.example.com/oauth/callback/github',
  verifier: 'v'.repeat(43),
}
const exchange = (query = CALLBACK.query) => exchangeCode(callTo(github), { ...CALLBACK, query }, NOW)
const refresh = () => refreshGrant(callTo(github), 'ghr_exampleExample', NOW)

async function answerOf(call: ReturnType<typeof exchange>) {
  const outcome = await call
  if (outcome.kind !== 'tokens') throw new Error(`it was ${outcome.kind}`)
  return outcome.answer
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a classic token', () => {
  it('has comma-separated scopes, no end and no refresh token', async () => {
    answerWith({ body: GITHUB_TOKEN })
    const answer = await answerOf(exchange())
    expect(answer).toEqual({
      accessToken: 'gho_exampleExampleExample',
      tokenType: 'Bearer',
      refreshToken: null,
      expiresInSeconds: null,
      refreshExpiresInSeconds: null,
      scopes: ['repo', 'read:org'],
    })
    expect(accessExpiry(github, answer, NOW)).toBeNull()
  })
})

describe('an expiring token', () => {
  it('ends in eight hours, its refresh token in half a year', async () => {
    answerWith({ body: GITHUB_EXPIRING_TOKEN })
    const answer = await answerOf(exchange())
    expect(answer).toMatchObject({
      refreshToken: 'ghr_exampleExample',
      expiresInSeconds: 28_800,
      refreshExpiresInSeconds: 15_811_200,
      scopes: null,
    })
    expect(accessExpiry(github, answer, NOW)).toBe(NOW + 8 * 3600_000)
    expect(refreshExpiry(github, answer, NOW, NOW)).toBe(NOW + 15_811_200_000)
  })

  it('is replaced whole by a refresh: the new refresh token too', async () => {
    const sent = answerWith({ body: GITHUB_REFRESH })
    const outcome = await refresh()
    expect(outcome).toMatchObject({
      kind: 'tokens',
      answer: { accessToken: 'ghu_exampleExample2', refreshToken: 'ghr_exampleExample2' },
    })
    const { url, form, headers } = only(sent)
    expect(url).toBe('https://github.com/login/oauth/access_token')
    expect(headers.get('accept')).toBe('application/json')
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'ghr_exampleExample',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
  })
})

describe('a refusal with status 200', () => {
  it('bad_refresh_token is dead', async () => {
    answerWith(GITHUB_REFUSALS.badRefreshToken)
    expect(await refresh()).toEqual({
      kind: 'failed',
      class: 'dead',
      retryAfterMs: null,
      detail: 'HTTP 200 · bad_refresh_token · The refresh token passed is incorrect or expired.',
      hint: expect.stringContaining('revoked at GitHub'),
    })
  })

  it('incorrect_client_credentials is the app’s trouble', async () => {
    answerWith(GITHUB_REFUSALS.wrongSecret)
    expect(await refresh()).toMatchObject({ kind: 'failed', class: 'config' })
    expect(await exchange()).toMatchObject({ kind: 'failed', class: 'config' })
  })

  it('redirect_uri_mismatch is the app’s trouble', async () => {
    answerWith(GITHUB_REFUSALS.wrongRedirect)
    expect(await exchange()).toMatchObject({ kind: 'failed', class: 'config' })
  })

  it('a spent code is dead, not GitHub’s trouble', async () => {
    answerWith(GITHUB_REFUSALS.spentCode)
    expect(await exchange()).toMatchObject({ kind: 'failed', class: 'dead' })
  })
})

describe('the callback', () => {
  it('may name GitHub as its issuer, as it does since 2026, or not', async () => {
    answerWith({ body: GITHUB_TOKEN })
    const iss = encodeURIComponent(GITHUB_CALLBACK_ISSUER)
    expect(await exchange(`${CALLBACK.query}&iss=${iss}`)).toMatchObject({ kind: 'tokens' })
    expect(await exchange()).toMatchObject({ kind: 'tokens' })
  })

  it('may not name another', async () => {
    const sent = answerWith({ body: GITHUB_TOKEN })
    const iss = encodeURIComponent('https://github.com')
    expect(await exchange(`${CALLBACK.query}&iss=${iss}`)).toEqual({ kind: 'invalid_callback' })
    expect(sent).toEqual([])
  })
})

describe('the account', () => {
  const ask = () =>
    fetchIdentity({
      server: serverOf(github),
      accessToken: 'gho_exampleExampleExample',
      allowInsecure: false,
      deadlineMs: 5_000,
    })

  it('is known by its number, and named by its login where it has no name', async () => {
    const sent = answerWith({ body: GITHUB_USER })
    expect(await ask()).toEqual({
      kind: 'account',
      account: {
        issuer: 'github',
        tenant: null,
        subject: '583231',
        email: null,
        emailVerified: false,
        name: 'octocat',
      },
    })
    const [first, emails] = sent
    const { url, headers } = only(first ? [first] : [])
    expect(url).toBe('https://api.github.com/user')
    expect(emails?.url).toBe('https://api.github.com/user/emails')
    expect(headers.get('user-agent')).toBe('Evergrant')
    expect(headers.get('accept')).toBe('application/vnd.github+json')
    expect(headers.get('x-github-api-version')).toBe('2022-11-28')
  })

  it('goes by its name where it has one', async () => {
    answerWith({ body: { ...GITHUB_USER, name: 'The Octocat' } })
    expect(await ask()).toMatchObject({ account: { name: 'The Octocat' } })
  })
})

describe('revocation', () => {
  const secret = { accessToken: 'ghu_exampleExample', refreshToken: 'ghr_exampleExample' }

  it('deletes the token under the app, with the app’s credentials', async () => {
    const sent = answerWith({ status: 204 })
    expect(await revokeGrant(callTo(github), secret)).toMatchObject({ revoked: true })
    const { url, method, body, headers } = only(sent)
    expect([method, url]).toEqual(['DELETE', 'https://api.github.com/applications/client-1/token'])
    expect(JSON.parse(body)).toEqual({ access_token: 'ghu_exampleExample' })
    expect(headers.get('authorization')).toBe(`Basic ${btoa('client-1:canary-app-secret')}`)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('user-agent')).toBe('Evergrant')
  })

  it.each([404, 422])('takes %i for an access that has ended already', async (status) => {
    answerWith({ status, body: { message: 'Not Found' } })
    expect(await revokeGrant(callTo(github), secret)).toMatchObject({ revoked: true })
  })
})
