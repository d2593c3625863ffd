import { describe, expect, it } from 'vitest'
import { gitlab } from '../../src/connectors/catalog/gitlab.ts'
import { local } from '../../src/connectors/catalog/local.ts'
import { quickbooks } from '../../src/connectors/catalog/quickbooks.ts'
import { salesforce } from '../../src/connectors/catalog/salesforce.ts'
import { shopify } from '../../src/connectors/catalog/shopify.ts'
import { zoho } from '../../src/connectors/catalog/zoho.ts'
import type { Connector } from '../../src/domain/connector.ts'
import {
  acceptsParam,
  fillUrl,
  needsAfterConnect,
  paramsOfAnswer,
  readParams,
} from '../../src/domain/params.ts'
import { isPublicHost } from '../../src/domain/public-host.ts'

const LABEL = 'x'.repeat(63)

function accepts(connector: Connector, name: string, value: string): boolean {
  const param = connector.params.find((candidate) => candidate.name === name)
  if (!param) throw new Error('no such param')
  return acceptsParam(connector, param, value)
}

describe('a public host', () => {
  it.each(['example.com', 'a.b.c.example.co.uk', 'xn--bcher-kva.example', `${LABEL}.com`, 'sso.1und1.de'])(
    'is %s',
    (host) => expect(isPublicHost(host)).toBe(true),
  )

  it.each([
    '',
    'com',
    'localhost',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
    'intranet',
    'nas.lan',
    'router.home.arpa',
    'db.corp',
    'service.test',
    'x.onion',
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.1',
    '[::1]',
    '0x7f000001',
    '2130706433',
    '127.1',
    '127.0.0.1.nip.io',
    'a..com',
    '.com',
    'a.com.',
    '-a.com',
    'a-.com',
    'a_b.com',
    'a.com:443',
    'user@a.com',
    'bücher.example',
    `${LABEL}x.com`,
    `${Array(5).fill(LABEL).join('.')}.com`,
  ])('is not %s', (host) => expect(isPublicHost(host)).toBe(false))
})

/** Whatever the pattern: no value may lead to a private place, or out of the service. */
const HOSTILE = [
  'acme.evil.test/#',
  '127.0.0.1',
  '[::1]',
  '0x7f000001',
  'localhost',
  'metadata.google.internal',
  'https://127.0.0.1',
  'https://[::1]',
  'https://0x7f000001',
  'https://017700000001',
  'https://2130706433',
  'https://localhost',
  'https://metadata.google.internal',
  'https://gitlab.internal',
  'https://gitlab.com@evil.com',
  'https://gitlab.com#evil.com',
  'https://gitlab.com/evil',
  'https://gitlab.com?evil',
  'http://gitlab.com',
  'https://gitlab.com\\evil',
  'https://gitlab.com\nx',
  'https://gıtlab.com',
  `https://${'x'.repeat(300)}.com`,
]

describe('a hostile value', () => {
  it.each(HOSTILE)('is refused for an address of the customer’s own: %j', (value) => {
    expect(accepts(gitlab, 'base_url', value)).toBe(false)
    expect(readParams(gitlab, 'app', { base_url: value })).toMatchObject({ ok: false })
    expect(fillUrl('{base_url}/oauth/token', gitlab, { base_url: value })).toBeUndefined()
  })

  it.each([
    ...HOSTILE,
    'login.salesforce.com.evil.com',
    'evilsalesforce.com',
    'salesforce.com.',
    'a@salesforce.com',
  ])('is refused for a host of the service’s: %j', (value) =>
    expect(accepts(salesforce, 'login_host', value)).toBe(false),
  )

  it.each([...HOSTILE, 'acme.myshopify.com', 'ACME', 'acme_1', 'аcme', 'x'.repeat(61)])(
    'is refused for one label: %j',
    (value) => expect(accepts(shopify, 'shop', value)).toBe(false),
  )

  it.each([...HOSTILE, 'https://www.zohoapis.com.evil.com', 'https://www.zohoapis.co'])(
    'is refused when the service says it: %j',
    (value) => expect(paramsOfAnswer(zoho, 'token_response', { api_domain: value })).toBeUndefined(),
  )
})

describe('what a form gave', () => {
  it('is trimmed, and what was left out has its default', () => {
    expect(readParams(gitlab, 'app', { base_url: ' https://git.example.com ' })).toEqual({
      ok: true,
      value: { base_url: 'https://git.example.com' },
    })
    expect(readParams(gitlab, 'app', {})).toEqual({ ok: true, value: {} })
    expect(fillUrl(gitlab.token.url, gitlab, {})).toBe('https://gitlab.com/oauth/token')
  })

  it('is an error where it is needed, at its own path', () => {
    expect(readParams(shopify, 'connection', {})).toEqual({
      ok: false,
      error: [{ path: 'params.shop', message: 'Use the form acme' }],
    })
  })

  it('holds nothing that nobody asked for', () => {
    const given = { shop: 'acme', evil: 'x', __proto__: 'x' }
    expect(readParams(shopify, 'connection', given)).toEqual({ ok: true, value: { shop: 'acme' } })
    expect(readParams(shopify, 'app', given)).toEqual({ ok: true, value: {} })
  })

  it('may be empty where the param is optional', () => {
    expect(readParams(quickbooks, 'app', { environment: '' })).toEqual({ ok: true, value: {} })
    expect(fillUrl(quickbooks.identity?.url ?? '', quickbooks, {})).toBe(
      'https://accounts.platform.intuit.com/v1/openid_connect/userinfo',
    )
  })
})

describe('what an answer holds', () => {
  it('is read under the service’s own name', () => {
    const query = { 'accounts-server': 'https://accounts.zohocloud.ca', location: 'ca' }
    expect(paramsOfAnswer(zoho, 'callback', query)).toEqual({
      accounts_server: 'https://accounts.zohocloud.ca',
    })
  })

  it('may hold nothing', () => {
    for (const body of [null, 'text', [], {}, { api_domain: '' }, { api_domain: {} }]) {
      expect(paramsOfAnswer(zoho, 'token_response', body)).toEqual({})
    }
  })

  it('is still needed only where nothing else says it', () => {
    expect(needsAfterConnect(zoho, undefined)).toBe(false)
    const params = [{ name: 'site', label: '', pattern: 'x', example: 'x', source: 'after_connect' as const }]
    expect(needsAfterConnect({ params }, undefined)).toBe(true)
    expect(needsAfterConnect({ params }, { site: 'x' })).toBe(false)
  })
})

describe('an address', () => {
  it('on loopback is for connectors that live there alone', () => {
    const origin = 'http://127.0.0.1:4400'
    expect(fillUrl('{origin}/token', local, { origin })).toBe(`${origin}/token`)
    expect(fillUrl('{origin}/token', { ...local, loopback: undefined } as never, { origin })).toBeUndefined()
  })

  it('keeps the client ID in its place', () => {
    const url = 'https://api.example.com/applications/{client_id}/token'
    expect(fillUrl(url, { params: [] }, { client_id: '../{x}/a b' })).toBe(
      'https://api.example.com/applications/..%2F%7Bx%7D%2Fa%20b/token',
    )
  })
})
