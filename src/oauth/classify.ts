// What a failed refresh means: transport first, then status, then the connector's own error table, then generic codes.
// Only `dead` and `consent` may ask a person; everything unclear is the provider's trouble until proved otherwise.

import type { Connector, ErrorRule, FailureClass } from '../domain/connector.ts'
import { foundIn } from '../lib/pattern.ts'
import type { TransportFailure } from './transport.ts'

export interface Refusal {
  /** Null where the refusal came through the browser. */
  status: number | null
  error: string | null
  description: string | null
}

/** Codes of RFC 6749 5.2 and OpenID Connect Core 3.1.2.6, with the spellings services use for the same things. */
const GENERIC: Record<string, FailureClass> = {
  invalid_grant: 'dead',
  access_denied: 'dead',
  interaction_required: 'consent',
  consent_required: 'consent',
  login_required: 'consent',
  invalid_client: 'config',
  incorrect_client_credentials: 'config',
  bad_client_secret: 'config',
  invalid_client_id: 'config',
  deleted_client: 'config',
  disabled_client: 'config',
  unauthorized_client: 'config',
  unsupported_grant_type: 'config',
  invalid_request: 'config',
  redirect_uri_mismatch: 'config',
  unsupported_response_type: 'config',
  invalid_scope: 'scope',
  temporarily_unavailable: 'transient',
  server_error: 'transient',
  internal_error: 'transient',
  slow_down: 'limited',
}

/** Gateways that may have passed the request on before they failed. 521, 522, 523, 525, 526 and 530 have not. */
const MAYBE_PROCESSED = new Set([408, 502, 504, 520, 524])

/** A failure before or during the answer. What may have been processed is in doubt where the provider rotates. */
export function classifyTransport(connector: Connector, reason: TransportFailure): FailureClass {
  switch (reason) {
    case 'forbidden_address':
    case 'redirect':
      return 'config'
    case 'timeout':
    case 'network':
    case 'too_large':
      return lost(connector)
  }
}

/** An answer that declared success but cannot be used: the provider has done its part. */
export function classifyUnusable(connector: Connector): FailureClass {
  return lost(connector)
}

export function classifyRefusal(connector: Connector, refusal: Refusal & { status: number }): FailureClass {
  const { status, error } = refusal
  if (status === 429) return 'limited'
  if (MAYBE_PROCESSED.has(status)) return lost(connector)
  if (status === 425 || status >= 500) return 'transient'
  const own = ruleFor(connector, refusal)
  if (own) return own.class
  const generic = error !== null && Object.hasOwn(GENERIC, error) ? GENERIC[error] : undefined
  if (generic) return generic
  if (status === 401 || status === 404 || status === 410) return 'config'
  // A page instead of an answer is a firewall or maintenance; a code nobody knows only looks like an end.
  return error === null || status < 400 ? 'transient' : 'suspect'
}

/**
 * What an error means that came back through the browser (RFC 6749 4.1.2.1): `dead` is a person's no; undefined where
 * neither the connector nor a standard knows it.
 */
export function classifyCallback(connector: Connector, refusal: Refusal): FailureClass | undefined {
  const { error } = refusal
  const own = ruleFor(connector, refusal)?.class
  return own ?? (error !== null && Object.hasOwn(GENERIC, error) ? GENERIC[error] : undefined)
}

/** The row of the connector's own error table that speaks of this refusal. */
export function ruleFor(connector: Connector, refusal: Refusal): ErrorRule | undefined {
  const { status, error, description } = refusal
  return connector.errors.find(
    (rule) =>
      (rule.status === undefined || rule.status === status) &&
      (rule.error === undefined || rule.error === error) &&
      (rule.description === undefined || foundIn(rule.description, description ?? '')),
  )
}

function lost(connector: Connector): FailureClass {
  return connector.refresh.rotates ? 'in_doubt' : 'transient'
}
