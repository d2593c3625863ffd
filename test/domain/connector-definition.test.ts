import { describe, expect, it } from 'vitest'
import { readDefinition } from '../../src/domain/connector-definition.ts'
import { type Change, definition, faults, ID, MINIMAL, REACH, WHOLE } from './definitions.ts'

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
