// Asks the service whose account a token acts as.

import { fillPlaceholders } from '../domain/connector.ts'
import type { Account } from '../domain/grant.ts'
import type { Server } from './server.ts'
import { boundedFetch, TOKEN_BODY_LIMIT } from './transport.ts'

export interface IdentityCall {
  server: Server
  params: Record<string, string>
  accessToken: string
  allowInsecure: boolean
  deadlineMs: number
}

export type IdentityOutcome =
  | { kind: 'account'; account: Account }
  /** The service refused the token itself (401). */
  | { kind: 'refused' }
  /** Anything else: says nothing about the token. */
  | { kind: 'failed' }
  /** The connector has no identity request. */
  | { kind: 'none' }

export async function fetchIdentity(call: IdentityCall): Promise<IdentityOutcome> {
  const { connector } = call.server
  const { identity } = connector
  if (!identity) return { kind: 'none' }
  const url = fillPlaceholders(identity.url, connector, call.params)
  if (!url) return { kind: 'failed' }
  const send = boundedFetch({
    deadlineMs: call.deadlineMs,
    maxBytes: TOKEN_BODY_LIMIT,
    allowInsecure: call.allowInsecure,
  })
  try {
    const response = await send(url, {
      headers: {
        accept: 'application/json',
        'user-agent': 'Evergrant',
        ...identity.headers,
        authorization: `Bearer ${call.accessToken}`,
      },
    })
    if (response.status === 401) return { kind: 'refused' }
    if (!response.ok) return { kind: 'failed' }
    const body: unknown = await response.json()
    const subject = pick(body, identity.id)
    if (subject === null) return { kind: 'failed' }
    return {
      kind: 'account',
      account: {
        issuer: connector.id,
        tenant: pick(body, identity.tenant),
        subject,
        email: pick(body, identity.email),
        emailVerified: identity.emailVerified !== undefined && at(body, identity.emailVerified) === true,
        name: pick(body, identity.name),
      },
    }
  } catch {
    return { kind: 'failed' }
  }
}

const LONGEST_VALUE = 256

/** First non-empty string or number under the paths `a.b|c`, at most 256 characters; null where there is none. */
function pick(body: unknown, paths: string | undefined): string | null {
  for (const path of paths?.split('|') ?? []) {
    const value = at(body, path)
    if (typeof value === 'number' || (typeof value === 'string' && value !== '')) {
      return String(value).slice(0, LONGEST_VALUE)
    }
  }
  return null
}

function at(body: unknown, path: string): unknown {
  let value = body
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}
