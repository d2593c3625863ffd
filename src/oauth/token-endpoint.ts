// Closes every flow, with oauth4webapi: code exchange and refresh. Each returns what happened as data.

import {
  AuthorizationResponseError,
  authorizationCodeGrantRequest,
  genericTokenEndpointRequest,
  nopkce,
  processAuthorizationCodeResponse,
  processGenericTokenEndpointResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import type { OAuthApp } from '../domain/configuration.ts'
import type { Connector, FailureClass } from '../domain/connector.ts'
import type { TokenAnswer } from '../domain/grant.ts'
import { paramsOfAnswer } from '../domain/params.ts'
import { providerText } from '../domain/provider-text.ts'
import { parseRetryAfter } from '../domain/refresh-policy.ts'
import { splitScopes } from '../domain/scopes.ts'
import type { TokenRequestDialect } from '../domain/token-dialect.ts'
import { isSigned } from './callback-mac.ts'
import {
  classifyCallback,
  classifyRefusal,
  classifyTransport,
  classifyUnusable,
  ruleFor,
} from './classify.ts'
import { toDialect } from './dialects.ts'
import { readAccount } from './identity.ts'
import { addressOf, clientAuth, clientOf, libraryOptions, type Server } from './server.ts'
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
  /** What the connector knows of this refusal, one sentence for the admin. */
  hint: string | null
  /** Given up at the deadline: the service may still be at work on it. */
  unfinished?: true
  /** An administrator of the service has to let the app in first. */
  approval?: true
}

export type TokenOutcome = { kind: 'tokens'; answer: TokenAnswer } | TokenFailure

export type CallbackOutcome =
  | TokenOutcome
  /** The service sent the person back with an error (RFC 6749 4.1.2.1): no code was redeemed. */
  | {
      kind: 'declined'
      error: string
      class: FailureClass | null
      detail: string
      hint: string | null
      approval?: true
    }
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
    const refusal = { status: null, error: error.error, description: error.error_description ?? null }
    const rule = ruleFor(server.connector, refusal)
    return {
      kind: 'declined',
      error: providerText(error.error),
      class: classifyCallback(server.connector, refusal) ?? null,
      detail: providerText(error.error_description ?? error.error),
      hint: rule?.hint ?? null,
      ...(rule?.approval && { approval: true }),
    }
  }
  const [code, ...more] = parameters.getAll('code')
  if (!code || more.length > 0) return { kind: 'invalid_callback' }
  const { macParam } = server.connector.authorize
  if (macParam && !(await isSigned(query, macParam, app.clientSecret))) {
    // As far as anybody knows the stored secret is another than the service's: an older one may fit.
    const detail = 'the service signed its callback with another secret than the one stored here'
    return { kind: 'failed', class: 'config', retryAfterMs: null, detail, hint: null }
  }
  const { connector } = server
  const outcome = await callTokenEndpoint(call, [code, callback.verifier], now, {
    dialect: connector.token.code ?? {},
    request: (metadata, options) =>
      authorizationCodeGrantRequest(
        metadata,
        client,
        clientAuth(connector.token.clientAuth, app),
        parameters,
        callback.redirectUri,
        callback.verifier ?? nopkce,
        options,
      ),
    process: (response) => processAuthorizationCodeResponse(server.metadata, client, response),
    refuseStrangeParams: true,
  })
  if (outcome.kind !== 'tokens') return outcome
  const upgraded = connector.token.upgrade
    ? await upgradeToken(call, connector.token.upgrade, outcome.answer, now)
    : outcome
  if (upgraded.kind !== 'tokens') return upgraded
  const granted = splitScopes(
    query.get(connector.authorize.grantedScopesParam ?? '') ?? undefined,
    connector.token.scopeSeparator,
  )
  const { answer } = upgraded
  return {
    kind: 'tokens',
    answer: { ...answer, scopes: answer.scopes ?? outcome.answer.scopes ?? granted ?? null },
  }
}

/** Trades the short-lived token of a code for a long-lived one, where the service asks for it. */
function upgradeToken(
  call: TokenCall,
  upgrade: NonNullable<Connector['token']['upgrade']>,
  short: TokenAnswer,
  now: number,
): Promise<TokenOutcome> {
  const { server, app } = call
  const client = clientOf(app)
  const parameters = { [upgrade.tokenParam]: short.accessToken }
  return callTokenEndpoint(call, [short.accessToken], now, {
    dialect: upgrade,
    request: (metadata, options) =>
      genericTokenEndpointRequest(
        metadata,
        client,
        clientAuth(server.connector.token.clientAuth, app),
        upgrade.grantType,
        parameters,
        options,
      ),
    process: (response) => processGenericTokenEndpointResponse(server.metadata, client, response),
    refuseStrangeParams: true,
  })
}

/** One refresh (RFC 6749 section 6). Sends no `scope`. */
export function refreshGrant(call: TokenCall, refreshToken: string, now: number): Promise<TokenOutcome> {
  const { server, app } = call
  const client = clientOf(app)
  const { refresh = {}, clientAuth: method } = server.connector.token
  return callTokenEndpoint(call, [refreshToken], now, {
    dialect: refresh,
    request: (metadata, options) =>
      refreshTokenGrantRequest(metadata, client, clientAuth(method, app), refreshToken, options),
    process: (response) => processRefreshTokenResponse(server.metadata, client, response),
    // Whatever else the answer names, it must not cost a rotated token.
    refuseStrangeParams: false,
  })
}

interface LibraryCall {
  dialect: TokenRequestDialect
  request: (metadata: Server['metadata'], options: ReturnType<typeof libraryOptions>) => Promise<Response>
  process: (response: Response) => Promise<TokenEndpointResponse>
  refuseStrangeParams: boolean
}

async function callTokenEndpoint(
  call: TokenCall,
  secrets: (string | null)[],
  now: number,
  library: LibraryCall,
): Promise<TokenOutcome> {
  const { server, app } = call
  const { connector } = server
  const failed = (failure: FailureClass, detail: string, more: Partial<TokenFailure> = {}): TokenFailure => ({
    kind: 'failed',
    class: failure,
    retryAfterMs: null,
    hint: null,
    ...more,
    detail: providerText(detail, [...secrets, app.clientSecret]),
  })
  const address = addressOf(server, library.dialect.url ?? connector.token.url)
  if (!address) return failed('config', 'the address of the token endpoint is incomplete')
  let response: Response
  try {
    response = await library.request(
      { ...server.metadata, token_endpoint: address },
      libraryOptions(
        { deadlineMs: call.deadlineMs, maxBytes: TOKEN_BODY_LIMIT, allowInsecure: call.allowInsecure },
        connector.token.headers,
        (request) => toDialect(connector, library.dialect, request),
      ),
    )
  } catch (error) {
    if (!(error instanceof TransportError)) return failed('config', 'the token request could not be built')
    const unfinished = error.reason === 'timeout' ? { unfinished: true as const } : {}
    return failed(classifyTransport(connector, error.reason), TRANSPORT_TEXT[error.reason], unfinished)
  }
  const parsed = await parseTokenAnswer(response, connector.token.answer, now)
  switch (parsed.kind) {
    case 'refused': {
      const refusal = { status: response.status, error: parsed.error, description: parsed.description }
      const rule = ruleFor(connector, refusal)
      return failed(
        classifyRefusal(connector, refusal),
        [`HTTP ${response.status}`, parsed.error, parsed.description].filter(Boolean).join(' · '),
        {
          hint: rule?.hint ?? null,
          ...(rule?.approval && { approval: true }),
          retryAfterMs:
            parseRetryAfter(response.headers.get('retry-after'), now) ??
            (rule?.retryAfterSeconds === undefined ? null : rule.retryAfterSeconds * 1000),
        },
      )
    }
    case 'unusable':
      return failed(classifyUnusable(connector), 'the answer held a token that cannot be used')
    case 'tokens': {
      const params = paramsOfAnswer(connector, 'token_response', parsed.body)
      if (!params && library.refuseStrangeParams) {
        return failed('dead', 'the answer named an address that is not of this service')
      }
      try {
        const tokens = await library.process(parsed.normalised)
        const answer = readTokenAnswer(connector, tokens)
        const account = connector.identity?.url === undefined ? readAccount(server, parsed.body) : undefined
        const named = params && Object.keys(params).length > 0 ? { params } : {}
        return { kind: 'tokens', answer: { ...answer, ...named, ...(account && { account }) } }
      } catch {
        return failed(classifyUnusable(connector), 'the answer could not be read')
      }
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
