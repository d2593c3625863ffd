import { describe, expect, it } from 'vitest'
import { boundTo } from '../../src/domain/addresses.ts'
import {
  connectorOf,
  type Definition,
  openDefinition,
  readDefinition,
} from '../../src/domain/connector-definition.ts'
import { isOwnId, suggestedId } from '../../src/domain/own-connector.ts'

const REACH = { publicUrl: 'https://evergrant.example.com', allowInsecureUpstreams: false }
const LOCAL = { publicUrl: 'http://localhost:8787', allowInsecureUpstreams: true }
const ID = 'own-acme'

const MINIMAL = {
  name: 'Acme',
  authorize: { url: 'https://login.acme.com/authorize' },
  token: { url: 'https://login.acme.com/token' },
  api: { baseUrl: 'https://api.acme.com/v1' },
}

const WHOLE = {
  ...MINIMAL,
  id: ID,
  description: 'Contacts and deals of Acme.',
  consoleUrl: 'https://developers.acme.com/apps',
  params: [
    { name: 'shop', label: 'Shop', pattern: '[a-z0-9-]{1,40}', example: 'north', source: 'connection' },
  ],
  token: { url: 'https://{shop}.acme.com/token', clientAuth: 'client_secret_post', scopeSeparator: ',' },
  baseScopes: ['openid'],
  scopes: [
    { scope: 'openid', title: 'Know the account', sensitive: false },
    { scope: 'deals', title: 'Read deals', sensitive: true },
  ],
  tools: [{ id: 'deals.read', title: 'Read deals', scopes: ['deals'] }],
  errors: [
    { error: 'gone', description: 'no longer|revoked', class: 'dead', hint: 'Consent was taken back.' },
  ],
  identity: { url: 'https://api.acme.com/me', id: 'id', email: 'email' },
  revocation: {
    style: 'own',
    url: 'https://api.acme.com/revoke',
    method: 'POST',
    token: 'access_token',
    form: { token: '{token}', client: '{client_id}' },
  },
  api: {
    baseUrl: 'https://{shop}.acme.com/api',
    headers: { 'x-client': '{client_id}' },
    examplePath: '/deals',
  },
}

type Change = (json: typeof WHOLE & Record<string, unknown>) => unknown

/** The faults of the whole form with one change. */
function faults(change: Change, reach = REACH): string[] {
  const json = structuredClone(WHOLE) as typeof WHOLE & Record<string, unknown>
  change(json)
  const read = readDefinition(JSON.parse(JSON.stringify(json)), ID, reach)
  return read.ok ? [] : read.error.map(({ path, message }) => `${path}: ${message}`)
}

function definition(json: unknown = WHOLE, reach = REACH): Definition {
  const read = readDefinition(JSON.parse(JSON.stringify(json)), ID, reach)
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

describe('a definition', () => {
  it('is read as it is, and what it leaves out is usual', () => {
    expect(definition()).toMatchObject({ ...WHOLE, category: 'Your own', confidence: 'unverified' })
    expect(definition(MINIMAL)).toMatchObject({
      ...MINIMAL,
      id: ID,
      authorize: { pkce: 'S256', scopeSeparator: ' ', params: {} },
      token: { clientAuth: 'client_secret_basic' },
      refresh: { rotates: true, replay: { rule: 'once', pauseSeconds: 5 } },
      identity: null,
      revocation: null,
      tools: [],
    })
  })

  it('read again is the same', () => {
    for (const json of [WHOLE, MINIMAL]) expect(definition(definition(json))).toEqual(definition(json))
  })

  it('never claims to be of the catalog', () => {
    const claims = { ...MINIMAL, category: 'Google', confidence: 'verified' }
    expect(definition(claims)).toMatchObject({ category: 'Your own', confidence: 'unverified' })
  })

  it.each<[string, Change]>([
    ['retired: Leave this out', (json) => Object.assign(json, { retired: { since: '2026-01-01' } })],
    ['loopback: Leave this out', (json) => Object.assign(json, { loopback: true })],
    ['provider: Leave this out', (json) => Object.assign(json, { provider: 'google' })],
    ['popular: Leave this out', (json) => Object.assign(json, { popular: 1 })],
    ['icon: Leave this out', (json) => Object.assign(json, { icon: 'https://evil.com/x.svg' })],
    ['token.secret: Leave this out', (json) => Object.assign(json.token, { secret: 'x' })],
    ['name: Use 1 to 60', (json) => Object.assign(json, { name: 'x'.repeat(61) })],
    ['name: Use one line', (json) => Object.assign(json, { name: 'a\u202eb' })],
    ['name: Use one line', (json) => Object.assign(json, { name: ' ' })],
    ['name: Use text', (json) => Object.assign(json, { name: 7 })],
    ['name: This is needed', (json) => Object.assign(json, { name: undefined })],
    ['authorize: This is needed', (json) => Object.assign(json, { authorize: undefined })],
    ['token: Use an object', (json) => Object.assign(json, { token: [] })],
    ['token.url: This is needed', (json) => Object.assign(json, { token: {} })],
    ['setupSteps.0: Use 1 to 240', (json) => Object.assign(json, { setupSteps: ['x'.repeat(241)] })],
    ['setupSteps: Use at most 20', (json) => Object.assign(json, { setupSteps: Array(21).fill('Do it.') })],
    ['consoleUrl: Use an https', (json) => Object.assign(json, { consoleUrl: 'javascript:alert(1)' })],
    ['docsUrl: Use the public name', (json) => Object.assign(json, { docsUrl: 'https://wiki.corp' })],
    [
      'authorize.params.state: Evergrant sets',
      (json) => Object.assign(json.authorize, { params: { state: 'x' } }),
    ],
    [
      'authorize.params.redirect_uri: Evergrant sets',
      (json) => Object.assign(json.authorize, { params: { redirect_uri: 'https://evil.com' } }),
    ],
    [
      'authorize.loginHintParam: Evergrant sets',
      (json) => Object.assign(json.authorize, { loginHintParam: 'scope' }),
    ],
    ['clientIdParam: Evergrant sets', (json) => Object.assign(json, { clientIdParam: 'redirect_uri' })],
    [
      'authorize.url: Leave the query out',
      (json) => Object.assign(json.authorize, { url: 'https://a.com/x?state=1' }),
    ],
    [
      'authorize.issuer: Name the issuer',
      (json) => Object.assign(json.authorize, { issuerAlwaysNamed: true }),
    ],
    [
      'token.url: There is no param called tenant',
      (json) => Object.assign(json.token, { url: 'https://{tenant}.a.com/t' }),
    ],
    [
      'api.headers.x-client: There is no param called other',
      (json) => Object.assign(json.api, { headers: { 'x-client': '{other}' } }),
    ],
    ['api.headers.cookie: This header', (json) => Object.assign(json.api, { headers: { cookie: 'a=b' } })],
    [
      'api.headers.authorization: This header',
      (json) => Object.assign(json.api, { headers: { authorization: 'x' } }),
    ],
    [
      'api.headers.x-a: Use up to 500 plain',
      (json) => Object.assign(json.api, { headers: { 'x-a': 'a\r\nhost: b' } }),
    ],
    [
      'api.attach.format: Write {token} once',
      (json) => Object.assign(json.api, { attach: { header: 'x-t', format: 'x' } }),
    ],
    [
      'api.baseUrl: Write it in lower case',
      (json) => Object.assign(json.api, { baseUrl: 'https://api.acme.com/' }),
    ],
    [
      'api.baseUrl: Write it in lower case',
      (json) => Object.assign(json.api, { baseUrl: 'https://api.acme.com/a/../b' }),
    ],
    [
      'api.otherOrigins.0: Use scheme and host',
      (json) => Object.assign(json.api, { otherOrigins: ['https://a.com/b'] }),
    ],
    [
      'authorize.params.audience: There is no param of the app called shop',
      (json) => Object.assign(json.authorize, { params: { audience: '{shop}' } }),
    ],
    [
      'authorize.redirectUriParam: Name a param of the app',
      (json) => Object.assign(json.authorize, { redirectUriParam: 'shop' }),
    ],
    ['params.0.scope: Write {shop} once', (json) => Object.assign(json.params[0] ?? {}, { scope: 'all' })],
    ['icon: Leave this out', (json) => Object.assign(json, { icon: 'github' })],
    ['baseScopes.0: email is not among', (json) => Object.assign(json, { baseScopes: ['email'] })],
    [
      'tools.0.scopes.0: nothing is not among',
      (json) => Object.assign(json.tools[0] ?? {}, { scopes: ['nothing'] }),
    ],
    ['tools.1.id: Use each id once', (json) => json.tools.push(...structuredClone(json.tools))],
    [
      'scopes.2.scope: Name each scope once',
      (json) => json.scopes.push(...structuredClone(json.scopes).slice(0, 1)),
    ],
    ['params.1.name: Use each name once', (json) => json.params.push(...structuredClone(json.params))],
    [
      'params.0.name: This name has a meaning',
      (json) => Object.assign(json.params[0] ?? {}, { name: 'client_secret' }),
    ],
    [
      'params.0.pattern: This pattern does not close',
      (json) => Object.assign(json.params[0] ?? {}, { pattern: '(a' }),
    ],
    [
      'params.0.pattern: This pattern has a \\1',
      (json) => Object.assign(json.params[0] ?? {}, { pattern: '(a)\\1' }),
    ],
    [
      'params.0.pattern: Name the characters',
      (json) => Object.assign(json.params[0] ?? {}, { pattern: '[^z]{1,90}' }),
    ],
    [
      'params.0.example: The pattern does not',
      (json) => Object.assign(json.params[0] ?? {}, { example: 'NORTH' }),
    ],
    [
      'params.0.pattern: Use 1 to 500',
      (json) => Object.assign(json.params[0] ?? {}, { pattern: 'a'.repeat(501) }),
    ],
    [
      'errors.0.description: This pattern is too large',
      (json) => Object.assign(json.errors[0] ?? {}, { description: 'a{999}' }),
    ],
    [
      'errors.0.description: This pattern looks ahead',
      (json) => Object.assign(json.errors[0] ?? {}, { description: '(?!ab)' }),
    ],
    ['errors.1: An earlier row', (json) => json.errors.push(...structuredClone(json.errors))],
    ['errors.0: Say which', (json) => Object.assign(json, { errors: [{ class: 'dead' }] })],
    [
      'refresh.replay.rule: Use one of',
      (json) =>
        Object.assign(json, {
          refresh: { rotates: true, replay: { rule: 'x' }, killsOldAccess: false, sharedGrant: false },
        }),
    ],
    [
      'refresh.replay: Where refresh tokens rotate',
      (json) =>
        Object.assign(json, {
          refresh: { rotates: true, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
        }),
    ],
    [
      'lifetimes.access: Use a whole number',
      (json) => Object.assign(json, { lifetimes: { access: -1, refreshIdle: null, refreshAbsolute: null } }),
    ],
    ['revocation.style: Use one of', (json) => Object.assign(json.revocation, { style: 'mine' })],
    [
      'revocation.form.token: There is no param',
      (json) => Object.assign(json.revocation, { form: { token: '{secret}' } }),
    ],
    [
      'identity.emailVerified: Say where',
      (json) => Object.assign(json, { identity: { id: 'id', emailVerified: 'v' } }),
    ],
    ['identity.id: Use a path', (json) => Object.assign(json, { identity: { id: 'a b..c' } })],
    [
      'afterConnect: No param comes',
      (json) => Object.assign(json, { afterConnect: { url: 'https://api.acme.com/x' } }),
    ],
  ])('is refused with a word at its place: %s', (start, change) => {
    expect(faults(change)).toEqual(expect.arrayContaining([expect.stringContaining(start)]))
  })

  it('is refused where it is not one object', () => {
    for (const json of [null, [], 'text', 7, undefined]) {
      expect(readDefinition(json, ID, REACH)).toMatchObject({ ok: false, error: [{ path: '' }] })
    }
    const polluted = JSON.parse('{"__proto__": {"name": "x"}, "name": "Acme"}')
    expect(readDefinition(polluted, ID, REACH)).toMatchObject({ ok: false })
  })
})

const PRIVATE = [
  'https://127.0.0.1',
  'https://127.1',
  'https://0x7f000001',
  'https://2130706433',
  'https://0177.0.0.1',
  'https://[::1]',
  'https://[fd00::1]',
  'https://[::ffff:127.0.0.1]',
  'https://10.0.0.1',
  'https://169.254.169.254',
  'https://localhost',
  'https://localhost.',
  'https://api.localhost',
  'https://printer.local',
  'https://metadata.google.internal',
  'https://metadata.google.internal.',
  'https://intranet',
  'https://db.corp',
  'https://acme.com.',
  'https://127.0.0.1.nip.io',
  'http://api.acme.com',
  'http://127.0.0.1:4400',
  'https://user:pass@api.acme.com',
  'https://api.acme.com#x',
  'ftp://api.acme.com',
  'https://evergrant.example.com',
  'https://EVERGRANT.example.com',
  'https://evergrant.example.com:8443',
  'https://evergrant.example.com.',
  'https://аcme.com',
  'api.acme.com',
]
const PLACES: [string, (json: typeof WHOLE, url: string) => unknown][] = [
  ['authorize.url', (json, url) => Object.assign(json.authorize, { url })],
  ['authorize.issuer', (json, url) => Object.assign(json.authorize, { issuer: url })],
  ['token.url', (json, url) => Object.assign(json.token, { url })],
  ['token.refresh.url', (json, url) => Object.assign(json.token, { refresh: { url } })],
  ['identity.url', (json, url) => Object.assign(json.identity, { url })],
  ['revocation.url', (json, url) => Object.assign(json.revocation, { url })],
  ['api.baseUrl', (json, url) => Object.assign(json.api, { baseUrl: url })],
  ['api.otherOrigins.0', (json, url) => Object.assign(json.api, { otherOrigins: [url] })],
]

describe.each(PLACES)('%s leads to a public https name that is not ours', (path, place) => {
  it.each(PRIVATE)('so not to %s', (url) => {
    expect(faults((json) => place(json, url))).toEqual([expect.stringMatching(new RegExp(`^${path}: `))])
  })
})

describe('where insecure upstreams are allowed', () => {
  const local = { ...MINIMAL, token: { url: 'http://127.0.0.1:4400/token' } }

  it('loopback may be called, this deployment itself may not, and nothing else changes', () => {
    expect(connectorOf(definition(local, LOCAL), LOCAL).loopback).toBe(true)
    expect(connectorOf(definition(MINIMAL, LOCAL), LOCAL).loopback).toBeUndefined()
    for (const url of [
      'http://127.0.0.1:8787/token',
      'http://localhost:8787/token',
      'http://10.0.0.1/token',
    ]) {
      const read = readDefinition({ ...MINIMAL, token: { url } }, ID, LOCAL)
      expect(read).toMatchObject({ ok: false, error: [{ path: 'token.url' }] })
    }
  })

  it('what was saved there is not used where they are not', () => {
    const saved = definition(local, LOCAL)
    expect(openDefinition(saved, LOCAL)).toBeDefined()
    expect(openDefinition(saved, REACH)).toBeUndefined()
    expect(openDefinition(definition(), { ...REACH, publicUrl: 'https://north.acme.com' })).toBeUndefined()
  })
})

describe('what a grant is bound to', () => {
  const bound = (json: unknown, values: Record<string, string> = { shop: 'north' }) =>
    boundTo(connectorOf(definition(json), REACH), values)

  it('is every host that a credential goes to, with what people said', () => {
    expect(bound(WHOLE)).toBe('https://api.acme.com https://north.acme.com')
    expect(bound(WHOLE, { shop: 'south' })).not.toBe(bound(WHOLE))
    const paths = { ...WHOLE, token: { ...WHOLE.token, url: 'https://{shop}.acme.com/v2/token' } }
    expect(bound(paths)).toBe(bound(WHOLE))
  })

  it('leaves to the service what the service says, but not under another template', () => {
    const said = {
      ...WHOLE,
      params: [
        ...WHOLE.params,
        {
          name: 'host',
          label: 'Host',
          pattern: '[a-z]+\\.acme\\.com',
          example: 'eu.acme.com',
          source: 'token_response',
        },
      ],
      api: { baseUrl: 'https://{host}/api' },
    }
    expect(bound(said, { shop: 'north', host: 'us.acme.com' })).toBe(bound(said))
    expect(bound({ ...said, api: { baseUrl: 'https://x-{host}/api' } })).not.toBe(bound(said))
  })
})

describe('the id of an own connector', () => {
  it.each([
    ['Acme CRM', 'own-acme-crm'],
    ['  Ümläut & Söhne!! ', 'own-u-mla-ut-so-hne'],
    ['own-acme', 'own-acme'],
    ['日本', 'own'],
    ['x'.repeat(100), `own-${'x'.repeat(60)}`],
  ])('is made of its name: %s', (name, id) => {
    expect(suggestedId(name)).toBe(id)
  })

  it('is never one that the catalog may use', () => {
    for (const id of ['google', 'own', 'own-', 'OWN-a', 'own-a_b', 'own-a-', 'xown-a', '']) {
      expect(isOwnId(id)).toBe(false)
    }
    expect(isOwnId('own-a1-b2')).toBe(true)
  })
})
