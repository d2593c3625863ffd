// The token endpoint's client on what every service shares: credentials, secrets, callbacks, failures.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import { local, localLenient } from '../../src/connectors/catalog/local.ts'
import type { OAuthApp } from '../../src/domain/configuration.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { resolveServer } from '../../src/oauth/server.ts'
import { exchangeCode, refreshGrant, type TokenCall } from '../../src/oauth/token-endpoint.ts'
import { answerWith, callTo, only } from './recorded.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const ORIGIN = 'http://127.0.0.1:4400'
const REFRESH_TOKEN = 'canary-refresh-token'
const SECRET = 'canary:secret+with%signs &/='
const app: OAuthApp = { clientId: 'client:1+%', clientSecret: SECRET, params: { origin: ORIGIN } }
const CALLBACK = {
  query: `code=canary-code&state=state-1&iss=${encodeURIComponent(ORIGIN)}`,
  state: 'state-1',
  redirectUri: 'https://evergrant.example.com/oauth/callback/local',
  verifier: 'canary-verifier-canary-verifier-canary-verifier',
}
const TOKENS = { access_token: 'access-1', token_type: 'Bearer', expires_in: 120, refresh_token: 'refresh-2' }

const call = (connector: Connector): TokenCall => ({ ...callTo(connector, app), allowInsecure: true })
const refresh = (connector: Connector = local) => refreshGrant(call(connector), REFRESH_TOKEN, NOW)
const exchange = (change: Partial<Parameters<typeof exchangeCode>[1]> = {}, connector: Connector = local) =>
  exchangeCode(call(connector), { ...CALLBACK, ...change }, NOW)
const withClientAuth = (clientAuth: Connector['token']['clientAuth']): Connector => ({
  ...local,
  token: { ...local.token, clientAuth },
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the app’s credentials', () => {
  it('are form-encoded before Basic encodes them (RFC 6749 2.3.1)', async () => {
    const sent = answerWith({ body: TOKENS })
    await refresh(withClientAuth('client_secret_basic'))
    const { headers, form } = only(sent)
    const [scheme, credentials = ''] = (headers.get('authorization') ?? '').split(' ')
    expect(scheme).toBe('Basic')
    const [id = '', secret = '', ...more] = atob(credentials).split(':')
    expect(more).toEqual([])
    expect(secret).toBe('canary%3Asecret%2Bwith%25signs+%26%2F%3D')
    const decode = (text: string) => new URLSearchParams(`x=${text}`).get('x')
    expect([decode(id), decode(secret)]).toEqual([app.clientId, SECRET])
    expect(form.has('client_secret')).toBe(false)
  })

  it('go into the body for client_secret_post, and the header stays empty', async () => {
    const sent = answerWith({ body: TOKENS })
    await refresh(localLenient)
    const { headers, form } = only(sent)
    expect(headers.get('authorization')).toBeNull()
    expect([form.get('client_id'), form.get('client_secret')]).toEqual([app.clientId, SECRET])
  })

  it('hold no secret for a public client', async () => {
    const sent = answerWith({ body: TOKENS })
    await refresh(withClientAuth('none'))
    const { headers, body, form } = only(sent)
    expect(headers.get('authorization')).toBeNull()
    expect(form.get('client_id')).toBe(app.clientId)
    expect(body).not.toContain('canary%3Asecret')
    expect(form.has('client_secret')).toBe(false)
  })

  it('and every other secret are never in an address', async () => {
    const sent = answerWith({ body: TOKENS })
    for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
      await refresh(withClientAuth(method))
      await exchange({}, withClientAuth(method))
    }
    expect(sent.map(({ url }) => url)).toEqual(Array(6).fill(`${ORIGIN}/token`))
  })
})

describe('the code exchange', () => {
  it('sends the verifier, and the redirect URI as it was in the authorization request', async () => {
    const sent = answerWith({ body: TOKENS })
    await exchange()
    expect(Object.fromEntries(only(sent).form)).toEqual({
      grant_type: 'authorization_code',
      code: 'canary-code',
      code_verifier: CALLBACK.verifier,
      redirect_uri: CALLBACK.redirectUri,
    })
  })

  it('sends no verifier where the service does no PKCE', async () => {
    const sent = answerWith({ body: TOKENS })
    expect(await exchange({ verifier: null })).toMatchObject({ kind: 'tokens' })
    expect(only(sent).form.has('code_verifier')).toBe(false)
  })
})

describe('a callback', () => {
  const iss = encodeURIComponent(ORIGIN)
  it.each([
    ['another state', `code=c&state=state-2&iss=${iss}`],
    ['no state', `code=c&iss=${iss}`],
    ['two states', `code=c&state=state-1&state=state-1&iss=${iss}`],
    ['two codes', `code=c&code=d&state=state-1&iss=${iss}`],
    ['no code', `state=state-1&iss=${iss}`],
    ['an empty code', `code=&state=state-1&iss=${iss}`],
    ['no issuer, where it is announced', 'code=c&state=state-1'],
    ['another issuer', `code=c&state=state-1&iss=${iss}%2F`],
    ['two issuers', `code=c&state=state-1&iss=${iss}&iss=${iss}`],
    ['two errors', `error=a&error=b&state=state-1&iss=${iss}`],
    ['an error under another state', `error=access_denied&state=state-2&iss=${iss}`],
    ['tokens in the address', `code=c&id_token=a.b.c&state=state-1&iss=${iss}`],
    ['a JARM response', `response=a.b.c&state=state-1&iss=${iss}`],
    ['nothing', ''],
  ])('with %s is refused, and nothing is redeemed', async (_, query) => {
    const sent = answerWith({ body: TOKENS })
    expect(await exchange({ query })).toEqual({ kind: 'invalid_callback' })
    expect(sent).toEqual([])
  })

  it('with an error is declined, also beside a code, and nothing is redeemed', async () => {
    const sent = answerWith({ body: TOKENS })
    const query = `error=access_denied&error_description=%3Cscript%3E%0D%0A&code=c&state=state-1&iss=${iss}`
    expect(await exchange({ query })).toEqual({
      kind: 'declined',
      error: 'access_denied',
      class: 'dead',
      detail: '<script>',
      hint: null,
    })
    expect(sent).toEqual([])
  })

  it('that names an issuer nobody has on record is not refused for it', async () => {
    const { issuer: _, issuerAlwaysNamed: __, ...authorize } = local.authorize
    answerWith({ body: TOKENS })
    const query = 'code=c&state=state-1&iss=https%3A%2F%2Fservice.example'
    expect(await exchange({ query }, { ...local, authorize })).toMatchObject({ kind: 'tokens' })
  })
})

describe('an answer', () => {
  it('with a new refresh token brings it, and without one brings none', async () => {
    answerWith({ body: TOKENS })
    expect(await refresh()).toMatchObject({ answer: { refreshToken: 'refresh-2' } })
    vi.restoreAllMocks()
    answerWith({ body: { ...TOKENS, refresh_token: '' } })
    expect(await refresh()).toMatchObject({ kind: 'tokens', answer: { refreshToken: null } })
  })

  it('that is 201, without type, with a broken id_token and a negative life keeps its tokens', async () => {
    const { token_type: _, ...rest } = TOKENS
    answerWith({ status: 201, body: { ...rest, expires_in: -1, id_token: 'x', scope: null } })
    expect(await refresh()).toMatchObject({
      kind: 'tokens',
      answer: { accessToken: 'access-1', refreshToken: 'refresh-2', expiresInSeconds: null, scopes: null },
    })
  })

  it('that says WWW-Authenticate is still read', async () => {
    const headers = { 'www-authenticate': 'Basic realm="x"' }
    answerWith({ status: 401, body: { error: 'invalid_client' }, headers })
    expect(await refresh()).toMatchObject({ kind: 'failed', class: 'config' })
  })

  it('that cannot be used is in doubt where the service rotates', async () => {
    answerWith({ body: { ...TOKENS, access_token: 'x\r\ny' } })
    expect(await refresh()).toMatchObject({ kind: 'failed', class: 'in_doubt' })
  })

  it('asks for a pause with Retry-After', async () => {
    answerWith({ status: 429, body: {}, headers: { 'retry-after': '90' } })
    expect(await refresh()).toMatchObject({ class: 'limited', retryAfterMs: 90_000 })
  })

  it.each([
    [403, '<html>Attention required</html>'],
    [503, '<html>Maintenance</html>'],
    [200, '<html>Welcome to our Wi-Fi</html>'],
  ])('that is a page with %i never ends a grant', async (status, body) => {
    answerWith({ status, body })
    expect(await refresh()).toMatchObject({ kind: 'failed', class: 'transient', detail: `HTTP ${status}` })
  })
})

describe('what is told of a failure', () => {
  it('holds no token, secret, code or verifier, however the service repeats them', async () => {
    const repeated = [REFRESH_TOKEN, SECRET, encodeURIComponent(SECRET)].join(' and ')
    answerWith({ status: 400, body: { error: 'invalid_grant', error_description: repeated } })
    expect(JSON.stringify(await refresh())).not.toContain('canary')
    vi.restoreAllMocks()
    const spent = `canary-code with ${CALLBACK.verifier} is spent`
    answerWith({ status: 400, body: { error: 'invalid_grant', error_description: spent } })
    const outcome = await exchange()
    expect(outcome).toMatchObject({ class: 'dead' })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  it('is the configuration’s trouble where the address may not be called', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch')
    expect(await refreshGrant({ ...call(local), allowInsecure: false }, REFRESH_TOKEN, NOW)).toMatchObject({
      kind: 'failed',
      class: 'config',
    })
    expect(fetching).not.toHaveBeenCalled()
  })

  it('is in doubt where the connection broke and the service rotates, else the service’s trouble', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
      throw new TypeError('Network connection lost.')
    })
    expect(await refresh(local)).toMatchObject({ kind: 'failed', class: 'in_doubt' })
    expect(await refresh(google)).toMatchObject({ kind: 'failed', class: 'transient' })
  })
})

describe('a connector with placeholders', () => {
  it('is no server without values for them, or with bad ones', () => {
    expect(resolveServer(local, { ...app, params: {} })).toBeUndefined()
    expect(resolveServer(local, { ...app, params: { origin: 'https://evil.test' } })).toBeUndefined()
    expect(resolveServer(local, app)?.metadata).toMatchObject({
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/token`,
      authorization_endpoint: `${ORIGIN}/auth`,
    })
  })
})
