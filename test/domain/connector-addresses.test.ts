import { describe, expect, it } from 'vitest'
import { boundTo } from '../../src/domain/addresses.ts'
import { connectorOf, openDefinition, readDefinition } from '../../src/domain/connector-definition.ts'
import { definition, faults, ID, LOCAL, MINIMAL, REACH, WHOLE } from './definitions.ts'

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
