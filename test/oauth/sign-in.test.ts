import { afterEach, describe, expect, it, vi } from 'vitest'
import { finishSignIn, type SignInCall, signInUrl } from '../../src/oauth/sign-in.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type Claims,
  type Issuer,
  NONCE,
  seconds,
  signed,
  signedByAnother,
  signedWithSecret,
  startIssuer,
  unsigned,
} from './issuer.ts'

const SECRETS = { state: 'the-state', nonce: NONCE, verifier: 'v'.repeat(43) }
const CALLBACK = '?code=the-code&state=the-state'
const MINUTE = 60_000

afterEach(() => {
  vi.restoreAllMocks()
})

function callTo(issuer: Issuer): SignInCall {
  return {
    signIn: { way: 'openid', issuer: issuer.url, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
    redirectUri: 'https://evergrant.example.com/sign-in/callback',
    allowInsecure: false,
  }
}

function finish(issuer: Issuer, query = CALLBACK) {
  return finishSignIn(callTo(issuer), query, SECRETS, Date.now())
}

function sentTo(issuer: Issuer, path: string): Request[] {
  return issuer.requests.filter((request) => new URL(request.url).pathname === path)
}

async function formOf(request: Request | undefined): Promise<Record<string, unknown>> {
  return Object.fromEntries((await request?.formData()) ?? [])
}

describe('an address that the issuer says nothing of', () => {
  const TENANT = 'https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0'

  it.each([
    ['counts at one Microsoft tenant, which never says', TENANT, undefined, true],
    ['does not where that tenant says it is not verified', TENANT, false, false],
    ['does not at any other issuer', undefined, undefined, false],
  ])('%s', async (_what, url, verified, expected) => {
    const issuer = startIssuer({}, url)
    issuer.give(signed(issuer.claims({ email_verified: verified })))
    expect(await finish(issuer)).toMatchObject({
      ok: true,
      value: { email: 'ada@example.com', emailVerified: expected },
    })
  })
})

describe('a good sign-in', () => {
  it('is who the id_token says', async () => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims()))
    expect(await finish(issuer)).toEqual({
      ok: true,
      value: {
        issuer: issuer.url,
        subject: 'ada',
        email: 'ada@example.com',
        emailVerified: true,
        name: 'Ada',
      },
    })
    expect(sentTo(issuer, '/userinfo')).toEqual([])
  })

  it('redeems the code with the verifier and the fixed redirect URI', async () => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims()))
    await finish(issuer)
    const [request] = sentTo(issuer, '/token')
    expect(await formOf(request)).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      code_verifier: SECRETS.verifier,
      redirect_uri: 'https://evergrant.example.com/sign-in/callback',
    })
    expect(issuer.requests.every(({ redirect }) => redirect === 'manual')).toBe(true)
    expect(issuer.requests.map(({ url }) => url).join()).not.toMatch(/the-code|secret/)
  })

  it.each([
    [undefined, 'basic'],
    [['client_secret_basic', 'client_secret_post'], 'basic'],
    [['private_key_jwt', 'client_secret_post'], 'post'],
    [['private_key_jwt'], 'basic'],
  ])('authenticates by what the issuer supports: %j → %s', async (methods, expected) => {
    const issuer = startIssuer(methods && { token_endpoint_auth_methods_supported: methods })
    issuer.give(signed(issuer.claims()))
    expect((await finish(issuer)).ok).toBe(true)
    const [request] = sentTo(issuer, '/token')
    const body = await formOf(request)
    expect(request?.headers.get('Authorization')?.startsWith('Basic ') ?? false).toBe(expected === 'basic')
    expect(body.client_secret).toBe(expected === 'post' ? CLIENT_SECRET : undefined)
  })

  it('keeps what the issuer put into its authorization endpoint', async () => {
    const issuer = startIssuer()
    const url = await signInUrl(callTo(issuer), SECRETS, Date.now())
    if (!url.ok) throw new Error(url.error)
    expect(Object.fromEntries(new URL(url.value).searchParams)).toMatchObject({
      tenant: 'a',
      state: 'the-state',
    })
    expect(url.value).not.toContain(SECRETS.verifier)
  })

  it('reads the metadata once in ten minutes', async () => {
    const issuer = startIssuer()
    const start = Date.now()
    for (const minute of [0, 5, 9.9]) await signInUrl(callTo(issuer), SECRETS, start + minute * MINUTE)
    expect(issuer.requests).toHaveLength(1)
    await signInUrl(callTo(issuer), SECRETS, start + 10 * MINUTE)
    expect(issuer.requests).toHaveLength(2)
  })
})

describe('the e-mail address', () => {
  it.each([
    [{ email_verified: false }, false],
    [{ email_verified: undefined }, false],
    [{ email_verified: 'true' }, false],
    [{ email_verified: 1 }, false],
    [{ email_verified: true }, true],
  ])('is verified only by a true: %j', async (change, verified) => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims(change)))
    expect(await finish(issuer)).toMatchObject({ ok: true, value: { emailVerified: verified } })
  })

  it('is asked for where the id_token has none', async () => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims({ email: undefined, email_verified: undefined })))
    issuer.answers['/userinfo'] = () => ({ sub: 'ada', email: 'ada@example.org', email_verified: true })
    expect(await finish(issuer)).toMatchObject({
      ok: true,
      value: { email: 'ada@example.org', emailVerified: true },
    })
    expect(sentTo(issuer, '/userinfo')[0]?.headers.get('Authorization')).toBe('Bearer at')
  })

  it('is never that of another subject', async () => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims({ email: undefined })))
    issuer.answers['/userinfo'] = () => ({ sub: 'grace', email: 'ada@example.org', email_verified: true })
    expect(await finish(issuer)).toEqual({ ok: false, error: 'answer_invalid' })
  })

  it('may be missing', async () => {
    const issuer = startIssuer({ userinfo_endpoint: undefined })
    issuer.give(signed(issuer.claims({ email: undefined, email_verified: true })))
    expect(await finish(issuer)).toMatchObject({ ok: true, value: { subject: 'ada', email: null } })
  })
})

describe('an id_token that must not be believed', () => {
  const forgeries: [string, (claims: Claims) => string | Promise<string>, Claims?][] = [
    ['another key', signedByAnother],
    ['no signature', unsigned],
    ['the client secret as key', signedWithSecret],
    ['another issuer', signed, { iss: 'https://evil.test' }],
    ['another audience', signed, { aud: 'other' }],
    ['no audience', signed, { aud: undefined }],
    ['an authorized party that is another', signed, { aud: [CLIENT_ID, 'other'], azp: 'other' }],
    ['several audiences and no authorized party', signed, { aud: [CLIENT_ID, 'other'] }],
    ['an end in the past', signed, { exp: seconds() - 120 }],
    ['no end', signed, { exp: undefined }],
    ['no start', signed, { iat: undefined }],
    ['another nonce', signed, { nonce: 'other' }],
    ['no nonce', signed, { nonce: undefined }],
    ['no subject', signed, { sub: undefined }],
    ['an empty subject', signed, { sub: '' }],
    ['a number as subject', signed, { sub: 42 }],
  ]

  it.each(forgeries)('%s', async (_name, sign, change = {}) => {
    const issuer = startIssuer()
    issuer.give(sign(issuer.claims(change)))
    expect(await finish(issuer)).toEqual({ ok: false, error: 'answer_invalid' })
  })

  it('a changed payload under a good signature', async () => {
    const issuer = startIssuer()
    const [header, , signature] = (await signed(issuer.claims())).split('.')
    const [, payload] = (await signed(issuer.claims({ sub: 'root' }))).split('.')
    issuer.give([header, payload, signature].join('.'))
    expect(await finish(issuer)).toEqual({ ok: false, error: 'answer_invalid' })
  })

  it('one that is missing, empty or no token at all', async () => {
    for (const idToken of [undefined, '', 'a.b', 'a.b.c', `${'x'.repeat(20)}.eyJ9.`]) {
      const issuer = startIssuer()
      issuer.give(idToken)
      expect(await finish(issuer)).toEqual({ ok: false, error: 'answer_invalid' })
    }
  })
})

const refusals =
  (error: string, status = 400) =>
  () =>
    Response.json({ error }, { status })
const page = (status: number) => () =>
  new Response('<html>', { status, headers: { 'Content-Type': 'text/html' } })
const broken = () => {
  throw new TypeError('connection refused')
}

describe('what the token endpoint may answer instead', () => {
  it.each([
    ['a used code', refusals('invalid_grant'), 'code_refused'],
    ['a refused client', refusals('invalid_client', 401), 'client_refused'],
    [
      'a refused client with a challenge',
      () => new Response(null, { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }),
      'client_refused',
    ],
    ['another refusal', refusals('invalid_request'), 'answer_invalid'],
    ['a page', page(200), 'answer_invalid'],
    ['broken JSON', () => '{"access_token":', 'answer_invalid'],
    ['no object', () => '[]', 'answer_invalid'],
    ['null', () => 'null', 'answer_invalid'],
    ['no access token', () => ({ token_type: 'Bearer', id_token: 'a' }), 'answer_invalid'],
    ['too much', () => `{"a":"${'x'.repeat(70_000)}"}`, 'issuer_misconfigured'],
    ['a redirect', () => Response.redirect('https://evil.test', 307), 'issuer_misconfigured'],
    ['an outage', page(503), 'issuer_unreachable'],
    ['a limit', page(429), 'issuer_unreachable'],
    ['nothing', broken, 'issuer_unreachable'],
  ])('%s', async (_name, answer, failure) => {
    const issuer = startIssuer()
    issuer.answers['/token'] = answer
    expect(await finish(issuer)).toEqual({ ok: false, error: failure })
    expect(issuer.requests.map(({ url }) => new URL(url).host)).not.toContain('evil.test')
  })

  it.each([
    ['no keys', () => ({ keys: [] })],
    ['a page', page(200)],
    ['broken JSON', () => '{'],
    ['an outage', page(500)],
  ])('for its keys: %s', async (_name, answer) => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims()))
    issuer.answers['/jwks'] = answer
    expect(await finish(issuer)).toEqual({ ok: false, error: 'answer_invalid' })
  })
})

describe('a discovery document that is not usable', () => {
  const WELL_KNOWN = '/.well-known/openid-configuration'

  it.each([
    ['another issuer', { issuer: 'https://evil.test' }],
    ['no authorization endpoint', { authorization_endpoint: undefined }],
    ['no token endpoint', { token_endpoint: undefined }],
    ['no keys', { jwks_uri: undefined }],
    ['plain http', { token_endpoint: 'http://issuer.test/token' }],
    ['loopback http', { jwks_uri: 'http://127.0.0.1/jwks' }],
    ['a script', { authorization_endpoint: 'javascript:alert(1)' }],
    ['a number', { userinfo_endpoint: 1 }],
    ['methods that are no list', { token_endpoint_auth_methods_supported: 'client_secret_post' }],
  ])('%s', async (_name, metadata) => {
    const issuer = startIssuer(metadata)
    const url = await signInUrl(callTo(issuer), SECRETS, Date.now())
    expect(url).toEqual({ ok: false, error: 'issuer_misconfigured' })
    expect(await finish(issuer)).toEqual({ ok: false, error: 'issuer_misconfigured' })
    expect(sentTo(issuer, '/token')).toEqual([])
  })

  it('its issuer spelled otherwise, down to a slash', async () => {
    const issuer = startIssuer()
    const call = callTo(issuer)
    call.signIn.issuer = `${issuer.url}/`
    expect(await signInUrl(call, SECRETS, Date.now())).toEqual({ ok: false, error: 'issuer_misconfigured' })
  })

  it.each([
    ['a page', page(200), 'issuer_misconfigured'],
    ['nothing there', page(404), 'issuer_misconfigured'],
    ['null', () => 'null', 'issuer_misconfigured'],
    ['a redirect', () => Response.redirect('https://evil.test', 302), 'issuer_misconfigured'],
    ['too much', () => `{"a":"${'x'.repeat(270_000)}"}`, 'issuer_misconfigured'],
    ['an outage', page(502), 'issuer_unreachable'],
    ['no connection', broken, 'issuer_unreachable'],
  ])('%s, and it is asked for again', async (_name, answer, failure) => {
    const issuer = startIssuer()
    const good = issuer.answers[WELL_KNOWN] ?? broken
    issuer.answers[WELL_KNOWN] = answer
    expect(await signInUrl(callTo(issuer), SECRETS, Date.now())).toEqual({ ok: false, error: failure })
    issuer.answers[WELL_KNOWN] = good
    expect((await signInUrl(callTo(issuer), SECRETS, Date.now())).ok).toBe(true)
  })
})

describe('a callback', () => {
  it.each([
    ['?code=the-code&state=other', 'callback_invalid'],
    ['?code=the-code', 'callback_invalid'],
    ['?state=the-state', 'callback_invalid'],
    ['?code=&state=the-state', 'callback_invalid'],
    ['?code=a&code=b&state=the-state', 'callback_invalid'],
    ['?code=a&state=the-state&state=the-state', 'callback_invalid'],
    ['?code=a&state=the-state&iss=https://evil.test', 'callback_invalid'],
    ['?code=a&state=the-state&id_token=x', 'callback_invalid'],
    ['?code=a&state=the-state&response=x', 'callback_invalid'],
    ['?error=access_denied&state=other', 'callback_invalid'],
    ['?error=access_denied&state=the-state&code=a', 'declined'],
    ['?error=temporarily_unavailable&state=the-state', 'issuer_unreachable'],
  ])('%s is %s and redeems nothing', async (query, failure) => {
    const issuer = startIssuer()
    issuer.give(signed(issuer.claims()))
    expect(await finish(issuer, query)).toEqual({ ok: false, error: failure })
    expect(sentTo(issuer, '/token')).toEqual([])
  })

  it('must name the issuer where that is announced (RFC 9207)', async () => {
    const issuer = startIssuer({ authorization_response_iss_parameter_supported: true })
    issuer.give(signed(issuer.claims()))
    expect(await finish(issuer)).toEqual({ ok: false, error: 'callback_invalid' })
    expect((await finish(issuer, `${CALLBACK}&iss=${issuer.url}`)).ok).toBe(true)
  })
})
