// Requests of every kind to every route of the table: what fits, what nearly fits, and what nobody would send. Words in
// double braces stand for what only the world knows: `{{active}}`, `{{owner}}`.

import fc from 'fast-check'
import type { Route } from '../../src/http/route.ts'
import type { ObjectSchema, ValueSchema } from '../../src/lib/schema.ts'
import { NASTY, nasty } from './nasty.ts'

export interface Asked {
  /** Null where the address is of no route. */
  route: Route | null
  method: string
  path: string
  query: [string, string][]
  headers: Record<string, string>
  /** Base64 where it is no text. */
  body: string | { base64: string } | null
}

/** The words of the world, by what they are. */
export interface Words {
  connections: string[]
  connectors: string[]
  keys: string[]
  /** What else belongs to the workspace, by the word before it in an address. */
  belongings: Record<string, string[]>
  links: string[]
  sessions: string[]
  bearers: string[]
  /** By the address a form leads to: its fields, with the values that a page offers for them. */
  forms: Record<string, Record<string, string[]>>
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'get', 'QUERY']
const WORDS = [
  'local',
  'contacts.read',
  'contacts.write',
  'ada@example.com',
  'Ada',
  'active',
  'reauthorize',
  '50',
  'none',
]
const QUERY_NAMES = [
  'state',
  'connector',
  'cursor',
  'limit',
  'scope',
  'tool',
  'q',
  'return',
  'code',
  'error',
  'iss',
  'confirm',
]
const HEADER_NAMES = [
  'If-None-Match',
  'Range',
  'X-Forwarded-Host',
  'Forwarded',
  'X-HTTP-Method-Override',
  'Upgrade',
  'TE',
]
const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/html',
  '',
  'x',
]
const LARGE = 70 * 1024

const anyJson = fc.oneof(nasty, fc.jsonValue({ maxDepth: 2 }))
const often = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 4) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })
/** In so many of twenty. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, of20: number) =>
  fc.oneof({ weight: of20, arbitrary }, { weight: 20 - of20, arbitrary: fc.constant(undefined) })
const oneOf = (texts: readonly string[]) => (texts.length > 0 ? fc.constantFrom(...texts) : fc.constant(''))

export function requests(routes: readonly Route[], words: Words): fc.Arbitrary<Asked> {
  const toRoutes = fc.constantFrom(...routes).chain((route) => toRoute(route, words))
  const elsewhere = toNowhere(words)
  return fc.oneof({ weight: 12, arbitrary: toRoutes }, { weight: 1, arbitrary: elsewhere })
}

function toRoute(route: Route, words: Words): fc.Arbitrary<Asked> {
  const own =
    route.method === 'ALL'
      ? fc.constantFrom('GET', 'GET', 'GET', ...METHODS)
      : fc.constant(route.method as string)
  return fc.record({
    route: fc.constant(route),
    method: often(own, fc.constantFrom(...METHODS), 9),
    path: pathOf(route.path, words),
    query: queryOf(route, words),
    headers: headersOf(route, words),
    body: bodyOf(route, words),
  })
}

function toNowhere(words: Words): fc.Arbitrary<Asked> {
  const prefix = fc.constantFrom(
    '/',
    '/v1/',
    '/v1',
    '/connections/',
    '/keys/',
    '/oauth/callback/',
    '/connect/',
    '/v1//',
  )
  return fc.record({
    route: fc.constant(null),
    method: fc.constantFrom(...METHODS),
    path: fc
      .tuple(prefix, fc.array(segment([...words.connections, ...words.connectors]), { maxLength: 4 }))
      .map(([start, parts]) => start + parts.join('/')),
    query: fc.array(fc.tuple(nasty, nasty), { maxLength: 2 }),
    headers: headersOf(null, words),
    body: fc.constant(null),
  })
}

/** Each parameter by the word before it, which says what it names. */
function pathOf(template: string, words: Words): fc.Arbitrary<string> {
  const parts = template.split('/').slice(1)
  const made = parts.map((part, index) => {
    if (part === '*')
      return often(
        fc.constant('contacts'),
        fc.array(segment(NASTY)).map((all) => all.join('/')),
        1,
      )
    if (!part.startsWith(':')) return fc.constant(part)
    return often(segment(namesAfter(parts[index - 1] ?? '', words)), segment(NASTY), 6)
  })
  return fc.tuple(...made).map((all) => `/${all.join('/')}`)
}

function namesAfter(word: string, words: Words): string[] {
  if (word === 'connections') return words.connections
  if (word === 'keys') return words.keys
  if (word === 'connect') return words.links
  if (Object.hasOwn(words.belongings, word)) return words.belongings[word] ?? []
  if (['connectors', 'new', 'callback'].includes(word)) return words.connectors
  return [...words.connections, ...words.keys, ...words.connectors]
}

/** One part of a path, encoded or, now and then, as it is. */
function segment(known: readonly string[]): fc.Arbitrary<string> {
  const raw = nasty.map((text) => text.replaceAll(/[?#\\]/g, ''))
  return fc.oneof(
    { weight: 8, arbitrary: oneOf(known).map((text) => (text.startsWith('{{') ? text : encoded(text))) },
    { weight: 1, arbitrary: nasty.map(encoded) },
    { weight: 1, arbitrary: raw },
  )
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function queryOf(route: Route, words: Words): fc.Arbitrary<[string, string][]> {
  const own = route.kind === 'api' ? Object.keys(route.operation.query?.properties ?? {}) : []
  const name = fc.oneof(oneOf([...own, ...QUERY_NAMES]), nasty)
  const value = fc.oneof(oneOf([...WORDS, ...words.connectors, ...words.keys]), nasty)
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 3 })
  // The same name twice, now and then.
  return fc.oneof(
    pairs,
    pairs.map((all) => [...all, ...all]),
    fc.constant<[string, string][]>([]),
  )
}

function headersOf(route: Route | null, words: Words): fc.Arbitrary<Record<string, string>> {
  const value = nasty.map(headerSafe)
  const bearer = fc.oneof(
    { weight: 9, arbitrary: oneOf(words.bearers).map((word) => `Bearer ${word}`) },
    { weight: 1, arbitrary: value },
    { weight: 1, arbitrary: fc.constant('Bearer egk_nobody') },
  )
  const cookie = fc.oneof(
    { weight: 9, arbitrary: oneOf(words.sessions).map((word) => `__Host-session=${word}`) },
    { weight: 1, arbitrary: value.map((text) => `__Host-session=${text}; __Host-flow=${text}; x`) },
  )
  const site = often(fc.constant('same-origin'), fc.constantFrom('cross-site', 'none', 'same-site', ''), 8)
  const forKeys = route?.kind === 'api'
  return fc
    .record({
      Authorization: maybe(bearer, forKeys ? 18 : 2),
      Cookie: maybe(cookie, forKeys ? 2 : 18),
      'Sec-Fetch-Site': maybe(site, 18),
      Origin: maybe(fc.oneof(fc.constant('null'), value), 1),
      Accept: maybe(fc.oneof(fc.constantFrom('text/html', 'application/json', '*/*'), value), 16),
      'Content-Type': maybe(fc.constantFrom(...TYPES), 1),
      'HX-Request': maybe(fc.constant('true'), 1),
      'HX-Current-URL': maybe(fc.oneof(fc.constant('http://localhost:8787/keys'), value), 1),
      'Cache-Control': maybe(
        fc.oneof(fc.constantFrom('no-cache', 'min-fresh=60', 'min-fresh=99999999'), value),
        1,
      ),
      'Idempotency-Key': maybe(fc.oneof(fc.constantFrom('a', 'b', 'c'), value), 1),
      'Evergrant-Host': maybe(fc.oneof(fc.constant('127.0.0.1'), value), 1),
      'Accept-Language': maybe(value, 1),
      extra: maybe(fc.tuple(fc.constantFrom(...HEADER_NAMES), value), 1),
    })
    .map(({ extra, ...named }) => {
      const given = Object.entries({ ...named, ...(extra ? { [extra[0]]: extra[1] } : {}) })
      return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined))
    })
}

/** What a header can hold at all. */
function headerSafe(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '').trim()
}

function bodyOf(route: Route, words: Words): fc.Arbitrary<Asked['body']> {
  const usual = route.kind === 'api' ? jsonBody(route.operation.body) : formBody(route, words)
  return fc.oneof(
    { weight: 12, arbitrary: usual },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('{', '[1,', '{"name":', 'null', '"x"', '{"a":1}}', '\ufeff{}', '=&&=%zz'),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 60 })
        .map((bytes) => ({ base64: btoa(String.fromCharCode(...bytes)) })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('x', '{"name":"', 'name=').map((start) => start + 'x'.repeat(LARGE)),
    },
    { weight: 1, arbitrary: fc.constant(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) },
  )
}

function jsonBody(schema: ObjectSchema | undefined): fc.Arbitrary<string> {
  const fields = Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const value = often(anyValueOf(name, property), anyJson, 9)
    const entry = value.map((each): [string, unknown] => [name, each])
    return maybe(entry, schema?.required?.includes(name) ? 19 : 10)
  })
  const extra = maybe(fc.tuple(nasty, anyJson), 1)
  return fc.tuple(...fields, extra).map((entries) => {
    const given = entries.filter((entry) => entry !== undefined)
    return JSON.stringify(Object.fromEntries(given))
  })
}

function anyValueOf(name: string, schema: ValueSchema): fc.Arbitrary<unknown> {
  if (name === 'connector') return fc.constantFrom('local', 'local', 'local-lenient', 'google')
  if ('anyOf' in schema) return fc.oneof(anyValueOf(name, schema.anyOf[0]), fc.constant(null))
  if ('oneOf' in schema) return fc.oneof(...schema.oneOf.map((each) => anyValueOf(name, each)))
  switch (schema.type) {
    case 'string':
      return fc.oneof(oneOf([...(schema.enum ?? schema.examples ?? []), ...WORDS]), nasty)
    case 'integer':
      return fc.oneof(fc.nat(), fc.integer(), fc.double())
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(often(oneOf(WORDS), nasty), { maxLength: 3 })
    case 'object':
      return fc.dictionary(nasty, often(oneOf(WORDS), nasty), { maxKeys: 3 })
  }
}

/** The fields of the form that leads to this route, and now and then others. */
function formBody(route: Route, { forms }: Words): fc.Arbitrary<string> {
  const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`)
  const own = Object.entries(forms).filter(([action]) => pattern.test(action))
  const fields = Object.assign({}, ...own.map(([, each]) => each)) as Record<string, string[]>
  const usual = Object.entries(fields).map(([name, offered]) => {
    const value = often(oneOf([...offered.filter((text) => text !== ''), ...WORDS]), nasty, 9)
    return maybe(fc.tuple(fc.constant(name), value), 18)
  })
  const others = fc.array(fc.tuple(nasty, nasty), { maxLength: 2 })
  return fc.tuple(fc.tuple(...usual), maybe(others, 2)).map(([pairs, extra = []]) =>
    [...pairs, ...extra]
      .filter((pair) => pair !== undefined)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join('&'),
  )
}
