// Services that do not speak RFC 6749, by what they do, on a connector made up for each.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { localLenient } from '../../src/connectors/catalog/local.ts'
import type { Connector } from '../../src/domain/connector.ts'
import type { TokenAnswerDialect } from '../../src/domain/token-dialect.ts'
import { fromDialect } from '../../src/oauth/dialects.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { basicCredentials } from '../../src/oauth/server.ts'
import { exchangeCode, refreshGrant } from '../../src/oauth/token-endpoint.ts'
import { APP, answerWith, callTo, only } from './recorded.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const TOKENS = { access_token: 'access-1', token_type: 'bearer', expires_in: 60, refresh_token: 'refresh-1' }

function service(token: Partial<Connector['token']>, change: Partial<Connector> = {}): Connector {
  const { issuer: _, issuerAlwaysNamed: __, ...authorize } = localLenient.authorize
  return {
    ...localLenient,
    id: 'example',
    params: [],
    authorize: { ...authorize, url: 'https://service.example/authorize' },
    token: { ...localLenient.token, url: 'https://service.example/token', ...token },
    ...change,
  }
}

function exchange(connector: Connector, more = '') {
  const callback = {
    query: `code=canary-code&state=s${more}`,
    state: 's',
    redirectUri: 'https://evergrant.example.com/oauth/callback/example',
    verifier: 'v'.repeat(43),
  }
  return exchangeCode(callTo(connector), callback, NOW)
}

const refresh = (connector: Connector) => refreshGrant(callTo(connector), 'canary-refresh', NOW)

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a request', () => {
  it('goes out as JSON, with the app’s credentials where they belong', async () => {
    const sent = answerWith({ body: TOKENS })
    await refresh(service({ body: 'json' }))
    const { headers, body } = only(sent)
    expect(headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(body)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'canary-refresh',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
  })

  it('goes out as JSON beside Basic credentials', async () => {
    const sent = answerWith({ body: TOKENS })
    await exchange(service({ body: 'json', clientAuth: 'client_secret_basic' }))
    const { headers, body } = only(sent)
    expect(headers.get('authorization')).toBe(basicCredentials(APP))
    expect(JSON.parse(body)).toEqual({
      grant_type: 'authorization_code',
      code: 'canary-code',
      code_verifier: 'v'.repeat(43),
      redirect_uri: 'https://evergrant.example.com/oauth/callback/example',
    })
  })

  it('names the client the service’s way', async () => {
    const sent = answerWith({ body: TOKENS })
    await refresh(service({}, { clientIdParam: 'client_key' }))
    expect(Object.fromEntries(only(sent).form)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'canary-refresh',
      client_key: APP.clientId,
      client_secret: APP.clientSecret,
    })
  })

  it('refreshes elsewhere, with other parameters', async () => {
    const sent = answerWith({ body: TOKENS })
    const connector = service({
      refresh: {
        url: 'https://service.example/refresh',
        params: { type: 'refresh', expires_in: '3600' },
        rename: { refresh_token: 'token' },
        omit: ['grant_type'],
      },
      code: { params: { type: 'web_server' } },
    })
    await refresh(connector)
    const { url, form } = only(sent)
    expect(url).toBe('https://service.example/refresh')
    expect(Object.fromEntries(form)).toEqual({
      type: 'refresh',
      expires_in: '3600',
      token: 'canary-refresh',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
    vi.restoreAllMocks()
    const codes = answerWith({ body: TOKENS })
    await exchange(connector)
    expect(only(codes).url).toBe('https://service.example/token')
    expect(only(codes).form.get('type')).toBe('web_server')
  })
})

describe('Basic credentials', () => {
  it('escape no more than they must: services compare what they decode only in part', () => {
    const decoded = (clientId: string, clientSecret: string) =>
      atob(basicCredentials({ clientId, clientSecret, params: {} }).slice(6))
    expect(decoded('1234.5678-ab_c~d', 'secret-with.dots_')).toBe('1234.5678-ab_c~d:secret-with.dots_')
    expect(decoded('a:b', 'c d+%')).toBe('a%3Ab:c+d%2B%25')
  })
})

describe('a short-lived token', () => {
  const meta = service({
    upgrade: {
      url: 'https://service.example/long',
      method: 'GET',
      grantType: 'fb_exchange_token',
      tokenParam: 'fb_exchange_token',
    },
    refresh: {
      url: 'https://service.example/renew',
      method: 'GET',
      params: { grant_type: 'ig_refresh_token' },
      rename: { refresh_token: 'access_token' },
      omit: ['client_id', 'client_secret'],
    },
    answer: { tokensIn: 'data.0', scope: 'permissions|scope', accessTokenRenews: true },
    scopeSeparator: ',',
  })

  it('is traded for a long-lived one, which renews itself', async () => {
    const sent: Request[] = []
    const answers = [
      { data: [{ access_token: 'short-1', permissions: 'a,b' }] },
      { access_token: 'long-1', token_type: 'bearer', expires_in: 5_183_944 },
    ]
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      sent.push(new Request(input as RequestInfo, init as RequestInit))
      return Response.json(answers[sent.length - 1])
    })
    expect(await exchange(meta)).toMatchObject({
      kind: 'tokens',
      answer: {
        accessToken: 'long-1',
        refreshToken: 'long-1',
        expiresInSeconds: 5_183_944,
        scopes: ['a', 'b'],
      },
    })
    const second = new URL(sent[1]?.url ?? '')
    expect([sent[1]?.method, `${second.origin}${second.pathname}`]).toEqual([
      'GET',
      'https://service.example/long',
    ])
    expect(Object.fromEntries(second.searchParams)).toEqual({
      grant_type: 'fb_exchange_token',
      fb_exchange_token: 'short-1',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
  })

  it('is renewed by itself, with nothing of the app', async () => {
    const sent = answerWith({ body: { access_token: 'long-2', token_type: 'bearer', expires_in: 5_184_000 } })
    expect(await refresh(meta)).toMatchObject({ answer: { accessToken: 'long-2', refreshToken: 'long-2' } })
    const { url, method, body, headers } = only(sent)
    expect(method).toBe('GET')
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      grant_type: 'ig_refresh_token',
      access_token: 'canary-refresh',
    })
    expect(body).toBe('')
    expect(headers.get('content-type')).toBeNull()
  })

  it('that cannot be traded is no grant', async () => {
    let count = 0
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      ++count === 1
        ? Response.json({ access_token: 'canary-short', token_type: 'bearer' })
        : Response.json(
            { error: 'invalid_grant', error_description: 'canary-short is odd' },
            { status: 400 },
          ),
    )
    const outcome = await exchange(meta)
    expect(outcome).toMatchObject({ kind: 'failed', class: 'dead' })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })
})

describe('an answer', () => {
  const read = (dialect: TokenAnswerDialect, body: Record<string, unknown>) => fromDialect(dialect, body, NOW)

  it.each<[string, TokenAnswerDialect, Record<string, unknown>, Record<string, unknown>]>([
    [
      'with its tokens inside',
      { tokensIn: 'authed_user' },
      { ok: true, access_token: 'bot', authed_user: { access_token: 'user', scope: 'x' } },
      { access_token: 'user', scope: 'x' },
    ],
    [
      'with its tokens outside after all',
      { tokensIn: 'authed_user' },
      { access_token: 'user', authed_user: { id: 'U1' } },
      { access_token: 'user' },
    ],
    ['in a list', { tokensIn: 'data.0' }, { data: [{ access_token: 'a' }] }, { access_token: 'a' }],
    ['with another word for scopes', { scope: 'scopes' }, { scopes: ['a', 'b'] }, { scope: ['a', 'b'] }],
    [
      'with an end as epoch',
      { expiresAt: 'expires_at' },
      { expires_at: NOW / 1000 + 90 },
      { expires_in: 90 },
    ],
    [
      'with an end as a date',
      { expiresAt: 'expires_at' },
      { expires_at: new Date(NOW + 90_000).toISOString() },
      { expires_in: 90 },
    ],
    [
      'with an end that says nothing',
      { expiresAt: 'expires_at' },
      { expires_at: 'soon', expires_in: 7 },
      { expires_in: 7 },
    ],
    [
      'with an end that is past',
      { expiresAt: 'expires_at' },
      { expires_at: 1, expires_in: 7 },
      { expires_in: 7 },
    ],
    [
      'with two lives, of which one is in milliseconds',
      { expiresIn: 'expires_in_sec|expires_in' },
      { expires_in_sec: 3600, expires_in: 3_600_000 },
      { expires_in: 3600 },
    ],
    [
      'of another type',
      { anyTokenType: true },
      { access_token: 'a', token_type: 'bot' },
      { token_type: 'bearer' },
    ],
    [
      'with a nested error',
      { error: 'error.code', description: 'error.message' },
      { error: { code: 190, message: 'expired' } },
      { error: '190', error_description: 'expired' },
    ],
    [
      'with a list of errors',
      { error: 'errors.0.code|type', description: 'errors.0.detail|message' },
      { errors: [{ category: 'A', code: 'UNAUTHORIZED', detail: 'no' }] },
      { error: 'UNAUTHORIZED', error_description: 'no' },
    ],
    [
      'whose error is a boolean',
      { error: 'status', description: 'message' },
      { error: true, status: 400, message: 'Invalid refresh token' },
      { error: '400', error_description: 'Invalid refresh token' },
    ],
    ['whose error is a number', { error: 'error' }, { error: 400 }, { error: '400' }],
  ])('%s', (_, dialect, body, expected) => {
    expect(read(dialect, body)).toMatchObject(expected)
  })

  it('without anything of its own stays as it is', () => {
    expect(read({}, TOKENS)).toEqual(TOKENS)
  })

  it('invents no error, token or type', () => {
    const all: TokenAnswerDialect = {
      tokensIn: 'x',
      error: 'a',
      description: 'b',
      anyTokenType: true,
      accessTokenRenews: true,
    }
    const answer = read(all, {})
    for (const field of ['access_token', 'refresh_token', 'token_type', 'error', 'error_description']) {
      expect(answer[field]).toBeUndefined()
    }
  })

  it('walks no path into what every object has', () => {
    expect(read({ error: 'constructor.name|__proto__.x|toString' }, {}).error).toBeUndefined()
  })
})

describe('scopes that only the callback names', () => {
  it('are taken where the answer is silent', async () => {
    const { authorize } = service({})
    const connector = service(
      { scopeSeparator: ',' },
      { authorize: { ...authorize, grantedScopesParam: 'scope' } },
    )
    answerWith({ body: TOKENS })
    expect(await exchange(connector, '&scope=read,activity:read')).toMatchObject({
      answer: { scopes: ['read', 'activity:read'] },
    })
    vi.restoreAllMocks()
    answerWith({ body: { ...TOKENS, scope: 'read' } })
    expect(await exchange(connector, '&scope=read,activity:read')).toMatchObject({
      answer: { scopes: ['read'] },
    })
  })
})

describe('an error of the service’s own', () => {
  it('brings its hint and its pause', async () => {
    const connector = service(
      { answer: { error: 'code', description: 'message' } },
      { errors: [{ error: 'E1', class: 'limited', hint: 'Wait a while.', retryAfterSeconds: 600 }] },
    )
    answerWith({ status: 400, body: { code: 'E1', message: 'slow down' } })
    expect(await refresh(connector)).toEqual({
      kind: 'failed',
      class: 'limited',
      retryAfterMs: 600_000,
      hint: 'Wait a while.',
      detail: 'HTTP 400 · E1 · slow down',
    })
    vi.restoreAllMocks()
    answerWith({ status: 400, body: { code: 'E1' }, headers: { 'retry-after': '5' } })
    expect(await refresh(connector)).toMatchObject({ retryAfterMs: 5_000 })
  })

  it('explains a consent that was refused in the browser', async () => {
    const connector = service(
      {},
      { errors: [{ error: 'policy', class: 'consent', hint: 'An administrator must allow it.' }] },
    )
    const outcome = await exchangeCode(
      callTo(connector),
      { query: 'error=policy&state=s', state: 's', redirectUri: 'https://x.example', verifier: null },
      NOW,
    )
    expect(outcome).toMatchObject({ kind: 'declined', hint: 'An administrator must allow it.' })
  })
})

describe('an account that the token answer names', () => {
  it('needs no request', async () => {
    const connector = service({}, { identity: { id: 'user.id', email: 'user.email', name: 'user.name' } })
    answerWith({ body: { ...TOKENS, user: { id: '2', name: 'Ada', email: 'ada@example.com' } } })
    expect(await exchange(connector)).toMatchObject({
      answer: { account: { issuer: 'example', subject: '2', email: 'ada@example.com', name: 'Ada' } },
    })
    const { server } = callTo(connector)
    expect(await fetchIdentity({ server, accessToken: 'a', allowInsecure: false, deadlineMs: 100 })).toEqual({
      kind: 'none',
    })
  })
})
