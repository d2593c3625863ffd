import { afterEach, describe, expect, it, vi } from 'vitest'
import { readDefinition } from '../../src/domain/connector-definition.ts'
import { asksForOtherAuth, definitionOf, type Metadata } from '../../src/domain/discovered.ts'
import { discoverIssuer } from '../../src/oauth/discovery.ts'

const REACH = { publicUrl: 'https://evergrant.example.com', allowInsecureUpstreams: false }
const ISSUER = 'https://login.acme.com/tenant'
const OIDC = 'https://login.acme.com/tenant/.well-known/openid-configuration'
const OAUTH = 'https://login.acme.com/.well-known/oauth-authorization-server/tenant'

const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: 'https://login.acme.com/authorize',
  token_endpoint: 'https://login.acme.com/token',
}

/** What leaves is answered from here; anything else is a 404. */
function answering(answers: Record<string, () => Response>): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    expect(init.redirect).toBe('manual')
    asked.push(url)
    return answers[url]?.() ?? new Response('nothing', { status: 404 })
  })
  return asked
}

afterEach(() => vi.unstubAllGlobals())

const json = (value: unknown) => () => Response.json(value)

describe('an issuer', () => {
  it('is asked for its OpenID document, and for that of RFC 8414 where it has none', async () => {
    const asked = answering({ [OAUTH]: json(DOCUMENT) })
    expect(await discoverIssuer(ISSUER, REACH)).toEqual({ ok: true, value: DOCUMENT })
    expect(asked).toEqual([OIDC, OAUTH])
    answering({ [OIDC]: json(DOCUMENT) })
    expect(await discoverIssuer(ISSUER, REACH)).toMatchObject({ ok: true })
  })

  it.each<[string, string, () => Response]>([
    [
      'another issuer',
      'of another issuer, https://evil.com,',
      json({ ...DOCUMENT, issuer: 'https://evil.com' }),
    ],
    ['its issuer with a slash', 'spelled exactly', json({ ...DOCUMENT, issuer: `${ISSUER}/` })],
    [
      'its issuer in other case',
      'spelled exactly',
      json({ ...DOCUMENT, issuer: 'https://LOGIN.acme.com/tenant' }),
    ],
    ['no issuer', 'does not say which issuer', json({ ...DOCUMENT, issuer: undefined })],
    ['an issuer that is no text', 'does not say which issuer', json({ ...DOCUMENT, issuer: { a: 1 } })],
    ['a redirect', 'redirects elsewhere', () => Response.redirect('https://evil.com/x', 302)],
    ['a permanent redirect', 'redirects elsewhere', () => Response.redirect(OAUTH, 308)],
    ['10 MB', 'larger than 64 KiB', () => new Response('x'.repeat(10_000_000))],
    ['one byte too many', 'larger than 64 KiB', () => new Response(' '.repeat(64 * 1024 + 1))],
    ['a page', 'something else than a JSON document', () => new Response('<html>')],
    ['a list', 'something else than a JSON document', json([DOCUMENT])],
    ['nothing', 'something else than a JSON document', () => new Response('')],
    ['an error', 'answers with HTTP 503', () => new Response('', { status: 503 })],
    [
      'an http endpoint',
      'token_endpoint of the discovery document is not an https',
      json({ ...DOCUMENT, token_endpoint: 'http://login.acme.com/token' }),
    ],
    [
      'a private host',
      'does not lie at a public host',
      json({ ...DOCUMENT, token_endpoint: 'https://169.254.169.254/token' }),
    ],
    [
      'a private userinfo',
      'userinfo_endpoint of the discovery document does not lie',
      json({ ...DOCUMENT, userinfo_endpoint: 'https://metadata.google.internal/x' }),
    ],
    [
      'a private revocation',
      'revocation_endpoint of the discovery document does not',
      json({ ...DOCUMENT, revocation_endpoint: 'https://localhost/x' }),
    ],
    [
      'loopback',
      'is not an https address',
      json({ ...DOCUMENT, authorization_endpoint: 'http://127.0.0.1:4400/auth' }),
    ],
    [
      'our own address',
      'leads to Evergrant itself',
      json({ ...DOCUMENT, token_endpoint: `${REACH.publicUrl}/token` }),
    ],
    [
      'credentials',
      'holds a user name',
      json({ ...DOCUMENT, token_endpoint: 'https://a:b@login.acme.com/token' }),
    ],
    ['no token endpoint', 'has no usable token_endpoint', json({ ...DOCUMENT, token_endpoint: undefined })],
    [
      'an endpoint that is no text',
      'has no usable token_endpoint',
      json({ ...DOCUMENT, token_endpoint: ['x'] }),
    ],
    [
      'an endpoint without end',
      'has no usable token_endpoint',
      json({ ...DOCUMENT, token_endpoint: `https://a.com/${'x'.repeat(500)}` }),
    ],
  ])('that answers with %s is refused in one sentence', async (_name, words, answer) => {
    answering({ [OIDC]: answer })
    const found = await discoverIssuer(ISSUER, REACH)
    expect(found).toMatchObject({ ok: false, error: expect.stringContaining(words) })
    expect(found.ok ? '' : found.error).toMatch(/^[A-Z][^.]*(\.[a-z0-9][^.]*)*\.$/)
  })

  it('that has no document, or cannot be reached, is told so', async () => {
    answering({})
    expect(await discoverIssuer(ISSUER, REACH)).toMatchObject({
      error: expect.stringContaining('has no discovery'),
    })
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no route')))
    expect(await discoverIssuer(ISSUER, REACH)).toMatchObject({
      error: expect.stringContaining('could not be reached'),
    })
  })

  it.each([
    'http://login.acme.com',
    'https://127.0.0.1',
    'https://[::1]',
    'https://0x7f000001',
    'https://localhost',
    'https://metadata.google.internal',
    'https://evergrant.example.com',
    'https://user@login.acme.com',
    'https://login.acme.com?x=1',
    'https://login.acme.com#x',
    'login.acme.com',
    '',
  ])('is not even asked at %s', async (issuer) => {
    const asked = answering({})
    expect(await discoverIssuer(issuer, REACH)).toMatchObject({ ok: false })
    expect(asked).toEqual([])
  })
})

describe('what a document makes of a connector', () => {
  const make = (more: Record<string, unknown>) => {
    const made = definitionOf({ ...DOCUMENT, ...more } as Metadata, { id: 'own-acme' })
    const read = readDefinition(JSON.parse(JSON.stringify(made)), 'own-acme', REACH)
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    return read.value
  }

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['PKCE unless other methods are named', {}, { authorize: { pkce: 'S256' } }],
    ['no PKCE', { code_challenge_methods_supported: ['plain'] }, { authorize: { pkce: 'none' } }],
    ['basic where nothing is said', {}, { token: { clientAuth: 'client_secret_basic' } }],
    [
      'post',
      { token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_post'] },
      { token: { clientAuth: 'client_secret_post' } },
    ],
    [
      'a public client',
      { token_endpoint_auth_methods_supported: ['none'] },
      { token: { clientAuth: 'none' } },
    ],
    ['no revocation', {}, { revocation: null, identity: null }],
    [
      'revocation with its own client authentication',
      {
        revocation_endpoint: 'https://login.acme.com/revoke',
        revocation_endpoint_auth_methods_supported: ['client_secret_post'],
      },
      {
        revocation: {
          style: 'rfc7009',
          url: 'https://login.acme.com/revoke',
          clientAuth: 'client_secret_post',
        },
      },
    ],
    [
      'userinfo as identity',
      { userinfo_endpoint: 'https://login.acme.com/me' },
      { identity: { url: 'https://login.acme.com/me', id: 'sub' }, baseScopes: ['openid'] },
    ],
    [
      'an issuer that always names itself',
      { authorization_response_iss_parameter_supported: true },
      { authorize: { issuer: ISSUER, issuerAlwaysNamed: true } },
    ],
    [
      'the query of the authorization endpoint',
      { authorization_endpoint: 'https://login.acme.com/a?p=1' },
      { authorize: { url: 'https://login.acme.com/a', params: { p: '1' } } },
    ],
    [
      'a tool for each scope, under an id of its own',
      {
        scopes_supported: [
          'openid',
          'https://acme.com/auth/deals.read',
          'deals:write',
          'deals write',
          '"',
          7,
          'Deals:Write',
        ],
      },
      {
        baseScopes: ['openid'],
        tools: [
          { id: 'auth_deals.read', scopes: ['https://acme.com/auth/deals.read'] },
          { id: 'deals_write', scopes: ['deals:write'] },
        ],
      },
    ],
    [
      'nothing of what is not of its kind',
      { scopes_supported: 'all', prompt_values_supported: 7, service_documentation: 'javascript:x' },
      { scopes: [], tools: [] },
    ],
    [
      'a thousand scopes, as far as they are of use',
      { scopes_supported: Array.from({ length: 1000 }, (_, at) => `scope.${at}`) },
      { name: 'login.acme.com' },
    ],
  ])('is %s', (_name, more, expected) => {
    expect(make(more)).toMatchObject(expected)
  })

  it('says where a service only takes signed assertions', () => {
    const metadata = { ...DOCUMENT, token_endpoint_auth_methods_supported: ['private_key_jwt'] }
    expect(asksForOtherAuth(metadata)).toBe(true)
    expect(asksForOtherAuth(DOCUMENT)).toBe(false)
  })
})
