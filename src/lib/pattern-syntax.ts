// The syntax of patterns, read into a tree: what is not known here is refused with a sentence.

type Ranges = [from: number, to: number][]
export interface CharSet {
  ranges: Ranges
  negated: boolean
}

export type Node =
  | { kind: 'set'; set: CharSet }
  | { kind: 'sequence'; parts: Node[] }
  | { kind: 'choice'; ways: Node[] }
  | { kind: 'repeat'; part: Node; least: number; most: number }
  | { kind: 'assert'; holds: Assertion }

export type Assertion =
  | { at: 'start' | 'end' | 'boundary' | 'no_boundary' }
  | { at: 'before'; set: CharSet; wanted: boolean }

const DEPTH_LIMIT = 20
const REPEAT_LIMIT = 1_000

/** One sentence says why a pattern is refused. Caught where patterns are read. */
export class Refusal extends Error {}

/** Throws {@link Refusal}. */
export function parsePattern(source: string): Node {
  return new Parser(source).read()
}

const DIGIT: CharSet = { ranges: [[0x30, 0x39]], negated: false }
export const WORD: CharSet = {
  ranges: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  negated: false,
}
const SPACE: CharSet = {
  ranges: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
  negated: false,
}
const ANY: CharSet = {
  ranges: [
    [0x0a, 0x0a],
    [0x0d, 0x0d],
    [0x2028, 0x2029],
  ],
  negated: true,
}
const SHORTHANDS: Record<string, CharSet> = { d: DIGIT, w: WORD, s: SPACE }
const CONTROLS: Record<string, number> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d }

class Parser {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): Node {
    const node = this.#choice()
    if (this.#at < this.#source.length) throw new Refusal('This pattern closes a group that it never opens.')
    return node
  }

  #choice(): Node {
    if (++this.#depth > DEPTH_LIMIT) throw new Refusal('This pattern nests too many groups.')
    const ways = [this.#sequence()]
    while (this.#take('|')) ways.push(this.#sequence())
    this.#depth--
    return ways.length === 1 ? (ways[0] as Node) : { kind: 'choice', ways }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#source.length && !this.#sees('|') && !this.#sees(')')) {
      parts.push(this.#quantified(this.#atom()))
    }
    return { kind: 'sequence', parts }
  }

  #quantified(part: Node): Node {
    const counts = this.#quantifier()
    if (!counts) return part
    if (part.kind === 'assert') throw new Refusal('This pattern repeats a place instead of characters.')
    this.#take('?')
    if ('*+?{'.includes(this.#source[this.#at] ?? ' ')) {
      throw new Refusal('This pattern has two repetitions in a row.')
    }
    return { kind: 'repeat', part, ...counts }
  }

  #quantifier(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { least: 0, most: 1 }
    if (!this.#sees('{')) return undefined
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#source.slice(this.#at))
    if (!found) throw new Refusal('This pattern has a { that is no repetition: write \\{ for the character.')
    this.#at += found[0].length
    const least = Number(found[1])
    const most =
      found[2] === undefined ? least : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3])
    if (least > most || least > REPEAT_LIMIT || (most > REPEAT_LIMIT && most !== Number.POSITIVE_INFINITY)) {
      throw new Refusal(`This pattern repeats more than ${REPEAT_LIMIT} times, or from more to less.`)
    }
    return { least, most }
  }

  #atom(): Node {
    const character = this.#source[this.#at++] ?? ''
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'set', set: this.#class() }
      case '.':
        return { kind: 'set', set: ANY }
      case '^':
        return { kind: 'assert', holds: { at: 'start' } }
      case '$':
        return { kind: 'assert', holds: { at: 'end' } }
      case '\\':
        if (this.#take('b')) return { kind: 'assert', holds: { at: 'boundary' } }
        if (this.#take('B')) return { kind: 'assert', holds: { at: 'no_boundary' } }
        return { kind: 'set', set: this.#escape() }
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw new Refusal(`This pattern has a ${character} where none fits: write \\${character}.`)
      default:
        return { kind: 'set', set: only(character.charCodeAt(0)) }
    }
  }

  #group(): Node {
    if (this.#take('?!')) return this.#lookAhead(false)
    if (this.#take('?=')) return this.#lookAhead(true)
    if (!this.#take('?:') && this.#sees('?')) {
      throw new Refusal('This pattern has a kind of group that is not known here.')
    }
    const node = this.#choice()
    if (!this.#take(')')) throw new Refusal('This pattern does not close a group.')
    return node
  }

  /** Of one character: what stands there can be told without going back. */
  #lookAhead(wanted: boolean): Node {
    const node = this.#atom()
    if (node.kind !== 'set' || !this.#take(')')) {
      throw new Refusal('This pattern looks ahead further than one character.')
    }
    return { kind: 'assert', holds: { at: 'before', set: node.set, wanted } }
  }

  #class(): CharSet {
    const negated = this.#take('^')
    const ranges: Ranges = []
    while (!this.#take(']')) {
      if (this.#at >= this.#source.length) throw new Refusal('This pattern does not close a [.')
      const from = this.#member()
      if (from.ranges.length !== 1 || !this.#sees('-') || this.#source[this.#at + 1] === ']') {
        ranges.push(...from.ranges)
        continue
      }
      this.#at++
      const to = this.#member()
      const [first, last] = [from.ranges[0]?.[0] ?? 0, to.ranges[0]?.[1] ?? 0]
      if (to.ranges.length !== 1 || first > last) throw new Refusal('This pattern has a range that is none.')
      ranges.push([first, last])
    }
    return { ranges, negated }
  }

  #member(): CharSet {
    const character = this.#source[this.#at++] ?? ''
    if (character !== '\\') return only(character.charCodeAt(0))
    const set = this.#escape()
    if (set.negated) throw new Refusal('This pattern negates inside of [].')
    return set
  }

  #escape(): CharSet {
    const letter = this.#source[this.#at++] ?? ''
    const shorthand = SHORTHANDS[letter.toLowerCase()]
    if (shorthand) return { ...shorthand, negated: letter !== letter.toLowerCase() }
    const control = CONTROLS[letter]
    if (control !== undefined) return only(control)
    const digits = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(letter + this.#source.slice(this.#at))
    if (digits) {
      this.#at += digits[0].length - 1
      return only(Number.parseInt(digits[1] ?? digits[2] ?? '', 16))
    }
    if (letter === '' || /[A-Za-z0-9]/.test(letter)) {
      throw new Refusal(`This pattern has a \\${letter} that is not known here.`)
    }
    return only(letter.charCodeAt(0))
  }

  #sees(text: string): boolean {
    return this.#source.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#sees(text)) return false
    this.#at += text.length
    return true
  }
}

function only(code: number): CharSet {
  return { ranges: [[code, code]], negated: false }
}
