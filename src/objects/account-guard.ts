// What a consent may and may not do to a connection, as pure rules: whose callback it is, whose account came back, what
// its failure is called, and when the account is asked for again.

import { accountName } from '../domain/accept-consent.ts'
import type { FailureClass } from '../domain/connector.ts'
import { type Account, isExpectedAccount, sameAccount } from '../domain/grant.ts'
import type { ConnectionRecord, Notice, NoticeKind, PendingAuthorization } from '../domain/record.ts'
import { equalConstantTime } from '../lib/bytes.ts'
import type { IdentityOutcome } from '../oauth/identity.ts'
import type { CallbackOutcome } from '../oauth/token-endpoint.ts'
import { BY_LINK, type CallbackRefusal, type CompleteAuthorization } from './rpc.ts'

const HEALTH_CHECK_EVERY_MS = 24 * 3600_000
/** An account that could not be read at consent is asked for again after this. */
const ACCOUNT_RETRY_MS = 5 * 60_000

/** Why a callback is refused before anything is redeemed. */
export function refuseCallback(
  record: ConnectionRecord | undefined,
  ask: CompleteAuthorization,
  now: number,
): CallbackRefusal | undefined {
  const pending = record?.pending
  if (!pending || !equalConstantTime(pending.stateHash, ask.stateHash)) return record ? 'replayed' : 'unknown'
  if (pending.consumedAt !== null) return 'replayed'
  if (pending.connector !== ask.connector) return 'other_connector'
  if (!equalConstantTime(pending.flowHash, ask.flowHash)) return 'other_browser'
  if (pending.memberId !== ask.memberId) return 'other_member'
  if (pending.expiresAt <= now) return 'expired'
  return undefined
}

/** Rule 5: the account guard. Null account where the service could not say whose the grant is. */
export function objectTo(
  record: ConnectionRecord,
  account: Account | null,
  identity: IdentityOutcome['kind'],
  now: number,
): Notice | undefined {
  // Without an identity request, the admin's Reconnect is the word.
  if (record.account === null || identity === 'none') return undefined
  if (account === null) return { kind: 'account_unknown', at: now, detail: null }
  if (sameAccount(record.account, account)) return undefined
  return { kind: 'other_account', at: now, detail: accountName(account) }
}

/** A connect link that names an account is for no other one. */
export function objectToOther(
  expected: string | undefined,
  account: Account | null,
  now: number,
): Notice | undefined {
  if (expected === undefined) return undefined
  if (account === null) return { kind: 'account_unknown', at: now, detail: null }
  if (isExpectedAccount(account, expected)) return undefined
  return { kind: 'other_account', at: now, detail: accountName(account) }
}

/**
 * Whether the consent is kept aside for an admin to decide. Not one given through a connect link: who consented there
 * was told that nothing was changed, and is nobody's to ask.
 */
export function mayPark(
  { record, pending }: { record: ConnectionRecord; pending: PendingAuthorization },
  objection: Notice,
): boolean {
  return objection.kind === 'other_account' && record.account !== null && pending.memberId !== BY_LINK
}

export function failureNotice(outcome: Exclude<CallbackOutcome, { kind: 'tokens' }>, at: number): Notice {
  switch (outcome.kind) {
    case 'invalid_callback':
      return { kind: 'exchange_failed', at, detail: null }
    case 'declined':
    case 'failed': {
      const { detail, hint } = outcome
      const kind = outcome.approval
        ? 'approval_required'
        : FAILURE_NOTICE[outcome.kind][outcome.class ?? 'suspect']
      return { kind, at, detail, hint }
    }
  }
}

const TROUBLE = {
  scope: 'scope_refused',
  config: 'app_refused',
  limited: 'provider_unavailable',
  transient: 'provider_unavailable',
  in_doubt: 'provider_unavailable',
} as const

const FAILURE_NOTICE: Record<'declined' | 'failed', Record<FailureClass, NoticeKind>> = {
  declined: { ...TROUBLE, dead: 'declined', consent: 'refused_by_service', suspect: 'refused_by_service' },
  failed: { ...TROUBLE, dead: 'exchange_failed', consent: 'exchange_failed', suspect: 'exchange_failed' },
}

/** @param unfinished the account, or a value the connection needs, could not be read yet */
export function nextCheck(
  hasIdentity: boolean,
  unfinished: boolean,
  expiresAt: number | null,
  now: number,
): number | null {
  if (unfinished) return now + ACCOUNT_RETRY_MS
  return hasIdentity && expiresAt === null ? now + HEALTH_CHECK_EVERY_MS : null
}

/** `Local CRM - Marketing`. */
export function suggestedName(connectorName: string, account: Account | null): string {
  const whose = account?.name ?? account?.email
  return whose ? `${connectorName} - ${whose}`.slice(0, 100) : connectorName
}
