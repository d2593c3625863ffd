import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Role } from '../../src/domain/roles.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { mend } from '../setup/faults.ts'
import { connect, type Member, newKey, steer } from '../setup/harness.ts'
import { browser } from './browser.ts'
import { joinAs } from './owned.ts'
import { addMember, api, newTenant, rowsOf, send, signedIn, type Tenant, textOf } from './tenant.ts'

let tenant: Tenant

beforeAll(async () => {
  mend()
  await steer.reset()
})

beforeEach(async () => {
  tenant = await newTenant()
})

function roleOf({ id }: { id: string }): Promise<Role | null> {
  return env.DB.prepare('SELECT role FROM members WHERE id = ?').bind(id).first<Role>('role')
}

async function owners(): Promise<number> {
  const sql = "SELECT count(*) AS n FROM members WHERE workspace_id = ? AND role = 'owner'"
  return (await env.DB.prepare(sql).bind(tenant.workspaceId).first<number>('n')) ?? 0
}

async function audited(action: string) {
  const { results } = await env.DB.prepare(
    'SELECT actor, subject, outcome, failed, detail FROM audit WHERE workspace_id = ? AND action = ? ORDER BY at, rowid',
  )
    .bind(tenant.workspaceId, action)
    .all()
  return results
}

async function setRole(by: Member, target: { id: string }, role: Role) {
  return (await signedIn(by)).post(`/members/${target.id}/role`, { role })
}

describe('the list of members', () => {
  it('says who is here, in which role, since when, and what lives on their consent', async () => {
    const { owner, admin } = tenant.members
    await connect({ member: admin })
    await newKey(admin)
    const text = await textOf(await (await signedIn(owner)).get('/members'))
    for (const { id } of Object.values(tenant.members)) expect(text).toContain(`${id}@example.com`)
    expect(text).toMatch(/1 connection\s+made 1 API key/)
    expect(text).toContain('the only owner')
    expect(text).toContain('What the roles may do')
  })

  it('shows a viewer the people and the roles, and no form', async () => {
    const text = await (await (await tenant.as('viewer')).get('/members')).text()
    expect(text).toContain(`${tenant.members.owner.id}@example.com`)
    expect(text).toContain('What the roles may do')
    expect(text).not.toContain('action="/members')
  })

  it('says of a member whom OWNER_EMAILS names that they are owner at every sign-in', async () => {
    await env.DB.prepare("UPDATE members SET email = 'Ada@Example.com' WHERE id = ?")
      .bind(tenant.members.viewer.id)
      .run()
    expect(await (await (await tenant.as()).get('/members')).text()).toContain('named in OWNER_EMAILS')
  })

  it('renders names and addresses as text', async () => {
    const evil = '<img src=x onerror=alert(1)>'
    await env.DB.prepare('UPDATE members SET name = ?, email = ? WHERE id = ?')
      .bind(evil, `"${evil}"@x.example`, tenant.members.viewer.id)
      .run()
    for (const path of ['/members', `/members?remove=${tenant.members.viewer.id}`, '/audit']) {
      expect(await (await (await tenant.as()).get(path)).text()).not.toContain('<img src=x')
    }
  })
})

describe('changing a role', () => {
  it('counts from the next request on, and is noted', async () => {
    const { owner, viewer } = tenant.members
    const visitor = await signedIn(viewer)
    expect((await visitor.get('/keys')).status).toBe(403)
    expect((await setRole(owner, viewer, 'admin')).headers.get('Location')).toBe('/members')
    expect((await visitor.get('/keys')).status).toBe(200)
    expect(await audited('member.role_changed')).toEqual([
      { actor: owner.id, subject: viewer.id, outcome: 'ok', failed: 0, detail: 'viewer → admin' },
    ])
  })

  it('to what it is already changes and notes nothing', async () => {
    expect((await setRole(tenant.members.owner, tenant.members.admin, 'admin')).status).toBe(303)
    expect(await audited('member.role_changed')).toEqual([])
  })

  it.each(['root', '', '__proto__'])('to %j is refused', async (role) => {
    expect((await setRole(tenant.members.owner, tenant.members.admin, role as Role)).status).toBe(400)
    expect(await roleOf(tenant.members.admin)).toBe('admin')
  })

  it('of the only owner is refused, says what to do, and is noted', async () => {
    const { owner } = tenant.members
    const answer = await setRole(owner, owner, 'admin')
    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('Make somebody else an owner first')
    expect(await roleOf(owner)).toBe('owner')
    expect(await audited('member.role_changed')).toMatchObject([{ outcome: 'last_owner', failed: 1 }])
  })

  it('by two owners of each other at once leaves one of them an owner', async () => {
    const { owner } = tenant.members
    for (let round = 0; round < 5; round++) {
      const second = await addMember(tenant.workspaceId, 'owner')
      await Promise.all([setRole(owner, second, 'viewer'), setRole(second, owner, 'viewer')])
      expect(await owners()).toBe(1)
      await env.DB.prepare("UPDATE members SET role = 'owner' WHERE id = ?").bind(owner.id).run()
      await env.DB.prepare('DELETE FROM members WHERE id = ?').bind(second.id).run()
    }
  })
})

describe('removing a member', () => {
  it('ends their sessions, keys, connect links and invitations at once, and nothing else', async () => {
    const { owner } = tenant.members
    const admin = await addMember(tenant.workspaceId, 'admin')
    const visitor = await signedIn(admin)
    const { connectionId } = await connect({ member: admin })
    const theirs = await newKey(admin)
    const other = await newKey(owner)
    const made = await api('/v1/connections', {
      key: theirs.key,
      method: 'POST',
      json: { connector: 'local', tools: ['contacts.read'] },
    })
    const link = new URL((await made.json<{ authorize_url: string }>()).authorize_url).pathname
    expect((await browser(send).get(link)).status).toBe(200)
    await visitor.post('/members/invitations', { email: 'grace@example.com', role: 'viewer' })

    const asked = await textOf(await (await tenant.as()).get(`/members?remove=${admin.id}`))
    expect(asked).toContain('1 API key they made is revoked: Test key')
    expect(asked).toContain('1 connection they authorized lives on')
    expect((await visitor.get('/keys')).status).toBe(200)

    const removed = await (await tenant.as()).post(`/members/${admin.id}/remove`)
    expect(removed.status).toBe(200)
    const text = await removed.text()
    expect(text).toContain('Authorize again with a service account?')
    expect(text).toContain(`href="/connections/${connectionId}"`)

    expect((await visitor.get('/connections')).status).toBe(303)
    expect((await visitor.post('/keys', { name: 'x', permissions: 'proxy' })).status).toBe(401)
    const copy = await env.KV.get(`key:${await sha256Hex(theirs.key)}`, 'json')
    expect(copy).toEqual({ revoked: true, id: theirs.summary.id })
    expect(await env.KV.get(`key:${await sha256Hex(other.key)}`, 'json')).toMatchObject({ revoked: false })
    expect((await browser(send).get(link)).status).toBe(404)
    const rows = await rowsOf(tenant.workspaceId)
    expect(rows.invitations).toMatchObject([{ ended_at: expect.any(Number) }])
    expect(rows.connect_links).toMatchObject([{ ended_at: expect.any(Number) }])
    expect(rows.connections).toMatchObject(
      expect.arrayContaining(
        [{ id: connectionId, state: 'active' }].map((each) => expect.objectContaining(each)),
      ),
    )
    const keys = rows.api_keys as { id: string; revoked_at: number | null }[]
    expect(keys.filter(({ revoked_at }) => revoked_at !== null).map(({ id }) => id)).toEqual([
      theirs.summary.id,
    ])
    expect(await audited('member.removed')).toMatchObject([
      { actor: owner.id, subject: admin.id, outcome: 'ok', detail: `${admin.id}@example.com` },
    ])
  })

  it('does not end what a person is elsewhere', async () => {
    const elsewhere = await newTenant()
    const { viewer } = tenant.members
    const there = {
      id: await joinAs(viewer, elsewhere.workspaceId, 'admin'),
      workspaceId: elsewhere.workspaceId,
    }
    const visitor = await signedIn(there)
    await (await tenant.as()).post(`/members/${viewer.id}/remove`)
    expect((await visitor.get('/keys')).status).toBe(200)
    expect((await visitor.post(`/workspaces/${tenant.workspaceId}/switch`)).status).toBe(404)
  })

  it('leaves their name in the audit trail', async () => {
    const { admin } = tenant.members
    await newKey(admin)
    await (await tenant.as()).post(`/members/${admin.id}/remove`)
    const text = await textOf(await (await tenant.as()).get(`/audit?actor=${admin.id}`))
    expect(text).toContain(`${admin.id}@example.com`)
    expect(text).toContain('Made an API key')
  })

  it('of the only owner is refused, by anybody', async () => {
    const { owner, admin } = tenant.members
    expect((await (await signedIn(owner)).post(`/members/${owner.id}/remove`)).status).toBe(409)
    expect((await (await signedIn(admin)).post(`/members/${owner.id}/remove`)).status).toBe(403)
    expect(await roleOf(owner)).toBe('owner')
    expect(await audited('member.removed')).toMatchObject([{ outcome: 'forbidden', failed: 1 }])
  })

  it('by two owners of each other at once leaves one', async () => {
    const { owner } = tenant.members
    for (let round = 0; round < 5; round++) {
      const fresh = await newTenant()
      const [one, two] = [fresh.members.owner, await addMember(fresh.workspaceId, 'owner')]
      const [first, second] = [await signedIn(one), await signedIn(two)]
      await Promise.all([first.post(`/members/${two.id}/remove`), second.post(`/members/${one.id}/remove`)])
      const sql = "SELECT count(*) AS n FROM members WHERE workspace_id = ? AND role = 'owner'"
      expect(await env.DB.prepare(sql).bind(fresh.workspaceId).first('n')).toBe(1)
    }
    expect(await roleOf(owner)).toBe('owner')
  })

  it('twice is not found, and removes nothing more', async () => {
    const { viewer } = tenant.members
    const owner = await tenant.as()
    expect((await owner.post(`/members/${viewer.id}/remove`)).status).toBe(200)
    expect((await owner.post(`/members/${viewer.id}/remove`)).status).toBe(404)
    expect((await rowsOf(tenant.workspaceId)).former_members).toHaveLength(1)
  })
})

describe('leaving a workspace', () => {
  it('asks first, then ends the membership and its sessions, and nobody else’s', async () => {
    const { viewer } = tenant.members
    const [here, there] = [await signedIn(viewer), await signedIn(viewer)]
    const asked = await here.get('/settings?confirm=leave')
    expect(await asked.text()).toContain('Leave this workspace')
    expect(await roleOf(viewer)).toBe('viewer')
    const left = await here.post('/settings/leave')
    expect(await left.text()).toContain('You have left')
    expect(here.cookies.has('__Host-session')).toBe(false)
    expect((await there.get('/connections')).status).toBe(303)
    expect(await roleOf(viewer)).toBeNull()
    expect((await (await tenant.as()).get('/members')).status).toBe(200)
    expect(await audited('member.left')).toMatchObject([{ actor: viewer.id, outcome: 'ok' }])
  })

  it('is refused to the only owner, who is told what to do', async () => {
    const visitor = await tenant.as('owner')
    const answer = await visitor.post('/settings/leave')
    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('You cannot leave')
    expect((await visitor.get('/connections')).status).toBe(200)
    expect(await audited('member.left')).toMatchObject([{ outcome: 'last_owner', failed: 1 }])
  })

  it('by all owners at once leaves one', async () => {
    const all = [
      tenant.members.owner,
      ...(await Promise.all([1, 2, 3].map(() => addMember(tenant.workspaceId, 'owner')))),
    ]
    const visitors = await Promise.all(all.map((member) => signedIn(member)))
    await Promise.all(visitors.map((visitor) => visitor.post('/settings/leave')))
    expect(await owners()).toBe(1)
  })
})
