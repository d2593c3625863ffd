import { describe, expect, it } from 'vitest'
import { isSigned } from '../../src/oauth/callback-mac.ts'

// The example of https://shopify.dev/docs/apps/build/authentication-authorization (HMAC validation), as it stood in 2020.
const QUERY = {
  code: '0907a61c0c8d55e99db179b68161bc00',
  hmac: '700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf',
  shop: 'some-shop.myshopify.com',
  state: '0.6784241404160823',
  timestamp: '1337178173',
}
const signed = (change: Record<string, string> = {}, secret = 'hush') =>
  isSigned(new URLSearchParams({ ...QUERY, ...change }), 'hmac', secret)

describe('a callback that the service signs', () => {
  it('is known by its signature, in whatever order it comes', async () => {
    expect(await signed()).toBe(true)
    const reversed = new URLSearchParams(Object.entries(QUERY).reverse())
    expect(await isSigned(reversed, 'hmac', 'hush')).toBe(true)
  })

  it.each<[string, Record<string, string>]>([
    ['another shop', { shop: 'evil.myshopify.com' }],
    ['another code', { code: 'x' }],
    ['a parameter more', { extra: '1' }],
    ['another signature', { hmac: QUERY.hmac.replace('7', '8') }],
    ['no signature', { hmac: '' }],
  ])('is refused with %s', async (_, change) => {
    expect(await signed(change)).toBe(false)
  })

  it('is refused under another secret, and with two signatures', async () => {
    expect(await signed({}, 'hash')).toBe(false)
    const twice = new URLSearchParams([...Object.entries(QUERY), ['hmac', QUERY.hmac]])
    expect(await isSigned(twice, 'hmac', 'hush')).toBe(false)
  })
})
