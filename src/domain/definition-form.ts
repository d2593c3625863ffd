// A connector's JSON as the texts of a form, and back: what has a field of its own is there; everything else stays JSON in
// one field, so that nothing is lost on the way.

import { isObject, type Json, parseObject } from '../lib/json.ts'
import { at } from '../lib/json-path.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { CODECS, type Codec } from './definition-fields.ts'
import type { FieldError } from './failure.ts'

/** Texts by field name, as they were typed. */
export type FormValues = Record<string, string>

export type FieldName = keyof typeof CODECS | 'id' | 'rotation' | 'replay_seconds' | 'rest'

export const FIELDS = Object.entries(CODECS) as [FieldName, Codec][]
/** What the form says of a new connector where nobody has said anything. */
const ALWAYS = ['category', 'confidence', 'id']

/** The fields of a JSON form, whatever it holds; `rest` is what they cannot say. */
export function formOf(json: Json): FormValues {
  const rest = structuredClone(json)
  const values: FormValues = { id: typeof json.id === 'string' ? json.id : '' }
  for (const name of ALWAYS) delete rest[name]
  // A revocation of the service's own kind has fields that only belong together.
  const own = isObject(json.revocation) && json.revocation.style === 'own'
  for (const [name, { path, toText }] of FIELDS) {
    if (own && path.startsWith('revocation.')) continue
    const text = toText(at(json, path))
    values[name] = text ?? ''
    if (text !== undefined) remove(rest, path)
  }
  takeRotation(json, rest, values)
  if (!own) remove(rest, 'revocation.style')
  dropEmpty(rest)
  values.rest = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest, null, 2)
  return values
}

/** The JSON that a form says; its own errors only, since the rules look at the JSON. */
export function jsonOf(values: FormValues): Result<Json, FieldError[]> {
  const rest = parseRest(values.rest ?? '')
  if (!rest) {
    return err([
      { path: 'rest', message: 'This is not a JSON object: look at its quotes, commas and braces.' },
    ])
  }
  const json = rest
  // Its choices always have a value: without an address they mean nothing, and one of the service's own kind has none.
  const revokes = (values.revocation_url ?? '').trim() !== '' && at(json, 'revocation.style') !== 'own'
  for (const [name, { path, toJson }] of FIELDS) {
    const text = values[name] ?? ''
    if (text.trim() === '' || (path.startsWith('revocation.') && !revokes)) continue
    put(json, path, toJson(text))
  }
  for (const name of ['killsOldAccess', 'sharedGrant']) {
    if (at(json, `refresh.${name}`) === undefined) put(json, `refresh.${name}`, false)
  }
  putRotation(json, values)
  for (const name of ['access', 'refreshIdle', 'refreshAbsolute']) {
    if (at(json, `lifetimes.${name}`) === undefined) put(json, `lifetimes.${name}`, null)
  }
  if (isObject(json.revocation)) json.revocation = { style: 'rfc7009', ...json.revocation }
  return ok(json)
}

/** Whether the JSON of everything else says what this field cannot. */
export function saidElsewhere(name: FieldName, values: FormValues): boolean {
  const codec: Codec | undefined = Object.hasOwn(CODECS, name)
    ? CODECS[name as keyof typeof CODECS]
    : undefined
  if (!codec || (values[name] ?? '') !== '') return false
  return at(parseRest(values.rest ?? '') ?? {}, codec.path) !== undefined
}

/** Whether refresh tokens rotate, and what a spent one does, is one choice. */
function takeRotation(json: Json, rest: Json, values: FormValues): void {
  const replay = at(json, 'refresh.replay')
  const rule = isObject(replay) && typeof replay.rule === 'string' ? replay.rule : 'once'
  const seconds = isObject(replay) ? (replay.windowSeconds ?? replay.pauseSeconds) : 5
  values.rotation = rule
  values.replay_seconds = typeof seconds === 'number' ? String(seconds) : ''
  remove(rest, 'refresh.replay')
  remove(rest, 'refresh.rotates')
  for (const name of ['killsOldAccess', 'sharedGrant']) {
    if (at(rest, `refresh.${name}`) === false) remove(rest, `refresh.${name}`)
  }
  for (const name of ['access', 'refreshIdle', 'refreshAbsolute']) {
    if (at(rest, `lifetimes.${name}`) === null) remove(rest, `lifetimes.${name}`)
  }
  for (const name of ['identity', 'revocation']) if (rest[name] === null) delete rest[name]
}

function putRotation(json: Json, values: FormValues): void {
  const rule = values.rotation || 'once'
  const text = (values.replay_seconds ?? '').trim()
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : text
  put(json, 'refresh.rotates', rule !== 'harmless')
  put(json, 'refresh.replay', {
    rule,
    ...(rule === 'grace' ? { windowSeconds: seconds } : {}),
    ...(rule === 'once' ? { pauseSeconds: text === '' ? 5 : seconds } : {}),
  })
}

export function parseRest(text: string): Json | undefined {
  return text.trim() === '' ? {} : parseObject(text)
}

function put(json: Json, path: string, value: unknown): void {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let target = json
  for (const step of steps) {
    const next = target[step]
    target[step] = isObject(next) ? next : {}
    target = target[step] as Json
  }
  target[last] = value
}

function remove(json: Json, path: string): void {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const target = steps.length === 0 ? json : at(json, steps.join('.'))
  if (isObject(target)) delete target[last]
}

/** Groups whose fields are all said elsewhere, and lists that hold nothing. */
function dropEmpty(json: Json): void {
  for (const [name, value] of Object.entries(json)) {
    const empty = isObject(value)
      ? Object.keys(value).length === 0
      : Array.isArray(value) && value.length === 0
    if (empty) delete json[name]
  }
}
