// What every connector of the catalog must hold, whoever writes it.

import { describe, expect, it } from 'vitest'
import { findConnector, offeredConnectors } from '../../src/connectors/catalog.ts'
import { mayCall } from '../../src/domain/configuration.ts'
import { type Connector, fillPlaceholders, matchesParam } from '../../src/domain/connector.ts'

const ALL = offeredConnectors(true)
const RESERVED = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'nonce',
  'request',
  'request_uri',
]

function repeated(values: string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

function addresses(connector: Connector): Record<string, string | undefined> {
  return {
    authorize: connector.authorize.url,
    token: connector.token.url,
    issuer: connector.authorize.issuer,
    identity: connector.identity?.url,
    revocation: connector.revocation?.url.replace('{client_id}', 'client'),
    api: connector.api.baseUrl,
    example: connector.api.baseUrl + connector.api.examplePath,
    console: connector.consoleUrl,
    docs: connector.docsUrl,
  }
}

describe('the catalog', () => {
  it('has no two connectors of one id', () => {
    expect(repeated(ALL.map(({ id }) => id))).toEqual([])
    expect(ALL.length).toBeGreaterThan(0)
  })

  it('finds each by its id', () => {
    for (const connector of ALL) expect(findConnector(connector.id, true)).toBe(connector)
    for (const id of ['', 'nowhere', 'constructor', '__proto__', 'Google']) {
      expect(findConnector(id, true)).toBeUndefined()
    }
  })

  it('offers what lies on loopback only where insecure upstreams are allowed', () => {
    expect(offeredConnectors(false)).toEqual(ALL.filter(({ loopback }) => !loopback))
    expect(offeredConnectors(false).map(({ id }) => id)).not.toContain('local')
    expect(findConnector('local', false)).toBeUndefined()
    expect(findConnector('google', false)?.id).toBe('google')
  })
})

describe.each(ALL)('$id', (connector) => {
  const { params, scopes, tools, baseScopes, authorize, refresh, errors, lifetimes } = connector
  const examples = Object.fromEntries(params.map(({ name, example }) => [name, example]))

  it('has an id that fits into an address, and words for people', () => {
    expect(connector.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    for (const text of [connector.name, connector.category, connector.description]) {
      expect(text.trim()).toBe(text)
      expect(text).not.toBe('')
    }
    expect(connector.setupSteps.length).toBeGreaterThan(0)
  })

  it.each(Object.entries(addresses(connector)).filter(([, url]) => url !== undefined))(
    'can be reached at its %s address',
    (_, template) => {
      const filled = fillPlaceholders(template ?? '', connector, examples) ?? ''
      expect(URL.canParse(filled), `${template} became ${filled}`).toBe(true)
      const url = new URL(filled)
      expect(mayCall(url, connector.loopback === true)).toBe(true)
      expect(url.hash).toBe('')
      expect(url.protocol === 'https:').toBe(!connector.loopback)
    },
  )

  it('keeps its params apart, and matches each example whole', () => {
    expect(repeated(params.map(({ name }) => name))).toEqual([])
    for (const param of params) {
      expect(param.name).toMatch(/^[a-z_]+$/)
      expect(param.name).not.toBe('client_id')
      expect(matchesParam(param, param.example)).toBe(true)
      for (const bad of ['', `${param.example}\n`, `${param.example}/#`, `x@${param.example}`]) {
        expect(matchesParam(param, bad), JSON.stringify(bad)).toBe(false)
      }
    }
  })

  it('lets no param that becomes part of a host lead to another host', () => {
    const host = (values: Record<string, string>) => {
      const filled = fillPlaceholders(connector.token.url, connector, values)
      return filled && URL.canParse(filled) ? new URL(filled).host : undefined
    }
    const usual = host(examples)
    for (const { name } of params) {
      for (const bad of ['evil.test/', 'evil.test#', 'evil.test?', 'evil.test\\', 'a@evil.test', '[::1]']) {
        expect([undefined, usual]).toContain(host({ ...examples, [name]: bad }))
      }
    }
  })

  it('names every scope and tool once, in plain words', () => {
    expect(repeated(scopes.map(({ scope }) => scope))).toEqual([])
    expect(repeated(tools.map(({ id }) => id))).toEqual([])
    expect(repeated(scopes.flatMap(({ scope, aliases = [] }) => [scope, ...aliases]))).toEqual([])
    for (const { title } of [...scopes, ...tools]) expect(title).not.toBe('')
    for (const { scope } of scopes) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('asks for no scope that it does not explain', () => {
    const known = scopes.map(({ scope }) => scope)
    for (const scope of baseScopes) expect(known).toContain(scope)
    for (const tool of tools) {
      expect(tool.scopes.length).toBeGreaterThan(0)
      for (const scope of tool.scopes) expect(known).toContain(scope)
    }
    expect(tools.length).toBeGreaterThan(0)
  })

  it('adds no reserved parameter to the authorization request', () => {
    expect(Object.keys(authorize.params).filter((name) => RESERVED.includes(name))).toEqual([])
    if (authorize.loginHintParam) expect(RESERVED).not.toContain(authorize.loginHintParam)
    expect(new URL(authorize.url.replaceAll(/\{[a-z_]+\}/g, 'https://x.example')).search).toBe('')
  })

  it('announces an issuer only where it has one', () => {
    if (authorize.issuerAlwaysNamed) expect(authorize.issuer).toBeDefined()
  })

  it('has error rules that can match, and whose patterns compile', () => {
    for (const rule of errors) {
      expect(rule.status ?? rule.error ?? rule.description).toBeDefined()
      if (rule.description !== undefined) expect(() => new RegExp(rule.description ?? '', 'i')).not.toThrow()
    }
  })

  it('has refresh rules that agree with each other', () => {
    if (refresh.killsOldAccess) expect(refresh.rotates).toBe(true)
    expect(refresh.replay.rule === 'harmless').toBe(!refresh.rotates)
    if (refresh.replay.rule === 'grace') expect(refresh.replay.windowSeconds).toBeGreaterThan(35)
    if (refresh.replay.rule === 'once') expect(refresh.replay.pauseSeconds).toBeGreaterThan(0)
  })

  it('has lifetimes in whole seconds, or none', () => {
    for (const life of Object.values(lifetimes)) {
      if (life !== null) expect(Number.isInteger(life) && life > 0).toBe(true)
    }
  })

  it('claims a verified address only where the service says so', () => {
    const { identity } = connector
    if (identity?.emailVerified) expect(identity.email).toBeDefined()
    for (const name of Object.keys(identity?.headers ?? {}))
      expect(name.toLowerCase()).not.toBe('authorization')
  })
})
