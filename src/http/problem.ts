// Failures in words: the one switch that turns each into status, title, detail, extras and headers (RFC 9457).

import type { Failure } from '../domain/failure.ts'
import { guidance } from '../domain/guidance.ts'
import { Reply } from './reply.ts'

export interface Explanation {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 502 | 503
  title: string
  /** Sentences for the person who has to act. */
  detail: string
  /** Members of the problem beyond the common ones. */
  extras?: Record<string, unknown>
  headers?: Record<string, string>
}

const NOT_CONFIGURED_RETRY_SECONDS = 60

/** @param publicUrl origin without a trailing slash; empty while the deployment is not configured */
export function explain(failure: Failure, publicUrl: string): Explanation {
  switch (failure.code) {
    case 'invalid_request':
      return {
        status: 400,
        title: 'The request is not valid',
        detail: failure.errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(' '),
        extras: { errors: failure.errors.map(({ path, message }) => ({ path, message })) },
      }
    case 'invalid_api_key':
      return {
        status: 401,
        title: 'The API key is not valid',
        detail:
          'Send a key of this deployment as "Authorization: Bearer egk_…". It may be mistyped, expired or revoked; an admin can make a new one under API keys.',
        headers: { 'WWW-Authenticate': 'Bearer' },
      }
    case 'forbidden':
      return {
        status: 403,
        title: 'This is not allowed',
        detail:
          failure.detail ??
          `The permission "${failure.permission}" is needed for this. An admin can make a key that has it.`,
        extras: { permission: failure.permission },
      }
    case 'insufficient_scope':
      return {
        status: 403,
        title: 'The connection was not given this access',
        detail: `Reconnect and allow what is missing: ${failure.missingScopes.join(', ')}.`,
        extras: {
          missing_scopes: failure.missingScopes,
          reconnect_url: reconnectUrl(publicUrl, failure.connectionId),
        },
      }
    case 'connection_not_found':
      return {
        status: 404,
        title: 'There is no such connection',
        detail: 'Check the ID. The connection may have been deleted, or belong to another workspace.',
      }
    case 'connector_not_found':
      return {
        status: 404,
        title: 'There is no such connector',
        detail: 'Check the ID. The list of connectors shows the ones this workspace can use.',
      }
    case 'not_found':
      return { status: 404, title: 'There is nothing here', detail: 'Check the address.' }
    case 'method_not_allowed':
      return {
        status: 405,
        title: 'This method does not work here',
        detail: `This address takes ${failure.allow.join(', ')}.`,
        headers: { Allow: failure.allow.join(', ') },
      }
    case 'reauthorization_required': {
      const { title, cause, action } = guidance(failure.reason)
      return {
        status: 409,
        title: 'A person has to reconnect this connection',
        detail: `${title}. ${cause} ${action}`,
        extras: { reason: failure.reason, reconnect_url: reconnectUrl(publicUrl, failure.connectionId) },
      }
    }
    case 'connection_pending':
      return {
        status: 409,
        title: 'The connection is not finished',
        detail: 'Nobody has consented yet. Finish connecting in the browser, then ask again.',
      }
    case 'connection_paused':
      return {
        status: 409,
        title: 'The connection is paused',
        detail: 'An admin paused it. Resume it on its page to use it again.',
      }
    case 'app_not_configured':
      return {
        status: 409,
        title: 'No OAuth app is set up',
        detail: `Add the client ID and secret for "${failure.connector}" under Connectors, then try again.`,
      }
    case 'conflict':
      return { status: 409, title: 'This conflicts with what is there', detail: failure.detail }
    case 'payload_too_large':
      return {
        status: 413,
        title: 'The request is too large',
        detail: `The body may have at most ${failure.limitBytes} bytes.`,
      }
    case 'rate_limited':
      return {
        status: 429,
        title: 'Too many requests',
        detail: 'Wait as long as Retry-After says, then ask again.',
        headers: retryAfter(failure.retryAfterSeconds),
      }
    case 'provider_misconfigured':
      return {
        status: 502,
        title: 'The service refuses this OAuth app',
        detail:
          'The client ID, the secret or the settings of the OAuth app are refused by the service. An admin has to correct them under Connectors; connections recover by themselves.',
      }
    case 'provider_unavailable':
      return {
        status: 503,
        title: 'The service does not answer',
        detail:
          failure.detail ??
          'The upstream service is failing for now. Nothing has to be done; ask again later.',
        headers: retryAfter(failure.retryAfterSeconds),
      }
    case 'temporarily_unavailable':
      return {
        status: 503,
        title: 'Evergrant cannot answer for a moment',
        detail: 'Ask again in a moment.',
        headers: retryAfter(failure.retryAfterSeconds),
      }
    case 'not_configured':
      return {
        status: 503,
        title: 'This deployment is not configured',
        detail: failure.detail,
        headers: retryAfter(NOT_CONFIGURED_RETRY_SECONDS),
      }
    case 'internal_error':
      return {
        status: 500,
        title: 'Something went wrong',
        detail: 'This is an error in Evergrant. The log has one line with the request ID.',
      }
  }
}

/** The failure as `application/problem+json`. `type` is stable: the reference page explains each code. */
export function problemReply(
  failure: Failure,
  { publicUrl, requestId }: { publicUrl: string; requestId: string },
): Reply {
  const { status, title, detail, extras, headers } = explain(failure, publicUrl)
  const problem = {
    type: `${publicUrl}/docs#${failure.code}`,
    title,
    status,
    detail,
    code: failure.code,
    request_id: requestId,
    ...extras,
  }
  return new Reply(status, 'application/problem+json', problem, headers)
}

/** Behind sign-in; never a link that authorizes. */
function reconnectUrl(publicUrl: string, connectionId: string): string {
  return `${publicUrl}/connections/${connectionId}`
}

function retryAfter(seconds: number): Record<string, string> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) }
}
