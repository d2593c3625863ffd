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
  CLIENT_AUTH,
  FIELDS,
  type Fields,
  HEADER,
  HEADERS,
  LINK,
  list,
  map,
  NAME,
  object,
  oneOf,
  orNull,
  PARAMETER,
  PARAMETERS,
  PATH,
  PATTERN,
  SCOPE,
  SENTENCE,
  SEPARATOR,
  seconds,
  status,
  text,
  VALUE,
} from './field-schemas.ts'
import type { AfterConnect, Attachment, DeadTokenSign, Identity } from './service-requests.ts'
import type { TokenAnswerDialect, TokenRequestDialect } from './token-dialect.ts'

const ATTACHMENT = object<Attachment>({ header: HEADER, format: VALUE }, ['header', 'format'])

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

const REQUEST: Fields<TokenRequestDialect> = {
  url: ADDRESS,
  method: oneOf('GET'),
  params: PARAMETERS,
  rename: map(PARAMETER, PARAMETER),
  omit: list(PARAMETER, 20),
}

const ANSWER = object<TokenAnswerDialect>({
  tokensIn: PATH,
  error: PATH,
  description: PATH,
  scope: PATH,
  expiresIn: PATH,
  expiresAt: PATH,
  anyTokenType: bool,
  accessTokenRenews: bool,
})

const AUTHORIZE = object<Connector['authorize']>(
  {
    url: ADDRESS,
    params: PARAMETERS,
    chooserParams: PARAMETERS,
    pkce: oneOf('S256', 'none'),
    scopeSeparator: SEPARATOR,
    scopeParam: orNull(PARAMETER),
    grantedScopesParam: PARAMETER,
    loginHintParam: PARAMETER,
    macParam: PARAMETER,
    redirectUriParam: NAME,
    issuer: ADDRESS,
    issuerAlwaysNamed: bool,
  },
  ['url', 'params', 'pkce', 'scopeSeparator'],
)

const TOKEN = object<Connector['token']>(
  {
    url: ADDRESS,
    clientAuth: CLIENT_AUTH,
    scopeSeparator: SEPARATOR,
    headers: HEADERS,
    body: oneOf('form', 'json'),
    code: object<TokenRequestDialect>(REQUEST),
    refresh: object<TokenRequestDialect>(REQUEST),
    upgrade: object<NonNullable<Connector['token']['upgrade']>>(
      { ...REQUEST, grantType: text(100), tokenParam: PARAMETER },
      ['url', 'grantType', 'tokenParam'],
    ),
    answer: ANSWER,
  },
  ['url', 'clientAuth', 'scopeSeparator'],
)

const REFRESH = object<Connector['refresh']>(
  {
    rotates: bool,
    replay: {
      oneOf: [
        object<{ rule: string }>({ rule: oneOf('harmless', 'never') }, ['rule']),
        object<{ rule: string; windowSeconds: number }>(
          { rule: oneOf('grace'), windowSeconds: { type: 'integer', minimum: 36, maximum: 24 * 3600 } },
          ['rule', 'windowSeconds'],
        ),
        object<{ rule: string; pauseSeconds: number }>({ rule: oneOf('once'), pauseSeconds: seconds(3600) }, [
          'rule',
          'pauseSeconds',
        ]),
      ],
      discriminator: { propertyName: 'rule' },
    },
    killsOldAccess: bool,
    sharedGrant: bool,
  },
  ['rotates', 'replay', 'killsOldAccess', 'sharedGrant'],
)

const IDENTITY = object<Identity>(
  {
    url: ADDRESS,
    headers: HEADERS,
    json: FIELDS,
    form: FIELDS,
    emptyPost: bool,
    attach: orNull(ATTACHMENT),
    id: PATH,
    email: PATH,
    emailVerified: PATH,
    name: PATH,
    tenant: PATH,
    tenantParam: NAME,
    emailFrom: object<NonNullable<Identity['emailFrom']>>(
      {
        url: ADDRESS,
        list: { ...PATH, pattern: `${PATH.pattern}|^$` },
        email: PATH,
        primary: PATH,
        verified: PATH,
      },
      ['url', 'list', 'email', 'primary'],
    ),
  },
  ['id'],
)

const AFTER_CONNECT = object<AfterConnect>(
  {
    url: ADDRESS,
    headers: HEADERS,
    attach: ATTACHMENT,
    pick: object<NonNullable<AfterConnect['pick']>>(
      { list: { ...PATH, pattern: `${PATH.pattern}|^$` }, where: PATH, equals: VALUE },
      ['list', 'where', 'equals'],
    ),
  },
  ['url'],
)

const REVOKED_TOKEN = oneOf('refresh_token', 'access_token')
const REVOCATION: ValueSchema = {
  oneOf: [
    {
      type: 'object',
      properties: {
        style: oneOf('rfc7009'),
        url: ADDRESS,
        token: REVOKED_TOKEN,
        clientAuth: CLIENT_AUTH,
        goneStatuses: list(status, 10),
      },
      required: ['style', 'url', 'token', 'clientAuth'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        style: oneOf('own'),
        url: ADDRESS,
        method: oneOf('POST', 'DELETE'),
        token: REVOKED_TOKEN,
        clientAuth: oneOf('client_secret_basic'),
        headers: HEADERS,
        json: FIELDS,
        form: FIELDS,
        goneStatuses: list(status, 10),
        success: object<{ path: string; value: string }>({ path: PATH, value: text(100) }, ['path', 'value']),
        goneErrors: list(text(100), 20),
      },
      required: ['style', 'url', 'method', 'token'],
      additionalProperties: false,
    },
  ],
  discriminator: { propertyName: 'style' },
}

const API = object<Connector['api']>(
  {
    baseUrl: ADDRESS,
    otherOrigins: list(ADDRESS, 20),
    attach: ATTACHMENT,
    headers: HEADERS,
    deadToken: list(
      object<DeadTokenSign>({ status, path: PATH, values: list(text(200), 20) }, [
        'status',
        'path',
        'values',
      ]),
      10,
    ),
    examplePath: {
      type: 'string',
      maxLength: 300,
      pattern: '^/[\\x21-\\x7e]*$',
      description: 'Use a path that begins with a slash, such as /me.',
    },
  },
  ['baseUrl', 'examplePath'],
)

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
