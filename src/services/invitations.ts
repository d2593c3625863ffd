// Invitations: a link for one address, handed over by whoever made it. Looking never uses it up; whoever proves the
// invited address at the sign-in provider does, once, for as long as its maker may still give the role.

import type { Failure, FieldError } from '../domain/failure.ts'
import type { Identity } from '../domain/identity.ts'
import { newId } from '../domain/ids.ts'
import { isRole, mayGive, ROLES, type Role, rolesGivenBy } from '../domain/roles.ts'
import { sha256Hex, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  type FoundInvitation,
  findInvitation,
  type Invitation,
  insertInvitation,
  listOpenInvitations,
  pruneInvitations,
  revokeInvitation,
  acceptInvitation as useInvitation,
} from '../storage/invitations.ts'
import { findMembership, listMembers, type Member } from '../storage/members.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'
import type { SignedInMember } from './sessions.ts'

type Walk = Pick<Context, 'db' | 'random'>

export const INVITATION_LIFE_MS = 7 * 24 * 3600_000
/** A link that is over is remembered for this long, so that it can say so. */
const MEMORY_MS = 30 * 24 * 3600_000
const TOKEN_BYTES = 32
const TOKEN_FORMAT = /^[A-Za-z0-9_-]{43}$/
const LONGEST_EMAIL = 254

/** Without the hash of its link. */
export type InvitationSummary = Omit<Invitation, 'tokenHash'>

/** The link is in this answer and nowhere else. */
export async function invite(
  context: Walk & Pick<Context, 'config'>,
  member: SignedInMember,
  ask: { email: string; role: string },
  now: number,
): Promise<Result<{ link: string; invitation: InvitationSummary }, Failure>> {
  const email = ask.email.trim().toLowerCase()
  const { role } = ask
  const errors: FieldError[] = []
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > LONGEST_EMAIL) {
    errors.push({ path: 'email', message: 'Enter one e-mail address, such as grace@example.com.' })
  }
  if (!isRole(role) || !mayGive(member.role, role)) {
    errors.push({ path: 'role', message: 'Choose one of the listed roles.' })
  }
  const here = await listMembers(context.db, member.workspaceId)
  if (here.some((each) => each.email.toLowerCase() === email)) {
    errors.push({ path: 'email', message: 'This person is a member already. Change their role in the list.' })
  }
  if (errors.length > 0 || !isRole(role)) return err({ code: 'invalid_request', errors })
  const token = toBase64Url(context.random(TOKEN_BYTES))
  const invitation: Invitation = {
    id: newId('inv', context.random),
    tokenHash: await sha256Hex(token),
    workspaceId: member.workspaceId,
    email,
    role,
    createdBy: member.id,
    createdAt: now,
    expiresAt: now + INVITATION_LIFE_MS,
    usedBy: null,
    endedAt: null,
  }
  await insertInvitation(context.db, invitation)
  const detail = `${email}, ${role}`
  const { id: actor, workspaceId } = member
  const event = { workspaceId, actor, subject: invitation.id, outcome: 'ok', detail }
  await recordAudit(context, { ...event, action: 'member.invited' }, now)
  const { tokenHash: _, ...summary } = invitation
  return ok({ link: `${context.config.publicUrl}/invitations/${token}`, invitation: summary })
}

export async function openInvitations(
  { db }: Pick<Context, 'db'>,
  workspaceId: string,
  now: number,
): Promise<InvitationSummary[]> {
  return (await listOpenInvitations(db, workspaceId, now)).map(({ tokenHash: _, ...summary }) => summary)
}

export async function endInvitation(
  context: Walk,
  member: SignedInMember,
  id: string,
  now: number,
): Promise<Result<null, Failure>> {
  const { workspaceId } = member
  const revoked = await revokeInvitation(context.db, workspaceId, id, rolesGivenBy(member.role), now)
  if (!revoked) return err({ code: 'not_found' })
  const event = { workspaceId, actor: member.id, subject: id, outcome: 'ok', detail: revoked.email }
  await recordAudit(context, { ...event, action: 'invitation.revoked' }, now)
  return ok(null)
}

/** What the page of a link may say. */
export interface InvitationView {
  workspaceName: string
  /** Name or address of whoever made it. */
  from: string
  email: string
  role: Role
  expiresAt: number
}

export type InvitationEnd =
  | 'invitation_unknown'
  | 'invitation_used'
  | 'invitation_revoked'
  | 'invitation_expired'
  | 'invitation_maker_gone'

/** Why somebody who proved who they are did not join. */
export type InvitationRefusal =
  | { kind: InvitationEnd }
  | { kind: 'invitation_other_address'; invited: string; email: string | null; emailVerified: boolean }

/** Looks, and changes nothing. */
export async function viewInvitation(
  { db }: Pick<Context, 'db'>,
  token: string,
  now: number,
): Promise<Result<InvitationView & { tokenHash: string }, InvitationEnd>> {
  if (!TOKEN_FORMAT.test(token)) return err('invitation_unknown')
  const tokenHash = await sha256Hex(token)
  const found = await findInvitation(db, tokenHash)
  if (!found) return err('invitation_unknown')
  const end = endOf(found, now)
  if (end) return err(end)
  const { invitation, workspaceName, maker } = found
  const { email, role, expiresAt } = invitation
  return ok({ tokenHash, workspaceName, from: maker?.name ?? maker?.email ?? '', email, role, expiresAt })
}

/** Joins the workspace; whoever is a member of it already comes in as that. Uses the invitation up only where it is right. */
export async function acceptInvitation(
  context: Walk,
  identity: Identity,
  tokenHash: string,
  now: number,
): Promise<Result<Member, InvitationRefusal>> {
  const { db, random } = context
  const found = await findInvitation(db, tokenHash)
  if (!found) return err({ kind: 'invitation_unknown' })
  const { invitation } = found
  const { workspaceId, email: invited, role } = invitation
  const { issuer, subject, email, emailVerified, name } = identity
  const end = endOf(found, now)
  if (end) return err({ kind: end })
  if (email === null || !emailVerified || email.toLowerCase() !== invited) {
    return err({ kind: 'invitation_other_address', invited, email, emailVerified })
  }
  const known = await findMembership(db, workspaceId, identity)
  if (known) return ok(known)
  const makers = ROLES.filter((each) => mayGive(each, role))
  const member = { id: newId('mem', random), issuer, subject, email, name }
  const joined = await useInvitation(db, { tokenHash, email: invited, makers, member }, now)
  // Somebody was quicker, or the invitation ended in this very moment.
  const made = joined ? await findMembership(db, workspaceId, identity) : undefined
  if (!made) return err({ kind: 'invitation_used' })
  const event = {
    workspaceId,
    actor: made.id,
    subject: invitation.id,
    outcome: 'ok',
    detail: `${email}, ${role}`,
  }
  await recordAudit(context, { ...event, action: 'member.joined' }, now)
  return ok(made)
}

/** The cron's part. */
export function pruneOldInvitations({ db }: Pick<Context, 'db'>, now: number): Promise<void> {
  return pruneInvitations(db, now - MEMORY_MS)
}

function endOf({ invitation, maker }: FoundInvitation, now: number): InvitationEnd | null {
  if (invitation.usedBy !== null) return 'invitation_used'
  if (invitation.endedAt !== null) return 'invitation_revoked'
  if (invitation.expiresAt <= now) return 'invitation_expired'
  return maker && mayGive(maker.role, invitation.role) ? null : 'invitation_maker_gone'
}
