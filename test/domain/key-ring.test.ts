import { describe, expect, it } from 'vitest'
import { parseKeyRing } from '../../src/domain/key-ring.ts'
import { toBase64Url } from '../../src/lib/bytes.ts'

const bytesOf = () => crypto.getRandomValues(new Uint8Array(32))
const newKey = () => toBase64Url(bytesOf())

function ring(text: string) {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

describe('a key ring', () => {
  it('keeps its keys in their order: the first seals', () => {
    const [first, second] = [bytesOf(), bytesOf()]
    expect(ring(`new:${toBase64Url(first)},old:${toBase64Url(second)}`)).toEqual([
      { kid: 'new', bytes: first },
      { kid: 'old', bytes: second },
    ])
  })

  it.each(['k', '2026-11', 'A_b-9', 'x'.repeat(16)])('takes the kid %j', (kid) => {
    expect(ring(`${kid}:${newKey()}`)[0].kid).toBe(kid)
  })

  it('takes spaces around entries, and padding', () => {
    expect(ring(` a:${newKey()}= ,\n b:${newKey()} `).map(({ kid }) => kid)).toEqual(['a', 'b'])
  })

  it('takes a thousand random keys: none looks like a pattern', () => {
    for (let index = 0; index < 1_000; index++) expect(parseKeyRing(`k:${newKey()}`).ok).toBe(true)
  })
})

describe('what is no key ring', () => {
  const good = newKey()
  const filled = (byte: (index: number) => number) =>
    toBase64Url(Uint8Array.from({ length: 32 }, (_, i) => byte(i)))

  /** 32 bytes leave two bits of the last letter unused: the letter after it stands for the same bytes. */
  function after(letter: string) {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return alphabet[alphabet.indexOf(letter) + 1]
  }

  it.each([
    ['nothing', '', 'entry 1'],
    ['a key without a kid', good, 'entry 1'],
    ['an empty kid', `:${good}`, 'entry 1'],
    ['a kid with a dot, which would end a part of a sealed text', `a.b:${good}`, 'entry 1'],
    ['a kid that is too long', `${'x'.repeat(17)}:${good}`, 'entry 1'],
    ['key and kid exchanged', `${good}:k1`, 'entry 1'],
    ['a comma too many', `a:${good},`, 'entry 2'],
    ['31 bytes', `a:${toBase64Url(new Uint8Array(31).map((_, i) => i * 7))}`, 'not 32 bytes'],
    ['33 bytes', `a:${toBase64Url(new Uint8Array(33).map((_, i) => i * 7))}`, 'not 32 bytes'],
    ['standard base64', `a:${'+'.repeat(43)}`, 'not 32 bytes'],
    [
      'a second spelling of the same bytes',
      `a:${good.slice(0, -1)}${after(good.at(-1) ?? '')}`,
      'not 32 bytes',
    ],
    ['zeros', `a:${filled(() => 0)}`, 'not random'],
    ['one letter', `a:${filled(() => 65)}`, 'not random'],
    ['counting up', `a:${filled((index) => index)}`, 'not random'],
    ['counting down in sevens', `a:${filled((index) => 250 - index * 7)}`, 'not random'],
    ['a few letters over and over', `a:${filled((index) => 97 + (index % 8))}`, 'not random'],
    ['the same kid twice', `a:${good},a:${newKey()}`, 'key "a" appears twice'],
    ['the same key twice', `a:${good},b:${good}`, 'key "b" repeats'],
  ])('is told in one sentence: %s', (_, text, words) => {
    const parsed = parseKeyRing(text)
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.error).toContain(words)
    expect(parsed.error).not.toContain(good.slice(0, 8))
  })
})
