import { describe, expect, it } from 'vitest'
import { readConfiguration, type Variables, vouchesForAddresses } from '../../src/domain/configuration.ts'
import { toBase64Url } from '../../src/lib/bytes.ts'

const KEY = randomKey()
const OTHER_KEY = randomKey()

const GOOD: Variables = {
  PUBLIC_URL: 'https://evergrant.example.com',
  ENCRYPTION_KEYS: `k1:${KEY}`,
  OWNER_EMAILS: 'ada@example.com',
  SIGN_IN_ISSUER: 'https://issuer.example.com',
  SIGN_IN_CLIENT_ID: 'client',
  SIGN_IN_CLIENT_SECRET: 'the-sign-in-secret',
}

function randomKey(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

function keyOf(bytes: number[]): string {
  return toBase64Url(new Uint8Array(bytes))
}

function present(change: { [name in keyof Variables]?: string | undefined }): Variables {
  const entries = Object.entries({ ...GOOD, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function refusal(change: { [name in keyof Variables]?: string | undefined }): string {
  const result = readConfiguration(present(change))
  if (result.ok) throw new Error('the configuration was accepted')
  return result.error
}

describe('a usable configuration', () => {
  it('is read whole', () => {
    const result = readConfiguration({
      ...GOOD,
      OWNER_EMAILS: ' Ada@Example.com , grace@example.com ',
      ENCRYPTION_KEYS: `new:${KEY}, old:${OTHER_KEY}`,
      OAUTH_APPS: '{"google":{"client_id":"g","client_secret":"s","params":{"tenant":"t"}}}',
    })
    expect(result).toMatchObject({
      ok: true,
      value: {
        publicUrl: 'https://evergrant.example.com',
        ownerEmails: ['ada@example.com', 'grace@example.com'],
        signIn: { issuer: 'https://issuer.example.com', clientId: 'client' },
        keyRing: [{ kid: 'new' }, { kid: 'old' }],
        allowInsecureUpstreams: false,
      },
    })
    if (!result.ok) return
    expect(result.value.deploymentApps.get('google')).toEqual({
      clientId: 'g',
      clientSecret: 's',
      params: { tenant: 't' },
    })
  })

  it('lets loopback http in only where insecure upstreams are allowed', () => {
    const local = { PUBLIC_URL: 'http://localhost:8787', SIGN_IN_ISSUER: 'http://127.0.0.1:9000' }
    expect(readConfiguration({ ...GOOD, ...local, ALLOW_INSECURE_UPSTREAMS: 'true' }).ok).toBe(true)
    expect(refusal(local)).toMatch(/^PUBLIC_URL /)
    expect(refusal({ ...local, ALLOW_INSECURE_UPSTREAMS: 'yes' })).toMatch(/^PUBLIC_URL /)
    expect(refusal({ PUBLIC_URL: 'http://evergrant.example.com', ALLOW_INSECURE_UPSTREAMS: 'true' })).toMatch(
      /^PUBLIC_URL /,
    )
  })
})

describe('an issuer whose addresses count as they are', () => {
  const GUID = '11111111-2222-4333-8444-555555555555'

  it('is one Microsoft tenant, named by its ID', () => {
    expect(vouchesForAddresses(`https://login.microsoftonline.com/${GUID}/v2.0`)).toBe(true)
  })

  it.each([
    'https://login.microsoftonline.com/common/v2.0',
    'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    `https://login.microsoftonline.com.evil.test/${GUID}/v2.0`,
    `https://evil.test/login.microsoftonline.com/${GUID}/v2.0`,
    `https://login.microsoftonline.com/${GUID}/v2.0/evil`,
    'https://accounts.google.com',
    'https://acme.okta.com',
  ])('is not %s', (issuer) => {
    expect(vouchesForAddresses(issuer)).toBe(false)
  })
})

describe('Cloudflare Access instead of an OpenID issuer', () => {
  const openId = { SIGN_IN_ISSUER: '', SIGN_IN_CLIENT_ID: undefined, SIGN_IN_CLIENT_SECRET: undefined }
  const access = { ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com', ACCESS_AUD: 'a1'.repeat(32) }

  it.each(['acme.cloudflareaccess.com', 'https://Acme.cloudflareaccess.com/'])('is read: %s', (domain) => {
    const result = readConfiguration(present({ ...openId, ...access, ACCESS_TEAM_DOMAIN: domain }))
    expect(result).toMatchObject({
      ok: true,
      value: {
        signIn: {
          way: 'access',
          team: 'https://acme.cloudflareaccess.com',
          audience: access.ACCESS_AUD,
        },
      },
    })
  })

  it('is one of two ways, and never both', () => {
    expect(refusal(access)).toBe(
      'SIGN_IN_ISSUER, SIGN_IN_CLIENT_ID, SIGN_IN_CLIENT_SECRET and ACCESS_TEAM_DOMAIN, ACCESS_AUD are both set: there is one way to sign in, so remove one or the other',
    )
    expect(refusal({ ...openId, ...access, SIGN_IN_CLIENT_SECRET: 'left over' })).toMatch(
      /^SIGN_IN_CLIENT_SECRET and ACCESS_TEAM_DOMAIN, ACCESS_AUD /,
    )
    expect(refusal({ ACCESS_AUD: access.ACCESS_AUD })).toMatch(/ and ACCESS_AUD are both set/)
    expect(refusal(openId)).toMatch(/^SIGN_IN_ISSUER is not set: .* or set ACCESS_TEAM_DOMAIN and ACCESS_AUD/)
  })

  it.each([
    undefined,
    '',
    'acme',
    'evergrant.example.com',
    'cloudflareaccess.com',
    'acme.cloudflareaccess.com.evil.test',
    'evil.test/acme.cloudflareaccess.com',
    'http://acme.cloudflareaccess.com',
    'https://acme.cloudflareaccess.com/cdn-cgi',
    'https://a@acme.cloudflareaccess.com',
    'acme.cloudflareaccess.com:8443',
  ])('needs the team domain: %j', (domain) => {
    expect(refusal({ ...openId, ...access, ACCESS_TEAM_DOMAIN: domain })).toMatch(/^ACCESS_TEAM_DOMAIN /)
  })

  it.each([undefined, '', 'a1', 'G'.repeat(64), 'a'.repeat(65)])('needs the audience tag: %j', (aud) => {
    expect(refusal({ ...openId, ...access, ACCESS_AUD: aud })).toMatch(/^ACCESS_AUD /)
  })
})

describe('what is wrong names the variable to mend', () => {
  const cases: [keyof Variables, (string | undefined)[]][] = [
    [
      'PUBLIC_URL',
      [
        undefined,
        '',
        'evergrant.example.com',
        'http://evergrant.example.com',
        'https://a:b@evergrant.example.com',
        'https://evergrant.example.com/path',
        'https://evergrant.example.com/?a',
      ],
    ],
    ['OWNER_EMAILS', [undefined, '', ' , ', 'ada', 'ada@example.com,grace', 'a da@example.com']],
    [
      'SIGN_IN_ISSUER',
      [
        undefined,
        '',
        'accounts.example.com',
        'http://accounts.example.com',
        'https://login.microsoftonline.com/common/v2.0',
        'https://login.microsoftonline.com/organizations/v2.0',
        'https://login.microsoftonline.com/9188040D-6c67-4c5b-b112-36a304b66dad/v2.0',
        'https://login.microsoftonline.com/consumers',
        'https://login.microsoftonline.com/{tenantid}/v2.0',
      ],
    ],
    ['SIGN_IN_CLIENT_ID', [undefined, '']],
    ['SIGN_IN_CLIENT_SECRET', [undefined, '']],
    [
      'OAUTH_APPS',
      [
        'google',
        '[]',
        'null',
        '{"google":null}',
        '{"google":{"client_id":"a"}}',
        '{"google":{"client_id":"","client_secret":"b"}}',
        '{"google":{"client_id":"a","client_secret":"b","params":{"x":1}}}',
      ],
    ],
    [
      'ENCRYPTION_KEYS',
      [
        undefined,
        '',
        KEY,
        `:${KEY}`,
        `a kid:${KEY}`,
        `${'k'.repeat(17)}:${KEY}`,
        'k1:',
        `k1:${KEY.slice(0, 40)}`,
        `k1:${KEY}AA`,
        `k1:${KEY.slice(0, 42)}+`,
        `k1:${KEY},`,
        `k1:${KEY},k1:${OTHER_KEY}`,
        `k1:${KEY},k2:${KEY}`,
        `k1:${keyOf(Array(32).fill(0))}`,
        `k1:${keyOf(Array(32).fill(255))}`,
        `k1:${keyOf(Array.from({ length: 32 }, (_, index) => index))}`,
        `k1:${keyOf(Array.from({ length: 32 }, (_, index) => 255 - index * 3))}`,
        `k1:${keyOf(Array.from({ length: 32 }, (_, index) => index % 4))}`,
        `k1:${KEY},weak:${keyOf(Array(32).fill(7))}`,
      ],
    ],
  ]

  for (const [name, values] of cases) {
    it.each(values.map((value) => [value]))(`${name} = %j`, (value) => {
      expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name}\\b.`))
    })
  }

  it('never echoes a key or a secret', () => {
    const keyRings = cases.find(([name]) => name === 'ENCRYPTION_KEYS')?.[1] ?? []
    for (const value of keyRings) {
      const sentence = refusal({ ENCRYPTION_KEYS: value })
      for (const key of value?.match(/[A-Za-z0-9_-]{20,}/g) ?? []) expect(sentence).not.toContain(key)
      expect(sentence).not.toContain(KEY.slice(0, 20))
    }
    const apps = '{"google":{"client_id":"a","client_secret":"hush","params":[]}}'
    expect(refusal({ OAUTH_APPS: apps })).not.toContain('hush')
    expect(refusal({ SIGN_IN_CLIENT_ID: '' })).not.toContain('the-sign-in-secret')
  })
})
