// What consent gave. The tokens themselves are sealed; this is what may be known without opening them.

import type { Connector } from './connector.ts'
import { dueAt } from './refresh-policy.ts'

export interface Account {
  /** Issuer or service, tenant, subject: what accounts are compared by. E-mail and name are for display. */
  issuer: string
  tenant: string | null
  subject: string
  email: string | null
  emailVerified: boolean
  name: string | null
}

/** A token answer in RFC 6749's terms, after dialect and normalisation. Never stored or logged in this form. */
export interface TokenAnswer {
  accessToken: string
  tokenType: string
  /** Null where the answer held none, or an empty one. */
  refreshToken: string | null
  expiresInSeconds: number | null
  refreshExpiresInSeconds: number | null
  /** Null where the answer did not say. */
  scopes: string[] | null
  /** Values for the connector's placeholders that the answer named. */
  params?: Record<string, string>
  /** Where the service says in the answer itself whose account it is. */
  account?: Account
}

/** The plaintext that the vault seals into `Grant.sealed`. */
export interface GrantSecret {
  accessToken: string
  refreshToken: string | null
}

export interface Grant {
  sealed: string
  /** The client it was issued to: no other can refresh it. */
  clientId: string
  /** The hosts it may be sent to, as {@link boundTo} says; absent in grants that are older than that. */
  boundTo?: string
  /** SHA-256, lower-case hex: recognises a token without opening the grant. */
  accessTokenHash: string
  refreshTokenHash: string | null
  tokenType: string
  /** Epoch milliseconds, as all times here. */
  obtainedAt: number
  /** Null: the provider gave no end. */
  expiresAt: number | null
  /** When a background refresh is due; null where nothing can be refreshed or nothing ends. */
  dueAt: number | null
  /** When consent itself was given; a refresh does not move it. */
  consentedAt: number
  /** Earliest known end of the refresh token. */
  refreshExpiresAt: number | null
}

export function sameAccount(left: Account, right: Account): boolean {
  return left.issuer === right.issuer && left.tenant === right.tenant && left.subject === right.subject
}

/** Whether the account is the one a connect link expects: by subject, or by an address the provider calls verified. */
export function isExpectedAccount(account: Account, expected: string): boolean {
  if (account.subject === expected) return true
  return account.emailVerified && account.email?.toLowerCase() === expected.toLowerCase()
}

const LONGEST_LIFE_MS = 10 * 365 * 24 * 3600_000

/**
 * `exp` of a JWT access token in epoch milliseconds, unverified: a hint of its end, never a proof of anything. One in the
 * past or beyond ten years says nothing.
 */
function jwtExpiry(accessToken: string, now: number): number | null {
  const payload = accessToken.split('.')[1]
  if (accessToken.split('.').length !== 3 || !payload) return null
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const exp = (claims as { exp?: unknown } | null)?.exp
    if (typeof exp !== 'number') return null
    const life = exp * 1000 - now
    return life > 0 && life <= LONGEST_LIFE_MS ? exp * 1000 : null
  } catch {
    return null
  }
}

/** End of the access token: `expires_in`, else the JWT's `exp`, else the connector's default life, else unknown. */
export function accessExpiry(connector: Connector, answer: TokenAnswer, now: number): number | null {
  if (answer.expiresInSeconds !== null) return now + answer.expiresInSeconds * 1000
  const fromJwt = jwtExpiry(answer.accessToken, now)
  if (fromJwt !== null) return fromJwt
  return connector.lifetimes.access === null ? null : now + connector.lifetimes.access * 1000
}

/** Earliest of the end the answer names, idle life from now, absolute life from consent; null where none is known. */
export function refreshExpiry(
  connector: Connector,
  answer: TokenAnswer,
  consentedAt: number,
  now: number,
): number | null {
  const { refreshIdle, refreshAbsolute } = connector.lifetimes
  const ends = [
    answer.refreshExpiresInSeconds === null ? null : now + answer.refreshExpiresInSeconds * 1000,
    refreshIdle === null ? null : now + refreshIdle * 1000,
    refreshAbsolute === null ? null : consentedAt + refreshAbsolute * 1000,
  ].filter((end) => end !== null)
  return ends.length === 0 ? null : Math.min(...ends)
}

/**
 * When a background refresh is due: within the life of the access token, and within the time the refresh token may lie
 * idle. Null where neither ends.
 */
export function refreshDueAt(
  connector: Connector,
  connectionId: string,
  expiresAt: number | null,
  now: number,
): number | null {
  const { refreshIdle } = connector.lifetimes
  const dues = [expiresAt, refreshIdle === null ? null : now + refreshIdle * 1000]
    .filter((end) => end !== null)
    .map((end) => dueAt(connectionId, now, end, connector.refresh.killsOldAccess))
  return dues.length === 0 ? null : Math.min(...dues)
}

/** Deadline that no refresh can move, shown to the admin as `reauthorize_before`. */
export function reauthorizeBefore(connector: Connector, grant: Grant): number | null {
  const { refreshAbsolute } = connector.lifetimes
  return refreshAbsolute === null ? null : grant.consentedAt + refreshAbsolute * 1000
}
