// Adds a row to the audit trail. What was done stays done where the row cannot be written: the log says so.

import { log } from '../lib/log.ts'
import { type AuditEvent, appendAudit } from '../storage/audit.ts'
import type { Context } from './context.ts'

export async function recordAudit(
  { db, random }: Pick<Context, 'db' | 'random'>,
  event: AuditEvent,
  now: number,
): Promise<void> {
  try {
    await appendAudit(db, random, event, now)
  } catch {
    log('error', { event: 'audit_unwritten', workspace: event.workspaceId })
  }
}
