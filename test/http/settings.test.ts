import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { SESSION_IDLE_MS } from '../../src/services/sessions.ts'
import type { Browser } from './browser.ts'
import { joinAs } from './owned.ts'
import { newTenant, signedIn, type Tenant, textOf } from './tenant.ts'

const SESSION = '__Host-session'

let tenant: Tenant

beforeEach(async () => {
  tenant = await newTenant()
})

async function idOf(visitor: Browser): Promise<string> {
  const hash = await sha256Hex(visitor.cookies.get(SESSION) ?? '')
  return (
    (await env.DB.prepare('SELECT id FROM sessions WHERE token_hash = ?').bind(hash).first<string>('id')) ??
    ''
  )
}

async function isIn(visitor: Browser): Promise<boolean> {
  return (await visitor.get('/settings')).status === 200
}

async function audited(action: string): Promise<unknown[]> {
  const sql = 'SELECT actor, subject, outcome, detail FROM audit WHERE workspace_id = ? AND action = ?'
  return (await env.DB.prepare(sql).bind(tenant.workspaceId, action).all()).results
}

describe('one’s own sessions', () => {
  it('are listed with browser, since and last seen, and say which is this one; no token is on the page', async () => {
    const visitor = await tenant.as('viewer')
    const other = await tenant.as('viewer')
    await env.DB.prepare("UPDATE sessions SET browser = 'Firefox on Linux' WHERE id = ?")
      .bind(await idOf(other))
      .run()
    const answer = await visitor.get('/settings')
    const html = await answer.clone().text()
    const text = await textOf(answer)
    expect(text).toContain('Firefox on Linux')
    expect(text).toMatch(/A browser\s+this one/)
    expect(text).toContain('A session ends 12 h after sign-in, and after 2 h without use.')
    for (const each of [visitor, other]) {
      const token = each.cookies.get(SESSION) ?? ''
      expect(html).not.toContain(token)
      expect(html).not.toContain(await sha256Hex(token))
    }
    expect(html).toContain(`/settings/sessions/${await idOf(other)}/end`)
    expect(html).not.toContain(`/settings/sessions/${await idOf(visitor)}/end`)
  })

  it('do not show those that are over, nor anybody else’s', async () => {
    const visitor = await tenant.as('viewer')
    const idle = await signedIn(tenant.members.viewer, undefined, Date.now() - SESSION_IDLE_MS)
    const foreign = await tenant.as('owner')
    const html = await (await visitor.get('/settings')).text()
    expect(html).not.toContain(await idOf(idle))
    expect(html).not.toContain(await idOf(foreign))
  })

  it('can be ended one by one, and no longer open anything', async () => {
    const [visitor, other, third] = [
      await tenant.as('viewer'),
      await tenant.as('viewer'),
      await tenant.as('viewer'),
    ]
    const id = await idOf(other)
    expect((await visitor.post(`/settings/sessions/${id}/end`)).headers.get('Location')).toBe(
      '/settings#sessions',
    )
    expect([await isIn(visitor), await isIn(other), await isIn(third)]).toEqual([true, false, true])
    expect(await audited('session.ended')).toMatchObject([{ actor: tenant.members.viewer.id, subject: id }])
    expect((await visitor.post(`/settings/sessions/${id}/end`)).status).toBe(404)
  })

  it('of another person are not found, and live on', async () => {
    const owner = await tenant.as('owner')
    const viewer = await tenant.as('viewer')
    for (const id of [await idOf(owner), 'ses_x', await sha256Hex(owner.cookies.get(SESSION) ?? '')]) {
      expect((await viewer.post(`/settings/sessions/${id}/end`)).status).toBe(404)
    }
    expect(await isIn(owner)).toBe(true)
    expect(await audited('session.ended')).toEqual([])
  })

  it('end everywhere at once, in every workspace of the person, and for nobody else', async () => {
    const { viewer } = tenant.members
    const elsewhere = await newTenant()
    const there = {
      id: await joinAs(viewer, elsewhere.workspaceId, 'viewer'),
      workspaceId: elsewhere.workspaceId,
    }
    const [visitor, second, third] = [await signedIn(viewer), await signedIn(viewer), await signedIn(there)]
    const owner = await tenant.as('owner')
    const answer = await visitor.post('/settings/sessions/end-all')
    expect(answer.headers.get('Location')).toBe('/sign-in')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect([await isIn(second), await isIn(third), await isIn(owner)]).toEqual([false, false, true])
    expect(await audited('session.all_ended')).toHaveLength(1)
  })

  it('the present one included: ending it signs out', async () => {
    const visitor = await tenant.as('viewer')
    const answer = await visitor.post(`/settings/sessions/${await idOf(visitor)}/end`)
    expect(answer.headers.get('Location')).toBe('/sign-in')
    expect(visitor.cookies.has(SESSION)).toBe(false)
  })
})

describe('the name of the workspace', () => {
  it('is changed by an owner, everywhere, and noted', async () => {
    const visitor = await tenant.as('owner')
    expect((await visitor.post('/settings/name', { name: ' North\nwind ' })).status).toBe(303)
    expect(await textOf(await visitor.get('/connections'))).toContain('North wind')
    expect(await audited('workspace.renamed')).toMatchObject([{ detail: 'Test → North wind' }])
  })

  it.each(['', ' ', 'x'.repeat(101)])('is not %j', async (name) => {
    const visitor = await tenant.as('owner')
    expect((await visitor.post('/settings/name', { name })).status).toBe(400)
    expect(await textOf(await visitor.get('/settings'))).toContain('Test')
  })

  it('is text, whatever it is', async () => {
    const visitor = await tenant.as('owner')
    await visitor.post('/settings/name', { name: '<script>alert(1)</script>' })
    for (const path of ['/settings', '/members', '/audit']) {
      expect(await (await visitor.get(path)).text()).not.toContain('<script>alert')
    }
  })
})

describe('how long audit rows are kept', () => {
  function days() {
    return env.DB.prepare('SELECT audit_retention_days AS n FROM workspaces WHERE id = ?')
      .bind(tenant.workspaceId)
      .first('n')
  }

  it('can be lengthened at once, and is noted', async () => {
    const visitor = await tenant.as('owner')
    expect((await visitor.post('/settings/retention', { days: '1100' })).status).toBe(303)
    expect(await days()).toBe(1100)
    expect(await audited('workspace.retention_changed')).toMatchObject([{ detail: '400 → 1100 days' }])
  })

  it('asks before it is shortened, since that erases', async () => {
    const visitor = await tenant.as('owner')
    const asked = await visitor.post('/settings/retention', { days: '30' })
    expect(await asked.text()).toContain('Keep rows for 30 days only?')
    expect(await days()).toBe(400)
    expect((await visitor.post('/settings/retention', { days: '30', confirmed: 'yes' })).status).toBe(303)
    expect(await days()).toBe(30)
  })

  it.each(['0', '-1', '31', '1e9', 'x', '', '400.5'])('is none of one’s own making: %j', async (text) => {
    const visitor = await tenant.as('owner')
    const answer = await visitor.post('/settings/retention', { days: text, confirmed: 'yes' })
    expect(answer.status).toBe(400)
    expect(await days()).toBe(400)
  })
})
