import { describe, expect, it } from 'vitest'
import { cleanName } from '../../src/domain/names.ts'

describe('a name', () => {
  it.each([
    ['Marketing', 'Marketing'],
    ['  two   words ', 'two words'],
    ['line\r\nend', 'line end'],
    ['tab\tstop', 'tab stop'],
    ['no\u0000null', 'no null'],
    ['right\u202Eto left', 'right to left'],
    ['zero\u200Bwidth', 'zero width'],
    ['line\u2028separator', 'line separator'],
    ['Zoë’s Drive – 東京 🚀', 'Zoë’s Drive – 東京 🚀'],
    ['<b>bold</b>', '<b>bold</b>'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['🚀'.repeat(100), '🚀'.repeat(100)],
    [`  ${'x'.repeat(100)}  `, 'x'.repeat(100)],
  ])('%j is kept as %j', (text, name) => {
    expect(cleanName(text)).toBe(name)
  })

  it.each(['', '   ', '\n\t', '\u200B\u202E', 'x'.repeat(101), '🚀'.repeat(101)])('%j is none', (text) => {
    expect(cleanName(text)).toBeUndefined()
  })

  it('holds no half of a surrogate pair, which no store keeps', () => {
    // Compared here: no report can show what such a name holds.
    expect(cleanName('half\ud83d a pair') === 'half a pair').toBe(true)
    expect(cleanName('\ud83d') === undefined).toBe(true)
  })
})
