// From a proved identity to a member: a known one is let in, a stranger only as a verified owner.

import type { Identity } from '../domain/identity.ts'
import { newId } from '../domain/ids.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { addMember, findMember, type Member, updateMemberDisplay } from '../storage/members.ts'
import { firstWorkspaceOr } from '../storage/workspaces.ts'
import type { Context } from './context.ts'

/** Proved, but no member and no verified owner address. */
export interface NotAdmitted {
  kind: 'not_invited'
  email: string | null
  emailVerified: boolean
}

const WORKSPACE_NAME = 'Workspace'

/** A known identity is let in whatever its address says now. */
export async function admit(
  context: Pick<Context, 'config' | 'db' | 'random'>,
  identity: Identity,
  now: number,
): Promise<Result<Member, NotAdmitted>> {
  const { config, db, random } = context
  const { issuer, subject, email, emailVerified, name } = identity
  const known = await findMember(db, identity)
  if (known) {
    if (email === null || !emailVerified || (email === known.email && name === known.name)) return ok(known)
    await updateMemberDisplay(db, known.id, { email, name })
    return ok({ ...known, email, name })
  }
  if (email === null || !emailVerified || !config.ownerEmails.includes(email.toLowerCase())) {
    return err({ kind: 'not_invited', email, emailVerified })
  }
  const workspace = await firstWorkspaceOr(db, {
    id: newId('wsp', random),
    name: WORKSPACE_NAME,
    createdAt: now,
  })
  const member = await addMember(db, {
    id: newId('mem', random),
    workspaceId: workspace.id,
    issuer,
    subject,
    email,
    name,
    role: 'owner',
    createdAt: now,
  })
  return ok(member)
}
