// Values for a connector's placeholders: read from where each comes from, and checked when entered, when a service says
// them, and again whenever they become part of an address.

import { pick } from '../lib/json-path.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { urlTemplates } from './addresses.ts'
import { isLoopback } from './configuration.ts'
import type { Connector, ConnectorParam, ParamSource } from './connector.ts'
import type { FieldError } from './failure.ts'
import { fillPlaceholders, matchesParam } from './placeholders.ts'
import { isPublicHost } from './public-host.ts'

type Values = Record<string, string>

const LONGEST_VALUE = 255

/** Params that a person or the service says in this place; `app` is the default. */
export function paramsFrom(connector: Pick<Connector, 'params'>, source: ParamSource): ConnectorParam[] {
  return connector.params.filter((param) => (param.source ?? 'app') === source)
}

/** What a form gave for the params of one source: every value that was given or is needed, or an error for each bad one. */
export function readParams(
  connector: Connector,
  source: 'app' | 'connection',
  given: Values,
): Result<Values, FieldError[]> {
  const values: Values = {}
  const errors: FieldError[] = []
  for (const param of paramsFrom(connector, source)) {
    const value = (given[param.name] ?? '').trim()
    if (value === '' && param.default !== undefined) continue
    if (acceptsParam(connector, param, value)) values[param.name] = value
    else errors.push({ path: `params.${param.name}`, message: `Use the form ${param.example}` })
  }
  return errors.length === 0 ? ok(values) : err(errors)
}

/** Values that a callback or an answer holds; undefined where one does not fit: a service names no address but its own. */
export function paramsOfAnswer(
  connector: Connector,
  source: 'callback' | 'token_response' | 'after_connect',
  body: unknown,
): Values | undefined {
  const values: Values = {}
  for (const param of paramsFrom(connector, source)) {
    const value = pick(body, param.from ?? param.name, LONGEST_VALUE + 1)
    if (value === null) continue
    if (!acceptsParam(connector, param, value)) return undefined
    values[param.name] = value
  }
  return values
}

/** Whether a value that only the request after consent can say is still missing. */
export function needsAfterConnect(connector: Pick<Connector, 'params'>, values: Values | undefined): boolean {
  return paramsFrom(connector, 'after_connect').some(
    (param) => values?.[param.name] === undefined && param.default === undefined,
  )
}

/** The pattern, and every address that the value becomes part of: public, https, at its own host. */
export function acceptsParam(connector: Connector, param: ConnectorParam, value: string): boolean {
  if (value.length > LONGEST_VALUE || !matchesParam(param, value)) return false
  const values = { ...examplesOf(connector), [param.name]: value }
  return urlTemplates(connector)
    .filter((template) => template.includes(`{${param.name}}`))
    .every((template) => fillUrl(template, connector, { ...values, client_id: 'client' }) !== undefined)
}

/** An address with its placeholders filled, `{client_id}` too where it is among the values; undefined where it may not be called. */
export function fillUrl(
  template: string,
  connector: Pick<Connector, 'params' | 'loopback'>,
  values: Values,
): string | undefined {
  const filled = fillPlaceholders(
    template.replaceAll('{client_id}', encodeURIComponent(values.client_id ?? '')),
    connector,
    values,
  )
  if (filled === undefined || !URL.canParse(filled)) return undefined
  const url = new URL(filled)
  if (url.username !== '' || url.password !== '' || url.hash !== '') return undefined
  if (url.protocol === 'http:') return connector.loopback && isLoopback(url) ? filled : undefined
  return url.protocol === 'https:' && isPublicHost(url.hostname) ? filled : undefined
}

/** Scopes that the params with a value ask for. */
export function scopesOfParams(connector: Pick<Connector, 'params'>, values: Values): string[] {
  return connector.params.flatMap(({ name, scope, default: fallback }) => {
    if (scope === undefined || (values[name] ?? fallback ?? '') === '') return []
    return fillPlaceholders(scope, connector, values) ?? []
  })
}

export function examplesOf(connector: Pick<Connector, 'params'>): Values {
  return Object.fromEntries(connector.params.map(({ name, example }) => [name, example]))
}
