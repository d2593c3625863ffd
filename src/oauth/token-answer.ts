// A token endpoint's answer before oauth4webapi reads it: no optional field may cost a rotated token.
// The library refuses a 201, an empty refresh token, a negative expires_in, a missing token_type; services send them all.

import type { TokenEndpointResponse } from 'oauth4webapi'
import type { Connector } from '../domain/connector.ts'
import type { TokenAnswer } from '../domain/grant.ts'
import { splitScopes } from '../domain/scopes.ts'
import type { TokenAnswerDialect } from '../domain/token-dialect.ts'
import { type Json, parseObject } from '../lib/json.ts'
import { fromDialect } from './dialects.ts'

const LONGEST_LIFE_SECONDS = 10 * 365 * 24 * 3600
const LONGEST_TOKEN = 16 * 1024
const REFRESH_LIFE_FIELDS = ['refresh_token_expires_in', 'refresh_expires_in', 'x_refresh_token_expires_in']

/** What a token endpoint said. `unusable`: success was declared, but with a token that cannot be used or a body that cannot be read. */
export type ParsedAnswer =
  | { kind: 'tokens'; normalised: Response; body: Json }
  | { kind: 'refused'; error: string | null; description: string | null }
  | { kind: 'unusable' }

/**
 * Reads the body once. `response` has been bounded by the transport already.
 * @param now epoch milliseconds
 */
export async function parseTokenAnswer(
  response: Response,
  dialect: TokenAnswerDialect = {},
  now = 0,
): Promise<ParsedAnswer> {
  const text = await response.text()
  const json = parseObject(text) ?? parseForm(text, response.headers.get('content-type'))
  if (!json) return { kind: 'refused', error: null, description: null }
  const answer = fromDialect(dialect, json, now)
  const token = answer.access_token
  if (!declaresSuccess(response.status, answer) || token === undefined || token === null || token === '') {
    return {
      kind: 'refused',
      error: typeof answer.error === 'string' ? answer.error : null,
      description: typeof answer.error_description === 'string' ? answer.error_description : null,
    }
  }
  if (!isToken(token) || !isBearer(answer.token_type)) return { kind: 'unusable' }
  return { kind: 'tokens', normalised: Response.json(normalise(answer)), body: answer }
}

/**
 * A gateway may put its own 5xx on an answer that the service meant as success, after the rotation: a body with tokens
 * and no error is taken at its word.
 */
function declaresSuccess(status: number, answer: Json): boolean {
  if (status >= 200 && status < 300) return true
  return status >= 500 && !answer.error && isToken(answer.access_token)
}

/** The library's parsed answer in the domain's words; `params` and `account` are read elsewhere, from the whole body. */
export function readTokenAnswer(connector: Connector, parsed: TokenEndpointResponse): TokenAnswer {
  const refreshLife = REFRESH_LIFE_FIELDS.map((field) => usableSeconds(parsed[field])).find(
    (seconds) => seconds !== undefined,
  )
  return {
    accessToken: parsed.access_token,
    tokenType: 'Bearer',
    refreshToken: parsed.refresh_token ?? null,
    expiresInSeconds: parsed.expires_in ?? null,
    refreshExpiresInSeconds: refreshLife ?? null,
    scopes: splitScopes(parsed.scope, connector.token.scopeSeparator) ?? null,
  }
}

function normalise(json: Json): Json {
  const clean: Json = { ...json, token_type: 'bearer' }
  // Identity comes from the identity request; an id_token that the library dislikes must not cost the tokens.
  delete clean.id_token
  if (!isToken(clean.refresh_token)) delete clean.refresh_token
  // The library takes a text only, and scopes as an array are as good.
  if (Array.isArray(clean.scope)) clean.scope = clean.scope.join(' ')
  if (typeof clean.scope !== 'string') delete clean.scope
  const seconds = usableSeconds(clean.expires_in)
  if (seconds === undefined) delete clean.expires_in
  else clean.expires_in = seconds
  return clean
}

/** Whole seconds within ten years, from a number or a numeric string; undefined for anything else. */
function usableSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined
  return seconds >= 1 && seconds <= LONGEST_LIFE_SECONDS ? Math.floor(seconds) : undefined
}

/** Visible ASCII only, so that it can travel in a header. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(value)
}

function isBearer(type: unknown): boolean {
  return type === undefined || type === null || (typeof type === 'string' && type.toLowerCase() === 'bearer')
}

function parseForm(text: string, contentType: string | null): Json | undefined {
  if (!contentType?.startsWith('application/x-www-form-urlencoded')) return undefined
  return Object.fromEntries(new URLSearchParams(text))
}
