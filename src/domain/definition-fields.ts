// What most services need as a field each of a connector's form, one line or one entry a line: its place in the JSON,
// and how it is written and read.

import { isObject, type Json } from '../lib/json.ts'

export interface Codec {
  /** Where it stands in the JSON. */
  path: string
  /** Undefined where the field cannot say it: then it stays under everything else. */
  toText: (value: unknown) => string | undefined
  toJson: (text: string) => unknown
  /** Each entry is a line of its own. */
  lines?: true
}

const word = (path: string): Codec => ({
  path,
  toText: (value) => (typeof value === 'string' ? value : undefined),
  toJson: (text) => text.trim(),
})
const number = (path: string): Codec => ({
  path,
  toText: (value) => (typeof value === 'number' ? String(value) : undefined),
  toJson: (text) => (/^\d{1,12}$/.test(text.trim()) ? Number(text.trim()) : text.trim()),
})
const flag = (path: string): Codec => ({
  path,
  toText: (value) => (value === true ? 'on' : undefined),
  toJson: () => true,
})
const lines = <T>(
  path: string,
  toLine: (entry: T) => string | undefined,
  toEntry: (line: string) => unknown,
): Codec => ({
  path,
  lines: true,
  toText: (value) => {
    const texts = Array.isArray(value) ? value.map((entry) => toLine(entry as T)) : [undefined]
    return texts.includes(undefined) ? undefined : texts.join('\n')
  },
  toJson: (text) => linesOf(text).map(toEntry),
})
/** `a | b | c`, with no entry more or less than these. */
const columns = (
  path: string,
  names: string[],
  extra: (entry: Json) => Json | undefined,
  toEntry: (cells: string[]) => Json,
) =>
  lines<Json>(
    path,
    (entry) => {
      const cells = isObject(entry) ? extra(entry) : undefined
      return (
        cells &&
        names
          .map((name) => String(cells[name] ?? ''))
          .join(' | ')
          .replace(/( \| )+$/, '')
      )
    },
    (line) => toEntry(line.split('|').map((cell) => cell.trim())),
  )

export const CODECS = {
  name: word('name'),
  description: word('description'),
  console_url: word('consoleUrl'),
  docs_url: word('docsUrl'),
  authorize_url: word('authorize.url'),
  pkce: word('authorize.pkce'),
  scope_separator: {
    path: 'authorize.scopeSeparator',
    toText: (value) => (value === ',' ? 'comma' : value === ' ' ? 'space' : undefined),
    toJson: (text) => (text === 'comma' ? ',' : ' '),
  },
  issuer: word('authorize.issuer'),
  issuer_named: flag('authorize.issuerAlwaysNamed'),
  login_hint: word('authorize.loginHintParam'),
  authorize_params: {
    path: 'authorize.params',
    toText: (value) =>
      isObject(value) && Object.values(value).every(isLine)
        ? Object.entries(value)
            .map(([name, text]) => `${name}=${text}`)
            .join('\n')
        : undefined,
    toJson: (text) =>
      Object.fromEntries(
        linesOf(text).map((line) => {
          const [name = '', ...rest] = line.split('=')
          return [name.trim(), rest.join('=').trim()]
        }),
      ),
  },
  token_url: word('token.url'),
  client_auth: word('token.clientAuth'),
  base_scopes: {
    path: 'baseScopes',
    toText: (value) => (Array.isArray(value) ? value.join(' ') : undefined),
    toJson: (text) => text.split(/\s+/).filter((scope) => scope !== ''),
  },
  scopes: columns(
    'scopes',
    ['scope', 'title', 'mark'],
    ({ scope, title, sensitive, ...more }) =>
      Object.keys(more).length === 0 && isCell(scope) && isCell(title)
        ? { scope, title, mark: sensitive === true ? 'sensitive' : '' }
        : undefined,
    ([scope, title, mark, ...more]) => ({
      scope,
      title: [title ?? '', ...more].join(' '),
      sensitive: mark === 'sensitive' ? true : mark === undefined || mark === '' ? false : mark,
    }),
  ),
  tools: columns(
    'tools',
    ['id', 'title', 'scopes'],
    ({ id, title, scopes }) =>
      isCell(id) && isCell(title) && Array.isArray(scopes) && scopes.every(isCell)
        ? { id, title, scopes: scopes.join(' ') }
        : undefined,
    ([id, title, scopes = '', ...more]) => ({
      id,
      title: title ?? '',
      scopes: [scopes, ...more]
        .join(' ')
        .split(/\s+/)
        .filter((scope) => scope !== ''),
    }),
  ),
  access_life: number('lifetimes.access'),
  refresh_idle: number('lifetimes.refreshIdle'),
  refresh_absolute: number('lifetimes.refreshAbsolute'),
  kills_old: flag('refresh.killsOldAccess'),
  shared_grant: flag('refresh.sharedGrant'),
  identity_url: word('identity.url'),
  identity_id: word('identity.id'),
  identity_email: word('identity.email'),
  identity_verified: word('identity.emailVerified'),
  identity_name: word('identity.name'),
  revocation_url: word('revocation.url'),
  revocation_token: word('revocation.token'),
  revocation_auth: word('revocation.clientAuth'),
  api_base_url: word('api.baseUrl'),
  example_path: word('api.examplePath'),
  setup_steps: lines<string>(
    'setupSteps',
    (step) => (isLine(step) ? step : undefined),
    (line) => line,
  ),
  tips: lines<string>(
    'tips',
    (tip) => (isLine(tip) ? tip : undefined),
    (line) => line,
  ),
} satisfies Record<string, Codec>

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && !/[\r\n]/.test(value)
}

function isCell(value: unknown): value is string {
  return isLine(value) && !value.includes('|')
}
