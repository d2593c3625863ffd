// Opens every flow, with Arctic: state nonce, PKCE verifier, authorization URL. The only file that imports it.

import { CodeChallengeMethod, generateCodeVerifier, generateState, OAuth2Client } from 'arctic'
import type { OAuthApp } from '../domain/configuration.ts'
import { fillPlaceholders } from '../domain/placeholders.ts'
import type { Server } from './server.ts'

export interface AuthorizationRequest {
  server: Server
  app: OAuthApp
  redirectUri: string
  scopes: string[]
  state: string
  loginHint?: string
  /** A first consent: the person should be able to say which account. */
  chooseAccount?: boolean
}

/** 256 random bits, base64url. */
export function newStateNonce(): string {
  return generateState()
}

/** The address of the consent screen (RFC 6749 4.1.1) and the verifier to redeem its code with (RFC 7636). */
export function openAuthorization(request: AuthorizationRequest): { url: string; verifier: string | null } {
  const { server, app, redirectUri, scopes, state, loginHint } = request
  const { authorize, clientIdParam } = server.connector
  const endpoint = server.metadata.authorization_endpoint
  const client = new OAuth2Client(app.clientId, null, redirectUri)
  const verifier = authorize.pkce === 'S256' ? generateCodeVerifier() : null
  const url = verifier
    ? client.createAuthorizationURLWithPKCE(endpoint, state, CodeChallengeMethod.S256, verifier, scopes)
    : client.createAuthorizationURL(endpoint, state, scopes)
  const { scopeParam = 'scope' } = authorize
  if (scopeParam !== 'scope' || authorize.scopeSeparator !== ' ') {
    url.searchParams.delete('scope')
    if (scopeParam && scopes.length > 0)
      url.searchParams.set(scopeParam, scopes.join(authorize.scopeSeparator))
  }
  if (clientIdParam) {
    url.searchParams.delete('client_id')
    url.searchParams.set(clientIdParam, app.clientId)
  }
  const own = { ...authorize.params, ...(request.chooseAccount ? authorize.chooserParams : {}) }
  for (const [name, template] of Object.entries(own)) {
    const value = fillPlaceholders(template, server.connector, server.params)
    // The connector contract test refuses reserved names; here they simply never win.
    if (value && !url.searchParams.has(name)) url.searchParams.set(name, value)
  }
  if (loginHint !== undefined && authorize.loginHintParam) {
    url.searchParams.set(authorize.loginHintParam, loginHint)
  }
  return { url: url.href, verifier }
}
