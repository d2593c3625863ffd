// What an issuer's metadata makes of a connector: the addresses as they are, the rest with the care that an unknown
// service asks for. A beginning, which a person looks through before it is saved.

import type { Connector } from './connector.ts'
import { OWN_CATEGORY } from './own-connector.ts'
import type { ClientAuthMethod } from './token-dialect.ts'

/** As RFC 8414 and OpenID Connect Discovery name them; what is not of its kind is taken as left out. */
export interface Metadata {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  [name: string]: unknown
}

/** What only a person knows. */
export interface Wishes {
  id: string
  name?: string
  apiBaseUrl?: string
}

const IDENTITY_SCOPES: Record<string, string> = {
  openid: 'Know which account this is',
  email: 'See the e-mail address',
  profile: 'See the name',
  offline_access: 'Keep access while nobody is signed in',
}
const MOST_TOOLS = 50
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/

/** In the catalog's JSON form. */
export function definitionOf(metadata: Metadata, wishes: Wishes): Record<string, unknown> {
  const { host } = new URL(metadata.issuer)
  const scopes = scopesOf(metadata)
  const base = scopes.filter((scope) => Object.hasOwn(IDENTITY_SCOPES, scope))
  const others = scopes.filter((scope) => !base.includes(scope)).slice(0, MOST_TOOLS)
  const clientAuth = clientAuthOf(metadata.token_endpoint_auth_methods_supported)
  return {
    id: wishes.id,
    name: wishes.name ?? host.slice(0, 60),
    category: OWN_CATEGORY,
    description: `Found through the issuer ${host}.`.slice(0, 160),
    confidence: 'unverified',
    ...linkOf(metadata.service_documentation),
    setupSteps: [
      'Register an application at the service, of the kind that keeps a secret.',
      'Enter the callback URL below as its redirect address, exactly as it stands.',
      'Copy the client ID and the secret.',
    ],
    params: [],
    authorize: authorizeOf(metadata, base),
    token: { url: metadata.token_endpoint, clientAuth, scopeSeparator: ' ' },
    baseScopes: base,
    scopes: [...base, ...others].map((scope) => ({
      scope,
      title: (IDENTITY_SCOPES[scope] ?? `Use ${scope}`).slice(0, 80),
      sensitive: !Object.hasOwn(IDENTITY_SCOPES, scope),
    })),
    tools: toolsOf(others),
    lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
    refresh: {
      rotates: true,
      replay: { rule: 'once', pauseSeconds: 5 },
      killsOldAccess: false,
      sharedGrant: false,
    },
    errors: [],
    identity: identityOf(metadata),
    revocation: revocationOf(metadata, clientAuth),
    api: {
      baseUrl: wishes.apiBaseUrl ?? new URL(metadata.issuer).origin,
      examplePath: '/',
    },
  } satisfies Omit<Connector, 'authorize' | 'identity' | 'revocation'> & Record<string, unknown>
}

/** Of the ways that Evergrant knows; undefined where the service takes none of them. */
export function clientAuthOf(supported: unknown): ClientAuthMethod {
  const methods = textsOf(supported)
  const known: ClientAuthMethod[] = ['client_secret_basic', 'client_secret_post', 'none']
  // Nothing said means basic (RFC 8414 section 2).
  return known.find((method) => methods?.includes(method)) ?? 'client_secret_basic'
}

/** Whether the service only takes client authentication that Evergrant does not do, such as signed assertions. */
export function asksForOtherAuth(metadata: Metadata): boolean {
  const methods = textsOf(metadata.token_endpoint_auth_methods_supported)
  return methods !== undefined && !methods.includes(clientAuthOf(methods))
}

function authorizeOf(metadata: Metadata, base: string[]): Record<string, unknown> {
  const url = new URL(metadata.authorization_endpoint)
  const own = Object.fromEntries(url.searchParams)
  url.search = ''
  const challenges = textsOf(metadata.code_challenge_methods_supported)
  const prompts = textsOf(metadata.prompt_values_supported)
  return {
    url: url.href,
    // OpenID Connect Core 11: offline access is only given where consent is asked for.
    params: { ...own, ...(base.includes('offline_access') ? { prompt: 'consent' } : {}) },
    ...(prompts?.includes('select_account') && !base.includes('offline_access')
      ? { chooserParams: { prompt: 'select_account' } }
      : {}),
    // A service that does not know PKCE ignores it; only one that names other methods refuses it.
    pkce: challenges === undefined || challenges.includes('S256') ? 'S256' : 'none',
    scopeSeparator: ' ',
    ...(base.includes('openid') ? { loginHintParam: 'login_hint' } : {}),
    issuer: metadata.issuer,
    ...(metadata.authorization_response_iss_parameter_supported === true ? { issuerAlwaysNamed: true } : {}),
  }
}

function scopesOf(metadata: Metadata): string[] {
  const named = textsOf(metadata.scopes_supported)?.filter((scope) => SCOPE.test(scope))
  if (named) return [...new Set(named)]
  return typeof metadata.userinfo_endpoint === 'string' ? ['openid'] : []
}

/** One for each scope, under an id made of it. */
function toolsOf(scopes: string[]) {
  const taken = new Set<string>()
  return scopes.flatMap((scope) => {
    const id = scope
      .replace(/^https?:\/\/[^/]+\//, '')
      .toLowerCase()
      .replace(/[^a-z0-9_.]+/g, '_')
      .replace(/\.{2,}/g, '.')
      .replace(/^[._]+|[._]+$/g, '')
      .slice(0, 64)
      .replace(/\.$/, '')
    if (id === '' || taken.has(id)) return []
    taken.add(id)
    return [{ id, title: `Use ${scope}`.slice(0, 80), scopes: [scope] }]
  })
}

function identityOf({ userinfo_endpoint: url }: Metadata) {
  return typeof url === 'string'
    ? { url, id: 'sub', email: 'email', emailVerified: 'email_verified', name: 'name|preferred_username' }
    : null
}

function revocationOf(metadata: Metadata, tokenAuth: ClientAuthMethod) {
  const url = metadata.revocation_endpoint
  if (typeof url !== 'string') return null
  const methods = metadata.revocation_endpoint_auth_methods_supported
  const clientAuth = methods === undefined ? tokenAuth : clientAuthOf(methods)
  return { style: 'rfc7009', url, token: 'refresh_token', clientAuth }
}

function linkOf(link: unknown): { docsUrl?: string } {
  const fits = typeof link === 'string' && link.length <= 500 && /^https:\/\/[\x21-\x7e]+$/.test(link)
  return fits ? { docsUrl: link } : {}
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}
