// The JSON form of a connector, field by field: what each may hold and how long it may be. The catalog holds to it, and a
// workspace's own connectors hold to the part of it that is theirs to say.

import type { ObjectSchema, ValueSchema } from '../lib/schema.ts'
import type {
  Approval,
  Connector,
  ConnectorParam,
  ConnectorScope,
  ConnectorTool,
  ErrorRule,
} from './connector.ts'
import {
  ADDRESS,
  bool,
  type Fields,
  LINK,
  list,
  NAME,
  object,
  oneOf,
  orNull,
  PARAMETER,
  PATH,
  PATTERN,
  SCOPE,
  SENTENCE,
  seconds,
  status,
  text,
  VALUE,
} from './field-schemas.ts'
import { AUTHORIZE, REFRESH, TOKEN } from './oauth-schemas.ts'
import { AFTER_CONNECT, API, IDENTITY, REVOCATION } from './service-request-schemas.ts'

const PARAM = object<ConnectorParam>(
  {
    name: NAME,
    label: text(120),
    pattern: PATTERN,
    example: text(255),
    source: oneOf('app', 'connection', 'callback', 'token_response', 'after_connect'),
    scope: { ...SCOPE, description: 'Use a scope with one placeholder, without spaces.' },
    from: PATH,
    default: { ...VALUE, maxLength: 255 },
  },
  ['name', 'label', 'pattern', 'example'],
)

const SCOPE_FIELDS = object<ConnectorScope>(
  {
    scope: SCOPE,
    title: text(80),
    sensitive: bool,
    aliases: list(SCOPE, 10),
    unnamed: bool,
    covers: list(SCOPE, 50),
  },
  ['scope', 'title', 'sensitive'],
)

const TOOL = object<ConnectorTool>(
  {
    id: {
      type: 'string',
      maxLength: 64,
      pattern: '^[a-z0-9_]+(\\.[a-z0-9_]+)*$',
      description: 'Use an id such as contacts.read.',
    },
    title: text(80),
    scopes: list(SCOPE, 50),
  },
  ['id', 'title', 'scopes'],
)

const ERROR = object<ErrorRule>(
  {
    status,
    error: text(100),
    description: {
      ...PATTERN,
      maxLength: 200,
      description: 'Use a regular expression of up to 200 characters.',
    },
    class: oneOf('dead', 'consent', 'suspect', 'scope', 'config', 'limited', 'transient', 'in_doubt'),
    hint: SENTENCE,
    retryAfterSeconds: seconds(24 * 3600),
    approval: bool,
  },
  ['class'],
)

const APPROVAL = object<Approval>(
  {
    who: text(120),
    steps: list(SENTENCE, 10),
    url: ADDRESS,
    urlLabel: text(60),
    findByClientId: bool,
    returnParam: PARAMETER,
  },
  ['who', 'steps'],
)

const DEAD_END = object<NonNullable<Connector['deadEnds']>[number]>({ says: text(160), means: SENTENCE }, [
  'says',
  'means',
])

const PROPERTIES: Fields<Connector> = {
  id: {
    type: 'string',
    maxLength: 64,
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    description: 'Use lower-case letters, digits and single hyphens.',
  },
  provider: { type: 'string', maxLength: 64, pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' },
  name: text(60),
  category: text(40),
  description: text(160),
  confidence: oneOf('verified', 'unverified'),
  popular: { type: 'integer', minimum: 1, maximum: 1000 },
  keywords: list(text(40), 20),
  retired: object<NonNullable<Connector['retired']>>(
    { since: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } },
    ['since'],
  ),
  loopback: bool,
  icon: { type: 'string', pattern: '^[a-z0-9-]{1,64}$' },
  consoleUrl: LINK,
  docsUrl: LINK,
  setupSteps: list(SENTENCE, 20),
  tips: list(SENTENCE, 20),
  params: list(PARAM, 20),
  clientIdParam: PARAMETER,
  authorize: AUTHORIZE,
  token: TOKEN,
  baseScopes: list(SCOPE, 50),
  scopes: list(SCOPE_FIELDS, 200),
  tools: list(TOOL, 100),
  lifetimes: object<Connector['lifetimes']>(
    { access: orNull(seconds()), refreshIdle: orNull(seconds()), refreshAbsolute: orNull(seconds()) },
    ['access', 'refreshIdle', 'refreshAbsolute'],
  ),
  refresh: REFRESH,
  grantsPerAccount: { type: 'integer', minimum: 1, maximum: 100_000 },
  errors: list(ERROR, 50),
  approval: APPROVAL,
  deadEnds: list(DEAD_END, 20),
  identity: orNull(IDENTITY),
  afterConnect: AFTER_CONNECT,
  revocation: orNull(REVOCATION),
  api: API,
}

const REQUIRED: (keyof Connector)[] = [
  'id',
  'name',
  'category',
  'description',
  'confidence',
  'setupSteps',
  'params',
  'authorize',
  'token',
  'baseScopes',
  'scopes',
  'tools',
  'lifetimes',
  'refresh',
  'errors',
  'identity',
  'revocation',
  'api',
]

export const CONNECTOR_SCHEMA: ObjectSchema = object<Connector>(PROPERTIES, REQUIRED)

/** The fields that only the catalog may say: they place a connector, or tie it to the OAuth app of another. */
export const CATALOG_ONLY = ['provider', 'popular', 'retired', 'loopback', 'icon'] as const

const OWN_PROPERTIES: Record<string, ValueSchema> = { ...PROPERTIES }
for (const name of CATALOG_ONLY) delete OWN_PROPERTIES[name]

export const OWN_CONNECTOR_SCHEMA: ObjectSchema = {
  type: 'object',
  properties: {
    ...OWN_PROPERTIES,
    id: {
      type: 'string',
      maxLength: 64,
      pattern: '^own-[a-z0-9]+(-[a-z0-9]+)*$',
      description: 'Begin with own-, then use lower-case letters, digits and single hyphens.',
    },
  },
  required: REQUIRED,
  additionalProperties: false,
}
