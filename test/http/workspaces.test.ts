import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { type Browser, browser, signIn } from './browser.ts'
import { joinAs } from './owned.ts'
import { deployment, newTenant, send, signedIn, type Tenant, textOf } from './tenant.ts'

const SESSION = '__Host-session'

let a: Tenant
let b: Tenant

beforeEach(async () => {
  for (const table of ['sessions', 'members', 'invitations', 'workspaces'])
    await env.DB.exec(`DELETE FROM ${table}`)
  a = await newTenant()
  b = await newTenant()
  await env.DB.prepare("UPDATE workspaces SET name = 'Workspace A' WHERE id = ?").bind(a.workspaceId).run()
  await env.DB.prepare("UPDATE workspaces SET name = 'Workspace B' WHERE id = ?").bind(b.workspaceId).run()
})

async function workspaceOf(visitor: Browser): Promise<string | null> {
  const text = await textOf(await visitor.get('/settings'))
  return /Workspace [AB]|Third/.exec(text)?.[0] ?? null
}

function sessions() {
  return env.DB.prepare('SELECT * FROM sessions').all<Record<string, unknown>>()
}

describe('going to another workspace', () => {
  it('shows the other world, in the other role, under a new token that ends when the old one would', async () => {
    const { owner } = a.members
    const there = await joinAs(owner, b.workspaceId, 'viewer')
    const visitor = await signedIn(owner)
    expect((await visitor.get('/keys')).status).toBe(200)
    const menu = await (await visitor.get('/connections')).text()
    expect(menu).toContain(`action="/workspaces/${b.workspaceId}/switch"`)
    const old = visitor.cookies.get(SESSION) ?? ''
    const [before] = (await sessions()).results

    const answer = await visitor.post(`/workspaces/${b.workspaceId}/switch`)
    expect(answer.headers.get('Location')).toBe('/connections')
    const token = visitor.cookies.get(SESSION) ?? ''
    expect(token).not.toBe(old)
    expect(await workspaceOf(visitor)).toBe('Workspace B')
    expect((await visitor.get('/keys')).status).toBe(403)

    const [after, ...more] = (await sessions()).results
    expect(more).toEqual([])
    expect(after).toMatchObject({
      id: before?.id,
      created_at: before?.created_at,
      expires_at: before?.expires_at,
      member_id: there,
      token_hash: await sha256Hex(token),
    })
    const stolen = browser(send)
    stolen.cookies.set(SESSION, old)
    expect((await stolen.get('/connections')).status).toBe(303)
    const maxAge = /Max-Age=(\d+)/.exec(answer.headers.getSetCookie().join())?.[1]
    expect(Number(maxAge)).toBeLessThanOrEqual(12 * 3600)
  })

  it('is not there for somebody who is no member of it, nor for a workspace that does not exist', async () => {
    const visitor = await a.as('owner')
    const token = visitor.cookies.get(SESSION)
    for (const id of [b.workspaceId, 'wsp_x', '..']) {
      const answer = await visitor.post(`/workspaces/${encodeURIComponent(id)}/switch`)
      expect(answer.status).toBe(404)
    }
    expect(visitor.cookies.get(SESSION)).toBe(token)
    expect(await workspaceOf(visitor)).toBe('Workspace A')
  })

  it('is where the next sign-in leads', async () => {
    const { visitor } = await signIn('ada')
    const id = await env.DB.prepare("SELECT id FROM members WHERE subject = 'ada'").first<string>('id')
    const first = await env.DB.prepare('SELECT workspace_id FROM members WHERE id = ?')
      .bind(id)
      .first<string>('workspace_id')
    const other = first === b.workspaceId ? a.workspaceId : b.workspaceId
    await joinAs({ id: id ?? '', workspaceId: first ?? '' }, other, 'viewer')
    await visitor.post(`/workspaces/${other}/switch`)
    const again = await signIn('ada')
    const [newest] = (
      await env.DB.prepare(
        'SELECT m.workspace_id AS id FROM sessions s JOIN members m ON m.id = s.member_id WHERE s.token_hash = ?',
      )
        .bind(await sha256Hex(again.visitor.cookies.get(SESSION) ?? ''))
        .all<{ id: string }>()
    ).results
    expect(newest?.id).toBe(other)
  })

  it('shows no choice to somebody who has one workspace', async () => {
    expect(await (await (await a.as('viewer')).get('/connections')).text()).not.toContain('/switch"')
  })
})

describe('a new workspace', () => {
  it('is made by those whom OWNER_EMAILS names, who become its owner and go there', async () => {
    const { visitor } = await signIn('ada')
    expect(await (await visitor.get('/connections')).text()).toContain('href="/workspaces/new"')
    const old = visitor.cookies.get(SESSION)
    const answer = await visitor.post('/workspaces', { name: '  Third  ' })
    expect(answer.headers.get('Location')).toBe('/connections')
    expect(visitor.cookies.get(SESSION)).not.toBe(old)
    expect(await workspaceOf(visitor)).toBe('Third')
    expect(await textOf(await visitor.get('/members'))).toContain('the only owner')
    expect(await textOf(await visitor.get('/audit'))).toContain('Created the workspace')
    expect(await (await visitor.get('/connections')).text()).toContain('Three steps')
  })

  it.each(['', '   ', 'x'.repeat(101)])('needs a name: %j', async (name) => {
    const { visitor } = await signIn('ada')
    expect((await visitor.post('/workspaces', { name })).status).toBe(400)
    expect(await env.DB.prepare('SELECT count(*) AS n FROM workspaces').first('n')).toBe(2)
  })

  it('is refused to an owner of a workspace whose address is not named', async () => {
    const visitor = await a.as('owner')
    expect(await (await visitor.get('/connections')).text()).not.toContain('/workspaces/new')
    expect((await visitor.get('/workspaces/new')).status).toBe(403)
    expect((await visitor.post('/workspaces', { name: 'Third' })).status).toBe(403)
    expect(await env.DB.prepare('SELECT count(*) AS n FROM workspaces').first('n')).toBe(2)
  })
})

describe('OWNER_EMAILS', () => {
  async function roles(subject: string) {
    const sql = 'SELECT role FROM members WHERE subject = ? ORDER BY created_at, id'
    return (await env.DB.prepare(sql).bind(subject).all<{ role: string }>()).results.map(({ role }) => role)
  }

  it('makes a known member an owner at sign-in, wherever they are one, and says so in the trail', async () => {
    await signIn('ada')
    const id =
      (await env.DB.prepare("SELECT id FROM members WHERE subject = 'ada'").first<string>('id')) ?? ''
    await joinAs({ id, workspaceId: '' }, b.workspaceId, 'viewer').catch(() =>
      joinAs({ id, workspaceId: '' }, a.workspaceId, 'viewer'),
    )
    await env.DB.exec("UPDATE members SET role = 'viewer' WHERE subject = 'ada'")
    await signIn('ada')
    expect(await roles('ada')).toEqual(['owner', 'owner'])
    const { results } = await env.DB.prepare(
      "SELECT subject FROM audit WHERE action = 'member.promoted' AND actor = ?",
    )
      .bind(id)
      .all()
    expect(results).toHaveLength(1)
  })

  it('does not for an address that the issuer has not verified, nor for one it no longer names', async () => {
    const named = deployment({ ...env, OWNER_EMAILS: 'unverified@example.com,grace@example.com' })
    await signIn('grace', {}, browser(named))
    await env.DB.exec("UPDATE members SET role = 'viewer' WHERE subject = 'grace'")
    await signIn('grace')
    expect(await roles('grace')).toEqual(['viewer'])
    const id =
      (await env.DB.prepare("SELECT id FROM members WHERE subject = 'grace'").first<string>('id')) ?? ''
    await env.DB.prepare("UPDATE members SET subject = 'unverified' WHERE id = ?").bind(id).run()
    await signIn('unverified', {}, browser(named))
    expect(await roles('unverified')).toEqual(['viewer'])
  })

  it('takes nothing from an owner whom it does not name', async () => {
    const named = deployment({ ...env, OWNER_EMAILS: 'grace@example.com' })
    await signIn('grace', {}, browser(named))
    await signIn('grace')
    expect(await roles('grace')).toEqual(['owner'])
  })
})
