// Regular expressions that connectors bring, matched in time that grows with the text only, whatever the pattern: states
// are followed side by side, nothing is tried twice. Knows the part of JavaScript's syntax that connectors need.

import { type Assertion, type CharSet, type Node, parsePattern, Refusal, WORD } from './pattern-syntax.ts'
import { err, ok, type Result } from './result.ts'

type Instruction =
  | { op: 'set'; set: CharSet }
  | { op: 'split'; ways: [number, number] }
  | { op: 'jump'; to: number }
  | { op: 'assert'; holds: Assertion }
  | { op: 'match' }

export interface Pattern {
  program: Instruction[]
  ignoreCase: boolean
}

const STATE_LIMIT = 4_000

/** @param scope `whole`: the text must match from end to end; `anywhere`: some part of it, in any case */
export function readPattern(
  source: string,
  scope: 'whole' | 'anywhere',
  stateLimit = STATE_LIMIT,
): Result<Pattern, string> {
  try {
    const node = parsePattern(source)
    const whole: Node = {
      kind: 'sequence',
      parts: [{ kind: 'assert', holds: { at: 'start' } }, node, { kind: 'assert', holds: { at: 'end' } }],
    }
    const program: Instruction[] = []
    emit(scope === 'whole' ? whole : node, program, stateLimit)
    program.push({ op: 'match' })
    return ok({ program, ignoreCase: scope === 'anywhere' })
  } catch (error) {
    if (error instanceof Refusal) return err(error.message)
    throw error
  }
}

const KEPT = 500
const kept = new Map<string, Pattern | undefined>()

/** A pattern that cannot be read matches nothing. */
export function matchesWhole(source: string, text: string): boolean {
  return matches('whole', source, text)
}

export function foundIn(source: string, text: string): boolean {
  return matches('anywhere', source, text)
}

function matches(scope: 'whole' | 'anywhere', source: string, text: string): boolean {
  const key = `${scope} ${source}`
  let pattern = kept.get(key)
  if (!pattern && !kept.has(key)) {
    const read = readPattern(source, scope)
    pattern = read.ok ? read.value : undefined
    if (kept.size >= KEPT) kept.clear()
    kept.set(key, pattern)
  }
  return pattern !== undefined && run(pattern, text, scope === 'anywhere')
}

function run({ program, ignoreCase }: Pattern, text: string, anywhere: boolean): boolean {
  const seen = new Int32Array(program.length).fill(-1)
  let current: number[] = [0]
  for (let position = 0; ; position++) {
    const next: number[] = []
    const stack = anywhere || position === 0 ? [0, ...current] : [...current]
    while (stack.length > 0) {
      const state = stack.pop() ?? 0
      if (seen[state] === position) continue
      seen[state] = position
      const instruction = program[state]
      switch (instruction?.op) {
        case 'match':
          return true
        case 'jump':
          stack.push(instruction.to)
          break
        case 'split':
          stack.push(...instruction.ways)
          break
        case 'assert':
          if (holds(instruction.holds, text, position, ignoreCase)) stack.push(state + 1)
          break
        case 'set':
          if (position < text.length && has(instruction.set, text.charCodeAt(position), ignoreCase)) {
            next.push(state + 1)
          }
          break
      }
    }
    if (position >= text.length || (next.length === 0 && !anywhere)) return false
    current = next
  }
}

function holds(assertion: Assertion, text: string, position: number, ignoreCase: boolean): boolean {
  switch (assertion.at) {
    case 'start':
      return position === 0
    case 'end':
      return position === text.length
    case 'boundary':
    case 'no_boundary': {
      const isWord = (at: number) => at >= 0 && at < text.length && has(WORD, text.charCodeAt(at), false)
      return (isWord(position - 1) !== isWord(position)) === (assertion.at === 'boundary')
    }
    case 'before':
      return (
        (position < text.length && has(assertion.set, text.charCodeAt(position), ignoreCase)) ===
        assertion.wanted
      )
  }
}

function has({ ranges, negated }: CharSet, code: number, ignoreCase: boolean): boolean {
  const codes = ignoreCase ? [code, caseOf(code, 'toLowerCase'), caseOf(code, 'toUpperCase')] : [code]
  return codes.some((one) => ranges.some(([from, to]) => one >= from && one <= to)) !== negated
}

function caseOf(code: number, change: 'toLowerCase' | 'toUpperCase'): number {
  const changed = String.fromCharCode(code)[change]()
  return changed.length === 1 ? changed.charCodeAt(0) : code
}

function emit(node: Node, program: Instruction[], limit: number): void {
  if (program.length > limit) throw new Refusal('This pattern is too large: shorten its repetitions.')
  switch (node.kind) {
    case 'set':
      program.push({ op: 'set', set: node.set })
      return
    case 'assert':
      program.push({ op: 'assert', holds: node.holds })
      return
    case 'sequence':
      for (const part of node.parts) emit(part, program, limit)
      return
    case 'choice':
      emitChoice(node.ways, program, limit)
      return
    case 'repeat': {
      const { part, least, most } = node
      for (let count = 0; count < least; count++) emitCounted(part, program, limit)
      if (most === Number.POSITIVE_INFINITY) {
        emitLoop(part, program, limit)
        return
      }
      const exits: Extract<Instruction, { op: 'split' }>[] = []
      for (let count = least; count < most; count++) {
        const split: Extract<Instruction, { op: 'split' }> = { op: 'split', ways: [program.length + 1, 0] }
        exits.push(split)
        program.push(split)
        emit(part, program, limit)
      }
      for (const split of exits) split.ways[1] = program.length
    }
  }
}

/** Every copy counts, also one that takes no text. */
function emitCounted(part: Node, program: Instruction[], limit: number): void {
  program.push({ op: 'jump', to: program.length + 1 })
  emit(part, program, limit)
}

function emitLoop(part: Node, program: Instruction[], limit: number): void {
  const start = program.length
  const split: Instruction = { op: 'split', ways: [start + 1, 0] }
  program.push(split)
  emit(part, program, limit)
  program.push({ op: 'jump', to: start })
  split.ways[1] = program.length
}

function emitChoice([first, ...others]: Node[], program: Instruction[], limit: number): void {
  if (!first) return
  if (others.length === 0) {
    emit(first, program, limit)
    return
  }
  const split: Instruction = { op: 'split', ways: [program.length + 1, 0] }
  program.push(split)
  emit(first, program, limit)
  const jump: Instruction = { op: 'jump', to: 0 }
  program.push(jump)
  split.ways[1] = program.length
  emitChoice(others, program, limit)
  jump.to = program.length
}
