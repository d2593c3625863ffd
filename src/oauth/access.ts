// Cloudflare Access: who sent a request, by the signed word that Access puts on it. The team's keys are kept in the
// isolate; an unknown key asks for them again, at a bounded rate.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { AccessSignIn } from '../domain/configuration.ts'
import type { Identity } from '../domain/identity.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { boundedFetch, TransportError } from './transport.ts'

export type AccessFailure =
  /** No word of Access on the request: it came around it. */
  | 'access_missing'
  /** Not a word that this team's Access gave for this application and this moment. */
  | 'access_refused'
  /** A service token: nobody in particular. */
  | 'access_no_person'
  /** The team's keys cannot be read. */
  | 'access_unreachable'

export interface AccessIdentity extends Identity {
  /** Epoch milliseconds, whole seconds. */
  issuedAt: number
}

type Keys = ReturnType<typeof createLocalJWKSet>

interface Kept {
  keys: Keys
  readAt: number
}

const ALGORITHM = 'RS256'
const CLOCK_TOLERANCE_SECONDS = 10
const LONGEST_TOKEN = 16_384
const LIMITS = { deadlineMs: 15_000, maxBytes: 256 * 1024, allowInsecure: false }
const FRESH_MS = 10 * 60_000
/** A key that is not known is looked for this often, and a team that does not answer is asked again. */
export const ASK_AGAIN_MS = 30_000
/** Access tells of a new key weeks before it uses it; while it does not answer, what is known goes on for so long. */
const STALE_MS = 24 * 3600_000

const kept = new Map<string, Kept>()
const failedAt = new Map<string, number>()

/**
 * Proves signature (RS256 only), issuer, audience, times and kind. The address of an application's person counts as
 * verified: a team is one tenant, and decides who is let in.
 */
export async function verifyAccess(
  signIn: AccessSignIn,
  token: string | undefined,
  now: number,
): Promise<Result<AccessIdentity, AccessFailure>> {
  if (token === undefined || token === '') return err('access_missing')
  if (token.length > LONGEST_TOKEN) return err('access_refused')
  try {
    const { payload } = await jwtVerify(token, (header, jws) => findKey(signIn.team, header, jws, now), {
      algorithms: [ALGORITHM],
      issuer: signIn.team,
      audience: signIn.audience,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    })
    return readPayload(signIn, payload)
  } catch (error) {
    return err(error instanceof KeysUnreadable ? 'access_unreachable' : 'access_refused')
  }
}

function readPayload(signIn: AccessSignIn, payload: JWTPayload): Result<AccessIdentity, AccessFailure> {
  const { sub, email, type, iat } = payload
  if (type !== 'app' || iat === undefined) return err('access_refused')
  if (!sub || typeof email !== 'string' || email === '') return err('access_no_person')
  return ok({
    issuer: signIn.team,
    subject: sub,
    email,
    emailVerified: true,
    name: null,
    issuedAt: iat * 1000,
  })
}

async function findKey(team: string, header: Parameters<Keys>[0], jws: Parameters<Keys>[1], now: number) {
  const known = kept.get(team)
  const { keys, readAt } =
    known && isWithin(known.readAt, FRESH_MS, now) ? known : await renew(team, known, now)
  try {
    return await keys(header, jws)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || isWithin(readAt, ASK_AGAIN_MS, now)) throw error
    return await (await renew(team, { keys, readAt }, now)).keys(header, jws)
  }
}

/** The team's keys as they are now; those that are known where it does not answer. */
async function renew(team: string, known: Kept | undefined, now: number): Promise<Kept> {
  const usable = known && isWithin(known.readAt, STALE_MS, now) ? known : undefined
  const failed = failedAt.get(team)
  if (failed === undefined || !isWithin(failed, ASK_AGAIN_MS, now)) {
    try {
      const fresh = { keys: await readKeys(team), readAt: now }
      kept.set(team, fresh)
      failedAt.delete(team)
      return fresh
    } catch (error) {
      if (!(error instanceof KeysUnreadable)) throw error
      failedAt.set(team, now)
    }
  }
  if (usable) return usable
  throw new KeysUnreadable()
}

async function readKeys(team: string): Promise<Keys> {
  try {
    const response = await boundedFetch(LIMITS)(`${team}/cdn-cgi/access/certs`)
    if (response.status === 200) return createLocalJWKSet(await response.json<JSONWebKeySet>())
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  throw new KeysUnreadable()
}

function isUnreadable(error: unknown): boolean {
  return error instanceof TransportError || error instanceof SyntaxError || error instanceof errors.JOSEError
}

function isWithin(at: number, ms: number, now: number): boolean {
  return Math.abs(now - at) < ms
}

/** Thrown through the library, and caught where the proof began. */
class KeysUnreadable extends Error {}
