// The schemas of what API requests bring: they validate, and they stand in the OpenAPI document.

import type { WireState } from '../domain/connection.ts'
import { OWN_CONNECTOR_SCHEMA } from '../domain/connector-schema.ts'
import type { ObjectSchema, StringSchema } from '../lib/schema.ts'

export const STATES = ['pending', 'active', 'reauthorize', 'paused'] as const satisfies WireState[]

const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  description: 'Use 1 to 100 characters.',
  examples: ['Gmail - Marketing'],
} as const satisfies StringSchema

const CONNECTOR = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: 'Id of a connector.',
  examples: ['google'],
} as const satisfies StringSchema

const TOOLS = {
  type: 'array',
  description: 'Ids of the tools the connection is for; they decide which scopes are asked for.',
  items: { type: 'string', minLength: 1, maxLength: 64 },
  maxItems: 50,
  examples: [['gmail.send']],
} as const

const SCOPES = {
  type: 'array',
  description: 'Scopes to ask for beside those of the tools.',
  items: {
    type: 'string',
    pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,300}$',
    description: 'Use a scope of the service.',
  },
  maxItems: 100,
} as const

const PARAMS = {
  type: 'object',
  description: 'Values for the placeholders of the connector, such as a shop or a subdomain.',
  additionalProperties: { type: 'string', maxLength: 300 },
  maxProperties: 20,
  examples: [{ shop: 'acme' }],
} as const

const SECRET = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,4096}$',
  description: 'Use it as the service shows it: no spaces, no line ends.',
} as const satisfies StringSchema

export const LIST_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    connector: { type: 'string', description: 'Only connections of this connector.' },
    state: { type: 'string', enum: STATES, description: 'Only connections in this state.' },
    cursor: { type: 'string', description: '`next_cursor` of the page before.' },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 50, description: 'How many at most.' },
  },
} as const satisfies ObjectSchema

export const TOKEN_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    scope: {
      type: 'string',
      description:
        'Scopes the caller needs, separated by spaces; may be repeated. `insufficient_scope` where one was not granted.',
    },
    tool: { type: 'string', description: 'Id of a tool the caller needs; may be repeated.' },
  },
} as const satisfies ObjectSchema

export const CHANGE_BODY = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    name: NAME,
    paused: {
      type: 'boolean',
      description: 'While a connection is paused no token is handed out; it is kept alive.',
    },
  },
} as const satisfies ObjectSchema

export const REJECTED_BODY = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    access_token: { type: 'string', minLength: 1, maxLength: 16_384, description: 'The refused token.' },
    token_sha256: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the refused token, 64 lower-case hex digits.',
      examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    },
  },
} as const satisfies ObjectSchema

export const CREATE_BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['connector'],
  properties: {
    connector: CONNECTOR,
    name: NAME,
    tools: TOOLS,
    scopes: SCOPES,
    params: PARAMS,
    login_hint: {
      type: 'string',
      minLength: 1,
      maxLength: 320,
      // No control characters, and no space at either end: nobody is called so.
      pattern: '^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f])?$',
      description:
        'The account expected: its id at the service, or its e-mail address. Another one is not accepted.',
      examples: ['ada@example.com'],
    },
  },
} as const satisfies ObjectSchema

export const RECONNECT_BODY = {
  type: 'object',
  additionalProperties: false,
  properties: { tools: TOOLS, scopes: SCOPES },
} as const satisfies ObjectSchema

export const IMPORT_BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['connector', 'refresh_token'],
  properties: {
    ...CREATE_BODY.properties,
    refresh_token: {
      ...SECRET,
      description: 'The refresh token as the service gave it.',
      examples: ['1//0gExample'],
    },
    access_token: { ...SECRET, description: 'The access token as the service gave it.' },
    expires_in: { type: 'integer', minimum: 1, maximum: 315_360_000, description: 'Seconds it still lives.' },
  },
} as const satisfies ObjectSchema

const CLIENT = { ...SECRET, pattern: '^[\\x21-\\x7e]{1,2048}$' } as const satisfies StringSchema

export const APP_BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['client_id'],
  properties: {
    client_id: { ...CLIENT, examples: ['1234567890-abc.apps.example.com'] },
    client_secret: {
      ...CLIENT,
      description:
        'Leave it out to keep the stored one. A new one is used first; the old one stays as fallback.',
    },
    params: PARAMS,
  },
} as const satisfies ObjectSchema

/** An issuer to ask, and what only a person knows. */
export const ISSUER_BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer'],
  properties: {
    issuer: {
      type: 'string',
      minLength: 1,
      maxLength: 500,
      description: 'Issuer of the service, exactly as it names itself. Send it alone, or with the two below.',
      examples: ['https://login.example.com'],
    },
    name: { type: 'string', minLength: 1, maxLength: 60, description: 'Use 1 to 60 characters.' },
    api_base_url: {
      type: 'string',
      minLength: 1,
      maxLength: 500,
      description: 'Where its API begins; the issuer’s host where it is left out.',
    },
  },
} as const satisfies ObjectSchema

/** One or the other: {@link ISSUER_BODY}, or a connector in the catalog's JSON form. */
export const CONNECTOR_BODY: ObjectSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { ...OWN_CONNECTOR_SCHEMA.properties, ...ISSUER_BODY.properties },
}
