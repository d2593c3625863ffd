// What a consent does to the record, whether it just came back or an admin switches to one that was parked. Pure.

import { applyEvent } from './apply-refresh.ts'
import type { Grant } from './grant.ts'
import type { AccountChoice, ConnectionRecord, ConsentYield, Notice, ParkedConsent } from './record.ts'
import { fulfils } from './wish.ts'

const PARKED_LIFE_MS = 24 * 3600_000

/** A new generation; ID, history and a name that a person chose stay. */
export function acceptConsent(
  record: ConnectionRecord,
  { suggestedName, account, ...brought }: ConsentYield,
  told: { notice: Notice; checkDueAt: number | null },
  now: number,
): ConnectionRecord {
  return {
    ...applyEvent(record, { type: 'consent_given', otherAccount: false }, now),
    ...brought,
    ...told,
    account: account ?? record.account,
    name: record.named ? record.name : suggestedName,
    generation: record.generation + 1,
    wish: fulfils(brought, record.wish) ? null : (record.wish ?? null),
    pendingUntil: null,
    parked: null,
    journal: null,
    trouble: null,
    holdOff: null,
    lastRefreshedAt: null,
  }
}

/** A day, or less where the grant itself ends earlier: nothing renews it meanwhile. */
export function parkedUntil({ refreshTokenHash, expiresAt, refreshExpiresAt }: Grant, now: number): number {
  const ends = [now + PARKED_LIFE_MS, refreshTokenHash === null ? expiresAt : refreshExpiresAt]
  return Math.min(...ends.filter((end) => end !== null))
}

/** The parked consent that an answer is about; undefined once it is answered, replaced or past its time. */
export function parkedFor(
  record: ConnectionRecord,
  answer: { parkedId: string },
  now: number,
): ParkedConsent | undefined {
  const { parked } = record
  return parked && parked.id === answer.parkedId && parked.until > now ? parked : undefined
}

export function isSettled(
  record: ConnectionRecord,
  answer: { parkedId: string; choice: AccountChoice },
): boolean {
  return record.settled?.id === answer.parkedId && record.settled.choice === answer.choice
}

/** How people know an account. */
export function accountName(account: { email: string | null; name: string | null; subject: string }): string {
  return account.email ?? account.name ?? account.subject
}
