import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { acceptInvitation, insertInvitation } from '../../src/storage/invitations.ts'
import { pruneFormerMembers, removeMember } from '../../src/storage/member-removal.ts'
import {
  addMember,
  type Changer,
  changeRole,
  findMemberById,
  type Member,
} from '../../src/storage/members.ts'
import { endSessionOf, findSession, insertSession, lastSignOut } from '../../src/storage/sessions.ts'
import { db, NOW, newWorkspace, plansOf } from './rows.ts'

const DAY_MS = 24 * 3600_000

let workspaceId: string
let count = 0

beforeEach(async () => {
  workspaceId = await newWorkspace()
})

function person(role: Role, change: Partial<Member> = {}): Promise<Member> {
  const id = `mem_${++count}`
  return addMember(db, {
    id,
    workspaceId,
    issuer: 'https://issuer.example',
    subject: id,
    email: `${id}@example.com`,
    name: null,
    role,
    createdAt: NOW,
    signedOutAt: null,
    lastOpenedAt: null,
    ...change,
  })
}

function changer({ id, role }: Member): Changer {
  return { id, role, gives: [...ROLES] }
}

const refTo = (member: Member) => ({ workspaceId, memberId: member.id })

describe('a change of somebody else is made by whoever is still what they were when they asked', () => {
  it.each([
    ['demoted', (id: string) => env.DB.prepare("UPDATE members SET role = 'viewer' WHERE id = ?").bind(id)],
    ['removed', (id: string) => env.DB.prepare('DELETE FROM members WHERE id = ?').bind(id)],
    [
      'in another workspace',
      (id: string) =>
        env.DB.prepare(
          'UPDATE members SET workspace_id = (SELECT id FROM workspaces WHERE id <> workspace_id LIMIT 1) WHERE id = ?',
        ).bind(id),
    ],
  ])('and not by one who was %s in the meantime', async (_how, end) => {
    const [owner, asker, target] = [await person('owner'), await person('owner'), await person('viewer')]
    await end(asker.id).run()
    expect(await changeRole(db, refTo(target), 'admin', changer(asker))).toBeUndefined()
    expect(await removeMember(db, refTo(target), changer(asker), NOW)).toBeUndefined()
    expect(await findMemberById(db, workspaceId, target.id)).toMatchObject({ role: 'viewer' })
    expect(await changeRole(db, refTo(target), 'admin', changer(owner))).toMatchObject({ role: 'admin' })
  })

  it('and only of somebody whose role they may take, into one they may give', async () => {
    const [admin, owner] = [await person('admin'), await person('owner')]
    await person('owner')
    const limited = { ...changer(admin), gives: ['admin', 'builder', 'viewer'] as Role[] }
    expect(await changeRole(db, refTo(owner), 'viewer', limited)).toBeUndefined()
    expect(await changeRole(db, refTo(admin), 'owner', limited)).toBeUndefined()
    expect(await removeMember(db, refTo(owner), limited, NOW)).toBeUndefined()
    const { results } = await env.DB.prepare('SELECT * FROM former_members WHERE workspace_id = ?')
      .bind(workspaceId)
      .all()
    expect(results).toEqual([])
  })
})

describe('an invitation', () => {
  const EMAIL = 'grace@example.com'

  async function invitation(change: Record<string, unknown> = {}): Promise<string> {
    const owner = await person('owner')
    const tokenHash = `hash-${++count}`
    await insertInvitation(db, {
      id: `inv_${count}`,
      tokenHash,
      workspaceId,
      email: EMAIL,
      role: 'builder',
      createdBy: owner.id,
      createdAt: NOW,
      expiresAt: NOW + 1000,
      usedBy: null,
      endedAt: null,
      ...change,
    })
    return tokenHash
  }

  const accept = (tokenHash: string, change: object = {}, now = NOW) => {
    const id = `mem_${++count}`
    const member = { id, issuer: 'https://issuer.example', subject: id, email: EMAIL, name: null }
    return acceptInvitation(db, { tokenHash, email: EMAIL, makers: ['owner'], member, ...change }, now)
  }

  const members = async () => {
    const sql = "SELECT count(*) AS n FROM members WHERE workspace_id = ? AND role = 'builder'"
    return env.DB.prepare(sql).bind(workspaceId).first<number>('n')
  }

  it('makes one member, however many accept it at once', async () => {
    const tokenHash = await invitation()
    const accepted = await Promise.all(Array.from({ length: 5 }, () => accept(tokenHash)))
    expect(accepted.filter(Boolean)).toHaveLength(1)
    expect(await members()).toBe(1)
    expect(await accept(tokenHash)).toBe(false)
  })

  it.each([
    ['for another address', {}, { email: 'eve@example.com' }, NOW],
    ['after its end', {}, {}, NOW + 1000],
    ['revoked', { endedAt: NOW }, {}, NOW],
    ['of a maker who is gone', { createdBy: 'mem_gone' }, {}, NOW],
    ['of a maker in a lesser role', {}, { makers: ['admin'] }, NOW],
  ])('makes none %s', async (_how, change, ask, now) => {
    expect(await accept(await invitation(change), ask, now)).toBe(false)
    expect(await members()).toBe(0)
  })
})

describe('a session', () => {
  it('is looked up by index, with its person’s workspaces', async () => {
    const member = await person('owner')
    const session = { id: `ses_${count}`, tokenHash: `hash-${count}`, memberId: member.id, browser: '' }
    await insertSession(db, { ...session, createdAt: NOW, expiresAt: NOW + DAY_MS, lastSeenAt: NOW })
    const living = { now: NOW, seenAfter: NOW - 1 }
    const found = await findSession(db, session.tokenHash, living)
    expect(found?.member).toMatchObject({ id: member.id, workspaces: [{ id: workspaceId, name: 'Test' }] })
    const [plan = ''] = await plansOf((spied) => findSession(spied, session.tokenHash, living))
    expect(plan).not.toMatch(/^SCAN/m)
    expect(plan).toContain('members_person')
  })

  it('of a member who was removed in that moment is none', async () => {
    const [owner, member] = [await person('owner'), await person('viewer')]
    await removeMember(db, refTo(member), changer(owner), NOW)
    const session = { id: `ses_${count}r`, tokenHash: `hash-${count}r`, memberId: member.id, browser: '' }
    await insertSession(db, { ...session, createdAt: NOW, expiresAt: NOW + DAY_MS, lastSeenAt: NOW })
    expect(await findSession(db, session.tokenHash, { now: NOW, seenAfter: NOW - 1 })).toBeUndefined()
  })

  it('that is not theirs to end leaves no mark', async () => {
    const [one, two] = [await person('owner'), await person('viewer')]
    const session = { id: `ses_${count}x`, tokenHash: `hash-${count}x`, memberId: one.id, browser: '' }
    await insertSession(db, { ...session, createdAt: NOW, expiresAt: NOW + DAY_MS, lastSeenAt: NOW })
    expect(await endSessionOf(db, two, session.id, NOW)).toBe(false)
    expect(await lastSignOut(db, two)).toBeNull()
    expect(await endSessionOf(db, one, session.id, NOW)).toBe(true)
    expect(await lastSignOut(db, one)).toBe(NOW)
  })
})

it('those who left are remembered as long as the audit rows that name them, and no longer', async () => {
  const owner = await person('owner')
  for (const days of [399, 401]) {
    const member = await person('viewer')
    await removeMember(db, refTo(member), changer(owner), NOW - days * DAY_MS)
  }
  await pruneFormerMembers(db, NOW)
  const { results } = await env.DB.prepare('SELECT left_at FROM former_members WHERE workspace_id = ?')
    .bind(workspaceId)
    .all()
  expect(results).toEqual([{ left_at: NOW - 399 * DAY_MS }])
})
