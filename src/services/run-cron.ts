// The cron, every minute: the repair path. Claims connections that broke their promise to be heard and nudges their
// objects, puts unconfirmed key copies again, and ends what is over.

import { log } from '../lib/log.ts'
import { pruneAlerts } from '../storage/app-alerts.ts'
import { type ConnectionRow, claimOverdue, countOverdue } from '../storage/connections.ts'
import { pruneEvents } from '../storage/webhook-events.ts'
import { confirmKeyCopies } from './api-keys.ts'
import { pruneAuditTrail } from './audit-trail.ts'
import { callConnection } from './call-connection.ts'
import { pruneConnectLinks } from './connect-links.ts'
import type { Context } from './context.ts'
import { deliverWebhooks } from './deliver-webhooks.ts'
import { pruneOldInvitations } from './invitations.ts'
import { pruneSessions } from './sessions.ts'

const BATCH = 100
const CONCURRENCY = 20
/** A Worker on the free plan has 1,000 subrequests to the platform's own services. */
const MOST_A_RUN = 900
const LONGEST_RUN_MS = 25_000
const ALERT_LIFE_MS = 24 * 3600_000
const CLAIM_MS = 10 * 60_000
/** As long as an object can be restored to: what it told before is known to be told. */
const EVENT_RETENTION_MS = 30 * 24 * 3600_000

type Walk = Pick<Context, 'db' | 'kv' | 'connections' | 'config' | 'vault' | 'random'>

export async function runCron(context: Walk, now: number): Promise<void> {
  // Neither waits for the other: a slow endpoint must not keep a connection from being repaired.
  await Promise.all([
    duty('cron_nudges', () => nudgeOverdue(context, now)),
    duty('cron_webhooks', () => deliverWebhooks(context, now)),
  ])
  await duty('cron_key_copies', () => confirmKeyCopies(context, now, BATCH))
  await duty('cron_housekeeping', async () => {
    await pruneSessions(context, now)
    await pruneAuditTrail(context, now)
    await pruneOldInvitations(context, now)
    await pruneConnectLinks(context, now)
    await pruneAlerts(context.db, now - ALERT_LIFE_MS)
    await pruneEvents(context.db, now - EVENT_RETENTION_MS)
  })
}

/** Batch after batch until nothing is overdue, or the run has had its time or its share of subrequests. */
async function nudgeOverdue(context: Walk, now: number): Promise<void> {
  const started = Date.now()
  const due = await countOverdue(context.db, now)
  if (due === 0) return
  const lags: number[] = []
  let repaired = 0
  while (lags.length < MOST_A_RUN && Date.now() - started < LONGEST_RUN_MS) {
    const claimed = await claimOverdue(context.db, now, { limit: BATCH, backOffMs: CLAIM_MS })
    if (claimed.length === 0) break
    for (const { heardBy } of claimed) lags.push(now - (heardBy ?? now))
    const queue = [...claimed]
    const worker = async () => {
      for (let row = queue.pop(); row; row = queue.pop()) if (await nudge(context, row)) repaired += 1
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    if (claimed.length < BATCH) break
  }
  lags.sort((left, right) => left - right)
  log('info', {
    event: 'cron',
    due,
    claimed: lags.length,
    repaired,
    failed: lags.length - repaired,
    lag_p50_ms: percentile(lags, 0.5),
    lag_p99_ms: percentile(lags, 0.99),
    ms: Date.now() - started,
  })
}

/** Of ascending values; 0 where there are none. */
function percentile(values: number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
}

async function nudge(context: Walk, row: ConnectionRow): Promise<boolean> {
  const ref = { workspaceId: row.workspaceId, connectionId: row.id }
  const answer = await callConnection(context, ref, (connection) => connection.nudge({ ...ref, row }))
  return answer.ok && answer.value.result !== 'failed'
}

/** One duty failing must not keep the others from being done. */
async function duty(event: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log('error', { event, class: error instanceof Error ? error.name : 'unknown' })
  }
}
