// The answers of the API as JSON Schema, and every problem with its extras.

import { REASONS } from '../domain/connection.ts'
import type { Failure } from '../domain/failure.ts'
import { STATES } from './inputs.ts'
import { explain } from './problem.ts'

type Json = Record<string, unknown>

const CONNECTION_ID = 'con_0123456789abcdefghijklmnop'
const TIME = { type: ['string', 'null'], format: 'date-time' }
const TEXTS = { type: 'array', items: { type: 'string' } }
const text = (description?: string): Json => ({ type: 'string', ...(description ? { description } : {}) })
const orNull = (type: string): Json => ({ type: [type, 'null'] })

/** Every property is always there. */
function closed(properties: Record<string, Json>, more: Json = {}): Json {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...more,
  }
}

const CONNECTION_EXAMPLE = {
  id: CONNECTION_ID,
  connector: 'google',
  name: 'Gmail - Marketing',
  state: 'active',
  reason: null,
  health: 'ok',
  account: { id: '1098765', email: 'ada@example.com', name: 'Ada Lovelace' },
  tools: ['gmail.send'],
  scopes: { requested: ['openid', 'gmail.send'], granted: ['openid', 'gmail.send'], missing: [] },
  access_token_expires_at: '2026-11-24T13:00:00.000Z',
  refresh_due_at: '2026-11-24T12:50:00.000Z',
  reauthorize_before: null,
  last_refreshed_at: '2026-11-24T12:00:00.000Z',
  last_used_at: '2026-11-24T12:10:00.000Z',
  created_at: '2026-10-01T09:00:00.000Z',
  updated_at: '2026-11-24T12:00:00.000Z',
}

const connectionProperties = {
  id: { type: 'string', pattern: '^con_[0-9a-z]{26}$' },
  connector: text(),
  name: text(),
  state: { type: 'string', enum: STATES },
  reason: { enum: [...REASONS, null], description: 'Why a person must consent again.' },
  health: { type: 'string', enum: ['ok', 'retrying', 'in_doubt', 'held'] },
  account: {
    anyOf: [closed({ id: text(), email: orNull('string'), name: orNull('string') }), { type: 'null' }],
  },
  tools: TEXTS,
  scopes: closed({ requested: TEXTS, granted: TEXTS, missing: TEXTS }),
  access_token_expires_at: TIME,
  refresh_due_at: TIME,
  reauthorize_before: { ...TIME, description: 'No refresh reaches beyond this.' },
  last_refreshed_at: TIME,
  last_used_at: TIME,
  created_at: TIME,
  updated_at: TIME,
}

const LINK = {
  authorize_url: {
    type: 'string',
    format: 'uri',
    description: 'Where one person authorizes it: a connect link.',
  },
  authorize_expires_at: { type: 'string', format: 'date-time' },
}
const LINK_EXAMPLE = {
  authorize_url: 'https://evergrant.example.com/connect/Zm9vYmFyYmF6cXV4',
  authorize_expires_at: '2026-12-01T12:00:00.000Z',
}

export const ANSWERS = {
  Connection: closed(connectionProperties, { examples: [CONNECTION_EXAMPLE] }),
  ConnectionList: closed({
    data: { type: 'array', items: { $ref: '#/components/schemas/Connection' } },
    next_cursor: orNull('string'),
  }),
  NewConnection: closed(
    { ...connectionProperties, ...LINK },
    { examples: [{ ...CONNECTION_EXAMPLE, state: 'pending', account: null, ...LINK_EXAMPLE }] },
  ),
  ConnectLink: closed(LINK, { examples: [LINK_EXAMPLE] }),
  Token: closed(
    {
      access_token: text(),
      token_type: text(),
      expires_in: { ...orNull('integer'), description: 'Seconds; null where the service gave no end.' },
      expires_at: TIME,
      scope: text('Granted scopes, separated by spaces.'),
      connection_id: text(),
      connector: text(),
    },
    {
      examples: [
        {
          access_token: 'ya29.example',
          token_type: 'Bearer',
          expires_in: 3540,
          expires_at: '2026-11-24T13:00:00.000Z',
          scope: 'openid gmail.send',
          connection_id: CONNECTION_ID,
          connector: 'google',
        },
      ],
    },
  ),
  Deleted: closed(
    {
      revoked: { type: ['boolean', 'null'], description: 'Null: the service has no revocation.' },
      detail: text(),
    },
    { examples: [{ revoked: true, detail: 'The service has ended the access.' }] },
  ),
  Connector: closed({
    id: text(),
    name: text(),
    category: text(),
    tools: { type: 'array', items: closed({ id: text(), title: text(), scopes: TEXTS }) },
    scopes: {
      type: 'array',
      items: closed({ scope: text(), title: text(), sensitive: { type: 'boolean' } }),
    },
    params: {
      type: 'array',
      items: closed({ name: text(), label: text(), pattern: text(), example: text() }),
    },
    confidence: { type: 'string', enum: ['verified', 'unverified'] },
    custom: { type: 'boolean' },
    app_configured: { type: 'boolean' },
  }),
  ConnectorList: closed({
    data: { type: 'array', items: { $ref: '#/components/schemas/Connector' } },
    next_cursor: { type: 'null' },
  }),
  App: closed(
    {
      connector: text(),
      client_id: text(),
      secret_set: { type: 'boolean' },
      params: { type: 'object', additionalProperties: { type: 'string' } },
      callback_url: { type: 'string', format: 'uri', description: 'To be registered at the service.' },
      updated_at: TIME,
    },
    {
      examples: [
        {
          connector: 'google',
          client_id: '1234567890-abc.apps.example.com',
          secret_set: true,
          params: {},
          callback_url: 'https://evergrant.example.com/oauth/callback/google',
          updated_at: '2026-11-24T12:00:00.000Z',
        },
      ],
    },
  ),
  RemovedConnector: closed({ connector: text(), removed: { type: 'boolean' } }),
  RemovedApp: closed({ connector: text(), removed: { type: 'boolean' } }),
  Health: closed({ status: { type: 'string', enum: ['ok'] } }),
} satisfies Record<string, Json>

export type AnswerName = keyof typeof ANSWERS

/** One of each, for the examples. Exhaustive: a new failure has to be shown here. */
const SAMPLES: { [C in Failure['code']]: Extract<Failure, { code: C }> } = {
  invalid_request: {
    code: 'invalid_request',
    errors: [{ path: 'name', message: 'Use 1 to 100 characters.' }],
  },
  invalid_api_key: { code: 'invalid_api_key' },
  forbidden: { code: 'forbidden', permission: 'tokens:read' },
  insufficient_scope: {
    code: 'insufficient_scope',
    missingScopes: ['gmail.send'],
    connectionId: CONNECTION_ID,
  },
  connection_not_found: { code: 'connection_not_found' },
  connector_not_found: { code: 'connector_not_found' },
  not_found: { code: 'not_found' },
  method_not_allowed: { code: 'method_not_allowed', allow: ['GET', 'HEAD'] },
  reauthorization_required: {
    code: 'reauthorization_required',
    reason: 'grant_revoked',
    connectionId: CONNECTION_ID,
  },
  connection_pending: { code: 'connection_pending' },
  connection_paused: { code: 'connection_paused' },
  app_not_configured: { code: 'app_not_configured', connector: 'google' },
  conflict: { code: 'conflict', detail: 'This Idempotency-Key was used for another request.' },
  payload_too_large: { code: 'payload_too_large', limitBytes: 65_536 },
  rate_limited: { code: 'rate_limited', retryAfterSeconds: 10 },
  provider_misconfigured: { code: 'provider_misconfigured' },
  provider_unavailable: { code: 'provider_unavailable', retryAfterSeconds: 5 },
  temporarily_unavailable: { code: 'temporarily_unavailable', retryAfterSeconds: 2 },
  not_configured: { code: 'not_configured', detail: 'OWNER_EMAILS must name at least one e-mail address.' },
  internal_error: { code: 'internal_error' },
}

export const PROBLEM_CODES = Object.keys(SAMPLES) as Failure['code'][]

/** A problem as it is answered, for the document and the reference page. */
export function problemSample(code: Failure['code'], publicUrl: string) {
  const { status, title, detail, extras, headers } = explain(SAMPLES[code], publicUrl)
  const example = {
    type: `${publicUrl}/docs#${code}`,
    title,
    status,
    detail,
    code,
    request_id: '0123456789abcdef0123456789abcdef',
    ...extras,
  }
  return { status, title, detail, headers: Object.keys(headers ?? {}), example }
}

const EXTRAS: Partial<Record<Failure['code'], Record<string, Json>>> = {
  invalid_request: {
    errors: { type: 'array', items: closed({ path: text(), message: text() }), minItems: 1 },
  },
  forbidden: { permission: text() },
  insufficient_scope: { missing_scopes: TEXTS, reconnect_url: { type: 'string', format: 'uri' } },
  reauthorization_required: {
    reason: { type: 'string', enum: [...REASONS] },
    reconnect_url: { type: 'string', format: 'uri' },
  },
}

export function problemSchema(code: Failure['code'], publicUrl: string): Json {
  const { status, title, example } = problemSample(code, publicUrl)
  return closed(
    {
      type: { type: 'string', format: 'uri-reference' },
      title: text(),
      status: { const: status },
      detail: text(),
      code: { const: code },
      request_id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
      ...EXTRAS[code],
    },
    { title, examples: [example] },
  )
}
