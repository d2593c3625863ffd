// What is known of one upstream service, as data. Every quirk is a field here; no code asks for a service by name.

import type { AfterConnect, Attachment, DeadTokenSign, Identity, Revocation } from './service-requests.ts'
import type { ClientAuthMethod, TokenAnswerDialect, TokenRequestDialect } from './token-dialect.ts'

/**
 * Who says a param: the admin with the OAuth app (`app`) or when a connection is set up (`connection`), the callback's
 * query, the token answer, or the answer of the request made after consent.
 */
export type ParamSource = 'app' | 'connection' | 'callback' | 'token_response' | 'after_connect'

/** A value that endpoints need and that differs per customer: `{subdomain}`, `{tenant}`. */
export interface ConnectorParam {
  name: string
  label: string
  /** Anchored regular expression the whole value must match, whoever says it. */
  pattern: string
  example: string
  /** `app` where absent. */
  source?: ParamSource
  /** Query parameter of the callback, or paths into the JSON answer; its name where absent. */
  from?: string
  /** Used until somebody says another value; an empty one makes the param optional. */
  default?: string
  /** Scope asked for where the param has a value, with a placeholder for it. */
  scope?: string
}

export interface ConnectorScope {
  scope: string
  /** In plain words, as a person who consents would say it. */
  title: string
  sensitive: boolean
  /** Other spellings the service uses for the same scope in its answers. */
  aliases?: string[]
  /** The service takes it, but never names it in an answer: it counts as granted when asked for. */
  unnamed?: true
  /** Narrower scopes that the service leaves out of its answer where this one is granted. */
  covers?: string[]
}

export interface ConnectorTool {
  id: string
  title: string
  scopes: string[]
}

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

/** One row of a service's own error table; every condition given must match. The first row that matches decides. */
export interface ErrorRule {
  status?: number
  error?: string
  /** Regular expression, tested case-insensitively against the description. */
  description?: string
  class: FailureClass
  /** One sentence for the admin: what probably happened there, and what to do. */
  hint?: string
  /** Pause the service wants after it, where it does not say so with `Retry-After`. */
  retryAfterSeconds?: number
  /** An administrator of the service has to let the app in first: told with the connector's {@link Approval}. */
  approval?: true
}

/** How an administrator of a service lets an app in, in the service's own terms. */
export interface Approval {
  /** Whom to ask, after "ask": `an administrator of your Microsoft Entra directory`. */
  who: string
  /** What that person does, a sentence each. */
  steps: string[]
  /** Where; may hold `{client_id}` and params of the app. */
  url?: string
  /** Of the link to it, in place of "Open the approval page". */
  urlLabel?: string
  /** The page is for any app, so that its client ID has to be looked for there. */
  findByClientId?: true
  /** Parameter with which the service sends the administrator to the callback once it is done. */
  returnParam?: string
}

export interface Connector {
  id: string
  /** Key of the OAuth app, where several connectors share one: `google` for Gmail, Drive and Calendar. */
  provider?: string
  name: string
  category: string
  description: string
  confidence: 'verified' | 'unverified'
  /** Place among the services people look for most, 1 first. */
  popular?: number
  /** File of public/icons, without its ending; a letter tile where absent. */
  icon?: string
  /** Other words people search for. */
  keywords?: string[]
  /** The service closed: shown, but not connectable. `docsUrl` tells what took its place. */
  retired?: { since: string }
  /** Reached over loopback http; offered only where ALLOW_INSECURE_UPSTREAMS is true. */
  loopback?: true
  consoleUrl?: string
  docsUrl?: string
  /** What an admin does at the service to register an OAuth app, a sentence a step. */
  setupSteps: string[]
  /** What an admin should know before the first connection, a sentence each. */
  tips?: string[]
  params: ConnectorParam[]
  /** Name of `client_id` in the authorization and the token request, where the service has its own. */
  clientIdParam?: string
  authorize: {
    url: string
    /**
     * May hold params; one that comes out empty is not sent. None may be one of the reserved parameters of RFC 6749 and
     * 7636.
     */
    params: Record<string, string>
    /** Sent instead on a first connection, so that the person can choose the account. */
    chooserParams?: Record<string, string>
    pkce: 'S256' | 'none'
    scopeSeparator: ' ' | ','
    /** Where the scopes travel, if not in `scope`; null where they are ticked at the app and never sent. */
    scopeParam?: string | null
    /** Callback parameter that names the granted scopes, where the token answer does not. */
    grantedScopesParam?: string
    loginHintParam?: string
    /** Param of the app that the service wants in place of the callback URL: its own name for that address. */
    redirectUriParam?: string
    /** Callback parameter that signs the others with the app's secret: HMAC-SHA256, hex, sorted `a=1&b=2`. */
    macParam?: string
    /** Issuer identifier of the service (RFC 9207): where the callback names one, it is this, exactly. */
    issuer?: string
    /** The service announces that it always names itself: a callback that does not is refused. */
    issuerAlwaysNamed?: true
  }
  token: {
    url: string
    clientAuth: ClientAuthMethod
    /** How the scopes of an answer are separated; a comma allows for spaces too. */
    scopeSeparator: ' ' | ','
    headers?: Record<string, string>
    /** Encoding of the request body. */
    body?: 'form' | 'json'
    code?: TokenRequestDialect
    refresh?: TokenRequestDialect
    /** Second request after the code exchange that trades the short-lived token for a long-lived one. */
    upgrade?: TokenRequestDialect & { url: string; grantType: string; tokenParam: string }
    answer?: TokenAnswerDialect
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
  /** Live grants that the service keeps of one account and OAuth app; another one ends the oldest without a word. */
  grantsPerAccount?: number
  errors: ErrorRule[]
  approval?: Approval
  /** Pages of the service from which nobody comes back: what stands there, and what it means. */
  deadEnds?: { says: string; means: string }[]
  identity: Identity | null
  afterConnect?: AfterConnect
  revocation: Revocation | null
  api: {
    baseUrl: string
    /** Origins beside the base URL's that the proxy may call. */
    otherOrigins?: string[]
    /** Where it is not `Authorization: Bearer {token}`. */
    attach?: Attachment
    /** Sent with every request; values may hold `{client_id}`, `{client_secret}` and params. */
    headers?: Record<string, string>
    deadToken?: DeadTokenSign[]
    /** A harmless GET that shows a token at work, relative to baseUrl, for the snippet on the page. */
    examplePath: string
  }
}

/** Under which key the OAuth app of a connector is kept: connectors of one family share it. */
export function appKeyOf(connector: Pick<Connector, 'id' | 'provider'>): string {
  return connector.provider ?? connector.id
}
