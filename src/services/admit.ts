// From a proved identity to a member: by an invitation, as who is known here, or as a verified owner of the deployment.

import type { Identity } from '../domain/identity.ts'
import { newId } from '../domain/ids.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { addMember, findMember, type Member, noteOpened, promote, updateDisplay } from '../storage/members.ts'
import { firstWorkspaceOr } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { acceptInvitation, type InvitationRefusal } from './invitations.ts'
import { recordAudit } from './record-audit.ts'

/** Proved, but no member and no verified owner address. */
export interface NotAdmitted {
  kind: 'not_invited'
  email: string | null
  emailVerified: boolean
}

type Walk = Pick<Context, 'config' | 'db' | 'random'>

const WORKSPACE_NAME = 'Workspace'

/** @param invitation SHA-256 of the link's token, where the person came by one */
export async function admit(
  context: Walk,
  identity: Identity,
  invitation: string | undefined,
  now: number,
): Promise<Result<Member, NotAdmitted | InvitationRefusal>> {
  const found =
    invitation === undefined
      ? await enter(context, identity, now)
      : await acceptInvitation(context, identity, invitation, now)
  if (!found.ok) return found
  const member = await refresh(context, identity, found.value, now)
  await noteOpened(context.db, member.id, now)
  await audit(context, member, 'member.signed_in', now)
  return ok(member)
}

/** A known identity is let in whatever its address says now; a stranger only as a verified owner. */
async function enter(context: Walk, identity: Identity, now: number): Promise<Result<Member, NotAdmitted>> {
  const { db, random } = context
  const known = await findMember(db, identity)
  if (known) return ok(known)
  const { issuer, subject, email, emailVerified, name } = identity
  if (email === null || !ownsDeployment(context, identity)) {
    return err({ kind: 'not_invited', email, emailVerified })
  }
  const first = { id: newId('wsp', random), name: WORKSPACE_NAME, createdAt: now }
  const workspace = await firstWorkspaceOr(db, first)
  const member = await addMember(db, {
    id: newId('mem', random),
    workspaceId: workspace.id,
    issuer,
    subject,
    email,
    name,
    role: 'owner',
    createdAt: now,
    signedOutAt: null,
    lastOpenedAt: now,
  })
  await audit(context, member, 'member.first_owner', now)
  return ok(member)
}

/** Takes over what the issuer says now, and what OWNER_EMAILS says, in every workspace of this person. */
async function refresh(context: Walk, identity: Identity, member: Member, now: number): Promise<Member> {
  const { email, emailVerified, name } = identity
  if (email === null || !emailVerified) return member
  let current = member
  if (email !== member.email || name !== member.name) {
    await updateDisplay(context.db, identity, { email, name })
    current = { ...current, email, name }
  }
  if (!ownsDeployment(context, identity)) return current
  const promoted = await promote(context.db, identity)
  for (const each of promoted) await audit(context, each, 'member.promoted', now)
  return { ...current, role: 'owner' }
}

function ownsDeployment({ config }: Walk, { email, emailVerified }: Identity): boolean {
  return email !== null && emailVerified && config.ownerEmails.includes(email.toLowerCase())
}

function audit(
  context: Walk,
  member: Member,
  action: 'member.signed_in' | 'member.first_owner' | 'member.promoted',
  now: number,
): Promise<void> {
  const { id, workspaceId } = member
  return recordAudit(context, { workspaceId, actor: id, action, subject: id, outcome: 'ok' }, now)
}
