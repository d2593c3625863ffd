// What is known of one upstream service, as data. Every quirk is a field here; no code asks for a service by name.

/** A value that endpoints need and that differs per customer: `{subdomain}`, `{tenant}`. */
export interface ConnectorParam {
  name: string
  label: string
  /** Anchored regular expression the whole value must match. */
  pattern: string
  example: string
}

export interface ConnectorScope {
  scope: string
  /** In plain words, as a person who consents would say it. */
  title: string
  sensitive: boolean
  /** Other spellings the service uses for the same scope in its answers. */
  aliases?: string[]
}

export interface ConnectorTool {
  id: string
  title: string
  scopes: string[]
}

export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/**
 * What presenting a spent refresh token again does, which decides how a lost answer is settled:
 * `harmless` (the service does not rotate), `grace` (the same answer again inside a window),
 * `once` (worth one try after a pause), `never` (it would end the grant).
 */
export type Replay =
  | { rule: 'harmless' }
  | { rule: 'grace'; windowSeconds: number }
  | { rule: 'once'; pauseSeconds: number }
  | { rule: 'never' }

/**
 * What a failed token request means. `dead` and `consent` end a grant; `suspect` only looks dead; `scope` is `consent` on
 * a grant that refreshed before and `config` on any other; `config` is the OAuth app's trouble.
 */
export type FailureClass =
  | 'dead'
  | 'consent'
  | 'suspect'
  | 'scope'
  | 'config'
  | 'limited'
  | 'transient'
  | 'in_doubt'

/** One row of a service's own error table; every condition given must match. */
export interface ErrorRule {
  status?: number
  error?: string
  /** Regular expression, tested case-insensitively against `error_description`. */
  description?: string
  class: FailureClass
}

export interface Identity {
  url: string
  headers?: Record<string, string>
  /** Paths into the JSON answer; `a|b` takes the first that is a non-empty string or number. */
  id: string
  email?: string
  /** Path of a boolean that says the service verified the address. */
  emailVerified?: string
  name?: string
  tenant?: string
}

export type Revocation =
  | { style: 'rfc7009'; url: string; token: 'refresh_token' | 'access_token'; clientAuth: ClientAuthMethod }
  | {
      /** JSON body, HTTP method and success statuses of the service's own. */
      style: 'json'
      url: string
      method: 'POST' | 'DELETE'
      clientAuth: 'client_secret_basic'
      bodyField: string
      token: 'refresh_token' | 'access_token'
      headers?: Record<string, string>
    }

export interface Connector {
  id: string
  name: string
  category: string
  description: string
  confidence: 'verified' | 'unverified'
  /** Reached over loopback http; offered only where ALLOW_INSECURE_UPSTREAMS is true. */
  loopback?: true
  consoleUrl?: string
  docsUrl?: string
  /** What an admin does at the service to register an OAuth app, a sentence a step. */
  setupSteps: string[]
  params: ConnectorParam[]
  authorize: {
    url: string
    /** Sent as they are; none may be one of the reserved parameters of RFC 6749 and 7636. */
    params: Record<string, string>
    pkce: 'S256' | 'none'
    scopeSeparator: ' ' | ','
    loginHintParam?: string
    /** Issuer identifier of the service (RFC 9207): where the callback names one, it is this, exactly. */
    issuer?: string
    /** The service announces that it always names itself: a callback that does not is refused. */
    issuerAlwaysNamed?: true
  }
  token: {
    url: string
    clientAuth: ClientAuthMethod
    /** How the scopes of an answer are separated. */
    scopeSeparator: ' ' | ','
    headers?: Record<string, string>
  }
  /** Asked for on every connection, whatever tools are chosen. */
  baseScopes: string[]
  scopes: ConnectorScope[]
  tools: ConnectorTool[]
  /** Seconds; null where the service gives none. */
  lifetimes: {
    access: number | null
    refreshIdle: number | null
    refreshAbsolute: number | null
  }
  refresh: {
    rotates: boolean
    replay: Replay
    /** A refresh ends the previous access token, so no copy of one may lie at the edge. */
    killsOldAccess: boolean
    /** One grant of a person and app is shared by all their connections: revoking one ends its siblings. */
    sharedGrant: boolean
  }
  errors: ErrorRule[]
  identity: Identity | null
  revocation: Revocation | null
  api: {
    baseUrl: string
    headers?: Record<string, string>
    /** A harmless GET that shows a token at work, relative to baseUrl, for the snippet on the page. */
    examplePath: string
  }
}

/** Fills `{name}` placeholders. Every value must match its anchored pattern, here as everywhere: a bad one yields undefined. */
export function fillPlaceholders(
  template: string,
  connector: Pick<Connector, 'params'>,
  values: Record<string, string>,
): string | undefined {
  let complete = true
  const filled = template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const param = connector.params.find((candidate) => candidate.name === name)
    const value = values[name]
    if (!param || value === undefined || !matchesParam(param, value)) {
      complete = false
      return ''
    }
    return value
  })
  return complete ? filled : undefined
}

export function matchesParam(param: ConnectorParam, value: string): boolean {
  return new RegExp(`^(?:${param.pattern})$`).test(value)
}
