// What a request made news is sent right behind its answer; what comes by itself, or fails, is the cron's.

import { log } from '../lib/log.ts'
import { deliverWebhooks } from '../services/deliver-webhooks.ts'
import type { HttpContext } from './env.ts'

export function tellWebhooks(c: HttpContext, workspaceId: string): void {
  // Not the arrival of the request: what it made happen is younger.
  const sent = deliverWebhooks(c.get('context'), Date.now(), workspaceId)
  c.executionCtx.waitUntil(sent.catch(() => log('warn', { event: 'webhooks_left_to_the_cron' })))
}
