// OpenID Connect against the one issuer that people sign in with: discovery, authorization request, callback, code,
// id_token, e-mail. Every way it can fail is data; nothing the issuer wrote leaves here but the identity.

import {
  AuthorizationResponseError,
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  clockTolerance,
  discoveryRequest,
  getValidatedIdTokenClaims,
  type JsonValue,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processUserInfoResponse,
  ResponseBodyError,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { mayCall, type OpenIdSignIn, vouchesForAddresses } from '../domain/configuration.ts'
import type { Identity } from '../domain/identity.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { libraryOptions } from './server.ts'
import { TOKEN_BODY_LIMIT, TransportError } from './transport.ts'

export type SignInFailure =
  /** No usable answer in time. */
  | 'issuer_unreachable'
  /** The discovery document names another issuer, or lacks what is needed. */
  | 'issuer_misconfigured'
  /** The issuer refuses the client ID or secret. */
  | 'client_refused'
  /** The person, or the issuer for them, said no. */
  | 'declined'
  /** The callback is not an answer to this request: state, issuer, doubled or missing parameters. */
  | 'callback_invalid'
  /** The code was used before, has expired or was never given. */
  | 'code_refused'
  /** The id_token or another answer cannot be trusted or read. */
  | 'answer_invalid'

export interface SignInCall {
  signIn: OpenIdSignIn
  redirectUri: string
  /** Whom the issuer should ask for. */
  loginHint?: string
  /** Loopback http may be called too. */
  allowInsecure: boolean
}

/** What the browser's flow cookie keeps, sealed, from start to callback. */
export interface SignInSecrets {
  state: string
  nonce: string
  verifier: string
}

const DEADLINE_MS = 15_000
const METADATA_LIMIT = 256 * 1024
const METADATA_LIFE_MS = 10 * 60 * 1000
const CLOCK_TOLERANCE_SECONDS = 60
const SCOPE = 'openid email profile'

type Issuer = AuthorizationServer & {
  authorization_endpoint: string
  token_endpoint: string
  jwks_uri: string
}

let cached: { metadata: Issuer; readAt: number } | undefined

/** The issuer's sign-in page, with PKCE S256 (RFC 7636), state and nonce (OpenID Connect Core 3.1.2.1). */
export async function signInUrl(
  call: SignInCall,
  { state, nonce, verifier }: SignInSecrets,
  now: number,
): Promise<Result<string, SignInFailure>> {
  const issuer = await discover(call, now)
  if (!issuer.ok) return issuer
  const url = new URL(issuer.value.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: call.signIn.clientId,
    redirect_uri: call.redirectUri,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(call.loginHint === undefined ? {} : { login_hint: call.loginHint }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return ok(url.href)
}

/**
 * Validates the callback (state, RFC 9207 issuer, error before code), redeems the code and proves the id_token:
 * signature, issuer, audience, times, nonce (OpenID Connect Core 3.1.3.7).
 * @param query the callback's query string, as received
 */
export async function finishSignIn(
  call: SignInCall,
  query: string,
  { state, nonce, verifier }: SignInSecrets,
  now: number,
): Promise<Result<Identity, SignInFailure>> {
  const issuer = await discover(call, now)
  if (!issuer.ok) return issuer
  const as = issuer.value
  const client = clientOf(call.signIn)
  const callback = validateCallback(as, client, query, state)
  if (!callback.ok) return callback
  try {
    const response = await authorizationCodeGrantRequest(
      as,
      client,
      clientAuth(as, call.signIn.clientSecret),
      callback.value,
      call.redirectUri,
      verifier,
      libraryOptions(limits(call, TOKEN_BODY_LIMIT)),
    )
    if (isOverloaded(response)) return err('issuer_unreachable')
    const tokens = await processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await validateApplicationLevelSignature(as, response, libraryOptions(limits(call, METADATA_LIMIT)))
    const claims = getValidatedIdTokenClaims(tokens)
    if (!claims || claims.sub === '') return err('answer_invalid')
    const identity = readIdentity(as.issuer, claims.sub, claims)
    if (identity.email !== null || !as.userinfo_endpoint) return ok(identity)
    return await askUserinfo(call, as, claims.sub, tokens.access_token)
  } catch (error) {
    return err(classify(error))
  }
}

/** For an issuer whose id_token leaves the e-mail address out (OpenID Connect Core 5.3). */
async function askUserinfo(
  call: SignInCall,
  as: Issuer,
  subject: string,
  accessToken: string,
): Promise<Result<Identity, SignInFailure>> {
  const client = clientOf(call.signIn)
  try {
    const options = libraryOptions(limits(call, TOKEN_BODY_LIMIT))
    const response = await userInfoRequest(as, client, accessToken, options)
    if (isOverloaded(response)) return err('issuer_unreachable')
    return ok(readIdentity(as.issuer, subject, await processUserInfoResponse(as, client, subject, response)))
  } catch (error) {
    return err(isOutage(error) ? 'issuer_unreachable' : 'answer_invalid')
  }
}

/**
 * The issuer's metadata, at most ten minutes old. The document's `issuer` must be the configured text, character for
 * character (OpenID Connect Discovery 4.3).
 */
async function discover(call: SignInCall, now: number): Promise<Result<Issuer, SignInFailure>> {
  const { issuer } = call.signIn
  if (cached && cached.metadata.issuer === issuer && Math.abs(now - cached.readAt) < METADATA_LIFE_MS) {
    return ok(cached.metadata)
  }
  const identifier = new URL(issuer)
  let metadata: AuthorizationServer
  try {
    const response = await discoveryRequest(identifier, libraryOptions(limits(call, METADATA_LIMIT)))
    if (isOverloaded(response)) return err('issuer_unreachable')
    metadata = await processDiscoveryResponse(identifier, response)
  } catch (error) {
    return err(isOutage(error) ? 'issuer_unreachable' : 'issuer_misconfigured')
  }
  if (metadata.issuer !== issuer || !isComplete(metadata, call.allowInsecure))
    return err('issuer_misconfigured')
  cached = { metadata, readAt: now }
  return ok(metadata)
}

function isComplete(metadata: AuthorizationServer, allowInsecure: boolean): metadata is Issuer {
  const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint } = metadata
  const optional = userinfo_endpoint === undefined || isCallable(userinfo_endpoint, allowInsecure)
  const methods: unknown = metadata.token_endpoint_auth_methods_supported
  return (
    optional &&
    (methods === undefined || Array.isArray(methods)) &&
    [authorization_endpoint, token_endpoint, jwks_uri].every((url) => isCallable(url, allowInsecure))
  )
}

function isCallable(url: unknown, allowInsecure: boolean): boolean {
  return typeof url === 'string' && URL.canParse(url) && mayCall(new URL(url), allowInsecure)
}

function validateCallback(
  as: Issuer,
  client: Client,
  query: string,
  state: string,
): Result<URLSearchParams, SignInFailure> {
  try {
    const parameters = validateAuthResponse(as, client, new URLSearchParams(query), state)
    // The library looks at the code only when it redeems it.
    const [code, ...others] = parameters.getAll('code')
    return code && others.length === 0 ? ok(parameters) : err('callback_invalid')
  } catch (error) {
    if (!(error instanceof AuthorizationResponseError)) return err('callback_invalid')
    return err(
      error.error === 'server_error' || error.error === 'temporarily_unavailable'
        ? 'issuer_unreachable'
        : 'declined',
    )
  }
}

function clientOf({ clientId }: OpenIdSignIn): Client {
  return { client_id: clientId, [clockTolerance]: CLOCK_TOLERANCE_SECONDS }
}

/** client_secret_basic is what a document that says nothing means (OpenID Connect Discovery section 3). */
function clientAuth(as: Issuer, secret: string): ClientAuth {
  const methods = as.token_endpoint_auth_methods_supported
  const post = methods?.includes('client_secret_post') && !methods.includes('client_secret_basic')
  return post ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

function limits({ allowInsecure }: SignInCall, maxBytes: number) {
  return { deadlineMs: DEADLINE_MS, maxBytes, allowInsecure }
}

function readIdentity(
  issuer: string,
  subject: string,
  claims: { [claim: string]: JsonValue | undefined },
): Identity {
  const { email, email_verified, name } = claims
  return {
    issuer,
    subject,
    email: typeof email === 'string' && email !== '' ? email : null,
    emailVerified: email_verified === true || (email_verified === undefined && vouchesForAddresses(issuer)),
    name: typeof name === 'string' && name !== '' ? name : null,
  }
}

/** Whatever went wrong between code and identity. An error nobody foresaw means an answer nobody can trust. */
function classify(error: unknown): SignInFailure {
  if (isOutage(error)) return 'issuer_unreachable'
  if (error instanceof TransportError) return 'issuer_misconfigured'
  if (error instanceof WWWAuthenticateChallengeError) return 'client_refused'
  if (!(error instanceof ResponseBodyError)) return 'answer_invalid'
  switch (error.error) {
    case 'invalid_grant':
      return 'code_refused'
    case 'invalid_client':
    case 'unauthorized_client':
      return 'client_refused'
    default:
      return 'answer_invalid'
  }
}

function isOverloaded({ status }: Response): boolean {
  return status === 429 || status >= 500
}

function isOutage(error: unknown): boolean {
  return error instanceof TransportError && ['timeout', 'network'].includes(error.reason)
}
