// The configuration of the OpenID provider behind the local upstream: its clients, scopes, lifetimes and prompts.
// Every flow asks for a person; the clients that hold connections ask for consent every time as well.

import { generateKeyPair } from 'node:crypto'
import Provider, { interactionPolicy, type RequestContext } from 'oidc-provider'
import type { UpstreamSettings } from './client.ts'
import { errorPage } from './pages.ts'
import { personById, SCOPES } from './people.ts'
import type { Store } from './store.ts'

export const SIGN_IN_CLIENT = 'evergrant-sign-in'
export const CRM_CLIENT = 'local-crm'
/** Its token requests are forgiven a replay of a spent refresh token. */
export const LENIENT_CLIENT = 'local-drive'

export interface ClientSecrets {
  signIn: string
  crm: string
  drive: string
}

const DAY_SECONDS = 24 * 60 * 60
const FLOW_SECONDS = 60 * 60

export interface ProviderKeys {
  jwks: { keys: Record<string, unknown>[] }
  cookieKey: string
}

export interface ProviderOptions {
  origin: string
  publicUrl: string
  secrets: ClientSecrets
  keys: ProviderKeys
  store: Store
  settings: UpstreamSettings
}

export function createProvider(options: ProviderOptions): Provider {
  const { origin, publicUrl, secrets, keys, store, settings } = options
  const provider: Provider = new Provider(origin, {
    adapter: (model: string) => store.adapter(model),
    clients: [
      client(SIGN_IN_CLIENT, 'Evergrant sign-in', secrets.signIn, `${publicUrl}/sign-in/callback`),
      client(
        CRM_CLIENT,
        'Evergrant for Local CRM',
        secrets.crm,
        `${publicUrl}/oauth/callback/local`,
        `${publicUrl}/oauth/callback/own-crm`,
      ),
      {
        ...client(
          LENIENT_CLIENT,
          'Evergrant for Local Drive',
          secrets.drive,
          `${publicUrl}/oauth/callback/local-lenient`,
        ),
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: keys.jwks,
    cookies: { keys: [keys.cookieKey] },
    scopes: Object.keys(SCOPES),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    clientBasedCORS: () => false,
    clockTolerance: 0,
    expiresWithSession: () => false,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (
          _context: RequestContext,
          asking: { clientId: string },
          token: { clientId: string },
        ) => token.clientId === asking.clientId,
      },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: (_context: RequestContext, id: string) => account(id),
    interactions: { policy: promptPolicy() },
    issueRefreshToken: (
      _context: RequestContext,
      asking: { grantTypeAllowed(type: string): boolean },
      source: { scopes: Set<string> },
    ) => asking.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    loadExistingGrant: (context: RequestContext) => grantOfThisFlow(provider, context),
    pkce: { required: () => true },
    renderError: (context: RequestContext, out: Record<string, string>) => {
      context.type = 'html'
      context.body = errorPage(out.error ?? 'error', out.error_description ?? 'Something went wrong.')
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => settings.access_token_ttl,
      AuthorizationCode: 60,
      Grant: 90 * DAY_SECONDS,
      IdToken: 60 * 60,
      Interaction: FLOW_SECONDS,
      RefreshToken: 90 * DAY_SECONDS,
      Session: DAY_SECONDS,
    },
  })
  return provider
}

export async function generateKeys(cookieKey: string): Promise<ProviderKeys> {
  const jwk = await new Promise<Record<string, unknown>>((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, _publicKey, privateKey) => {
      if (error) reject(error)
      else resolve(privateKey.export({ format: 'jwk' }))
    })
  })
  return { jwks: { keys: [{ ...jwk, use: 'sig', alg: 'RS256' }] }, cookieKey }
}

function client(id: string, name: string, secret: string, ...redirectUris: string[]) {
  return {
    client_id: id,
    client_name: name,
    client_secret: secret,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

function account(id: string) {
  const person = personById(id)
  if (!person) return undefined
  return {
    accountId: id,
    claims: async () => ({
      sub: id,
      name: person.name,
      email: person.email,
      email_verified: person.emailVerified,
    }),
  }
}

/** Adds to the provider's own checks that a flow never reuses an earlier sign-in. */
function promptPolicy() {
  const policy = interactionPolicy.base()
  policy
    .get('login')
    .checks.add(
      new interactionPolicy.Check(
        'every_time',
        'the person is asked for in every flow',
        (context) => !context.oidc.result?.login,
      ),
    )
  return policy
}

/** The grant given at consent in this very flow; signing in to Evergrant itself needs no consent page. */
async function grantOfThisFlow(provider: Provider, context: RequestContext) {
  const { account: person, client: asking, params, result } = context.oidc
  if (result?.consent?.grantId) return provider.Grant.find(result.consent.grantId)
  if (asking.clientId !== SIGN_IN_CLIENT || !person || !result?.login) return undefined
  const grant = new provider.Grant({ accountId: person.accountId, clientId: asking.clientId })
  grant.addOIDCScope(params.scope ?? 'openid')
  await grant.save()
  return grant
}
