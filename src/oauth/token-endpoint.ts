// Closes every flow, with oauth4webapi: code exchange and refresh. Each returns what happened as data.

import {
  AuthorizationResponseError,
  authorizationCodeGrantRequest,
  nopkce,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import type { OAuthApp } from '../domain/configuration.ts'
import type { FailureClass } from '../domain/connector.ts'
import type { TokenAnswer } from '../domain/grant.ts'
import { providerText } from '../domain/provider-text.ts'
import { parseRetryAfter } from '../domain/refresh-policy.ts'
import { classifyRefusal, classifyTransport, classifyUnusable } from './classify.ts'
import { clientAuth, clientOf, libraryOptions, type Server } from './server.ts'
import { parseTokenAnswer, readTokenAnswer } from './token-answer.ts'
import { TOKEN_BODY_LIMIT, TransportError } from './transport.ts'

export interface TokenCall {
  server: Server
  app: OAuthApp
  allowInsecure: boolean
  deadlineMs: number
}

export interface TokenFailure {
  kind: 'failed'
  class: FailureClass
  /** What the provider asked for with `Retry-After`, milliseconds. */
  retryAfterMs: number | null
  /** Cut and masked; for admins only. */
  detail: string
}

export type TokenOutcome = { kind: 'tokens'; answer: TokenAnswer } | TokenFailure

export type CallbackOutcome =
  | TokenOutcome
  /** The service sent the person back with an error (RFC 6749 4.1.2.1): no code was redeemed. */
  | { kind: 'declined'; error: string; detail: string }
  /** The callback itself is not an answer to our request (state, issuer, doubled parameters). */
  | { kind: 'invalid_callback' }

/**
 * Validates the callback (state, RFC 9207 issuer, error before code) and redeems its code.
 * @param query the raw query string: the library's exchange takes only what its own validation marked
 */
export async function exchangeCode(
  call: TokenCall,
  callback: { query: string; state: string; redirectUri: string; verifier: string | null },
  now: number,
): Promise<CallbackOutcome> {
  const { server, app } = call
  const client = clientOf(app)
  const query = new URLSearchParams(callback.query)
  // A service whose issuer is not on record may begin to name itself any day (RFC 9207 2.4 leaves it to the client);
  // the redirect URI of each connector's own keeps services apart.
  if (server.connector.authorize.issuer === undefined) query.delete('iss')
  let parameters: URLSearchParams
  try {
    parameters = validateAuthResponse(server.metadata, client, query, callback.state)
  } catch (error) {
    if (!(error instanceof AuthorizationResponseError)) return { kind: 'invalid_callback' }
    return {
      kind: 'declined',
      error: providerText(error.error),
      detail: providerText(error.error_description ?? error.error),
    }
  }
  const [code, ...more] = parameters.getAll('code')
  if (!code || more.length > 0) return { kind: 'invalid_callback' }
  return callTokenEndpoint(call, [code, callback.verifier], now, {
    request: (options) =>
      authorizationCodeGrantRequest(
        server.metadata,
        client,
        clientAuth(server.connector.token.clientAuth, app),
        parameters,
        callback.redirectUri,
        callback.verifier ?? nopkce,
        options,
      ),
    process: (response) => processAuthorizationCodeResponse(server.metadata, client, response),
  })
}

/** One refresh (RFC 6749 section 6). Sends no `scope`. */
export function refreshGrant(call: TokenCall, refreshToken: string, now: number): Promise<TokenOutcome> {
  const { server, app } = call
  const client = clientOf(app)
  return callTokenEndpoint(call, [refreshToken], now, {
    request: (options) =>
      refreshTokenGrantRequest(
        server.metadata,
        client,
        clientAuth(server.connector.token.clientAuth, app),
        refreshToken,
        options,
      ),
    process: (response) => processRefreshTokenResponse(server.metadata, client, response),
  })
}

interface LibraryCall {
  request: (options: ReturnType<typeof libraryOptions>) => Promise<Response>
  process: (response: Response) => Promise<TokenEndpointResponse>
}

async function callTokenEndpoint(
  call: TokenCall,
  secrets: (string | null)[],
  now: number,
  library: LibraryCall,
): Promise<TokenOutcome> {
  const { connector } = call.server
  const failed = (
    failure: FailureClass,
    detail: string,
    retryAfterMs: number | null = null,
  ): TokenFailure => ({
    kind: 'failed',
    class: failure,
    retryAfterMs,
    detail: providerText(detail, [...secrets, call.app.clientSecret]),
  })
  let response: Response
  try {
    response = await library.request(
      libraryOptions(
        { deadlineMs: call.deadlineMs, maxBytes: TOKEN_BODY_LIMIT, allowInsecure: call.allowInsecure },
        connector.token.headers,
      ),
    )
  } catch (error) {
    if (!(error instanceof TransportError)) return failed('config', 'the token request could not be built')
    return failed(classifyTransport(connector, error.reason), TRANSPORT_TEXT[error.reason])
  }
  const parsed = await parseTokenAnswer(response)
  switch (parsed.kind) {
    case 'refused':
      return failed(
        classifyRefusal(connector, { status: response.status, ...parsed }),
        [`HTTP ${response.status}`, parsed.error, parsed.description].filter(Boolean).join(' · '),
        parseRetryAfter(response.headers.get('retry-after'), now),
      )
    case 'unusable':
      return failed(classifyUnusable(connector), 'the answer held a token that cannot be used')
    case 'tokens':
      try {
        const tokens = await library.process(parsed.normalised)
        return { kind: 'tokens', answer: readTokenAnswer(connector, tokens) }
      } catch {
        return failed(classifyUnusable(connector), 'the answer could not be read')
      }
  }
}

const TRANSPORT_TEXT: Record<TransportError['reason'], string> = {
  forbidden_address: 'the address of the token endpoint may not be called',
  redirect: 'the token endpoint answered with a redirect',
  timeout: 'the service did not answer in time',
  network: 'the connection to the service broke',
  too_large: 'the answer was too large',
}
