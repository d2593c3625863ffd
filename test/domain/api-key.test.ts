import { describe, expect, it } from 'vitest'
import { apiKeyId, hashApiKey, newApiKey } from '../../src/domain/api-key.ts'
import type { RandomBytes } from '../../src/lib/bytes.ts'

const random: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEYS = Array.from({ length: 10_000 }, () => newApiKey(random))
const SAMPLE = KEYS.slice(0, 20).map(({ key }) => key)

describe('a new API key', () => {
  it('is egk_, an id, a secret and a checksum', () => {
    for (const { id, key } of KEYS.slice(0, 100)) {
      expect(key).toMatch(/^egk_[0-9a-z]{12}[0-9A-Za-z]{32}[0-9A-Za-z]{6}$/)
      expect(key.slice(4, 16)).toBe(id)
      expect(apiKeyId(key)).toBe(id)
    }
  })

  it('draws at least 160 random bits for its secret, apart from those of its id', () => {
    const drawn: number[] = []
    newApiKey((length) => {
      drawn.push(length)
      return random(length)
    })
    expect(drawn).toHaveLength(2)
    expect((drawn[1] ?? 0) * 8).toBeGreaterThanOrEqual(160)
    // 32 base62 digits hold 190 bits.
    expect(Math.log2(62) * 32).toBeGreaterThan(160)
  })

  it('puts every random bit to use: another last byte is another secret', () => {
    const keys = new Set<string>()
    for (let last = 0; last < 256; last++) {
      const bytes: RandomBytes = (length) => new Uint8Array(length).fill(7).fill(last, length - 1)
      keys.add(newApiKey(bytes).key.slice(16, 48))
    }
    expect(keys.size).toBe(256)
  })

  it('is never the same as another, nor is its id or its secret', () => {
    expect(new Set(KEYS.map(({ key }) => key)).size).toBe(10_000)
    expect(new Set(KEYS.map(({ id }) => id)).size).toBe(10_000)
    expect(new Set(KEYS.map(({ key }) => key.slice(16, 48))).size).toBe(10_000)
  })
})

describe('the checksum', () => {
  it('catches every change of a single character', () => {
    for (const key of SAMPLE) {
      for (let at = 4; at < key.length; at++) {
        for (const character of BASE62) {
          if (character === key[at]) continue
          const changed = key.slice(0, at) + character + key.slice(at + 1)
          if (apiKeyId(changed) !== undefined) expect.fail(`position ${at} of ${key} became ${character}`)
        }
      }
    }
  })

  it('catches every swap of neighbours', () => {
    for (const key of KEYS.slice(0, 200).map(({ key }) => key)) {
      for (let at = 4; at < key.length - 1; at++) {
        const [left = '', right = ''] = [key[at], key[at + 1]]
        if (left === right) continue
        const swapped = key.slice(0, at) + right + left + key.slice(at + 2)
        if (apiKeyId(swapped) !== undefined) expect.fail(`positions ${at} and ${at + 1} of ${key} swapped`)
      }
    }
  })

  it('is CRC-32: a scanner can check it without us', () => {
    const body = '0'.repeat(44)
    const zero = newApiKey((length) => new Uint8Array(length))
    expect(zero.key.slice(4, 48)).toBe(body)
    let value = 0
    for (const digit of zero.key.slice(48)) value = value * 62 + BASE62.indexOf(digit)
    expect(value).toBe(crc32(body))
  })
})

describe('what is no key', () => {
  const [good = ''] = SAMPLE
  it.each([
    ['nothing', ''],
    ['the prefix alone', 'egk_'],
    ['a character less', good.slice(0, -1)],
    ['a character more', `${good}0`],
    ['a space before', ` ${good}`],
    ['a line end after', `${good}\n`],
    ['another prefix', `xgk_${good.slice(4)}`],
    ['an upper-case prefix', `EGK_${good.slice(4)}`],
    ['an upper-case id', `egk_${good.slice(4, 16).toUpperCase().replaceAll(/\d/g, 'A')}${good.slice(16)}`],
    ['a scheme before it', `Bearer ${good}`],
  ])('has no id: %s', (_, text) => {
    expect(apiKeyId(text)).toBeUndefined()
  })
})

describe('the stored hash', () => {
  it('is SHA-256 of the whole key in lower-case hex', async () => {
    const key = 'egk_test'
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    expect(await hashApiKey(key)).toBe(hex)
  })
})

/** Bit by bit from the definition (reflected IEEE 802.3), apart from the implementation under test. */
function crc32(text: string): number {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value % 2 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    return value >>> 0
  })
  let crc = 0xffffffff
  for (const character of text) {
    crc = (table[(crc ^ character.charCodeAt(0)) & 255] ?? 0) ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}
