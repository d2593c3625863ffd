import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { INVITATION_LIFE_MS } from '../../src/services/invitations.ts'
import { type Browser, browser, consentAs, PUBLIC_URL, signIn } from './browser.ts'
import { addMember, newTenant, signedIn, type Tenant, textOf } from './tenant.ts'

const SESSION = '__Host-session'

let tenant: Tenant

beforeEach(async () => {
  for (const table of ['sessions', 'members', 'invitations', 'audit'])
    await env.DB.exec(`DELETE FROM ${table}`)
  tenant = await newTenant()
})

/** The path of a link, as the page shows it once. */
async function invite(email = 'grace@example.com', role = 'builder', by?: Browser): Promise<string> {
  const visitor = by ?? (await tenant.as('owner'))
  const answer = await visitor.post('/members/invitations', { email, role })
  expect(answer.status).toBe(200)
  const link = /<code>([^<]*\/invitations\/[^<]+)<\/code>/.exec(await answer.text())?.[1] ?? ''
  expect(link).toMatch(new RegExp(`^${PUBLIC_URL}/invitations/[\\w-]{43}$`))
  return link.slice(PUBLIC_URL.length)
}

/** From the link to the answer of the sign-in's callback. */
async function accept(path: string, person = 'grace', visitor = browser()) {
  const started = await visitor.post(path)
  expect(started.status).toBe(303)
  const answer = await visitor.get(await consentAs(person, started.headers.get('Location')))
  return { visitor, started, answer }
}

function memberOf(subject: string) {
  return env.DB.prepare('SELECT * FROM members WHERE workspace_id = ? AND subject = ?')
    .bind(tenant.workspaceId, subject)
    .first()
}

async function count(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0
}

function change(set: string, ...values: unknown[]) {
  return env.DB.prepare(`UPDATE invitations SET ${set}`)
    .bind(...values)
    .run()
}

describe('an invitation', () => {
  it('makes the invited address a member in the invited role, and signs them in', async () => {
    const path = await invite(' Grace@Example.com ')
    const { answer, visitor, started } = await accept(path)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/connections')
    expect(await memberOf('grace')).toMatchObject({
      issuer: env.SIGN_IN_ISSUER,
      email: 'grace@example.com',
      name: 'Grace Hopper',
      role: 'builder',
    })
    expect((await visitor.get('/connections')).status).toBe(200)
    expect((await visitor.get('/keys')).status).toBe(403)
    const asked = new URL(started.headers.get('Location') ?? '')
    expect(asked.searchParams.get('login_hint')).toBe('grace@example.com')
    const actions = (await env.DB.prepare('SELECT action, detail FROM audit ORDER BY at, rowid').all())
      .results
    expect(actions).toEqual([
      { action: 'member.invited', detail: 'grace@example.com, builder' },
      { action: 'member.joined', detail: 'grace@example.com, builder' },
      { action: 'member.signed_in', detail: null },
    ])
  })

  it('is stored as a hash, shown once, and lasts seven days', async () => {
    const path = await invite()
    const token = path.split('/').at(-1) ?? ''
    const [row] = (await env.DB.prepare('SELECT * FROM invitations').all()).results
    expect(row).toMatchObject({ token_hash: await sha256Hex(token), email: 'grace@example.com' })
    expect(Number(row?.expires_at) - Number(row?.created_at)).toBe(INVITATION_LIFE_MS)
    expect(JSON.stringify(row)).not.toContain(token)
    const list = await (await (await tenant.as('owner')).get('/members')).text()
    expect(list).toContain('grace@example.com')
    expect(list).not.toContain(token)
    expect(JSON.stringify((await env.DB.prepare('SELECT * FROM audit').all()).results)).not.toContain(token)
  })

  it('says to whoever opens it what it is for, and is not used up by looking', async () => {
    const path = await invite()
    for (let times = 0; times < 3; times++) {
      const text = await textOf(await browser().get(path))
      for (const word of ['Join Test', 'grace@example.com', 'builder', 'Sign in and join']) {
        expect(text).toContain(word)
      }
    }
    const head = await browser().get(path)
    expect(head.headers.get('Referrer-Policy')).toBe('strict-origin')
    expect((await accept(path)).answer.headers.get('Location')).toBe('/connections')
  })

  it('lets in a person who is a member elsewhere, and keeps both memberships apart', async () => {
    await signIn('ada')
    const path = await invite('ada@example.com', 'viewer')
    await accept(path, 'ada')
    const { results } = await env.DB.prepare("SELECT role FROM members WHERE subject = 'ada'").all()
    expect(results).toHaveLength(2)
  })
})

describe('an invitation is refused, and nobody joins', () => {
  it('when it was used already, by the same person and by another', async () => {
    const path = await invite()
    await accept(path)
    await env.DB.prepare("DELETE FROM members WHERE subject = 'grace'").run()
    const page = await browser().get(path)
    expect(page.status).toBe(404)
    expect(await page.text()).toContain('was used already')
    expect((await browser().post(path)).status).toBe(404)
    expect(await memberOf('grace')).toBeNull()
  })

  it('when two accept it at once: one joins', async () => {
    const path = await invite()
    const visitors = [browser(), browser(), browser()]
    const callbacks = await Promise.all(
      visitors.map(async (visitor) => consentAs('grace', (await visitor.post(path)).headers.get('Location'))),
    )
    await Promise.all(visitors.map((visitor, index) => visitor.get(callbacks[index] ?? '')))
    expect(await env.DB.prepare("SELECT count(*) AS n FROM members WHERE subject = 'grace'").first('n')).toBe(
      1,
    )
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM audit WHERE action = 'member.joined'").first('n'),
    ).toBe(1)
  })

  it('for another address: told what to do, not used up, and still good for the right one', async () => {
    const path = await invite()
    const { answer, visitor } = await accept(path, 'marketing')
    expect(answer.status).toBe(403)
    const text = await textOf(answer)
    expect(text).toContain('It is for grace@example.com, and you signed in as marketing@example.com')
    expect(text).toContain('open the invitation again')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await memberOf('marketing')).toBeNull()
    expect((await accept(path)).answer.status).toBe(303)
  })

  it('for the right address that the issuer has not verified', async () => {
    const path = await invite('unverified@example.com')
    const { answer, visitor } = await accept(path, 'unverified')
    expect(answer.status).toBe(403)
    expect(await textOf(answer)).toContain('has not verified that address')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await memberOf('unverified')).toBeNull()
  })

  it('for another address even of somebody who is signed in here, whose session stays as it is', async () => {
    const path = await invite()
    const { visitor } = await signIn('ada')
    const session = visitor.cookies.get(SESSION)
    const { answer } = await accept(path, 'ada', visitor)
    expect(answer.status).toBe(403)
    expect(visitor.cookies.get(SESSION)).toBe(session)
    expect((await visitor.get('/connections')).status).toBe(200)
    expect(await memberOf('ada')).toBeNull()
  })

  it.each([
    ['expired', () => change('expires_at = ?', Date.now() - 1), 'has expired'],
    ['revoked', () => change('ended_at = ?', Date.now() - 1), 'was taken back'],
    [
      'made by somebody who left',
      () => env.DB.prepare("DELETE FROM members WHERE role = 'owner'").run(),
      'does not work any more',
    ],
    [
      'made by somebody who may not give that role any more',
      () => env.DB.prepare("UPDATE members SET role = 'builder' WHERE role = 'owner'").run(),
      'does not work any more',
    ],
  ])('when it is %s, on the page, at the form, and on the way back', async (_how, end, words) => {
    const path = await invite()
    const visitor = browser()
    const callback = await consentAs('grace', (await visitor.post(path)).headers.get('Location'))
    await end()
    for (const answer of [
      await browser().get(path),
      await browser().post(path),
      await visitor.get(callback),
    ]) {
      expect(answer.status).toBe(404)
      expect(await answer.text()).toContain(words)
    }
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await memberOf('grace')).toBeNull()
  })

  it('when a newer one was made for the address', async () => {
    const old = await invite()
    const newer = await invite('grace@example.com', 'viewer')
    expect((await browser().get(old)).status).toBe(404)
    await accept(newer)
    expect(await memberOf('grace')).toMatchObject({ role: 'viewer' })
  })

  it.each(['x', 'a'.repeat(43), `${'a'.repeat(42)}%00`, '..%2Fconnections'])(
    'when nobody made it: %s',
    async (token) => {
      const answer = await browser().get(`/invitations/${token}`)
      expect(answer.status).toBe(404)
      expect((await browser().post(`/invitations/${token}`)).status).toBe(404)
    },
  )

  it('when the form comes from another site', async () => {
    const path = await invite()
    const forged = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' }
    expect((await browser().post(path, {}, forged)).status).toBe(403)
  })

  it('and the flow of one browser does not carry it into another', async () => {
    const path = await invite()
    const visitor = browser()
    const callback = await consentAs('grace', (await visitor.post(path)).headers.get('Location'))
    expect((await browser().get(callback)).status).toBe(400)
    expect(await memberOf('grace')).toBeNull()
  })
})

describe('making an invitation', () => {
  it.each([
    ['', 'viewer', 'e-mail address'],
    ['grace', 'viewer', 'e-mail address'],
    ['a@b.example, c@d.example', 'viewer', 'e-mail address'],
    [`${'a'.repeat(250)}@b.example`, 'viewer', 'e-mail address'],
    ['grace@example.com', 'root', 'listed roles'],
    ['grace@example.com', '', 'listed roles'],
  ])('refuses %j as %j', async (email, role, words) => {
    const answer = await (await tenant.as('owner')).post('/members/invitations', { email, role })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(words)
    expect(await count('invitations')).toBe(0)
  })

  it('refuses the address of a member', async () => {
    const email = `${tenant.members.viewer.id}@example.com`
    const answer = await (await tenant.as('owner')).post('/members/invitations', { email, role: 'owner' })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('member already')
  })

  it('is taken back by whoever may give the role', async () => {
    const path = await invite('boss@example.com', 'owner')
    const id = await env.DB.prepare('SELECT id FROM invitations').first<string>('id')
    expect((await (await tenant.as('admin')).post(`/members/invitations/${id}/revoke`)).status).toBe(404)
    expect((await browser().get(path)).status).toBe(200)
    expect((await (await tenant.as('owner')).post(`/members/invitations/${id}/revoke`)).status).toBe(303)
    expect((await browser().get(path)).status).toBe(404)
    expect((await (await tenant.as('owner')).post(`/members/invitations/${id}/revoke`)).status).toBe(404)
  })

  it('ends with its maker', async () => {
    const admin = await addMember(tenant.workspaceId, 'admin')
    const path = await invite('grace@example.com', 'viewer', await signedIn(admin))
    await (await tenant.as('owner')).post(`/members/${admin.id}/remove`)
    expect((await browser().get(path)).status).toBe(404)
    expect((await browser().post(path)).status).toBe(404)
  })
})
