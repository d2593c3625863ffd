// What is asked of a service with a token, beside the token endpoint: whose it is, what nothing else says, its end; and the
// answer that says it is dead.

import type { ClientAuthMethod } from './token-dialect.ts'

/** How a token is attached to a request: `format` holds `{token}`. */
export interface Attachment {
  header: string
  format: string
}

export const BEARER: Attachment = { header: 'authorization', format: 'Bearer {token}' }

/**
 * The request that says whose account a token acts as. Without `url` the token answer itself says it.
 * Paths are as in `TokenAnswerDialect`; a path with spaces joins what its parts find (`first_name last_name`).
 */
export interface Identity {
  url?: string
  /** May hold `{client_id}` and params. */
  headers?: Record<string, string>
  /** Body of a POST; without one the request is a GET. */
  json?: unknown
  /** Form fields of a POST; may hold `{token}`, `{client_id}` and `{client_secret}`. */
  form?: Record<string, string>
  /** A POST without any body. */
  emptyPost?: true
  /** Where it differs from the API's; null attaches nothing. */
  attach?: Attachment | null
  id: string
  email?: string
  /** Path of a boolean that says the service verified the address. */
  emailVerified?: string
  name?: string
  tenant?: string
  /** Param that names the tenant, where the answer does not: one person may hold several companies or sites. */
  tenantParam?: string
  /** Second request for the address, made where the first answer holds none. */
  emailFrom?: {
    url: string
    /** Path of the list in the answer; empty where the answer is the list. */
    list: string
    email: string
    /** Paths of booleans that the entry must have as true. */
    primary: string
    verified?: string
  }
}

/** One request after consent for params that nothing else says: which site, which organisation, which data centre. */
export interface AfterConnect {
  url: string
  headers?: Record<string, string>
  attach?: Attachment
  /** Chooses the entry that the params' paths are read in; the first one where none matches or nothing is asked for. */
  pick?: {
    /** Path of the list; empty where the answer is the list. */
    list: string
    where: string
    /** May be a placeholder. */
    equals: string
  }
}

export type Revocation =
  | {
      style: 'rfc7009'
      url: string
      token: 'refresh_token' | 'access_token'
      clientAuth: ClientAuthMethod
      /** Statuses that say the token had ended before; 200 does so everywhere (RFC 7009 2.2). */
      goneStatuses?: number[]
    }
  | {
      /** A request of the service's own; values may hold `{token}`, `{client_id}`, `{client_secret}` and params. */
      style: 'own'
      url: string
      method: 'POST' | 'DELETE'
      token: 'refresh_token' | 'access_token'
      /** The app's credentials go into the header; else `headers` carry what proves the request. */
      clientAuth?: 'client_secret_basic'
      headers?: Record<string, string>
      json?: Record<string, string>
      form?: Record<string, string>
      goneStatuses?: number[]
      /** An answer with status 200 counts only where this path has this value. */
      success?: { path: string; value: string }
      /** Values of `error` that say the token had ended before. */
      goneErrors?: string[]
    }

/** An API answer that says the access token is dead; a plain 401 always does. */
export interface DeadTokenSign {
  status: number
  /** Paths into the JSON answer, and the values that mean it. */
  path: string
  values: string[]
}
