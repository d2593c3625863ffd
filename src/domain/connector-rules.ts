// What the fields of a connector owe each other, beyond the bounds of each: checked for the catalog by its contract test,
// and for a workspace's own connectors whenever one is saved.

import { readPattern } from '../lib/pattern.ts'
import { addressFaults, refusedAddress } from './address-rules.ts'
import { addressesOf, type Reach } from './addresses.ts'
import type { Connector, ConnectorParam } from './connector.ts'
import type { FieldError } from './failure.ts'
import { acceptsParam, examplesOf, paramsFrom } from './params.ts'
import { fillPlaceholders, matchesParam, namesIn } from './placeholders.ts'
import type { Attachment } from './service-requests.ts'

/** RFC 6749, RFC 7636, OpenID Connect Core 1.0, RFC 9101: Evergrant sets them itself, or must not be told to. */
const RESERVED = [
  'client_id',
  'client_secret',
  'redirect_uri',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'nonce',
  'request',
  'request_uri',
]
const RESERVED_PARAMS = ['client_id', 'client_secret', 'token']
/** Of a request as such; the transport sets them. */
const RESERVED_HEADERS = ['host', 'cookie', 'content-length', 'transfer-encoding', 'connection', 'upgrade']
const DESCRIPTION_STATES = 500

type Check = (connector: Connector, reach: Reach) => FieldError[]

/** @param connector fits its schema */
export function ruleFaults(connector: Connector, reach: Reach): FieldError[] {
  const patterns = patternFaults(connector)
  // What a bad pattern refuses would only be blamed on others.
  const checks = patterns.length > 0 ? CHECKS : [paramFaults, addressFaults, ...CHECKS]
  return [...patterns, ...checks.flatMap((check) => check(connector, reach))]
}

const CHECKS: Check[] = [
  placeholderFaults,
  linkFaults,
  authorizeFaults,
  takenFaults,
  scopeFaults,
  errorFaults,
  refreshFaults,
  identityFaults,
  headerFaults,
  valueFaults,
]

function patternFaults({ params }: Connector): FieldError[] {
  return params.flatMap(({ pattern }, index) => {
    const read = readPattern(pattern, 'whole')
    return read.ok ? [] : [fault(`params.${index}.pattern`, read.error)]
  })
}

function paramFaults(connector: Connector): FieldError[] {
  return connector.params.flatMap((param, index) => {
    const at = (field: string, message: string) => [fault(`params.${index}.${field}`, message)]
    if (RESERVED_PARAMS.includes(param.name)) return at('name', 'This name has a meaning of its own here.')
    if (connector.params.findIndex(({ name }) => name === param.name) < index) {
      return at('name', 'Use each name once.')
    }
    if (!matchesParam(param, param.example)) return at('example', 'The pattern does not take this example.')
    if (!acceptsParam(connector, param, param.example)) {
      return at('example', 'With this example an address is none that may be called.')
    }
    if (param.default && !acceptsParam(connector, param, param.default)) {
      return at('default', 'Use a value that the pattern takes.')
    }
    const loose = [`${param.example}\n`, `${param.example}/#`, `x@${param.example}`]
    if (loose.some((value) => matchesParam(param, value))) {
      return at('pattern', 'Name the characters of the value; this takes line ends, /# or @ beside them.')
    }
    return []
  })
}

/** The value of every placeholder must be known by the time it is needed. */
function placeholderFaults(connector: Connector): FieldError[] {
  const early = ['authorize.url', 'authorize.issuer', 'token.url', 'token.code.url']
  return addressesOf(connector).flatMap(({ path, template }) =>
    namesIn(template).flatMap((name) => {
      if (name === 'client_id' && path !== 'api.baseUrl' && !path.startsWith('api.otherOrigins')) return []
      const param = connector.params.find((candidate) => candidate.name === name)
      if (!param) return [fault(path, `There is no param called ${name}.`)]
      const source = param.default === undefined ? (param.source ?? 'app') : 'app'
      return early.includes(path) && source !== 'app' && source !== 'connection'
        ? [fault(path, `The value of ${name} is not known yet when this address is needed.`)]
        : []
    }),
  )
}

function linkFaults({ consoleUrl, docsUrl }: Connector, reach: Reach): FieldError[] {
  return Object.entries({ consoleUrl, docsUrl }).flatMap(([path, link]) => {
    const refusal = link === undefined ? undefined : refusedAddress(link.replace(/#.*/, ''), reach)
    return refusal === undefined ? [] : [fault(path, refusal)]
  })
}

function authorizeFaults({ authorize, clientIdParam, params }: Connector): FieldError[] {
  const names: [path: string, name: string | undefined][] = [
    ...Object.keys(authorize.params).map((name): [string, string] => [`authorize.params.${name}`, name]),
    ...Object.keys(authorize.chooserParams ?? {}).map((name): [string, string] => [
      `authorize.chooserParams.${name}`,
      name,
    ]),
    ['authorize.loginHintParam', authorize.loginHintParam],
    ['clientIdParam', clientIdParam],
  ]
  const reserved = names.flatMap(([path, name]) =>
    name !== undefined && RESERVED.includes(name)
      ? [fault(path, `Evergrant sets ${name} itself: leave it out.`)]
      : [],
  )
  const faults = [...reserved]
  const { redirectUriParam } = authorize
  const address = params.find(({ name }) => name === redirectUriParam)
  if (redirectUriParam !== undefined && (!isOfApp(address) || address.default !== undefined)) {
    faults.push(fault('authorize.redirectUriParam', 'Name a param of the app that has no default.'))
  }
  if (authorize.url.includes('?')) {
    faults.push(fault('authorize.url', 'Leave the query out: name its parameters under authorize.params.'))
  }
  return faults
}

/** Said by an admin with the OAuth app, long before anybody is asked to consent. */
function isOfApp(param: ConnectorParam | undefined): param is ConnectorParam {
  return param !== undefined && (param.source ?? 'app') === 'app'
}

/** What the authorization request takes from params, and the scopes that they ask for. */
function takenFaults({ authorize, params }: Connector): FieldError[] {
  const sets = { 'authorize.params': authorize.params, 'authorize.chooserParams': authorize.chooserParams }
  const values = Object.entries(sets).flatMap(([path, texts = {}]) =>
    Object.entries(texts).flatMap(([name, text]) =>
      namesIn(text)
        .filter((taken) => !isOfApp(params.find((param) => param.name === taken)))
        .map((taken) => fault(`${path}.${name}`, `There is no param of the app called ${taken}.`)),
    ),
  )
  const scopes = params.flatMap(({ name, scope }, index) =>
    scope === undefined || namesIn(scope).join() === name
      ? []
      : [fault(`params.${index}.scope`, `Write {${name}} once where its value belongs.`)],
  )
  return [...values, ...scopes]
}

function scopeFaults({ scopes, tools, baseScopes }: Connector): FieldError[] {
  const known = new Set(scopes.map(({ scope }) => scope))
  const unknown = (path: string, names: string[]) =>
    names.flatMap((name, index) =>
      known.has(name) ? [] : [fault(`${path}.${index}`, `${name} is not among the scopes: add it there.`)],
    )
  const spellings = scopes.flatMap(({ scope, aliases = [] }, index) =>
    [scope, ...aliases].map((name) => ({ name, path: `scopes.${index}.scope` })),
  )
  const ids = tools.map(({ id }, index) => ({ name: id, path: `tools.${index}.id` }))
  return [
    ...repeated(spellings, 'Name each scope once.'),
    ...repeated(ids, 'Use each id once.'),
    ...unknown('baseScopes', baseScopes),
    ...tools.flatMap((tool, index) => unknown(`tools.${index}.scopes`, tool.scopes)),
    ...scopes.flatMap(({ covers = [] }, index) => unknown(`scopes.${index}.covers`, covers)),
  ]
}

function errorFaults({ errors }: Connector): FieldError[] {
  const conditions = errors.map(({ status, error, description }, index) => ({
    name: JSON.stringify([status, error, description]),
    path: `errors.${index}`,
  }))
  const faults = errors.flatMap((rule, index) => {
    if (rule.status === undefined && rule.error === undefined && rule.description === undefined) {
      return [fault(`errors.${index}`, 'Say which status, error or description this is about.')]
    }
    if (rule.description === undefined) return []
    const read = readPattern(rule.description, 'anywhere', DESCRIPTION_STATES)
    return read.ok ? [] : [fault(`errors.${index}.description`, read.error)]
  })
  return [...faults, ...repeated(conditions, 'An earlier row says the same.')]
}

function refreshFaults({ refresh, token }: Connector): FieldError[] {
  const { rotates, replay, killsOldAccess } = refresh
  const faults: FieldError[] = []
  if (killsOldAccess && !rotates) {
    faults.push(fault('refresh.killsOldAccess', 'This is only so where refresh tokens rotate.'))
  }
  if ((replay.rule === 'harmless') === rotates) {
    const message = rotates
      ? 'Where refresh tokens rotate, a spent one is never harmless.'
      : 'Where refresh tokens do not rotate, this is harmless.'
    faults.push(fault('refresh.replay', message))
  }
  if (token.answer?.accessTokenRenews && rotates) {
    faults.push(fault('refresh.rotates', 'An access token that renews itself does not rotate.'))
  }
  return faults
}

function identityFaults(connector: Connector): FieldError[] {
  const { identity, afterConnect } = connector
  const faults: FieldError[] = []
  if (identity?.emailVerified && !identity.email) {
    faults.push(fault('identity.emailVerified', 'Say where the e-mail address is, too.'))
  }
  if (identity && [identity.json, identity.form, identity.emptyPost].filter(Boolean).length > 1) {
    faults.push(fault('identity', 'Use one of json, form and emptyPost.'))
  }
  const { tenantParam } = identity ?? {}
  if (tenantParam !== undefined && !connector.params.some(({ name }) => name === tenantParam)) {
    faults.push(fault('identity.tenantParam', `There is no param called ${tenantParam}.`))
  }
  const asked = paramsFrom(connector, 'after_connect').length > 0
  if (asked !== (afterConnect !== undefined)) {
    const message = asked
      ? 'A param comes from the request after consent: say which request that is.'
      : 'No param comes from this request: leave it out.'
    faults.push(fault('afterConnect', message))
  }
  return faults
}

/** The token goes into a header of its own, once. */
function headerFaults({ api, token, identity, afterConnect, revocation }: Connector): FieldError[] {
  const attachments: [path: string, attachment: Attachment | null | undefined][] = [
    ['api.attach', api.attach],
    ['identity.attach', identity?.attach],
    ['afterConnect.attach', afterConnect?.attach],
  ]
  const attached = attachments.flatMap(([path, attachment]) => [
    ...(attachment && attachment.format.split('{token}').length !== 2
      ? [fault(`${path}.format`, 'Write {token} once where the token belongs.')]
      : []),
    ...(attachment && RESERVED_HEADERS.includes(attachment.header)
      ? [fault(`${path}.header`, 'This header is set by the request itself.')]
      : []),
  ])
  const tokenHeader = api.attach?.header ?? 'authorization'
  const sets: [path: string, headers: Record<string, string> | undefined, taken: string[]][] = [
    ['api.headers', api.headers, [tokenHeader]],
    ['token.headers', token.headers, ['authorization', 'content-type']],
    ['identity.headers', identity?.headers, ['authorization']],
    ['afterConnect.headers', afterConnect?.headers, ['authorization']],
    ['revocation.headers', revocation?.style === 'own' ? revocation.headers : undefined, []],
  ]
  const named = sets.flatMap(([path, headers = {}, taken]) =>
    Object.keys(headers)
      .filter((name) => [...RESERVED_HEADERS, ...taken].includes(name))
      .map((name) => fault(`${path}.${name}`, 'This header is set by the request itself.')),
  )
  return [...attached, ...named]
}

/** Texts that are no addresses: `{client_id}`, `{client_secret}`, `{token}` where there is one, and params. */
function valueFaults(connector: Connector): FieldError[] {
  const { api, identity, afterConnect, revocation } = connector
  const own = revocation?.style === 'own' ? revocation : undefined
  const sets: [path: string, texts: Record<string, string> | undefined, known: string[]][] = [
    ['api.headers', api.headers, ['client_id', 'client_secret']],
    ['identity.headers', identity?.headers, RESERVED_PARAMS],
    ['identity.form', identity?.form, RESERVED_PARAMS],
    ['afterConnect.headers', afterConnect?.headers, RESERVED_PARAMS],
    ['revocation.headers', own?.headers, RESERVED_PARAMS],
    ['revocation.json', own?.json, RESERVED_PARAMS],
    ['revocation.form', own?.form, RESERVED_PARAMS],
  ]
  const values = examplesOf(connector)
  return sets.flatMap(([path, texts = {}, known]) =>
    Object.entries(texts).flatMap(([name, text]) => {
      const rest = known.reduce((left, word) => left.replaceAll(`{${word}}`, ''), text)
      return fillPlaceholders(rest, connector, values) === undefined
        ? [fault(`${path}.${name}`, `There is no param called ${namesIn(rest)[0] ?? 'that'}.`)]
        : []
    }),
  )
}

function repeated(entries: { name: string; path: string }[], message: string): FieldError[] {
  return entries
    .filter(({ name }, index) => entries.findIndex((other) => other.name === name) < index)
    .map(({ path }) => fault(path, message))
}

function fault(path: string, message: string): FieldError {
  return { path, message }
}
