// `Idempotency-Key`: the same request under the same key gets the same answer for a day, and is done once.

import type { Failure } from '../domain/failure.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { claimAnswer, dropAnswer, keepAnswer } from '../storage/connect-links.ts'
import type { AuthorizedKey } from './authorize-key.ts'
import type { Context } from './context.ts'

export const ANSWER_LIFE_MS = 24 * 3600_000
/** No request is worked on for as long: whoever began it is gone, and it may be tried again. */
const ABANDONED_AFTER_MS = 120_000

/**
 * @param request what is asked, as text: another request under the same key is a conflict
 * @param work what is done once; a failure is not kept, thrown or not, so that it can be tried again
 */
export async function once<T>(
  context: Pick<Context, 'db' | 'vault'>,
  key: AuthorizedKey,
  idempotencyKey: string | undefined,
  request: string,
  now: number,
  work: () => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  if (idempotencyKey === undefined) return work()
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    const message = 'Use 1 to 255 visible ASCII characters.'
    return err({ code: 'invalid_request', errors: [{ path: 'Idempotency-Key', message }] })
  }
  const { workspaceId } = key
  const id = await sha256Hex(JSON.stringify([workspaceId, key.id, idempotencyKey]))
  const requestHash = await sha256Hex(request)
  const seal = { purpose: 'idempotent_answer' as const, workspaceId, recordId: id }
  const claim = { id, workspaceId, requestHash, createdAt: now }
  const known = await claimAnswer(context.db, claim, now - ABANDONED_AFTER_MS)
  if (known) {
    if (known.requestHash !== requestHash)
      return conflict('This Idempotency-Key was used for another request.')
    const opened =
      known.answerSealed === null ? undefined : await context.vault.open(seal, known.answerSealed)
    if (!opened?.ok) return conflict('The first request under this Idempotency-Key is still being answered.')
    return ok(JSON.parse(opened.value) as T)
  }
  const done = await work().catch(async (error: unknown) => {
    await dropAnswer(context.db, id).catch(() => undefined)
    throw error
  })
  if (!done.ok) {
    await dropAnswer(context.db, id)
    return done
  }
  await keepAnswer(context.db, id, await context.vault.seal(seal, JSON.stringify(done.value)))
  return done
}

function conflict(detail: string): Result<never, Failure> {
  return err({ code: 'conflict', detail })
}
