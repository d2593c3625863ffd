// The audit trail as people read it: filtered, page by page, with names; and as files, whole or not at all.

import { type AuditAction, isAuditAction } from '../domain/audit.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  type AuditFilter,
  type AuditRow,
  auditNames,
  auditTimeAfter,
  listAudit,
  listAuditActors,
  pruneAudit,
} from '../storage/audit.ts'
import { pruneFormerMembers } from '../storage/member-removal.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'
import type { SignedInMember } from './sessions.ts'

type Walk = Pick<Context, 'db'>

export const AUDIT_PAGE = 50
/** A file holds no more rows; more is asked for in parts. */
export const EXPORT_LIMIT = 20_000
const EXPORT_PAGE = 1_000
const PRUNE_BATCH = 500
const PRUNE_BATCHES = 10
const DAY_MS = 24 * 3600_000

/** As it stands in the address; empty is no restriction. */
export interface AuditAsk {
  actor: string
  action: string
  subject: string
  /** `done`, `failed` or empty. */
  outcome: string
  /** `2026-11-24`, in UTC; both days are in. */
  from: string
  to: string
}

/** A row as people see it. */
export interface AuditEntry {
  id: string
  at: number
  actor: string
  actorName: string | null
  action: string
  subject: string
  subjectName: string | null
  outcome: string
  failed: boolean
  detail: string | null
}

export async function readAuditPage(
  { db }: Walk,
  workspaceId: string,
  ask: AuditAsk,
  cursor: string | undefined,
): Promise<Result<{ entries: AuditEntry[]; nextCursor: string | null }, Failure>> {
  const filter = filterOf(workspaceId, ask)
  if (!filter.ok) return filter
  const found = await listAudit(db, filter.value, { cursor, limit: AUDIT_PAGE })
  if (!found) {
    const message = 'This address is not complete. Start from the first page.'
    return err({ code: 'invalid_request', errors: [{ path: 'cursor', message }] })
  }
  return ok({ entries: await named(db, workspaceId, found.rows), nextCursor: found.nextCursor })
}

export function auditActors({ db }: Walk, workspaceId: string) {
  return listAuditActors(db, workspaceId)
}

/**
 * Every matching row, newest first, in batches that are read as they are taken.
 * @returns `invalid_request` where there are more than a file holds, with the day from which on they fit
 */
export async function exportAudit(
  context: Pick<Context, 'db' | 'random'>,
  member: SignedInMember,
  ask: AuditAsk,
  format: string,
  now: number,
): Promise<Result<AsyncGenerator<AuditEntry[]>, Failure>> {
  const { workspaceId } = member
  const filter = filterOf(workspaceId, ask)
  if (!filter.ok) return filter
  const beyond = await auditTimeAfter(context.db, filter.value, EXPORT_LIMIT)
  if (beyond !== undefined) {
    const day = new Date(beyond + DAY_MS).toISOString().slice(0, 10)
    const message = `More than ${EXPORT_LIMIT.toLocaleString('en-GB')} rows match, and a file holds no more. Export them in parts: choose dates, for example from ${day} on.`
    return err({ code: 'invalid_request', errors: [{ path: 'from', message }] })
  }
  const event = { workspaceId, actor: member.id, subject: workspaceId, outcome: 'ok', detail: format }
  await recordAudit(context, { ...event, action: 'audit.exported' }, now)
  return ok(batches(context.db, filter.value))
}

async function* batches(db: Context['db'], filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
  let cursor: string | undefined
  do {
    const found = await listAudit(db, filter, { cursor, limit: EXPORT_PAGE })
    if (!found) throw new Error('a cursor of ours can be read')
    yield await named(db, filter.workspaceId, found.rows)
    cursor = found.nextCursor ?? undefined
  } while (cursor !== undefined)
}

/** The cron's part: ends what is older than each workspace keeps, bounded per run. */
export async function pruneAuditTrail({ db }: Walk, now: number): Promise<void> {
  for (let batch = 0; batch < PRUNE_BATCHES; batch++) {
    if ((await pruneAudit(db, now, PRUNE_BATCH)) < PRUNE_BATCH) break
  }
  await pruneFormerMembers(db, now)
}

async function named(db: Context['db'], workspaceId: string, rows: AuditRow[]): Promise<AuditEntry[]> {
  const ids = new Set(rows.flatMap(({ actor, subject }) => [actor, subject]))
  const names = rows.length === 0 ? new Map<string, string>() : await auditNames(db, workspaceId, [...ids])
  return rows.map(({ workspaceId: _, ...row }) => ({
    ...row,
    actorName: names.get(row.actor) ?? null,
    subjectName: names.get(row.subject) ?? null,
  }))
}

function filterOf(workspaceId: string, ask: AuditAsk): Result<AuditFilter, Failure> {
  const errors: FieldError[] = []
  const from = dayOf(ask.from)
  const to = dayOf(ask.to)
  for (const [path, day] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (day === undefined) errors.push({ path, message: 'Use a date such as 2026-11-24.' })
  }
  if (from && to && from > to) errors.push({ path: 'to', message: 'The last day is before the first.' })
  if (ask.action !== '' && !isAuditAction(ask.action)) {
    errors.push({ path: 'action', message: 'Choose one of the listed actions.' })
  }
  if (!['', 'done', 'failed'].includes(ask.outcome)) {
    errors.push({ path: 'outcome', message: 'Choose one of the listed outcomes.' })
  }
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  return ok({
    workspaceId,
    actor: ask.actor || undefined,
    action: (ask.action as AuditAction) || undefined,
    subject: ask.subject.trim() || undefined,
    failed: ask.outcome === '' ? undefined : ask.outcome === 'failed',
    from: from ?? undefined,
    before: to ? to + DAY_MS : undefined,
  })
}

/** Start of the day in UTC; null for an empty field, undefined for no date. */
function dayOf(text: string): number | null | undefined {
  if (text === '') return null
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text ? undefined : day
}
