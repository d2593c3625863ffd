import { describe, expect, it } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { google } from '../../src/connectors/catalog/google.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import { type AuthorizationRequest, newStateNonce, openAuthorization } from '../../src/oauth/authorization.ts'
import { APP, serverOf } from './recorded.ts'

const STATE = 'con_0123456789abcdefghijklmnop.nonce+/=&.1795521600000.k1.mac'
const REDIRECT_URI = 'https://evergrant.example.com/oauth/callback/google'

function open(connector: Connector = google, change: Partial<AuthorizationRequest> = {}) {
  const request = {
    server: serverOf(connector),
    app: APP,
    redirectUri: REDIRECT_URI,
    scopes: ['openid', 'email'],
    state: STATE,
    ...change,
  }
  const { url, verifier } = openAuthorization(request)
  return { url: new URL(url), verifier, text: url }
}

const withAuthorize = (change: Partial<Connector['authorize']>): Connector => ({
  ...google,
  authorize: { ...google.authorize, ...change },
})

describe('the authorization request', () => {
  it('is what RFC 6749 4.1.1 and RFC 7636 4.3 ask for, and what the connector adds', () => {
    const { url } = open()
    expect(`${url.origin}${url.pathname}`).toBe('https://accounts.google.com/o/oauth2/v2/auth')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: APP.clientId,
      redirect_uri: REDIRECT_URI,
      scope: 'openid email',
      state: STATE,
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: 'S256',
      access_type: 'offline',
      prompt: 'consent',
    })
  })

  it('passes the state on unchanged', () => {
    expect(open().url.searchParams.getAll('state')).toEqual([STATE])
  })

  it('never holds the secret or the verifier', () => {
    const { text, verifier } = open()
    expect(text).not.toContain(APP.clientSecret)
    expect(text).not.toContain(verifier)
  })

  it('joins scopes the way the service reads them', () => {
    const { url } = open(withAuthorize({ scopeSeparator: ',' }))
    expect(url.searchParams.getAll('scope')).toEqual(['openid,email'])
  })

  it('asks for no scope where there is none', () => {
    expect(open(google, { scopes: [] }).url.searchParams.has('scope')).toBe(false)
  })

  it('keeps what the endpoint’s address holds already', () => {
    const { url } = open(withAuthorize({ url: 'https://service.example/auth?tenant=a%26b' }))
    expect(url.searchParams.get('tenant')).toBe('a&b')
    expect(url.searchParams.get('state')).toBe(STATE)
  })

  it('names the person under the service’s own parameter', () => {
    const hint = 'ada+1@example.com&x=y'
    expect(open(google, { loginHint: hint }).url.searchParams.get('login_hint')).toBe(hint)
    expect(open(github, { loginHint: hint }).url.searchParams.get('login')).toBe(hint)
    const { loginHintParam: _, ...authorize } = google.authorize
    expect(open({ ...google, authorize }, { loginHint: hint }).text).not.toContain('ada')
  })
})

describe('what a service calls its own way', () => {
  it('scopes travel in their own parameter', () => {
    const { url } = open(withAuthorize({ scopeParam: 'user_scope', scopeSeparator: ',' }))
    expect(url.searchParams.get('user_scope')).toBe('openid,email')
    expect(url.searchParams.has('scope')).toBe(false)
  })

  it('scopes that are ticked at the app are not sent', () => {
    expect(open(withAuthorize({ scopeParam: null })).text).not.toContain('openid')
  })

  it('the client is named by its own parameter', () => {
    const { url } = open({ ...google, clientIdParam: 'client_key' })
    expect(url.searchParams.get('client_key')).toBe(APP.clientId)
    expect(url.searchParams.has('client_id')).toBe(false)
  })

  it('a first consent lets the person choose the account, a later one does not ask', () => {
    expect(open(google, { chooseAccount: true }).url.searchParams.getAll('prompt')).toEqual([
      'consent select_account',
    ])
    expect(open(google).url.searchParams.getAll('prompt')).toEqual(['consent'])
  })
})

describe('reserved parameters', () => {
  const RESERVED = [
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'code_challenge',
    'code_challenge_method',
  ]

  it.each(RESERVED)('%s is never what a connector says', (name) => {
    const plain = open().url.searchParams.get(name)
    const { url } = open(withAuthorize({ params: { [name]: 'evil' } }))
    const values = url.searchParams.getAll(name)
    expect(values).toHaveLength(1)
    expect(values[0]).not.toBe('evil')
    if (name !== 'code_challenge') expect(values[0]).toBe(plain)
  })
})

describe('PKCE', () => {
  it('challenges with BASE64URL(SHA256(verifier))', async () => {
    const { url, verifier } = open()
    const digest = await crypto.subtle.digest('SHA-256', utf8(verifier ?? ''))
    expect(url.searchParams.get('code_challenge')).toBe(toBase64Url(new Uint8Array(digest)))
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  })

  it('makes a fresh verifier of at least 43 unreserved characters for every request', () => {
    const verifiers = Array.from({ length: 1_000 }, () => open().verifier ?? '')
    expect(new Set(verifiers).size).toBe(1_000)
    for (const verifier of verifiers) expect(verifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/)
  })

  it('is left out, with no verifier, only where the connector says none', () => {
    const { url, verifier } = open(withAuthorize({ pkce: 'none' }))
    expect(verifier).toBeNull()
    expect(url.searchParams.has('code_challenge')).toBe(false)
    expect(url.searchParams.has('code_challenge_method')).toBe(false)
  })
})

describe('the state nonce', () => {
  it('has at least 128 random bits, and none is like another', () => {
    const nonces = Array.from({ length: 1_000 }, () => newStateNonce())
    expect(new Set(nonces).size).toBe(1_000)
    for (const nonce of nonces) expect(nonce).toMatch(/^[A-Za-z0-9_-]{22,}$/)
  })
})
