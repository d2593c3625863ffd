import { describe, expect, it } from 'vitest'
import { providerText } from '../../src/domain/provider-text.ts'

const GOOGLE_TOKEN = 'ya29.a0AfH6SMBx1Qz7-kLr_TqE9'
const GITHUB_TOKEN = 'gho_16C7e42F292c6912E7710c838347Ae178B4a'
const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

describe('text from a provider', () => {
  it.each([
    'Token has been expired or revoked.',
    'AADSTS700082',
    'AADSTS700082: The refresh token has expired due to inactivity.',
    'reauth related error (invalid_rapt)',
    'The refresh token passed is incorrect or expired.',
    'invalid_grant',
    'authorization_response_iss_parameter',
    'HTTP 503 · temporarily_unavailable',
    'Unknown or invalid refresh token.',
    'Das Token ist abgelaufen – bitte melden Sie sich erneut an.',
    '<script>alert(1)</script>',
  ])('stays readable: %s', (text) => {
    expect(providerText(text)).toBe(text)
  })

  it.each([
    ['a Google token', GOOGLE_TOKEN],
    ['a GitHub token', GITHUB_TOKEN],
    ['a JWT', JWT],
    ['a long run of letters', 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst'],
    ['hexadecimal', '0123456789abcdef0123456789abcdef'],
    ['base64 with its signs', 'q83vEjRWeJ/+q83vEjRWeJ8='],
    ['percent-encoding', 'q83vEjRWeJ%2F%2Bq83vEjRWeJ8%3D'],
  ])('hides %s', (_, token) => {
    const shown = providerText(`The token ${token} is spent`)
    expect(shown).toBe('The token [hidden] is spent')
    expect(providerText(`token="${token}"`)).not.toContain(token)
  })

  it('hides a secret it is given, however short and ordinary', () => {
    expect(providerText('refresh token abc-xyz is spent', ['abc-xyz'])).toBe(
      'refresh token [hidden] is spent',
    )
  })

  it('hides a given secret in its URL-encoded form too', () => {
    const secret = 'a:b+c%/d'
    const encoded = encodeURIComponent(secret)
    expect(providerText(`got ${secret} and ${encoded}`, [secret])).toBe('got [hidden] and [hidden]')
  })

  it('hides every secret, everywhere', () => {
    const shown = providerText('one two one/two', ['one', null, '', 'two'])
    expect(shown).toBe('[hidden] [hidden] [hidden]/[hidden]')
  })

  it('is cut at 200 characters, after masking, so that no half of a token is left', () => {
    expect(providerText('word '.repeat(100))).toHaveLength(200)
    const shown = providerText(`${'word '.repeat(38)}${GITHUB_TOKEN} rest`)
    expect(shown.length).toBeLessThanOrEqual(200)
    expect(shown).not.toContain('gho_')
  })

  it.each([
    ['line ends', 'a\r\nb', 'a b'],
    ['NUL and escape', 'a\u0000\u001b[31mb', 'a [31mb'],
    ['text direction', 'a\u202Eb', 'a b'],
    ['zero width', 'a\u200Bb', 'a b'],
    ['line separators', 'a\u2028\u2029b', 'a b'],
    ['C1 controls', 'a\u0085b', 'a b'],
  ])('loses %s', (_, text, shown) => {
    expect(providerText(text)).toBe(shown)
  })

  it.each([undefined, null, 42, {}, ['a']])('that is no text is empty: %j', (value) => {
    expect(providerText(value)).toBe('')
  })
})
