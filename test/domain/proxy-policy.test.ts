import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiTarget, apiTarget, isCallable } from '../../src/domain/api-target.ts'
import {
  ADDRESS_LIMIT,
  answerHeaders,
  maySayDead,
  requestHeaders,
  saysDead,
  upstreamUrl,
} from '../../src/domain/proxy-policy.ts'
import { BEARER } from '../../src/domain/service-requests.ts'

const TARGET: ApiTarget = {
  baseUrl: 'https://api.example.com/rest/v2',
  otherOrigins: ['https://upload.example.com'],
  attach: BEARER,
  headers: {},
  deadToken: [],
}

const address = (path: string, search = '', host: string | null = null, target = TARGET) =>
  upstreamUrl(target, { path, search, host }, false)

describe('a path that stays below the base path', () => {
  it.each([
    ['', 'https://api.example.com/rest/v2'],
    ['/', 'https://api.example.com/rest/v2/'],
    ['/users/me', 'https://api.example.com/rest/v2/users/me'],
    ['/users/', 'https://api.example.com/rest/v2/users/'],
    ['/projects/group%2Fname/files', 'https://api.example.com/rest/v2/projects/group%2Fname/files'],
    [
      '/sites/https%3A%2F%2Fexample.org%2F',
      'https://api.example.com/rest/v2/sites/https%3A%2F%2Fexample.org%2F',
    ],
    ["/Users('a')/items(1,2)", "https://api.example.com/rest/v2/Users('a')/items(1,2)"],
    ['/mail/ada@example.com:send', 'https://api.example.com/rest/v2/mail/ada@example.com:send'],
    ['/files/.hidden', 'https://api.example.com/rest/v2/files/.hidden'],
    ['/files/a..b/...', 'https://api.example.com/rest/v2/files/a..b/...'],
    ['/%E2%82%AC', 'https://api.example.com/rest/v2/%E2%82%AC'],
    ['/50%25', 'https://api.example.com/rest/v2/50%25'],
  ])('%s', (path, expected) => {
    expect(address(path)).toEqual({ ok: true, value: new URL(expected) })
  })

  it('keeps the query as it is, pair for pair', () => {
    const search = '?q=a%20b+c&q=2&empty=&flag&u=https://evil.test/../x'
    const found = address('/search', search)
    expect(found.ok && found.value.href).toBe(`https://api.example.com/rest/v2/search${search}`)
  })

  it('reaches a bare base URL too', () => {
    const bare = { ...TARGET, baseUrl: 'https://api.example.com' }
    for (const [path, href] of [
      ['', 'https://api.example.com/'],
      ['/', 'https://api.example.com/'],
      ['/user', 'https://api.example.com/user'],
    ] as const) {
      const found = address(path, '?a=1', null, bare)
      expect(found.ok && found.value.href).toBe(`${href}?a=1`)
    }
  })
})

/** What some server, proxy or parser on the way could take for another place. */
const ATTACKS = [
  '/..',
  '/../admin',
  '/users/..',
  '/users/../../admin',
  '/./admin',
  '/users/.',
  '/%2e%2e/admin',
  '/%2E%2E/admin',
  '/.%2e/admin',
  '/%2e./admin',
  '/%2e/admin',
  '/%2e%2e%2fadmin',
  '/..%2fadmin',
  '/..%2Fadmin',
  '/users%2f..%2f..%2fadmin',
  '/%252e%252e/admin',
  '/%252e%252e%252fadmin',
  '/%25252e%25252e/admin',
  '/%2525252e%2525252e/admin',
  '/..%252fadmin',
  '/..;/admin',
  '/..;a=b/admin',
  '/%2e%2e;/admin',
  '/.;/admin',
  '/..%3b/admin',
  '/..%20/admin',
  '/%20../admin',
  '/..%09/admin',
  '/..%00/admin',
  '/%00',
  '/users%00.json',
  '/users%0d%0aHost:%20evil.test',
  '/users%0a',
  '/%7f',
  '//evil.test',
  '//evil.test/users',
  '///evil.test',
  '/users//admin',
  '/\\evil.test',
  '/\\\\evil.test',
  '\\\\evil.test',
  '/%5cevil.test',
  '/%5c..%5cadmin',
  '/..%5cadmin',
  '/..\\admin',
  '/%255c%252e%252e%255cadmin',
  '/%c0%ae%c0%ae/admin',
  '/%e0%80%ae%e0%80%ae/admin',
  '/%uff0e%uff0e/admin',
  '/%EF%BC%8E%EF%BC%8E/admin',
  '/%E2%80%A5/admin',
  '/%',
  '/%2',
  '/%zz',
  '/%ff',
  '/users?admin=1',
  '/users#fragment',
  '/users admin',
  '/users\tadmin',
  '/users\r\nHost: evil.test',
  '/\u2025/admin',
  '/\uff0e\uff0e/admin',
  '.evil.test/',
  '@evil.test/',
  ':8080/',
  '.',
  '..',
  'https://evil.test/',
]

describe('a path that could leave the base path is refused', () => {
  it.each(ATTACKS)('%j', (path) => {
    const found = address(path)
    expect(found.ok).toBe(false)
    expect(!found.ok && found.error).toMatchObject({ path: 'path', message: /^[A-Z].*\.$/ })
  })

  it('by the dozen', () => expect(ATTACKS.length).toBeGreaterThan(40))

  it('whatever is put together from such pieces', () => {
    const piece = fc.constantFrom(
      ...[
        '..',
        '.',
        '/',
        '%2f',
        '%2e',
        '\\',
        '%5c',
        '%25',
        '2e',
        ';',
        '@',
        ':',
        '//',
        'a',
        'evil.test',
        '%00',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = address(`/${pieces.join('')}`)
        if (!found.ok) return
        expect(found.value.origin).toBe('https://api.example.com')
        expect(found.value.pathname.startsWith('/rest/v2/')).toBe(true)
        let text = found.value.pathname
        for (let round = 0; round < 4; round++) {
          expect(text.split(/[/\\]/).some((part) => part === '..' || part === '.')).toBe(false)
          try {
            text = decodeURIComponent(text)
          } catch {
            break
          }
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('and so is one that is too long', () => {
    expect(address(`/${'a'.repeat(ADDRESS_LIMIT - 1)}`).ok).toBe(true)
    expect(address(`/${'a'.repeat(ADDRESS_LIMIT)}`).ok).toBe(false)
    expect(address('/a', `?${'a'.repeat(ADDRESS_LIMIT)}`).ok).toBe(false)
  })
})

describe('a host', () => {
  it.each(['upload.example.com', 'UPLOAD.example.com', ' upload.example.com '])(
    'of the connector: %j',
    (host) => {
      const found = address('/files', '', host)
      expect(found.ok && found.value.href).toBe('https://upload.example.com/files')
    },
  )

  it.each([
    'api.example.com.evil.test',
    'api.example.com@evil.test',
    'evil.test',
    'evil.test#api.example.com',
    'evil.test/api.example.com',
    'evilapi.example.com',
    'xupload.example.com',
    'example.com',
    'sub.upload.example.com',
    'upload.example.com:443',
    'upload.example.com:8443',
    'upload.example.com.',
    'upload.example.com/',
    'https://upload.example.com',
    'user@upload.example.com',
    '//upload.example.com',
    '\\\\evil.test',
    'upload%2eexample.com',
    'uplo\u0430d.example.com',
    'upload.example.com,evil.test',
    '127.0.0.1',
    '0x7f000001',
    '[::1]',
    'localhost',
    '169.254.169.254',
    'metadata.google.internal',
    '',
  ])('of anybody else is refused, and the allowed ones are named: %j', (host) => {
    expect(address('/files', '', host)).toEqual({
      ok: false,
      error: { path: 'Evergrant-Host', message: 'Use one of api.example.com, upload.example.com.' },
    })
  })
})

describe('where a call may go at all', () => {
  it.each([
    'http://api.example.com',
    'https://user:pass@api.example.com',
    'https://127.0.0.1',
    'https://0x7f000001',
    'https://2130706433',
    'https://169.254.169.254',
    'https://10.0.0.1',
    'https://[::1]',
    'https://[fd00::1]',
    'https://localhost',
    'https://metadata.google.internal',
    'https://db.local',
    'https://intranet',
    'https://service.localhost',
    'http://127.0.0.1:4400',
    'ftp://api.example.com',
  ])('not %s', (url) => {
    expect(isCallable(new URL(url), false)).toBe(false)
  })

  it('is https to a public name, and loopback where insecure upstreams are allowed', () => {
    expect(isCallable(new URL('https://api.example.com'), false)).toBe(true)
    expect(isCallable(new URL('http://127.0.0.1:4400'), true)).toBe(true)
    expect(isCallable(new URL('http://api.example.com'), true)).toBe(false)
    expect(isCallable(new URL('http://169.254.169.254'), true)).toBe(false)
  })
})

describe('a placeholder', () => {
  const connector = {
    params: [
      {
        name: 'shop',
        label: 'Shop',
        pattern: '[a-z0-9][a-z0-9-]{0,61}',
        example: 'acme',
        source: 'app' as const,
      },
    ],
    api: { baseUrl: 'https://{shop}.example.com/admin', examplePath: '/' },
  }
  const target = (shop: string, api = connector.api) =>
    apiTarget({ ...connector, api }, { clientId: 'id', clientSecret: 'secret', params: { shop } })

  it('is filled', () => expect(target('acme')?.baseUrl).toBe('https://acme.example.com/admin'))

  it.each([
    'acme.evil.test/#',
    'acme.evil.test/',
    'evil.test?',
    'acme@evil.test',
    'acme:80',
    '127.0.0.1',
    '169.254.169.254',
    '[::1]',
    '0x7f.1',
    'a'.repeat(300),
    'acme\n',
    'acme\r\nHost: evil.test',
    '../evil',
    'acme%2eevil',
    'Acme',
    '',
    ' acme',
    '{shop}',
    '{client_secret}',
  ])('whose value is %j leads nowhere', (shop) => expect(target(shop)).toBeUndefined())

  it.each([
    'https://{shop}',
    'https://api.example.com/{shop}/',
    'https://u:p@{shop}.example.com',
    'https://{shop}.example.com:443',
    'https://{shop}.example.com/a/../b',
    'https://{shop}.example.com?x=1',
    'HTTPS://{shop}.example.com',
    '{shop}',
    'https://{nobody}.example.com',
  ])('is no use in a base URL that is not written plainly: %s', (baseUrl) => {
    const found = target('acme', { baseUrl, examplePath: '/' })
    if (baseUrl === 'https://{shop}') expect(isCallable(new URL(found?.baseUrl ?? 'x:'), false)).toBe(false)
    else expect(found).toBeUndefined()
  })

  it('of the OAuth app fills headers, and a secret in one keeps the target at home', () => {
    const headers = { 'Client-Id': '{client_id}', 'X-Basic': '{client_secret}' }
    expect(target('acme', { ...connector.api, headers } as typeof connector.api)).toMatchObject({
      headers: { 'client-id': 'id', 'x-basic': 'secret' },
      confidential: true,
    })
    expect(target('acme')?.confidential).toBeUndefined()
  })
})

const TOKEN = 'tok-3f9a'
const sent = (headers: [string, string][], target: Partial<ApiTarget> = {}) =>
  requestHeaders(headers, { ...TARGET, ...target }, TOKEN)

describe('a request header', () => {
  it.each([
    'Authorization',
    'Proxy-Authorization',
    'Proxy-Connection',
    'Proxy-Foo',
    'Cookie',
    'Cookie2',
    'Host',
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'Content-Length',
    'Upgrade',
    'TE',
    'Trailer',
    'Expect',
    'Via',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Real-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'CF-IPCountry',
    'CF-Ray',
    'CF-Worker',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'Origin',
    'Referer',
    'Sec-Fetch-Site',
    'Sec-WebSocket-Key',
    'HTTP2-Settings',
    'Accept-Encoding',
    'X-Api-Key',
    'Api-Key',
    'X-Access-Token',
    'X-Auth-Token',
    'X-Amz-Security-Token',
    'X-Shopify-Access-Token',
    'X-GitHub-Secret',
    'Evergrant-Host',
    'Evergrant-Upstream',
    'X-Anything-Else',
    'Range-Unit',
  ])('%s is never forwarded', (name) => {
    expect(sent([[name, 'planted']])).toEqual({ authorization: `Bearer ${TOKEN}`, 'user-agent': 'Evergrant' })
  })

  it.each([
    'Accept',
    'Accept-Language',
    'Content-Type',
    'If-None-Match',
    'If-Match',
    'Range',
    'Prefer',
    'User-Agent',
    'Idempotency-Key',
    'X-GitHub-Api-Version',
    'Notion-Version',
    'Dropbox-API-Arg',
    'Xero-Tenant-Id',
    'X-Goog-User-Project',
    'Stripe-Account',
  ])('%s is', (name) => expect(sent([[name, 'value']])[name.toLowerCase()]).toBe('value'))

  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\u0000b', 'a\u2028b'])(
    'with the value %j is dropped',
    (value) => {
      expect(sent([['Accept', value]]).accept).toBeUndefined()
    },
  )

  it('of the connector is added; only what it merely proposes gives way', () => {
    const headers = { 'client-id': 'own', 'notion-version': '2022-06-28', accept: 'application/json' }
    const given: [string, string][] = [
      ['Client-Id', 'planted'],
      ['Notion-Version', '2025-01-01'],
      ['Accept', 'text/csv'],
    ]
    expect(sent(given, { headers })).toMatchObject({
      'client-id': 'own',
      'notion-version': '2025-01-01',
      accept: 'text/csv',
    })
    expect(sent([], { headers })).toMatchObject(headers)
  })

  it('that carries the token is the connector’s, in any spelling', () => {
    const attach = { header: 'X-Shopify-Access-Token', format: '{token}' }
    const headers = sent([['x-shopify-access-token', 'planted']], { attach })
    expect(headers['x-shopify-access-token']).toBe(TOKEN)
    expect(headers.authorization).toBeUndefined()
    expect(sent([], { headers: { authorization: 'planted' } }).authorization).toBe(`Bearer ${TOKEN}`)
  })

  it('takes a token with dollar signs as it is', () => {
    expect(requestHeaders([], TARGET, "$&$'").authorization).toBe("Bearer $&$'")
  })
})

const CALLED = new URL('https://api.example.com/rest/v2/files/1')
const answered = (headers: [string, string][]) => answerHeaders(new Headers(headers), CALLED, TOKEN)

describe('an answer header', () => {
  it('with a control character is kept back, in any script it is not', () => {
    expect(answered([['x-name', 'a\u0001b']])).not.toHaveProperty('x-name')
    expect(answered([['x-name', 'Grüße 🎉']])).toHaveProperty('x-name', 'Grüße 🎉')
  })

  it.each([
    'Set-Cookie',
    'Set-Cookie2',
    'Authorization',
    'Proxy-Authenticate',
    'Authentication-Info',
    'Content-Security-Policy',
    'Content-Security-Policy-Report-Only',
    'Strict-Transport-Security',
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Access-Control-Expose-Headers',
    'Alt-Svc',
    'Clear-Site-Data',
    'Cross-Origin-Opener-Policy',
    'X-Frame-Options',
    'Referrer-Policy',
    'Permissions-Policy',
    'Refresh',
    'Service-Worker-Allowed',
    'Report-To',
    'NEL',
    'SourceMap',
    'Connection',
    'Transfer-Encoding',
    'Keep-Alive',
    'Upgrade',
    'Trailer',
    'Cache-Control',
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Evergrant-Connection',
    'CF-Ray',
    'Via',
  ])('%s is kept back', (name) => {
    expect(answered([[name, 'planted']])).toEqual({ 'evergrant-upstream': 'true' })
  })

  it.each([
    'ETag',
    'Last-Modified',
    'Link',
    'Retry-After',
    'X-RateLimit-Remaining',
    'WWW-Authenticate',
    'Vary',
  ])('%s is passed on', (name) => expect(answered([[name, 'value']])[name.toLowerCase()]).toBe('value'))

  it.each(['WWW-Authenticate', 'ETag', 'X-Debug', 'Link'])('%s is not, with the token in it', (name) => {
    expect(answered([[name, `Bearer token="${TOKEN}"`]])).toEqual({ 'evergrant-upstream': 'true' })
  })

  it.each(['text/html', 'text/html; charset=utf-8', 'image/svg+xml', 'application/xhtml+xml', 'text/xml'])(
    'of the active type %s makes it a download',
    (type) => {
      expect(answered([['Content-Type', type]])['content-disposition']).toBe('attachment')
      const inline: [string, string] = ['Content-Disposition', 'inline; filename=a.html']
      expect(answered([['Content-Type', type], inline])['content-disposition']).toBe('attachment')
      const named: [string, string] = ['Content-Disposition', 'attachment; filename=a.html']
      expect(answered([['Content-Type', type], named])['content-disposition']).toBe(
        'attachment; filename=a.html',
      )
    },
  )

  it.each([
    ['https://evil.test/x', 'https://evil.test/x'],
    ['/other', 'https://api.example.com/other'],
    ['next', 'https://api.example.com/rest/v2/files/next'],
    ['//evil.test/x', 'https://evil.test/x'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['http://[', undefined],
    [`https://evil.test/?t=${TOKEN}`, undefined],
  ])('Location: %s is handed back in full', (location, expected) => {
    expect(answered([['Location', location]]).location).toBe(expected)
  })
})

describe('a sign of a dead token', () => {
  const signs = [
    { status: 200, path: 'error', values: ['token_expired', 'invalid_auth'] },
    { status: 400, path: 'error.code|code', values: ['190'] },
  ]

  it('is looked for in answers of its status only', () => {
    expect([200, 400, 401, 500].map((status) => maySayDead(signs, status))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it.each([
    [200, { ok: false, error: 'token_expired' }, true],
    [200, { ok: false, error: 'channel_not_found' }, false],
    [200, { ok: true }, false],
    [400, { error: { code: 190 } }, true],
    [400, { code: '190' }, true],
    [400, { error: 'token_expired' }, false],
    [200, null, false],
    [200, 'token_expired', false],
    [200, ['token_expired'], false],
  ])('%i %j: %s', (status, body, dead) => expect(saysDead(signs, status, body)).toBe(dead))
})
