// A connector and its OAuth app in oauth4webapi's terms: server metadata, client, client authentication.

import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretPost,
  customFetch,
  None,
} from 'oauth4webapi'
import type { OAuthApp } from '../domain/configuration.ts'
import type { Connector } from '../domain/connector.ts'
import { fillUrl } from '../domain/params.ts'
import { fillPlaceholders } from '../domain/placeholders.ts'
import type { ClientAuthMethod } from '../domain/token-dialect.ts'
import type { DialectRequest, FormRequest } from './dialects.ts'
import { type BoundedFetch, boundedFetch, type TransportLimits } from './transport.ts'

/** A connector with its placeholders filled; every address in it is complete and may be called. */
export interface Server {
  connector: Connector
  app: OAuthApp
  /** Values for all placeholders: the app's, and the connection's own. */
  params: Record<string, string>
  metadata: AuthorizationServer & { authorization_endpoint: string; token_endpoint: string }
}

/** Undefined where a placeholder has no value or one that is refused. */
export function resolveServer(
  connector: Connector,
  app: OAuthApp,
  connectionParams: Record<string, string> = {},
): Server | undefined {
  const params = { ...app.params, ...connectionParams }
  const authorize = fillUrl(connector.authorize.url, connector, params)
  const token = fillUrl(connector.token.url, connector, params)
  const issuer = fillUrl(connector.authorize.issuer ?? connector.token.url, connector, params)
  if (!authorize || !token || !issuer) return undefined
  return {
    connector,
    app,
    params,
    metadata: {
      issuer,
      authorization_endpoint: authorize,
      token_endpoint: token,
      authorization_response_iss_parameter_supported: connector.authorize.issuerAlwaysNamed === true,
    },
  }
}

/** An address of the server's connector, `{client_id}` filled too; undefined where it may not be called. */
export function addressOf(server: Server, template: string): string | undefined {
  return fillUrl(template, server.connector, { ...server.params, client_id: server.app.clientId })
}

/** A text that is no address: `{client_id}`, `{client_secret}`, `{token}` and params; undefined where one has no value. */
export function fillText(server: Server, app: OAuthApp, template: string, token: string): string | undefined {
  const own: Record<string, string> = {
    '{client_id}': app.clientId,
    '{client_secret}': app.clientSecret,
    '{token}': token,
  }
  const parts = template.split(/(\{client_id\}|\{client_secret\}|\{token\})/)
  const filled = parts.map((part) => own[part] ?? fillPlaceholders(part, server.connector, server.params))
  return filled.includes(undefined) ? undefined : filled.join('')
}

/** All texts of a record filled; undefined where one cannot be. */
export function fillTexts(
  server: Server,
  app: OAuthApp,
  templates: Record<string, string>,
  token: string,
): Record<string, string> | undefined {
  const filled: Record<string, string> = {}
  for (const [name, template] of Object.entries(templates)) {
    const text = fillText(server, app, template, token)
    if (text === undefined) return undefined
    filled[name] = text
  }
  return filled
}

export function clientOf(app: OAuthApp): Client {
  return { client_id: app.clientId }
}

/**
 * RFC 6749 2.3.1, with no more escaped than needed: the library's own escapes `-`, `.` and `_` too, which services that
 * compare without decoding refuse.
 */
export function basicCredentials(app: OAuthApp): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
  return `Basic ${btoa(`${encode(app.clientId)}:${encode(app.clientSecret)}`)}`
}

export function clientAuth(method: ClientAuthMethod, app: OAuthApp): ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return (_as, _client, _body, headers) => headers.set('authorization', basicCredentials(app))
    case 'client_secret_post':
      return ClientSecretPost(app.clientSecret)
    case 'none':
      return None()
  }
}

/** Options that make a library call leave through the bounded transport; `rewrite` puts it into the service's dialect. */
export function libraryOptions(
  limits: TransportLimits,
  headers?: Record<string, string>,
  rewrite?: (request: FormRequest) => DialectRequest,
) {
  const send: BoundedFetch = boundedFetch(limits)
  return {
    [customFetch]: (
      url: string,
      init: { method: string; headers: Record<string, string>; body?: unknown },
    ) => {
      const request = { url, method: init.method, headers: init.headers }
      if (!rewrite) return send(url, { ...request, body: init.body as BodyInit | undefined })
      const dialect = rewrite({ ...request, body: new URLSearchParams(init.body as URLSearchParams) })
      return send(dialect.url, dialect)
    },
    [allowInsecureRequests]: limits.allowInsecure,
    headers: { accept: 'application/json', 'user-agent': 'Evergrant', ...headers },
  }
}
