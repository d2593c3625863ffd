// The audit trail: append-only rows of who did what to what. Nothing secret has a column.

import { lt } from 'drizzle-orm'
import { newId } from '../domain/ids.ts'
import type { RandomBytes } from '../lib/bytes.ts'
import type { Database } from './database.ts'
import { audit } from './schema.ts'

export interface AuditEvent {
  workspaceId: string
  /** Member or key id. */
  actor: string
  /** `connection.created`, `key.revoked`, … */
  action: string
  /** Id of what it was done to. */
  subject: string
  outcome: string
}

export async function appendAudit(
  db: Database,
  random: RandomBytes,
  event: AuditEvent,
  now: number,
): Promise<void> {
  await db.insert(audit).values({ id: newId('aud', random), at: now, ...event })
}

/** Ends rows older than the retention. */
export async function pruneAudit(db: Database, before: number): Promise<void> {
  await db.delete(audit).where(lt(audit.at, before))
}
