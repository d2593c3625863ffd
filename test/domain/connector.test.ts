import { describe, expect, it } from 'vitest'
import type { ConnectorParam } from '../../src/domain/connector.ts'
import { fillPlaceholders, matchesParam } from '../../src/domain/placeholders.ts'

const SUBDOMAIN: ConnectorParam = {
  name: 'subdomain',
  label: 'Subdomain',
  pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?',
  example: 'acme',
}
const EITHER: ConnectorParam = { name: 'region', label: 'Region', pattern: 'eu|us', example: 'eu' }
const connector = { params: [SUBDOMAIN, EITHER] }
const TEMPLATE = 'https://{subdomain}.service.example/oauth/token'

describe('a placeholder', () => {
  it.each(['acme', 'a', 'acme-2', 'x'.repeat(63)])('takes %j', (subdomain) => {
    const filled = fillPlaceholders(TEMPLATE, connector, { subdomain })
    expect(filled).toBe(`https://${subdomain}.service.example/oauth/token`)
  })

  it.each([
    '',
    'acme.evil.test/#',
    'acme.evil.test',
    'evil.test#',
    'evil.test/',
    'evil.test?x=',
    'user@evil.test',
    'acme:8080',
    '127.0.0.1',
    '169.254.169.254',
    '[::1]',
    '%31',
    'acme\\',
    'acme\n',
    '\nacme',
    'acme\nevil',
    'acme evil',
    'ACME',
    'аcme',
    '-acme',
    'acme-',
    '{region}',
    'x'.repeat(64),
    'x'.repeat(300),
  ])('refuses %j', (subdomain) => {
    expect(matchesParam(SUBDOMAIN, subdomain)).toBe(false)
    expect(fillPlaceholders(TEMPLATE, connector, { subdomain })).toBeUndefined()
  })

  it('is matched whole: an alternative is no way around the anchors', () => {
    for (const region of ['eu.evil', 'evil.us', 'euus', 'e', ''])
      expect(matchesParam(EITHER, region)).toBe(false)
    for (const region of ['eu', 'us']) expect(matchesParam(EITHER, region)).toBe(true)
  })

  it('without a value leaves no address', () => {
    expect(fillPlaceholders(TEMPLATE, connector, {})).toBeUndefined()
    expect(fillPlaceholders(TEMPLATE, connector, { other: 'acme' })).toBeUndefined()
  })

  it('that the connector does not declare leaves no address, whatever value is at hand', () => {
    expect(fillPlaceholders('https://{host}/', connector, { host: 'evil.test' })).toBeUndefined()
    expect(fillPlaceholders('https://{constructor}/', connector, {})).toBeUndefined()
  })

  it('may occur several times, beside others', () => {
    const values = { subdomain: 'acme', region: 'eu' }
    expect(fillPlaceholders('https://{subdomain}.{region}.example/{subdomain}', connector, values)).toBe(
      'https://acme.eu.example/acme',
    )
  })

  it('takes a value as it stands, without reading it as a pattern of its own', () => {
    const odd = { params: [{ ...SUBDOMAIN, pattern: '[$&a-z]+' }] }
    expect(fillPlaceholders('x{subdomain}y', odd, { subdomain: '$&a' })).toBe('x$&ay')
  })

  it('is not needed: an address without one stays as it is', () => {
    expect(fillPlaceholders('https://service.example/token', { params: [] }, {})).toBe(
      'https://service.example/token',
    )
  })
})
