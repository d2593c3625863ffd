import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  equalConstantTime,
  fromBase64Url,
  fromUtf8,
  sha256Hex,
  toBase64Url,
  toDigits,
  toHex,
  utf8,
} from '../../src/lib/bytes.ts'

const bytes = fc.uint8Array({ maxLength: 200 })

describe('base64url', () => {
  it('gives back every sequence of bytes, without padding', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const text = toBase64Url(given)
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/)
        expect([...(fromBase64Url(text) ?? [])]).toEqual([...given])
      }),
    )
  })

  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foobar', 'Zm9vYmFy'],
  ])('spells RFC 4648’s %j as %j', (text, encoded) => {
    expect(toBase64Url(utf8(text))).toBe(encoded)
  })

  it.each(['Zg==', 'Zg=', 'Z', 'Zm9vY', 'Zm+v', 'Zm/v', 'Zm 8', 'Zm8\n', 'é', '.'])('refuses %j', (text) => {
    expect(fromBase64Url(text)).toBeUndefined()
  })
})

describe('UTF-8', () => {
  it('gives back every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text)
      }),
    )
  })

  it('keeps a byte order mark as a character', () => {
    expect(fromUtf8(utf8('\uFEFFx'))).toBe('\uFEFFx')
  })

  it('is undefined for bytes that are none', () => {
    expect(fromUtf8(new Uint8Array([0xc3, 0x28]))).toBeUndefined()
    expect(fromUtf8(new Uint8Array([0xed, 0xa0, 0x80]))).toBeUndefined()
  })
})

describe('digits', () => {
  it('are the number in that base, padded to their length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const given = Uint8Array.from({ length: 8 }, (_, index) =>
          Number((value >> BigInt(56 - 8 * index)) & 255n),
        )
        const digits = toDigits(given, '0123456789abcdef', 16)
        expect(digits).toBe(value.toString(16).padStart(16, '0'))
      }),
    )
  })

  it('keep the low end where the number is too long', () => {
    expect(toDigits(new Uint8Array([0x12, 0x34]), '0123456789abcdef', 2)).toBe('34')
  })
})

describe('hex and SHA-256', () => {
  it('are in lower case, two digits a byte', () => {
    expect(toHex(new Uint8Array([0, 10, 171, 255]))).toBe('000aabff')
  })

  it('match the known digest of "abc"', async () => {
    expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('comparison in constant time', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'ab', false],
    ['ab', 'a', false],
    ['A', 'a', false],
    ['é', 'e\u0301', false],
    ['東京', '東京', true],
  ])('%j and %j: %s', (left, right, equal) => {
    expect(equalConstantTime(left, right)).toBe(equal)
  })
})
