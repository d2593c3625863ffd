import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offeredConnectors } from '../../src/connectors/catalog.ts'
import { foundIn, matchesWhole, readPattern } from '../../src/lib/pattern.ts'

const CATALOG = offeredConnectors(true)
const PARAMS = [...new Set(CATALOG.flatMap(({ params }) => params.map(({ pattern }) => pattern)))]
const EXAMPLES = CATALOG.flatMap(({ params }) => params.map(({ example }) => example))
const DESCRIPTIONS = [
  ...new Set(CATALOG.flatMap(({ errors }) => errors.flatMap(({ description }) => description ?? []))),
]

const SYNTAX = [
  'abc',
  'a|b|',
  '(ab|a)(bc|c)',
  'a{2}b{1,}c{0,3}',
  'a*?b+?',
  '[^a-c]x',
  '[a\\-z.]+',
  '[-a]',
  '[a-]',
  '\\d\\D\\w\\W\\s\\S',
  '.\\.',
  '^a$|^$',
  '\\bab\\b',
  '\\Bb',
  'a(?!b)|(?=c).',
  '(a*)*',
  '(a|b*)*c',
  '(){3}',
  '\\x41\\u0042\\n\\/',
  '(?:a?){3}a{3}',
]

/** Texts made of what patterns are about. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcABC.-_ x1/\n@ßK'), maxLength: 12 }),
  fc.string({ maxLength: 20 }),
  fc
    .tuple(fc.constantFrom(...EXAMPLES), fc.string({ maxLength: 3 }))
    .map(([example, more]) => example + more),
)

describe('a pattern matches as JavaScript says', () => {
  it.each([...SYNTAX, ...PARAMS])('whole: %s', (source) => {
    const expected = new RegExp(`^(?:${source})$`)
    fc.assert(fc.property(text, (value) => matchesWhole(source, value) === expected.test(value)))
    for (const example of EXAMPLES) expect(matchesWhole(source, example)).toBe(expected.test(example))
  })

  it.each([...SYNTAX, ...DESCRIPTIONS])('somewhere, in any case: %s', (source) => {
    const expected = new RegExp(source, 'i')
    fc.assert(fc.property(text, (value) => foundIn(source, value) === expected.test(value)))
    const word = source.replaceAll(/[\\b()]|\?!d/g, '')
    for (const value of [word, `x ${word.toUpperCase()}1`, `${word}.`]) {
      expect(foundIn(source, value), value).toBe(expected.test(value))
    }
  })
})

describe('a pattern that would take JavaScript for ever', () => {
  it.each(['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*a){12}b', '([a-z]+)*\\d', '(a?){25}a{25}b'])(
    'is matched at once: %s',
    (source) => {
      expect(matchesWhole(source, 'a'.repeat(250))).toBe(false)
      expect(foundIn(source, 'a'.repeat(1000))).toBe(false)
    },
  )
})

describe('a pattern is refused', () => {
  it.each([
    '(a',
    'a)',
    '[a',
    '[b-a]',
    '[\\D]',
    'a{',
    'a{,3}',
    'a{3,1}',
    'a{1001}',
    'a**',
    'a++',
    '*a',
    '^*',
    '(a)\\1',
    '\\k<a>',
    '(?<a>b)',
    '(?<=a)b',
    '(?!ab)',
    '(?!a*)',
    '(?i:a)',
    '\\p{L}',
    '\\',
    '\\x4',
    '((a{900}){900}){900}',
    '((){900}){900}',
    '('.repeat(30) + ')'.repeat(30),
  ])('%s', (source) => {
    const read = readPattern(source, 'whole')
    expect(read).toMatchObject({ ok: false, error: expect.stringMatching(/^This pattern .*\.$/) })
    expect(matchesWhole(source, source)).toBe(false)
  })
})
