// Asks the service whose account a token acts as.

import { appKeyOf } from '../domain/connector.ts'
import { saysTokenIsDead } from '../domain/dead-token.ts'
import type { Account } from '../domain/grant.ts'
import { BEARER, type Identity } from '../domain/service-requests.ts'
import { at, pick } from '../lib/json-path.ts'
import { addressOf, fillTexts, type Server } from './server.ts'
import { type BoundedFetch, boundedFetch, TOKEN_BODY_LIMIT, type TransportRequest } from './transport.ts'

export interface IdentityCall {
  server: Server
  accessToken: string
  allowInsecure: boolean
  deadlineMs: number
}

export type IdentityOutcome =
  | { kind: 'account'; account: Account }
  /** The service refused the token itself. */
  | { kind: 'refused' }
  /** Anything else: says nothing about the token. */
  | { kind: 'failed' }
  /** The connector has no identity request. */
  | { kind: 'none' }

export async function fetchIdentity(call: IdentityCall): Promise<IdentityOutcome> {
  return (await askIdentity(call)).outcome
}

/** The same, with the status of the answer; null where none came. */
export async function askIdentity(
  call: IdentityCall,
): Promise<{ outcome: IdentityOutcome; status: number | null }> {
  const { connector } = call.server
  const { identity } = connector
  if (!identity?.url) return { outcome: { kind: 'none' }, status: null }
  const send = boundedFetch({
    deadlineMs: call.deadlineMs,
    maxBytes: TOKEN_BODY_LIMIT,
    allowInsecure: call.allowInsecure,
  })
  let status: number | null = null
  const came = (outcome: IdentityOutcome) => ({ outcome, status })
  try {
    const url = addressOf(call.server, identity.url)
    const request = requestOf(call, identity)
    if (!url || !request) return came({ kind: 'failed' })
    const response = await send(url, request)
    status = response.status
    const text = await response.text()
    if (saysTokenIsDead(connector, status, parse(text))) return came({ kind: 'refused' })
    if (!response.ok) return came({ kind: 'failed' })
    const account = readAccount(call.server, parse(text))
    if (!account) return came({ kind: 'failed' })
    if (account.email !== null || !identity.emailFrom) return came({ kind: 'account', account })
    const email = await fetchEmail(call, identity.emailFrom, send)
    return came({ kind: 'account', account: { ...account, ...email } })
  } catch {
    return came({ kind: 'failed' })
  }
}

/** The account that a JSON answer names under the connector's paths; undefined where it names none. */
export function readAccount({ connector, params }: Server, body: unknown): Account | undefined {
  const { identity } = connector
  const subject = pick(body, identity?.id)
  if (!identity || subject === null) return undefined
  const email = pick(body, identity.email)
  return {
    issuer: appKeyOf(connector),
    tenant: pick(body, identity.tenant) ?? params[identity.tenantParam ?? ''] ?? null,
    subject,
    email,
    emailVerified:
      email !== null && identity.emailVerified !== undefined && at(body, identity.emailVerified) === true,
    name: pick(body, identity.name),
  }
}

/** One more request for the address. Where it fails, the account simply has none. */
async function fetchEmail(
  call: IdentityCall,
  from: NonNullable<Identity['emailFrom']>,
  send: BoundedFetch,
): Promise<Pick<Account, 'email' | 'emailVerified'> | undefined> {
  const url = addressOf(call.server, from.url)
  const request = requestOf(call, { headers: call.server.connector.identity?.headers ?? {} })
  if (!url || !request) return undefined
  try {
    const response = await send(url, request)
    const list = response.ok ? at(await response.json(), from.list) : undefined
    const entry: unknown = Array.isArray(list)
      ? list.find((candidate) => at(candidate, from.primary) === true)
      : undefined
    const email = pick(entry, from.email)
    if (email === null) return undefined
    return { email, emailVerified: from.verified !== undefined && at(entry, from.verified) === true }
  } catch {
    return undefined
  }
}

/** Undefined where a placeholder of it has no value. */
function requestOf(
  { server, accessToken }: IdentityCall,
  identity: Pick<Identity, 'headers' | 'json' | 'form' | 'emptyPost' | 'attach'>,
): TransportRequest | undefined {
  const { app, connector } = server
  const attach = identity.attach === undefined ? (connector.api.attach ?? BEARER) : identity.attach
  const own = fillTexts(server, app, identity.headers ?? {}, accessToken)
  const form = fillTexts(server, app, identity.form ?? {}, accessToken)
  if (!own || !form) return undefined
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'Evergrant', ...own })
  if (attach)
    headers.set(
      attach.header,
      attach.format.replace('{token}', () => accessToken),
    )
  if (identity.form) return { method: 'POST', headers, body: new URLSearchParams(form) }
  if (identity.json !== undefined) {
    headers.set('content-type', 'application/json')
    return { method: 'POST', headers, body: JSON.stringify(identity.json) }
  }
  return { method: identity.emptyPost ? 'POST' : 'GET', headers }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
