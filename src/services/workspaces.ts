// Workspaces of a deployment: making one, going to another one, its settings. Each is a world of its own; a session looks
// at exactly one.

import { isAuditRetention } from '../domain/audit.ts'
import type { Failure } from '../domain/failure.ts'
import { newId } from '../domain/ids.ts'
import { cleanName } from '../domain/names.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { findMembership } from '../storage/members.ts'
import {
  changeWorkspace,
  findWorkspace,
  insertWorkspace,
  moveSession,
  type Workspace,
} from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'
import { newSessionToken, type SignedInMember } from './sessions.ts'

type Walk = Pick<Context, 'db' | 'random'>

/** A session under its new token. */
export interface MovedSession {
  token: string
  expiresAt: number
}

/** For those whom OWNER_EMAILS names, who become its owner and go there. */
export async function createWorkspace(
  context: Walk,
  member: SignedInMember,
  name: string,
  now: number,
): Promise<Result<MovedSession, Failure>> {
  if (!member.ownsDeployment) return err({ code: 'forbidden', permission: 'workspaces.create' })
  const clean = cleanName(name)
  if (clean === undefined) return err(badName())
  const workspace = { id: newId('wsp', context.random), name: clean, createdAt: now }
  const { issuer, subject, email } = member
  const id = newId('mem', context.random)
  const owner = { id, workspaceId: workspace.id, issuer, subject, email, name: member.name }
  await insertWorkspace(context.db, workspace, { ...owner, role: 'owner', createdAt: now })
  const event = { workspaceId: workspace.id, actor: id, subject: workspace.id, outcome: 'ok', detail: clean }
  await recordAudit(context, { ...event, action: 'workspace.created' }, now)
  return move(context, member, id, now)
}

/** `not_found` for a workspace that this person is no member of. */
export async function switchWorkspace(
  context: Walk,
  member: SignedInMember,
  workspaceId: string,
  now: number,
): Promise<Result<MovedSession, Failure>> {
  const target = await findMembership(context.db, workspaceId, member)
  return target ? move(context, member, target.id, now) : err({ code: 'not_found' })
}

export function workspaceOf({ db }: Pick<Context, 'db'>, id: string): Promise<Workspace | undefined> {
  return findWorkspace(db, id)
}

export async function renameWorkspace(
  context: Walk,
  member: SignedInMember,
  text: string,
  now: number,
): Promise<Result<null, Failure>> {
  const name = cleanName(text)
  if (name === undefined) return err(badName())
  const { workspaceId } = member
  await changeWorkspace(context.db, workspaceId, { name })
  const event = { workspaceId, actor: member.id, subject: workspaceId, outcome: 'ok' }
  const detail = `${member.workspaceName} → ${name}`
  await recordAudit(context, { ...event, action: 'workspace.renamed', detail }, now)
  return ok(null)
}

/** Rows that are older end within minutes. */
export async function changeAuditRetention(
  context: Walk,
  member: SignedInMember,
  days: number,
  now: number,
): Promise<Result<null, Failure>> {
  if (!isAuditRetention(days)) {
    const message = 'Choose one of the listed periods.'
    return err({ code: 'invalid_request', errors: [{ path: 'days', message }] })
  }
  const { workspaceId } = member
  const before = await findWorkspace(context.db, workspaceId)
  if (!before) return err({ code: 'not_found' })
  await changeWorkspace(context.db, workspaceId, { auditRetentionDays: days })
  const event = { workspaceId, actor: member.id, subject: workspaceId, outcome: 'ok' }
  const detail = `${before.auditRetentionDays} → ${days} days`
  await recordAudit(context, { ...event, action: 'workspace.retention_changed', detail }, now)
  return ok(null)
}

/** The session keeps its end; its old token is worth nothing from here on. */
async function move(
  { db, random }: Walk,
  { sessionId: id }: SignedInMember,
  memberId: string,
  now: number,
): Promise<Result<MovedSession, Failure>> {
  const token = newSessionToken(random)
  const expiresAt = await moveSession(db, { id, tokenHash: await sha256Hex(token), memberId }, now)
  return expiresAt === undefined ? err({ code: 'not_found' }) : ok({ token, expiresAt })
}

function badName(): Failure {
  return { code: 'invalid_request', errors: [{ path: 'name', message: 'Use 1 to 100 characters.' }] }
}
