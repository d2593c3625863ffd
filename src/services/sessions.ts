// Sessions of signed-in people: 256 random bits in a cookie, their hash in D1, twelve hours from sign-in and no longer.

import { sha256Hex, toBase64Url } from '../lib/bytes.ts'
import { deleteSession, findSessionMember, insertSession, type SessionMember } from '../storage/sessions.ts'
import type { Context } from './context.ts'

export type SignedInMember = SessionMember

export const SESSION_LIFE_MS = 12 * 60 * 60 * 1000

const TOKEN_BYTES = 32
const TOKEN_FORMAT = /^[A-Za-z0-9_-]{43}$/

/** A new session, whatever cookie the browser came with. @returns the cookie's value, shown once */
export async function createSession(
  { db, random }: Pick<Context, 'db' | 'random'>,
  memberId: string,
  now: number,
): Promise<string> {
  const token = toBase64Url(random(TOKEN_BYTES))
  const tokenHash = await sha256Hex(token)
  await insertSession(db, { tokenHash, memberId, createdAt: now, expiresAt: now + SESSION_LIFE_MS })
  return token
}

/** Who is signed in with this cookie value; undefined for an unknown, ended or expired session. */
export async function readSession(
  { db }: Pick<Context, 'db'>,
  token: string | undefined,
  now: number,
): Promise<SignedInMember | undefined> {
  if (token === undefined || !TOKEN_FORMAT.test(token)) return undefined
  return findSessionMember(db, await sha256Hex(token), now)
}

/** Ends the session, if there is one. */
export async function endSession({ db }: Pick<Context, 'db'>, token: string | undefined): Promise<void> {
  if (token !== undefined && TOKEN_FORMAT.test(token)) await deleteSession(db, await sha256Hex(token))
}
