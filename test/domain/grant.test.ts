import { describe, expect, it } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import type { Connector } from '../../src/domain/connector.ts'
import {
  type Account,
  accessExpiry,
  isExpectedAccount,
  reauthorizeBefore,
  refreshExpiry,
  sameAccount,
  type TokenAnswer,
} from '../../src/domain/grant.ts'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import { grantFixture } from '../setup/record.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY = 24 * 3600_000

function answer(change: Partial<TokenAnswer> = {}): TokenAnswer {
  return {
    accessToken: 'opaque-access-token',
    tokenType: 'Bearer',
    refreshToken: null,
    expiresInSeconds: null,
    refreshExpiresInSeconds: null,
    scopes: null,
    ...change,
  }
}

function withLifetimes(change: Partial<Connector['lifetimes']>): Connector {
  return { ...google, lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null, ...change } }
}

function jwt(payload: string): string {
  return `eyJhbGciOiJSUzI1NiJ9.${toBase64Url(utf8(payload))}.c2lnbmF0dXJl`
}

describe('the end of an access token', () => {
  const soon = NOW / 1000 + 600

  it('is expires_in where the answer gives one', () => {
    const token = answer({ expiresInSeconds: 120, accessToken: jwt(`{"exp":${soon}}`) })
    expect(accessExpiry(withLifetimes({ access: 3600 }), token, NOW)).toBe(NOW + 120_000)
  })

  it('is the exp of a JWT where the answer gives none', () => {
    const token = answer({ accessToken: jwt(`{"exp":${soon},"name":"Zoë ✓ ???>>>"}`) })
    expect(accessExpiry(withLifetimes({ access: 3600 }), token, NOW)).toBe(soon * 1000)
  })

  it('is the connector’s usual life where neither says', () => {
    expect(accessExpiry(withLifetimes({ access: 3600 }), answer(), NOW)).toBe(NOW + 3600_000)
  })

  it('is unknown where nobody says', () => {
    expect(accessExpiry(withLifetimes({}), answer(), NOW)).toBeNull()
  })

  it.each([
    ['two parts', 'a.b'],
    ['four parts', 'a.eyJleHAiOjF9.c.d'],
    ['an empty payload', 'a..c'],
    ['a payload that is no base64', 'a.%%%.c'],
    ['a payload that is no JSON', jwt('exp=1')],
    ['a payload of null', jwt('null')],
    ['a payload that is a string', jwt('"exp"')],
    ['no exp', jwt('{"iat":1}')],
    ['exp as text', jwt(`{"exp":"${soon}"}`)],
    ['exp null', jwt('{"exp":null}')],
    ['exp negative', jwt('{"exp":-1}')],
    ['exp zero', jwt('{"exp":0}')],
    ['exp in the past, which would refresh without end', jwt(`{"exp":${NOW / 1000 - 1}}`)],
    ['exp in milliseconds', jwt(`{"exp":${NOW + 600_000}}`)],
    ['exp beyond every clock', jwt('{"exp":1e306}')],
    ['exp infinite', jwt('{"exp":1e999}')],
  ])('takes nothing from a token with %s', (_, accessToken) => {
    expect(accessExpiry(withLifetimes({ access: 3600 }), answer({ accessToken }), NOW)).toBe(NOW + 3600_000)
    expect(accessExpiry(withLifetimes({}), answer({ accessToken }), NOW)).toBeNull()
  })
})

describe('the end of a refresh token', () => {
  const consentedAt = NOW - 10 * DAY

  it.each<[string, Partial<Connector['lifetimes']>, number | null, number | null]>([
    ['unknown where nobody says', {}, null, null],
    ['what the answer says', {}, 3600, NOW + 3600_000],
    ['the idle life from now', { refreshIdle: 86_400 }, null, NOW + DAY],
    ['the absolute life from consent', { refreshAbsolute: 30 * 86_400 }, null, NOW + 20 * DAY],
    [
      'the answer, where that is earliest',
      { refreshIdle: 86_400, refreshAbsolute: 30 * 86_400 },
      60,
      NOW + 60_000,
    ],
    [
      'idle, where that is earliest',
      { refreshIdle: 86_400, refreshAbsolute: 30 * 86_400 },
      99 * 86_400,
      NOW + DAY,
    ],
    [
      'absolute, where that is earliest',
      { refreshIdle: 86_400, refreshAbsolute: 10 * 86_400 },
      99 * 86_400,
      NOW,
    ],
  ])('is %s', (_, lifetimes, seconds, end) => {
    const token = answer({ refreshExpiresInSeconds: seconds })
    expect(refreshExpiry(withLifetimes(lifetimes), token, consentedAt, NOW)).toBe(end)
  })
})

describe('the deadline that no refresh moves', () => {
  it('counts from consent', () => {
    const grant = grantFixture({ consentedAt: NOW - DAY, obtainedAt: NOW })
    expect(reauthorizeBefore(withLifetimes({ refreshAbsolute: 86_400 * 3 }), grant)).toBe(NOW + 2 * DAY)
  })

  it('is none where the service has no absolute life', () => {
    expect(reauthorizeBefore(withLifetimes({ refreshIdle: 86_400 }), grantFixture())).toBeNull()
  })
})

const ADA: Account = {
  issuer: 'google',
  tenant: 'example.com',
  subject: '1081',
  email: 'ada@example.com',
  emailVerified: true,
  name: 'Ada Lovelace',
}

describe('the same account', () => {
  it.each<[string, Partial<Account>, boolean]>([
    ['after a change of address and name', { email: 'ada@new.example', name: 'Countess' }, true],
    ['without an address', { email: null, emailVerified: false, name: null }, true],
    ['never by the same address under another subject', { subject: '1082' }, false],
    ['never in another tenant', { tenant: 'example.org' }, false],
    ['never without the tenant it had', { tenant: null }, false],
    ['never at another service', { issuer: 'github' }, false],
  ])('%s', (_, change, same) => {
    expect(sameAccount(ADA, { ...ADA, ...change })).toBe(same)
    expect(sameAccount({ ...ADA, ...change }, ADA)).toBe(same)
  })
})

describe('the account a link expects', () => {
  it.each<[string, Partial<Account>, string, boolean]>([
    ['is known by its subject', {}, '1081', true],
    ['is known by a verified address', {}, 'ada@example.com', true],
    [
      'is known by a verified address in other letters',
      { email: 'Ada@Example.com' },
      'ADA@example.COM',
      true,
    ],
    ['is not known by an address that nobody verified', { emailVerified: false }, 'ada@example.com', false],
    ['is not known by another address', {}, 'eve@example.com', false],
    ['is not known where the service gives no address', { email: null }, 'null', false],
    ['is not known by its name', {}, 'Ada Lovelace', false],
    ['has a subject whose case counts', { subject: 'AbC' }, 'abc', false],
  ])('%s', (_, change, expected, known) => {
    expect(isExpectedAccount({ ...ADA, ...change }, expected)).toBe(known)
  })
})
