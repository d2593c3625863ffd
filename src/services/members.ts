// The people of a workspace: who is here, what they may do, and the end of a membership with all that hangs on it.

import type { Failure } from '../domain/failure.ts'
import { isRole, rolesGivenBy } from '../domain/roles.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  listAuthorizedBy,
  listKeysMadeBy,
  type Removed,
  removeMember as removeFrom,
} from '../storage/member-removal.ts'
import {
  type Changer,
  findMemberById,
  listMembers,
  type Member,
  type MemberLine,
  type MemberRef,
  changeRole as setRole,
} from '../storage/members.ts'
import { putKeyCopies } from './api-keys.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'
import type { SignedInMember } from './sessions.ts'

type Walk = Pick<Context, 'db' | 'kv' | 'random'>

/** Listed on the page of a removal; there may be more. */
const MOST_LISTED = 100

export interface MemberView
  extends Pick<
    MemberLine,
    'id' | 'email' | 'name' | 'role' | 'createdAt' | 'lastOpenedAt' | 'connections' | 'keys'
  > {
  /** Their address stands in OWNER_EMAILS: they become an owner at every sign-in. */
  ownsDeployment: boolean
}

export async function membersOf(
  { db, config }: Pick<Context, 'db' | 'config'>,
  workspaceId: string,
): Promise<MemberView[]> {
  const lines = await listMembers(db, workspaceId)
  return lines.map(({ id, email, name, role, createdAt, lastOpenedAt, connections, keys }) => ({
    ...{ id, email, name, role, createdAt, lastOpenedAt, connections, keys },
    ownsDeployment: config.ownerEmails.includes(email.toLowerCase()),
  }))
}

export interface Belongings {
  connections: { id: string; name: string; connector: string }[]
  keys: { id: string; name: string }[]
}

/** What a membership holds: its keys end with it, its connections live on. */
export async function belongingsOf({ db }: Pick<Context, 'db'>, ref: MemberRef): Promise<Belongings> {
  return {
    connections: await listAuthorizedBy(db, ref, MOST_LISTED),
    keys: await listKeysMadeBy(db, ref),
  }
}

/** `last_owner`: the workspace would have none. */
export type MemberFailure = Failure | 'last_owner'

export async function changeRole(
  context: Walk,
  by: SignedInMember,
  memberId: string,
  role: string,
  now: number,
): Promise<Result<Member, MemberFailure>> {
  const ref = { workspaceId: by.workspaceId, memberId }
  const before = await findMemberById(context.db, ref.workspaceId, memberId)
  if (!before) return err({ code: 'not_found' })
  if (!isRole(role)) {
    return err({
      code: 'invalid_request',
      errors: [{ path: 'role', message: 'Choose one of the listed roles.' }],
    })
  }
  if (role === before.role) return ok(before)
  const changer = changerOf(by)
  const allowed = changer.gives.includes(role) && changer.gives.includes(before.role)
  const changed = allowed ? await setRole(context.db, ref, role, changer) : undefined
  const refusal = changed ? undefined : await whyNot(context, by, ref, allowed)
  const event = { workspaceId: by.workspaceId, actor: by.id, subject: memberId }
  const outcome = refusal === undefined ? 'ok' : codeOf(refusal)
  const detail = `${before.role} → ${role}`
  await recordAudit(context, { ...event, action: 'member.role_changed', outcome, detail }, now)
  return changed ? ok(changed) : err(refusal ?? { code: 'not_found' })
}

export interface Removal {
  member: Pick<Member, 'email' | 'name'>
  /** How many API keys were revoked. */
  keys: number
  /** Connections that live on the consent of whoever is gone. */
  connections: Belongings['connections']
}

/** Their sessions, API keys and connect links end at once; keys are refused everywhere within a minute. */
export async function removeMember(
  context: Walk,
  by: SignedInMember,
  memberId: string,
  now: number,
): Promise<Result<Removal, MemberFailure>> {
  if (memberId === by.id) return leaveWorkspace(context, by, now)
  const ref = { workspaceId: by.workspaceId, memberId }
  const before = await findMemberById(context.db, ref.workspaceId, memberId)
  if (!before) return err({ code: 'not_found' })
  const changer = changerOf(by)
  const allowed = changer.gives.includes(before.role)
  const removed = allowed ? await removeFrom(context.db, ref, changer, now) : undefined
  const refusal = removed ? undefined : await whyNot(context, by, ref, allowed)
  const event = { workspaceId: by.workspaceId, actor: by.id, subject: memberId, detail: before.email }
  const outcome = refusal === undefined ? 'ok' : codeOf(refusal)
  await recordAudit(context, { ...event, action: 'member.removed', outcome }, now)
  return removed ? ok(await afterRemoval(context, ref, removed, now)) : err(refusal ?? { code: 'not_found' })
}

export async function leaveWorkspace(
  context: Walk,
  member: SignedInMember,
  now: number,
): Promise<Result<Removal, MemberFailure>> {
  const ref = { workspaceId: member.workspaceId, memberId: member.id }
  const removed = await removeFrom(context.db, ref, null, now)
  const event = {
    workspaceId: member.workspaceId,
    actor: member.id,
    subject: member.id,
    detail: member.email,
  }
  const outcome = removed ? 'ok' : 'last_owner'
  await recordAudit(context, { ...event, action: 'member.left', outcome }, now)
  return removed ? ok(await afterRemoval(context, ref, removed, now)) : err('last_owner')
}

async function afterRemoval(
  context: Walk,
  ref: MemberRef,
  { member, keys }: Removed,
  now: number,
): Promise<Removal> {
  for (const key of keys) await putKeyCopies(context, key, now)
  const { connections } = await belongingsOf(context, ref)
  const { email, name } = member
  return { member: { email, name }, keys: keys.length, connections }
}

/** Nothing was changed: the role, an owner too few, or somebody who is gone or was changed in the meantime. */
async function whyNot(
  { db }: Walk,
  by: SignedInMember,
  ref: MemberRef,
  allowed: boolean,
): Promise<MemberFailure> {
  if (!allowed) return { code: 'forbidden', permission: 'owners.manage' }
  const actor = await findMemberById(db, by.workspaceId, by.id)
  if (actor?.role !== by.role) return { code: 'forbidden', permission: 'members.manage' }
  return (await findMemberById(db, ref.workspaceId, ref.memberId)) ? 'last_owner' : { code: 'not_found' }
}

function codeOf(failure: MemberFailure): string {
  return failure === 'last_owner' ? failure : failure.code
}

function changerOf({ id, role }: SignedInMember): Changer {
  return { id, role, gives: rolesGivenBy(role) }
}
