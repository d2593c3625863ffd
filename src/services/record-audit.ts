// Adds a row to the audit trail. What was done stays done where the row cannot be written: the log says so.

import type { AuditAction } from '../domain/audit.ts'
import { isFailedOutcome } from '../domain/audit.ts'
import { log } from '../lib/log.ts'
import { appendAudit } from '../storage/audit.ts'
import type { Context } from './context.ts'

export interface AuditEvent {
  workspaceId: string
  /** Member or key id. */
  actor: string
  action: AuditAction
  /** Id of what it was done to. */
  subject: string
  outcome: string
  /** What changed in a few words; never anything secret. */
  detail?: string
}

export async function recordAudit(
  { db, random }: Pick<Context, 'db' | 'random'>,
  event: AuditEvent,
  now: number,
): Promise<void> {
  try {
    const { detail = null, ...rest } = event
    await appendAudit(db, random, { ...rest, detail, failed: isFailedOutcome(event.outcome) }, now)
  } catch {
    log('error', { event: 'audit_unwritten', workspace: event.workspaceId })
  }
}

/** For what came about in full, at the word of a member or a key. */
export function auditDone(
  context: Pick<Context, 'db' | 'random'>,
  { id, workspaceId }: { id: string; workspaceId: string },
  action: AuditAction,
  subject: string,
  now: number,
): Promise<void> {
  return recordAudit(context, { workspaceId, actor: id, action, subject, outcome: 'ok' }, now)
}
