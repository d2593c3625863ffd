// Between a token answer and the sealed grant, both ways. Tokens exist in clear only inside these calls.

import type { Connector } from '../domain/connector.ts'
import {
  accessExpiry,
  type Grant,
  type GrantSecret,
  refreshDueAt,
  refreshExpiry,
  type TokenAnswer,
} from '../domain/grant.ts'
import type { ConnectionRecord, ParkedConsent } from '../domain/record.ts'
import { sha256Hex } from '../lib/bytes.ts'
import type { Opener, SealContext } from '../storage/vault.ts'
import type { ObjectContext } from './object-context.ts'

type GrantPurpose = 'grant' | 'parked_grant'

interface Ref {
  workspaceId: string
  id: string
}

export interface NewGrant {
  connector: Connector
  clientId: string
  /** Where what it gives may be sent. */
  boundTo: string
  answer: TokenAnswer
  /** The refresh token held so far: kept where the answer brings none (RFC 6749 section 6). */
  held: string | null
  consentedAt: number
}

/** @param purpose a parked grant opens only as one, so that no mix-up of records can make it serve */
export async function sealGrant(
  object: ObjectContext,
  ref: Ref,
  { connector, clientId, boundTo, answer, held, consentedAt }: NewGrant,
  now: number,
  purpose: GrantPurpose = 'grant',
): Promise<Grant> {
  const secret: GrantSecret = {
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken ?? held,
  }
  const expiresAt = accessExpiry(connector, answer, now)
  return {
    sealed: await object.vault.seal(grantContext(ref, purpose), JSON.stringify(secret)),
    clientId,
    boundTo,
    accessTokenHash: await sha256Hex(secret.accessToken),
    refreshTokenHash: secret.refreshToken === null ? null : await sha256Hex(secret.refreshToken),
    tokenType: answer.tokenType,
    obtainedAt: now,
    expiresAt,
    dueAt: secret.refreshToken === null ? null : refreshDueAt(connector, ref.id, expiresAt, now),
    consentedAt,
    refreshExpiresAt:
      secret.refreshToken === null ? null : refreshExpiry(connector, answer, consentedAt, now),
  }
}

/** Undefined where there is no grant, or it was sealed under a key that is no longer in the ring. */
export async function openGrant(
  object: ObjectContext,
  record: ConnectionRecord,
): Promise<GrantSecret | undefined> {
  if (!record.grant) return undefined
  const opened = await (await openerOf(object, record, record.grant))?.()
  return opened?.ok ? (JSON.parse(opened.value) as GrantSecret) : undefined
}

/** What it takes to open a grant that is read again and again; no token. */
const openers = new WeakMap<Grant, Opener>()

async function openerOf(object: ObjectContext, ref: Ref, grant: Grant): Promise<Opener | undefined> {
  const known = openers.get(grant)
  if (known) return known
  const opener = await object.vault.opener(grantContext(ref, 'grant'), grant.sealed)
  if (opener.ok) openers.set(grant, opener.value)
  return opener.ok ? opener.value : undefined
}

/** The parked grant, sealed as one that serves; undefined where it does not open. */
export async function resealParked(
  object: ObjectContext,
  ref: Ref,
  { grant }: ParkedConsent,
): Promise<Grant | undefined> {
  const opened = await object.vault.open(grantContext(ref, 'parked_grant'), grant.sealed)
  if (!opened.ok) return undefined
  return { ...grant, sealed: await object.vault.seal(grantContext(ref, 'grant'), opened.value) }
}

function grantContext(ref: Ref, purpose: GrantPurpose): SealContext {
  return { purpose, workspaceId: ref.workspaceId, recordId: ref.id }
}
