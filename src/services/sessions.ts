// Sessions of signed-in people: 256 random bits in a cookie, their hash in D1. A session ends twelve hours after sign-in
// however busy it is, and after two hours without a sign of life.

import { browserName } from '../domain/browser-name.ts'
import type { Failure } from '../domain/failure.ts'
import { newId } from '../domain/ids.ts'
import { type RandomBytes, sha256Hex, toBase64Url } from '../lib/bytes.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  deleteOverSessions,
  deleteSession,
  endSessionOf,
  endSessionsOf,
  findSession,
  insertSession,
  type Living,
  listSessions,
  type SessionMember,
  type SessionRow,
  touchSession,
} from '../storage/sessions.ts'
import type { Context } from './context.ts'
import { auditDone } from './record-audit.ts'

export interface SignedInMember extends SessionMember {
  /** Named in OWNER_EMAILS: may make workspaces. */
  ownsDeployment: boolean
}

export const SESSION_LIFE_MS = 12 * 3600_000
export const SESSION_IDLE_MS = 2 * 3600_000
/** A sign of life is written this often, so a session idles out up to this much early. */
export const SEEN_EVERY_MS = 5 * 60_000

const TOKEN_BYTES = 32
const TOKEN_FORMAT = /^[A-Za-z0-9_-]{43}$/

export function newSessionToken(random: RandomBytes): string {
  return toBase64Url(random(TOKEN_BYTES))
}

/**
 * A new session, whatever cookie the browser came with.
 * @returns the cookie's value, shown once
 */
export async function createSession(
  { db, random }: Pick<Context, 'db' | 'random'>,
  memberId: string,
  now: number,
  userAgent?: string,
): Promise<string> {
  const token = newSessionToken(random)
  await insertSession(db, {
    tokenHash: await sha256Hex(token),
    id: newId('ses', random),
    memberId,
    createdAt: now,
    expiresAt: now + SESSION_LIFE_MS,
    lastSeenAt: now,
    browser: browserName(userAgent),
  })
  return token
}

/** Who is signed in with this cookie value; undefined for an unknown, ended, idle or expired session. */
export async function readSession(
  { db, config }: Pick<Context, 'db' | 'config'>,
  token: string | undefined,
  now: number,
): Promise<SignedInMember | undefined> {
  if (token === undefined || !TOKEN_FORMAT.test(token)) return undefined
  const found = await findSession(db, await sha256Hex(token), livingAt(now))
  if (!found) return undefined
  if (now - found.lastSeenAt >= SEEN_EVERY_MS) await touch(db, found.member.sessionId, now)
  return {
    ...found.member,
    ownsDeployment: config.ownerEmails.includes(found.member.email.toLowerCase()),
  }
}

/** Ends the session that another one takes the place of, if there is one. */
export async function endSession({ db }: Pick<Context, 'db'>, token: string | undefined): Promise<void> {
  if (token !== undefined && TOKEN_FORMAT.test(token)) await deleteSession(db, await sha256Hex(token))
}

/** Ends the session for good, if there is one. */
export async function signOut(
  context: Pick<Context, 'db' | 'config' | 'random'>,
  token: string | undefined,
  now: number,
): Promise<void> {
  const member = await readSession(context, token, now)
  if (member) await endSessionOf(context.db, member, member.sessionId, now)
  await endSession(context, token)
  if (!member) return
  await auditDone(context, member, 'member.signed_out', member.id, now)
}

/** The person's own sessions, in every workspace. */
export function ownSessions(
  { db }: Pick<Context, 'db'>,
  member: SignedInMember,
  now: number,
): Promise<SessionRow[]> {
  return listSessions(db, member, livingAt(now))
}

/** Ends one of the person's own sessions; `not_found` for anybody else's. */
export async function endOwnSession(
  context: Pick<Context, 'db' | 'random'>,
  member: SignedInMember,
  sessionId: string,
  now: number,
): Promise<Result<null, Failure>> {
  if (!(await endSessionOf(context.db, member, sessionId, now))) return err({ code: 'not_found' })
  await auditDone(context, member, 'session.ended', sessionId, now)
  return ok(null)
}

export async function endAllOwnSessions(
  context: Pick<Context, 'db' | 'random'>,
  member: SignedInMember,
  now: number,
): Promise<void> {
  await endSessionsOf(context.db, member, now)
  await auditDone(context, member, 'session.all_ended', member.id, now)
}

/** The cron's part. */
export function pruneSessions({ db }: Pick<Context, 'db'>, now: number): Promise<void> {
  return deleteOverSessions(db, livingAt(now))
}

function livingAt(now: number): Living {
  return { now, seenAfter: now - SESSION_IDLE_MS }
}

/** Not worth failing a request for. */
async function touch(db: Context['db'], sessionId: string, now: number): Promise<void> {
  try {
    await touchSession(db, sessionId, now)
  } catch {
    log('warn', { event: 'session_untouched' })
  }
}
