import { describe, expect, it } from 'vitest'
import { DEFAULT_RETURN_PATH, safeReturnPath } from '../../src/domain/return-path.ts'

const TRICKS: unknown[] = [
  '',
  '/',
  '//',
  '//evil.test',
  '///evil.test',
  '////evil.test/%2e%2e',
  '/\\evil.test',
  '\\\\evil.test',
  '\\/evil.test',
  '/\\/evil.test',
  'https://evil.test',
  'http:evil.test',
  'https:/evil.test',
  'HTTPS://EVIL.TEST/connections',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '/javascript:alert(1)',
  'connections',
  './connections',
  '../connections',
  '/./connections',
  '/../connections',
  '/..//evil.test',
  '/connections/../../evil.test',
  '/connections//evil.test',
  '/connections/.',
  '/%2Fevil.test',
  '/%2f%2fevil.test',
  '/%5Cevil.test',
  '/%5c%5cevil.test',
  '/%252Fevil.test',
  '/%09/evil.test',
  '/%0d%0aSet-Cookie:a=b',
  '/\t/evil.test',
  '/\n/evil.test',
  '/connections\r\nLocation: https://evil.test',
  '/connections\0',
  ' /connections',
  '/connections ',
  '/@evil.test',
  '/.evil.test',
  '/evil.test:443/',
  '/connections#//evil.test',
  '/connections?next=\\evil',
  '/connections?q=%5Cevil',
  '/connections?q=%0d%0aSet-Cookie:a',
  '/connections?q=%0',
  '/connections?q=%ff',
  '/connections?q=<script>',
  '/connections?a?b=c d',
  '/cοnnections',
  '／／evil.test',
  '/sign-in',
  '/sign-in?return=/sign-in',
  '/sign-in/callback?code=a&state=b',
  '/sign-out',
  `/${'a'.repeat(600)}`,
  null,
  undefined,
  42,
  ['/connections'],
  new File(['/keys'], 'path'),
]

const OWN_PATHS = [
  '/connections',
  '/connections/con_0123456789abcdefghijklmnop',
  '/connections/new/google-workspace',
  '/connections?state=reauthorize&q=sales+team',
  '/connections?q=a%40example.com',
  '/connections?q=caf%C3%A9',
  '/keys',
  '/settings',
]

describe('the way back after sign-in', () => {
  it.each(TRICKS.map((trick) => [trick]))('replaces %j by the default', (trick) => {
    expect(safeReturnPath(trick)).toBe(DEFAULT_RETURN_PATH)
  })

  it.each(OWN_PATHS)('keeps %s', (path) => {
    expect(safeReturnPath(path)).toBe(path)
  })
})
