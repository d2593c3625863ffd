// What is wrong with a connector's JSON, said at the field of its form that holds it.

import { at } from '../lib/json-path.ts'
import { FIELDS, type FormValues, parseRest } from './definition-form.ts'
import type { FieldError } from './failure.ts'

/** Errors of the JSON at the fields that say it, one message a field; what no field says is named with its place. */
export function atFields(errors: FieldError[], values: FormValues): FieldError[] {
  const messages = new Map<string, string[]>()
  for (const { path, message } of errors) {
    const { field, words } = place(path, message, values)
    messages.set(field, [...(messages.get(field) ?? []), words])
  }
  return [...messages].map(([path, words]) => ({ path, message: [...new Set(words)].slice(0, 5).join(' ') }))
}

function place(path: string, message: string, values: FormValues): { field: string; words: string } {
  if (path === 'id' || path === '' || path === 'rest') return { field: path, words: message }
  if (path.startsWith('refresh.replay') || path === 'refresh.rotates' || path === 'refresh') {
    return { field: /Seconds$/.test(path) ? 'replay_seconds' : 'rotation', words: message }
  }
  const rest = parseRest(values.rest ?? '') ?? {}
  const found = FIELDS.find(
    ([name, codec]) =>
      (path === codec.path || path.startsWith(`${codec.path}.`)) &&
      ((values[name] ?? '').trim() !== '' || at(rest, codec.path) === undefined),
  )
  if (found) {
    const [name, { path: own, lines: byLine }] = found
    const index = byLine ? /^\.(\d+)/.exec(path.slice(own.length))?.[1] : undefined
    return { field: name, words: index === undefined ? message : `Line ${Number(index) + 1}: ${message}` }
  }
  const group = FIELDS.find(
    ([name, codec]) => codec.path.startsWith(`${path}.`) && (values[name] ?? '').trim() === '',
  )
  const missing = group && at(rest, path) === undefined
  return missing ? { field: group[0], words: message } : { field: 'rest', words: `${path}: ${message}` }
}
