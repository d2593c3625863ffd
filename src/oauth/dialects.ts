// Between RFC 6749 and what a service speaks, both ways: a form request becomes the service's own, and its answer becomes
// one that oauth4webapi can read. Everything here is steered by the connector's data.

import type { Connector } from '../domain/connector.ts'
import type { TokenAnswerDialect, TokenRequestDialect } from '../domain/token-dialect.ts'
import { isObject, type Json } from '../lib/json.ts'
import { at, pick } from '../lib/json-path.ts'

/** A request as the library builds it. */
export interface FormRequest {
  url: string
  method: string
  headers: Record<string, string>
  body: URLSearchParams
}

export interface DialectRequest {
  url: string
  method: string
  headers: Record<string, string>
  body: URLSearchParams | string | null
}

const LONGEST_TEXT = 1000

/** Puts a code or refresh request into the service's words. Client authentication stays where the library put it. */
export function toDialect(
  connector: Connector,
  dialect: TokenRequestDialect,
  request: FormRequest,
): DialectRequest {
  const form = new URLSearchParams(request.body)
  const rename = {
    ...(connector.clientIdParam ? { client_id: connector.clientIdParam } : {}),
    ...dialect.rename,
  }
  for (const name of dialect.omit ?? []) form.delete(name)
  for (const [standard, own] of Object.entries(rename)) {
    const value = form.get(standard)
    if (value === null) continue
    form.delete(standard)
    form.set(own, value)
  }
  for (const [name, value] of Object.entries(dialect.params ?? {})) form.set(name, value)
  if (dialect.method === 'GET') {
    const url = new URL(request.url)
    for (const [name, value] of form) url.searchParams.set(name, value)
    const { 'content-type': _, ...headers } = request.headers
    return { url: url.href, method: 'GET', headers, body: null }
  }
  if (connector.token.body === 'json') {
    return {
      ...request,
      headers: { ...request.headers, 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(form)),
    }
  }
  return { ...request, body: form }
}

/**
 * A token answer in RFC 6749's words, tokens or error. Nothing is invented: what the service did not say stays away.
 * @param now epoch milliseconds, for services that name an end instead of a life
 */
export function fromDialect(dialect: TokenAnswerDialect, body: Json, now: number): Json {
  const inner = dialect.tokensIn === undefined ? undefined : at(body, dialect.tokensIn)
  const answer: Json = isObject(inner) && inner.access_token ? { ...body, ...inner } : { ...body }
  if (dialect.scope !== undefined) answer.scope = firstOf(answer, dialect.scope)
  if (dialect.expiresIn !== undefined) answer.expires_in = firstOf(answer, dialect.expiresIn)
  if (dialect.expiresAt !== undefined) {
    const seconds = secondsUntil(at(answer, dialect.expiresAt), now)
    if (seconds !== undefined) answer.expires_in = seconds
  }
  if (dialect.anyTokenType && answer.access_token) answer.token_type = 'bearer'
  if (dialect.accessTokenRenews && answer.access_token) answer.refresh_token = answer.access_token
  const error = dialect.error === undefined ? answer.error : pick(answer, dialect.error)
  const description =
    dialect.description === undefined
      ? answer.error_description
      : pick(answer, dialect.description, LONGEST_TEXT)
  answer.error = error ?? undefined
  answer.error_description = description ?? undefined
  return answer
}

/** First value of any kind under the paths. */
function firstOf(body: Json, paths: string): unknown {
  for (const path of paths.split('|')) {
    const value = at(body, path)
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** From epoch seconds or an ISO 8601 time; undefined for anything else and for what is past. */
function secondsUntil(end: unknown, now: number): number | undefined {
  const time = typeof end === 'number' ? end * 1000 : typeof end === 'string' ? Date.parse(end) : Number.NaN
  const seconds = Math.floor((time - now) / 1000)
  return seconds > 0 ? seconds : undefined
}
