// A connector and its OAuth app in oauth4webapi's terms: server metadata, client, client authentication.

import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  None,
} from 'oauth4webapi'
import type { OAuthApp } from '../domain/configuration.ts'
import { type ClientAuthMethod, type Connector, fillPlaceholders } from '../domain/connector.ts'
import { type BoundedFetch, boundedFetch, type TransportLimits } from './transport.ts'

/** A connector with its placeholders filled; every address in it is complete. */
export interface Server {
  connector: Connector
  metadata: AuthorizationServer & { authorization_endpoint: string; token_endpoint: string }
}

/** Undefined where a placeholder has no value or one that its pattern refuses. */
export function resolveServer(connector: Connector, app: OAuthApp): Server | undefined {
  const fill = (template: string) => fillPlaceholders(template, connector, app.params)
  const authorize = fill(connector.authorize.url)
  const token = fill(connector.token.url)
  const issuer = fill(connector.authorize.issuer ?? connector.token.url)
  if (!authorize || !token || !issuer) return undefined
  return {
    connector,
    metadata: {
      issuer,
      authorization_endpoint: authorize,
      token_endpoint: token,
      authorization_response_iss_parameter_supported: connector.authorize.issuerAlwaysNamed === true,
    },
  }
}

export function clientOf(app: OAuthApp): Client {
  return { client_id: app.clientId }
}

export function clientAuth(method: ClientAuthMethod, app: OAuthApp): ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return ClientSecretBasic(app.clientSecret)
    case 'client_secret_post':
      return ClientSecretPost(app.clientSecret)
    case 'none':
      return None()
  }
}

/** Options that make a library call leave through the bounded transport. `see` may look at the answer on its way. */
export function libraryOptions(limits: TransportLimits, headers?: Record<string, string>) {
  const send: BoundedFetch = boundedFetch(limits)
  return {
    [customFetch]: (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) =>
      send(url, { method: init.method, headers: init.headers, body: init.body as BodyInit | undefined }),
    [allowInsecureRequests]: limits.allowInsecure,
    headers: { accept: 'application/json', 'user-agent': 'Evergrant', ...headers },
  }
}
