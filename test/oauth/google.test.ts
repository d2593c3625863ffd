// Google against answers recorded from its documentation.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import { canonicalScopes } from '../../src/domain/scopes.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { revokeGrant } from '../../src/oauth/revocation.ts'
import { exchangeCode, refreshGrant } from '../../src/oauth/token-endpoint.ts'
import {
  GOOGLE_CALLBACK_ISSUER,
  GOOGLE_REFRESH,
  GOOGLE_REFUSALS,
  GOOGLE_TOKEN,
  GOOGLE_USERINFO,
} from '../fixtures/google.ts'
import { APP, answerWith, callTo, only, serverOf } from './recorded.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const CALLBACK = {
  state: 'state-1',
  redirectUri: 'https://evergrant.example.com/oauth/callback/google',
  verifier: 'v'.repeat(43),
}
const exchange = (query: string) => exchangeCode(callTo(google), { ...CALLBACK, query }, NOW)
const refresh = () => refreshGrant(callTo(google), '1//0gExample', NOW)

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the code exchange', () => {
  it('reads the documented answer, and leaves the id_token unread', async () => {
    answerWith({ body: GOOGLE_TOKEN })
    expect(await exchange('code=code-1&state=state-1')).toEqual({
      kind: 'tokens',
      answer: {
        accessToken: 'ya29.a0Example',
        tokenType: 'Bearer',
        refreshToken: '1//0gExample',
        expiresInSeconds: 3599,
        refreshExpiresInSeconds: null,
        scopes: [
          'openid',
          'https://www.googleapis.com/auth/userinfo.email',
          'https://www.googleapis.com/auth/gmail.send',
        ],
      },
    })
  })

  it('sends code, verifier, redirect URI and the app’s credentials in the body', async () => {
    const sent = answerWith({ body: GOOGLE_TOKEN })
    await exchange('code=code-1&state=state-1&scope=openid&authuser=0&prompt=consent&hd=example.com')
    const { url, method, form, headers } = only(sent)
    expect([method, url]).toEqual(['POST', 'https://oauth2.googleapis.com/token'])
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'authorization_code',
      code: 'code-1',
      code_verifier: CALLBACK.verifier,
      redirect_uri: CALLBACK.redirectUri,
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
    expect(headers.get('content-type')).toMatch(/^application\/x-www-form-urlencoded/)
    expect(headers.get('accept')).toBe('application/json')
    expect(headers.get('authorization')).toBeNull()
  })

  it('takes a callback that names Google as its issuer, as it does since 2026, and one that does not', async () => {
    answerWith({ body: GOOGLE_TOKEN })
    const iss = encodeURIComponent(GOOGLE_CALLBACK_ISSUER)
    expect(await exchange(`code=code-1&state=state-1&iss=${iss}`)).toMatchObject({ kind: 'tokens' })
    expect(await exchange('code=code-1&state=state-1')).toMatchObject({ kind: 'tokens' })
  })

  it('refuses a callback that names another issuer, and redeems nothing', async () => {
    const sent = answerWith({ body: GOOGLE_TOKEN })
    const iss = encodeURIComponent('https://github.com/login/oauth')
    expect(await exchange(`code=code-1&state=state-1&iss=${iss}`)).toEqual({ kind: 'invalid_callback' })
    expect(sent).toEqual([])
  })

  it.each([
    ['codeSpent', 'dead'],
    ['wrongSecret', 'config'],
  ] as const)('%s is %s', async (name, kind) => {
    answerWith(GOOGLE_REFUSALS[name])
    expect(await exchange('code=code-1&state=state-1')).toMatchObject({ kind: 'failed', class: kind })
  })
})

describe('a refresh', () => {
  it('brings no refresh token, which keeps the old one', async () => {
    answerWith({ body: GOOGLE_REFRESH })
    expect(await refresh()).toEqual({
      kind: 'tokens',
      answer: {
        accessToken: 'ya29.a0Example2',
        tokenType: 'Bearer',
        refreshToken: null,
        expiresInSeconds: 3599,
        refreshExpiresInSeconds: null,
        scopes: ['https://www.googleapis.com/auth/gmail.send'],
      },
    })
  })

  it('sends no scope, and nothing but what RFC 6749 section 6 asks for', async () => {
    const sent = answerWith({ body: GOOGLE_REFRESH })
    await refresh()
    const { url, form } = only(sent)
    expect(url).toBe('https://oauth2.googleapis.com/token')
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: '1//0gExample',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
  })

  it.each([
    ['revoked', 'dead', 'HTTP 400 · invalid_grant · Token has been expired or revoked.'],
    ['badRequest', 'dead', 'HTTP 400 · invalid_grant · Bad Request'],
    ['sessionControl', 'consent', 'HTTP 400 · invalid_grant · reauth related error (invalid_rapt)'],
    ['wrongSecret', 'config', 'HTTP 401 · invalid_client · Unauthorized'],
    ['deletedClient', 'config', 'HTTP 401 · deleted_client · The OAuth client was deleted.'],
  ] as const)('%s is %s', async (name, kind, detail) => {
    answerWith(GOOGLE_REFUSALS[name])
    expect(await refresh()).toMatchObject({ kind: 'failed', class: kind, retryAfterMs: null, detail })
  })
})

describe('granted scopes', () => {
  it('come back in the words they were asked in', () => {
    expect(canonicalScopes(google, GOOGLE_TOKEN.scope.split(' '))).toEqual([
      'openid',
      'email',
      'https://www.googleapis.com/auth/gmail.send',
    ])
  })
})

describe('the account', () => {
  const ask = () =>
    fetchIdentity({
      server: serverOf(google),
      accessToken: 'ya29.a0Example',
      allowInsecure: false,
      deadlineMs: 5_000,
    })

  it('is read from userinfo, with the tenant of a Workspace account', async () => {
    const sent = answerWith({ body: GOOGLE_USERINFO })
    expect(await ask()).toEqual({
      kind: 'account',
      account: {
        issuer: 'google',
        tenant: 'example.com',
        subject: '108192837465564738291',
        email: 'ada@example.com',
        emailVerified: true,
        name: 'Ada Lovelace',
      },
    })
    const { url, method, headers } = only(sent)
    expect([method, url]).toEqual(['GET', 'https://openidconnect.googleapis.com/v1/userinfo'])
    expect(headers.get('authorization')).toBe('Bearer ya29.a0Example')
  })

  it('has no tenant for a consumer, and no verified address unless Google says so', async () => {
    const { hd: _, ...consumer } = GOOGLE_USERINFO
    answerWith({ body: { ...consumer, email_verified: 'true' } })
    expect(await ask()).toMatchObject({ account: { tenant: null, emailVerified: false } })
  })
})

describe('revocation', () => {
  it('names the refresh token, in the body, without the app’s secret', async () => {
    const sent = answerWith({ body: {} })
    const report = await revokeGrant(callTo(google), {
      accessToken: 'ya29.a0Example',
      refreshToken: '1//0gExample',
    })
    expect(report.revoked).toBe(true)
    const { url, method, form, headers } = only(sent)
    expect([method, url]).toEqual(['POST', 'https://oauth2.googleapis.com/revoke'])
    expect(form.get('token')).toBe('1//0gExample')
    expect(form.has('client_secret')).toBe(false)
    expect(headers.get('authorization')).toBeNull()
  })

  it('names the access token where there is no refresh token', async () => {
    const sent = answerWith({ body: {} })
    await revokeGrant(callTo(google), { accessToken: 'ya29.a0Example', refreshToken: null })
    expect(only(sent).form.get('token')).toBe('ya29.a0Example')
  })
})
