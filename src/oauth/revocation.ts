// One attempt to end a grant at the service: RFC 7009, or the service's own form of it.

import { revocationRequest } from 'oauth4webapi'
import type { OAuthApp } from '../domain/configuration.ts'
import { fillPlaceholders, type Revocation } from '../domain/connector.ts'
import type { GrantSecret } from '../domain/grant.ts'
import type { RevocationReport } from '../domain/record.ts'
import { clientAuth, clientOf, libraryOptions } from './server.ts'
import type { TokenCall } from './token-endpoint.ts'
import { boundedFetch, TOKEN_BODY_LIMIT, TransportError } from './transport.ts'

const NO_REVOCATION: RevocationReport = {
  revoked: null,
  detail:
    'This service offers no way to end access from here. Remove the app in the settings of the account there.',
}

/** Never throws and never retries. */
export async function revokeGrant(call: TokenCall, secret: GrantSecret): Promise<RevocationReport> {
  const { connector } = call.server
  const rule = connector.revocation
  if (!rule) return NO_REVOCATION
  const token =
    rule.token === 'refresh_token' ? (secret.refreshToken ?? secret.accessToken) : secret.accessToken
  const url = fillPlaceholders(
    rule.url.replace('{client_id}', encodeURIComponent(call.app.clientId)),
    connector,
    call.app.params,
  )
  if (!url) return failed('its address is incomplete')
  try {
    const response = await send(call, rule, url, token)
    // RFC 7009 2.2: an unknown token is answered with 200; services of their own kind say 404 or 422.
    if (response.ok || response.status === 404 || response.status === 422) {
      return { revoked: true, detail: 'The service confirmed that the access has ended.' }
    }
    return failed(`it answered with HTTP ${response.status}`)
  } catch (error) {
    return failed(
      error instanceof TransportError && error.reason === 'timeout'
        ? 'it did not answer in time'
        : 'it could not be reached',
    )
  }
}

function send(call: TokenCall, rule: Revocation, url: string, token: string): Promise<Response> {
  const limits = {
    deadlineMs: call.deadlineMs,
    maxBytes: TOKEN_BODY_LIMIT,
    allowInsecure: call.allowInsecure,
  }
  if (rule.style === 'rfc7009') {
    return revocationRequest(
      { ...call.server.metadata, revocation_endpoint: url },
      clientOf(call.app),
      clientAuth(rule.clientAuth, call.app),
      token,
      libraryOptions(limits),
    )
  }
  return boundedFetch(limits)(url, {
    method: rule.method,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Evergrant',
      authorization: basic(call.app),
      ...rule.headers,
    },
    body: JSON.stringify({ [rule.bodyField]: token }),
  })
}

function basic(app: OAuthApp): string {
  return `Basic ${btoa(`${encodeURIComponent(app.clientId)}:${encodeURIComponent(app.clientSecret)}`)}`
}

function failed(why: string): RevocationReport {
  return {
    revoked: false,
    detail: `The service was asked once to end the access, but ${why}. Remove the app in the settings of the account there.`,
  }
}
