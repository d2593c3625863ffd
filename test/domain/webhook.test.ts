import { describe, expect, it } from 'vitest'
import { retryAt, webhookUrl } from '../../src/domain/webhook.ts'

const PUBLIC = { publicUrl: 'https://evergrant.example', allowInsecureUpstreams: false }
const LOCAL = { publicUrl: 'http://localhost:8787', allowInsecureUpstreams: true }

describe('where webhooks may go', () => {
  it.each([
    ['https://example.com/hooks', 'https://example.com/hooks'],
    ['  https://example.com  ', 'https://example.com/'],
    ['https://EXAMPLE.com:8443/a?b=c', 'https://example.com:8443/a?b=c'],
    ['https://bücher.example/x', 'https://xn--bcher-kva.example/x'],
    ['https://hooks.slack.com/services/T/B/x', 'https://hooks.slack.com/services/T/B/x'],
  ])('%s', (text, url) => {
    expect(webhookUrl(text, PUBLIC)).toBe(url)
  })

  it.each([
    '',
    'example.com',
    'http://example.com/',
    'ftp://example.com/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'https://',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://example.com/#part',
    'https://exa\tmple.com/',
    'https://example.com/\r\nHost: other',
    'https://example.com\\@other.example/',
    'https://localhost/',
    'https://localhost.:8787/',
    'http://localhost:8787/',
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://10.0.0.1/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://intranet/',
    'https://db.corp/',
    'https://127.0.0.1.nip.io/',
    'https://router.home.arpa/',
    'https://example.com./',
    'https://evergrant.example/settings/webhooks',
    'https://EVERGRANT.example:443/v1/connections',
    `https://example.com/${'x'.repeat(2000)}`,
    '<script>alert(1)</script>',
  ])('not %j', (text) => {
    expect(webhookUrl(text, PUBLIC)).toBeUndefined()
  })

  it('to loopback http only where insecure upstreams are allowed, and never to ourselves', () => {
    expect(webhookUrl('http://127.0.0.1:9000/hook', LOCAL)).toBe('http://127.0.0.1:9000/hook')
    expect(webhookUrl('http://127.0.0.1:9000/hook', PUBLIC)).toBeUndefined()
    expect(webhookUrl('http://localhost:8787/settings/webhooks', LOCAL)).toBeUndefined()
    for (const text of [
      'http://10.0.0.1/',
      'http://example.com/',
      'http://localhost.example/',
      'https://localhost/',
    ])
      expect(webhookUrl(text, LOCAL)).toBeUndefined()
  })
})

describe('a failed delivery', () => {
  it('is tried again with growing pauses for a day, and then no more', () => {
    let at = 0
    const pauses: number[] = []
    for (let attempts = 1; ; attempts++) {
      const next = retryAt(attempts, at, 0.5)
      if (next === null) break
      pauses.push(next - at)
      at = next
    }
    expect(pauses).toEqual([5e3, 3e5, 18e5, 72e5, 18e6, 252e5, 324e5])
    expect(at).toBeGreaterThan(23 * 3600_000)
    expect(at).toBeLessThan(24 * 3600_000)
  })

  it('does not come back with all others at once', () => {
    expect(retryAt(2, 0, 0)).toBe(270_000)
    expect(retryAt(2, 0, 1)).toBe(330_000)
  })
})
