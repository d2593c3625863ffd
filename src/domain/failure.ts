// Every expected way a request can fail, as data. The http floor turns each into a problem (RFC 9457) in one exhaustive switch.

import type { Reason } from './connection.ts'

export interface FieldError {
  /** JSON path of the offending value, `name` or `tools.0`; empty for the whole input. */
  path: string
  message: string
}

export type Failure =
  | { code: 'invalid_request'; errors: FieldError[] }
  | { code: 'invalid_api_key' }
  /** `detail` where the permission is there, and something else limits the key. */
  | { code: 'forbidden'; permission: string; detail?: string }
  | { code: 'insufficient_scope'; missingScopes: string[]; connectionId: string }
  | { code: 'connection_not_found' }
  | { code: 'connector_not_found' }
  | { code: 'not_found' }
  | { code: 'method_not_allowed'; allow: string[] }
  | { code: 'reauthorization_required'; reason: Reason; connectionId: string }
  | { code: 'connection_pending' }
  | { code: 'connection_paused' }
  | { code: 'app_not_configured'; connector: string }
  | { code: 'conflict'; detail: string }
  | { code: 'payload_too_large'; limitBytes: number }
  | { code: 'rate_limited'; retryAfterSeconds: number }
  | { code: 'provider_misconfigured' }
  | { code: 'provider_unavailable'; retryAfterSeconds: number; detail?: string }
  | { code: 'temporarily_unavailable'; retryAfterSeconds: number }
  | { code: 'not_configured'; detail: string }
  | { code: 'internal_error' }
