// The cron, every minute: the repair path. Claims connections that broke their promise to be heard and nudges their
// objects, puts unconfirmed key copies again, and ends what is over.

import { log } from '../lib/log.ts'
import { findApiKey, keyRecordOf, listCopiesDue, setCopyDue } from '../storage/api-keys.ts'
import { pruneAudit } from '../storage/audit.ts'
import { type ConnectionRow, claimOverdue } from '../storage/connections.ts'
import { putKeyRecord, readKeyRecord } from '../storage/key-copies.ts'
import { deleteExpiredSessions } from '../storage/sessions.ts'
import { COPY_CHECK_MS } from './api-keys.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'

const BATCH = 100
const CONCURRENCY = 10
const CLAIM_MS = 10 * 60_000
const AUDIT_RETENTION_MS = 400 * 24 * 3600_000

type Walk = Pick<Context, 'db' | 'kv' | 'connections'>

export async function runCron(context: Walk, now: number): Promise<void> {
  await duty('cron_nudges', () => nudgeOverdue(context, now))
  await duty('cron_key_copies', () => confirmKeyCopies(context, now))
  await duty('cron_housekeeping', async () => {
    await deleteExpiredSessions(context.db, now)
    await pruneAudit(context.db, now - AUDIT_RETENTION_MS)
  })
}

async function nudgeOverdue(context: Walk, now: number): Promise<void> {
  const claimed = await claimOverdue(context.db, now, { limit: BATCH, backOffMs: CLAIM_MS })
  if (claimed.length === 0) return
  let repaired = 0
  const queue = [...claimed]
  const worker = async () => {
    for (let row = queue.pop(); row; row = queue.pop()) if (await nudge(context, row)) repaired += 1
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  const failed = claimed.length - repaired
  log('info', { event: 'cron', claimed: claimed.length, repaired, failed })
}

async function nudge(context: Walk, row: ConnectionRow): Promise<boolean> {
  const ref = { workspaceId: row.workspaceId, connectionId: row.id }
  const answer = await callConnection(context, ref, (connection) => connection.nudge({ ...ref, row }))
  return answer.ok && answer.value.result !== 'failed'
}

/** Puts the copy of a key that was not seen at the edge yet; a copy that reads as it should is confirmed. */
async function confirmKeyCopies({ db, kv }: Walk, now: number): Promise<void> {
  for (const row of await listCopiesDue(db, now, BATCH)) {
    const record = keyRecordOf(row)
    const seen = JSON.stringify(await readKeyRecord(kv, row.hash)) === JSON.stringify(record)
    if (!seen) await putKeyRecord(kv, row.hash, record, now)
    if (await setCopyDue(db, row, seen ? null : now + COPY_CHECK_MS)) continue
    // Revoked since the row was read: what was put just now must not stand over the revoked record.
    const current = await findApiKey(db, row.workspaceId, row.id)
    if (current) await putKeyRecord(kv, current.hash, keyRecordOf(current), now)
  }
}

/** One duty failing must not keep the others from being done. */
async function duty(event: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log('error', { event, class: error instanceof Error ? error.name : 'unknown' })
  }
}
