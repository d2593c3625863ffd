// What the `:id` of a route names: things that belong to one workspace, made anew for a test.

import { env } from 'cloudflare:workers'
import { newId } from '../../src/domain/ids.ts'
import type { Role } from '../../src/domain/roles.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { rotateApiKey } from '../../src/services/api-keys.ts'
import { createSession } from '../../src/services/sessions.ts'
import { sendTest } from '../../src/services/webhook-log.ts'
import { insertInvitation } from '../../src/storage/invitations.ts'
import { connect, type Member, newKey, newMember, testContext } from '../setup/harness.ts'
import { receiver } from '../setup/receiver.ts'
import { addMember } from './tenant.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** One of each kind. */
export interface Owned {
  connectionId: string
  keyId: string
  memberId: string
  invitationId: string
  sessionId: string
  /** Another workspace of the same person. */
  otherWorkspaceId: string
  /** A webhook endpoint that was sent a test event. */
  endpointId: string
}

/** The prefix of a route and what its `:id` is. A new kind of resource has to be added here to be tested. */
const OWNED: [prefix: string, id: (owned: Owned) => string][] = [
  ['/connections/:id', ({ connectionId }) => connectionId],
  ['/v1/connections/:id', ({ connectionId }) => connectionId],
  ['/keys/:id', ({ keyId }) => keyId],
  ['/members/invitations/:id', ({ invitationId }) => invitationId],
  ['/members/:id', ({ memberId }) => memberId],
  ['/settings/sessions/:id', ({ sessionId }) => sessionId],
  ['/settings/webhooks/:id', ({ endpointId }) => endpointId],
  ['/workspaces/:id', ({ otherWorkspaceId }) => otherWorkspaceId],
]

export function startsWith(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

export function isOwned(path: string): boolean {
  return OWNED.some(([prefix]) => startsWith(path, prefix))
}

/** The route's address for these things; of the catalog, which is everybody's, always the same. */
export function addressOf(path: string, owned: Owned): string {
  const id = OWNED.find(([prefix]) => startsWith(path, prefix))?.[1](owned) ?? 'google'
  return path.replace(/:\w+/, id).replace('*', 'contacts')
}

/** Well-formed, and of nobody. */
export const NOTHING: Owned = {
  connectionId: `con_${'0'.repeat(26)}`,
  keyId: '0'.repeat(12),
  memberId: `mem_${'0'.repeat(26)}`,
  invitationId: `inv_${'0'.repeat(26)}`,
  sessionId: `ses_${'0'.repeat(26)}`,
  otherWorkspaceId: `wsp_${'0'.repeat(26)}`,
  endpointId: `whk_${'0'.repeat(26)}`,
}

/** All of it, in the workspace of this owner; sessions and the other workspace are `person`'s. */
export async function newOwned(owner: Member, person: Member = owner): Promise<Owned> {
  const { connectionId } = await connect({ member: owner })
  return { connectionId, ...(await newBelongings(owner, person)) }
}

/** Without a connection, which takes its time. */
export async function newBelongings(
  owner: Member,
  person: Member = owner,
): Promise<Omit<Owned, 'connectionId'>> {
  const { workspaceId } = owner
  const key = await newKey(owner)
  const member = await addMember(workspaceId, 'builder')
  await createSession(testContext(), person.id, Date.now())
  const sessionId = await env.DB.prepare('SELECT id FROM sessions WHERE member_id = ? ORDER BY rowid DESC')
    .bind(person.id)
    .first<string>('id')
  const other = await newMember()
  await joinAs(person, other.workspaceId, 'viewer')
  return {
    keyId: key.summary.id,
    memberId: member.id,
    invitationId: await newInvitation(owner),
    sessionId: sessionId ?? '',
    otherWorkspaceId: other.workspaceId,
    endpointId: await newEndpoint(owner),
  }
}

/** What was sent to the endpoint of this address; of the others, nothing. */
export async function eventOf(address: string): Promise<string> {
  const event = await env.DB.prepare('SELECT event_id FROM webhook_deliveries WHERE endpoint_id = ?')
    .bind(address.split('/')[3] ?? '')
    .first<string>('event_id')
  return event ?? ''
}

/** A workspace has room for a few: the first stays, the last one makes way. */
async function newEndpoint(owner: Member): Promise<string> {
  const { workspaceId } = owner
  await env.DB.prepare(
    `DELETE FROM webhook_endpoints WHERE workspace_id = ?1 AND id <>
       (SELECT id FROM webhook_endpoints WHERE workspace_id = ?1 ORDER BY rowid LIMIT 1)`,
  )
    .bind(workspaceId)
    .run()
  const { endpointId } = await receiver(owner)
  await sendTest(testContext(), { workspaceId, endpointId }, Date.now())
  return endpointId
}

/** Where there is to be a second secret to end the first of. */
export async function rotated(owner: Member, keyId: string): Promise<void> {
  await rotateApiKey(testContext(), owner, keyId, Date.now())
}

/** The same person, in another workspace too. @returns their id there */
export async function joinAs(person: Member, workspaceId: string, role: Role): Promise<string> {
  const id = newId('mem', random)
  await env.DB.prepare(
    `INSERT INTO members (id, workspace_id, issuer, subject, email, role, created_at)
     SELECT ?, ?, issuer, subject, email, ?, ? FROM members WHERE id = ?`,
  )
    .bind(id, workspaceId, role, Date.now(), person.id)
    .run()
  return id
}

async function newInvitation({ id, workspaceId }: Member): Promise<string> {
  const invitationId = newId('inv', random)
  await insertInvitation(testContext().db, {
    id: invitationId,
    tokenHash: await sha256Hex(invitationId),
    workspaceId,
    email: `${invitationId}@example.com`,
    role: 'viewer',
    createdBy: id,
    createdAt: Date.now(),
    expiresAt: Date.now() + 3600_000,
    usedBy: null,
    endedAt: null,
  })
  return invitationId
}
