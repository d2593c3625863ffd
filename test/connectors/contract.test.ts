// What every connector of the catalog must hold, whoever writes it.

import { describe, expect, it } from 'vitest'
import { familyOf, findConnector, offeredConnectors } from '../../src/connectors/catalog.ts'
import { urlTemplates } from '../../src/domain/addresses.ts'
import { appKeyOf } from '../../src/domain/connector.ts'
import { connectorFaults, exportDefinition, readDefinition } from '../../src/domain/connector-definition.ts'
import { OWN_PREFIX } from '../../src/domain/own-connector.ts'
import { acceptsParam, examplesOf, fillUrl, paramsFrom, scopesOfParams } from '../../src/domain/params.ts'
import { scopesForTools } from '../../src/domain/scopes.ts'
import { openAuthorization } from '../../src/oauth/authorization.ts'
import { resolveServer } from '../../src/oauth/server.ts'

const ALL = offeredConnectors(true)
const REACH = { publicUrl: 'https://evergrant.example.com', allowInsecureUpstreams: true }
const ICONS = import.meta.glob<string>('../../public/icons/*.svg', {
  eager: true,
  query: '?raw',
  import: 'default',
})

function repeated(values: string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

/** What a customer, a callback or a service may try to slip into an address. */
const HOSTILE = [
  'acme.evil.test/#',
  'acme.evil.test',
  'evil.test#',
  'evil.test/',
  'evil.test?x=',
  'evil.test\\',
  'a@evil.test',
  'acme:8080',
  '127.0.0.1',
  '[::1]',
  '0x7f000001',
  '2130706433',
  'localhost',
  'metadata.google.internal',
  'https://127.0.0.1',
  'https://[::1]',
  'https://0x7f000001',
  'https://2130706433',
  'https://localhost',
  'https://metadata.google.internal',
  'https://169.254.169.254',
  'https://evil.test',
  'https://a@evil.com',
  'http://evil.com',
  'аcme',
  'acme\nevil',
  '{shop}',
  '../..',
  'x'.repeat(300),
]

/** `acme.salesforce.com` → names that only look like it. */
function lookAlikes(example: string): string[] {
  return [
    `${example}.evil.com`,
    `${example}@evil.com`,
    `evil.com/${example}`,
    `evil.com#${example}`,
    `${example}\u0000`,
  ]
}

/** The end of a template's host that no param can change; empty where a param decides all of it. */
function hostEnd(template: string): string {
  const host = /^https:\/\/([^/?]+)/.exec(template)?.[1] ?? ''
  return host.includes('{') ? host.slice(host.lastIndexOf('}') + 1) : `.${host}`
}

function isSentence(text: string): boolean {
  return /^[\p{Lu}‘“].*[.!?]$/su.test(text) && text.length <= 240 && text.trim() === text
}

describe('the catalog', () => {
  it('has no two connectors of one id', () => {
    expect(repeated(ALL.map(({ id }) => id))).toEqual([])
    expect(ALL.length).toBeGreaterThan(0)
  })

  it('leaves the ids of own connectors, and the words of their addresses, to workspaces', () => {
    for (const { id } of ALL) {
      expect(id.startsWith(OWN_PREFIX)).toBe(false)
      expect(id).not.toBe('new')
    }
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

describe('the icons', () => {
  it('are those that connectors name, and no other', () => {
    const named = ALL.flatMap(({ icon }) => (icon === undefined ? [] : [`../../public/icons/${icon}.svg`]))
    expect(Object.keys(ICONS).sort()).toEqual([...new Set(named)].sort())
  })

  it.each(Object.entries(ICONS))(
    '%s is one path in two colours, and nothing that runs or loads',
    (_, text) => {
      expect(text).toMatch(
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 24 24"><style>[^<]*prefers-color-scheme:dark[^<]*<\/style><path d="[MmLlHhVvCcSsQqTtAaZz0-9 ,.+e-]+"\/><\/svg>\n$/,
      )
      expect(text.length).toBeLessThan(6_000)
    },
  )
})

describe('connectors that share an OAuth app', () => {
  const families = Map.groupBy(ALL, (connector) => appKeyOf(connector))

  it.each([...families].filter(([, members]) => members.length > 1))(
    '%s: ask the same of it',
    (_, members) => {
      const [first, ...others] = members
      for (const other of others) {
        if (!first) continue
        expect(paramsFrom(other, 'app')).toEqual(paramsFrom(first, 'app'))
        expect(other.token.url).toBe(first.token.url)
        expect(other.token.clientAuth).toBe(first.token.clientAuth)
        expect(other.consoleUrl).toBe(first.consoleUrl)
        expect(other.refresh).toEqual(first.refresh)
        expect(familyOf(other)).toEqual(familyOf(first))
      }
    },
  )
})

describe.each(ALL)('$id', (connector) => {
  const { params, scopes, tools, baseScopes, authorize, token } = connector
  const examples = { ...examplesOf(connector), client_id: 'client' }

  it('holds to the rules that a connector of a workspace has to hold to', () => {
    expect(connectorFaults(connector, REACH)).toEqual([])
  })

  it('can be exported, and read as the beginning of one of a workspace', () => {
    const exported: unknown = JSON.parse(JSON.stringify(exportDefinition(connector)))
    const read = readDefinition(exported, OWN_PREFIX + connector.id, REACH)
    expect(read).toEqual({ ok: true, value: exported })
  })

  it('has an id that fits into an address, and words for people', () => {
    expect(connector.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(appKeyOf(connector)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    for (const text of [connector.name, connector.category, connector.description]) {
      expect(text.trim()).toBe(text)
      expect(text).not.toBe('')
    }
    expect(isSentence(connector.description), connector.description).toBe(true)
    expect(connector.setupSteps.length).toBeGreaterThan(0)
    const hints = connector.errors.flatMap(({ hint }) => hint ?? [])
    for (const step of [...connector.setupSteps, ...(connector.tips ?? []), ...hints]) {
      expect(isSentence(step), step).toBe(true)
    }
  })

  it('refuses what would lead to another host, whoever says it', () => {
    if (connector.loopback) return
    for (const param of params) {
      const templates = urlTemplates(connector).filter((template) => template.includes(`{${param.name}}`))
      // Some services run on hosts of the customer's own: any public name is right there.
      const open = ['https://sso.example.com', 'sso.example.com', 'https://sso.example.com/realms/main'].some(
        (value) => acceptsParam(connector, param, value),
      )
      const bad = open ? HOSTILE : [...HOSTILE, ...lookAlikes(param.example)]
      for (const value of bad.filter((candidate) => acceptsParam(connector, param, candidate))) {
        for (const template of templates) {
          const fixed = hostEnd(template)
          const url = new URL(fillUrl(template, connector, { ...examples, [param.name]: value }) ?? '')
          expect(fixed, `${param.name}=${value}`).not.toBe('')
          expect(`.${url.host}`.endsWith(fixed), `${param.name}=${value}`).toBe(true)
        }
      }
    }
  })

  it('names scopes and tools in plain words', () => {
    expect(repeated(scopes.flatMap(({ scope, aliases = [] }) => [scope, ...aliases]))).toEqual([])
    for (const { title } of [...scopes, ...tools]) expect(title).toMatch(/^[\p{Lu}].*[^.]$/u)
  })

  it('has a tool, whose scopes and no others it explains', () => {
    expect(tools.length).toBeGreaterThan(0)
    for (const tool of tools) expect(tool.scopes.length).toBeGreaterThan(0)
    const asked = new Set([...baseScopes, ...tools.flatMap((tool) => tool.scopes)])
    expect(scopes.map(({ scope }) => scope).filter((scope) => !asked.has(scope))).toEqual([])
  })

  it('takes in place of its callback URL, in parameters and in scopes only params that it has', () => {
    const { redirectUriParam } = authorize
    if (redirectUriParam) {
      expect(params.find(({ name }) => name === redirectUriParam)).toMatchObject({ source: 'app' })
      expect(params.find(({ name }) => name === redirectUriParam)?.default).toBeUndefined()
    }
    for (const value of Object.values({ ...authorize.params, ...authorize.chooserParams })) {
      for (const [, name] of value.matchAll(/\{([^}]*)\}/g)) {
        expect(params.find((param) => param.name === name)?.source).toBe('app')
      }
    }
    for (const { name, scope, example } of params) {
      if (scope === undefined) continue
      expect(scope).toContain(`{${name}}`)
      expect(scopesOfParams(connector, { [name]: example })).toEqual([scope.replace(`{${name}}`, example)])
      expect(scopesOfParams(connector, {})).toEqual([])
    }
  })

  it('opens the authorization it always opened', async () => {
    const app = { clientId: 'client', clientSecret: 'secret', params: {} }
    const server = resolveServer(connector, app, examplesOf(connector))
    if (!server) throw new Error('a placeholder has no value')
    const { url } = openAuthorization({
      server,
      app,
      redirectUri: `https://evergrant.example.com/oauth/callback/${connector.id}`,
      scopes: scopesForTools(
        connector,
        tools.slice(0, 2).map(({ id }) => id),
      ),
      state: 'state',
      chooseAccount: true,
    })
    const opened = new URL(url)
    if (opened.searchParams.has('code_challenge')) opened.searchParams.set('code_challenge', 'challenge')
    expect(opened.searchParams.has('client_secret')).toBe(false)
    const lines = [...opened.searchParams].map(([name, value]) => `  ${name} = ${value}`)
    await expect([`${opened.origin}${opened.pathname}`, ...lines, ''].join('\n')).toMatchFileSnapshot(
      `./__snapshots__/${connector.id}.txt`,
    )
  })

  it('says how an administrator approves the app wherever the service may ask for that', () => {
    const { approval, deadEnds = [] } = connector
    if (connector.errors.some((rule) => rule.approval)) expect(approval).toBeDefined()
    for (const step of approval?.steps ?? []) expect(isSentence(step), step).toBe(true)
    for (const { means } of deadEnds) expect(isSentence(means), means).toBe(true)
    if (approval?.url) {
      const values = { ...examplesOf(connector), client_id: 'client-1' }
      const url = fillUrl(approval.url, connector, values)
      expect(url).toBeDefined()
      if (!connector.loopback) expect(url).toMatch(/^https:/)
      // A page for any app has to say which one to look for.
      expect(approval.url.includes('{client_id}') && approval.findByClientId).toBeFalsy()
    }
  })

  it('has dialects that say something', () => {
    for (const dialect of [token.code, token.refresh, token.upgrade, token.answer]) {
      if (dialect) expect(Object.keys(dialect).length).toBeGreaterThan(0)
    }
  })

  it('points on where it is retired', () => {
    const { retired } = connector
    if (!retired) return
    expect(retired.since).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(connector.docsUrl).toBeDefined()
    expect(connector.confidence).toBe('unverified')
  })
})
