// Ends that a person has to see coming: the last moment of a consent that no refresh can move, the last day of a secret.

import type { ConnectionSnapshot } from '../domain/snapshot.ts'
import { DAY_MS } from './format.ts'

/** `calm`: it is coming. `warn`: this week or so. `bad`: within a day, or past. */
export interface Deadline {
  at: number
  tone: 'calm' | 'warn' | 'bad'
  passed: boolean
}

const SOON_DAYS = 7
const LAST_DAYS = 1
const CONSENT_DAYS = 14
const SECRET_DAYS = 30

/** From 14 days before a consent ends, while it still works; null before, and where no end is known. */
export function consentDeadline(
  { reauthorizeBefore, state }: Pick<ConnectionSnapshot, 'reauthorizeBefore' | 'state'>,
  now: number,
): Deadline | null {
  const works = state === 'active' || state === 'paused'
  return works ? deadline(reauthorizeBefore, now, CONSENT_DAYS) : null
}

/** From 30 days before a secret ends. */
export function secretDeadline(secretExpiresAt: number | null, now: number): Deadline | null {
  return deadline(secretExpiresAt, now, SECRET_DAYS)
}

function deadline(at: number | null, now: number, fromDays: number): Deadline | null {
  if (at === null) return null
  const left = at - now
  if (left > fromDays * DAY_MS) return null
  const tone = left > SOON_DAYS * DAY_MS ? 'calm' : left > LAST_DAYS * DAY_MS ? 'warn' : 'bad'
  return { at, tone, passed: left <= 0 }
}
