// One attempt to end a grant at the service: RFC 7009, or the service's own form of it.

import { revocationRequest } from 'oauth4webapi'
import type { GrantSecret } from '../domain/grant.ts'
import type { RevocationReport } from '../domain/record.ts'
import type { Revocation } from '../domain/service-requests.ts'
import { at, pick } from '../lib/json-path.ts'
import { toDialect } from './dialects.ts'
import { addressOf, basicCredentials, clientAuth, clientOf, fillTexts, libraryOptions } from './server.ts'
import type { TokenCall } from './token-endpoint.ts'
import { boundedFetch, TOKEN_BODY_LIMIT, TransportError } from './transport.ts'

const NO_REVOCATION: RevocationReport = {
  revoked: null,
  detail:
    'This service offers no way to end access from here. Remove the app in the settings of the account there.',
}
const CONFIRMED: RevocationReport = {
  revoked: true,
  detail: 'The service confirmed that the access has ended.',
}

/** Never throws and never retries. */
export async function revokeGrant(call: TokenCall, secret: GrantSecret): Promise<RevocationReport> {
  const rule = call.server.connector.revocation
  if (!rule) return NO_REVOCATION
  const token =
    rule.token === 'refresh_token' ? (secret.refreshToken ?? secret.accessToken) : secret.accessToken
  const url = addressOf(call.server, rule.url)
  if (!url) return failed('its address is incomplete')
  try {
    const response = await send(call, rule, url, token)
    if (!response) return failed('what it needs to know is incomplete')
    return (await ended(rule, response)) ? CONFIRMED : failed(`it answered with HTTP ${response.status}`)
  } catch (error) {
    return failed(
      error instanceof TransportError && error.reason === 'timeout'
        ? 'it did not answer in time'
        : 'it could not be reached',
    )
  }
}

/** Ended now, or ended before: both are what was asked for. */
async function ended(rule: Revocation, response: Response): Promise<boolean> {
  if (rule.goneStatuses?.includes(response.status)) return true
  if (rule.style === 'rfc7009') return response.ok
  const body: unknown = await response.json().catch(() => null)
  const error = at(body, 'error')
  if (typeof error === 'string' && rule.goneErrors?.includes(error)) return true
  if (!response.ok) return false
  if (!rule.success) return true
  const found = at(body, rule.success.path)
  return (typeof found === 'boolean' ? String(found) : pick(body, rule.success.path)) === rule.success.value
}

function send(call: TokenCall, rule: Revocation, url: string, token: string): Promise<Response> | undefined {
  const { server, app } = call
  const limits = {
    deadlineMs: call.deadlineMs,
    maxBytes: TOKEN_BODY_LIMIT,
    allowInsecure: call.allowInsecure,
  }
  if (rule.style === 'rfc7009') {
    return revocationRequest(
      { ...server.metadata, revocation_endpoint: url },
      clientOf(app),
      clientAuth(rule.clientAuth, app),
      token,
      libraryOptions(limits, {}, (request) => toDialect(server.connector, {}, request)),
    )
  }
  const headers = fillTexts(server, app, rule.headers ?? {}, token)
  const json = rule.json && fillTexts(server, app, rule.json, token)
  const form = rule.form && fillTexts(server, app, rule.form, token)
  if (!headers || (rule.json && !json) || (rule.form && !form)) return undefined
  return boundedFetch(limits)(url, {
    method: rule.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'Evergrant',
      ...(json && { 'content-type': 'application/json' }),
      ...(rule.clientAuth && { authorization: basicCredentials(app) }),
      ...headers,
    },
    body: json ? JSON.stringify(json) : form ? new URLSearchParams(form) : null,
  })
}

function failed(why: string): RevocationReport {
  return {
    revoked: false,
    detail: `The service was asked once to end the access, but ${why}. Remove the app in the settings of the account there.`,
  }
}
