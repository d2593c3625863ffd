import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { contextOf } from '../../src/http/configure.ts'
import { ROUTES } from '../../src/http/table.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import {
  pruneSessions,
  SEEN_EVERY_MS,
  SESSION_IDLE_MS,
  SESSION_LIFE_MS,
} from '../../src/services/sessions.ts'
import { FLOW_LIFE_MS } from '../../src/services/sign-in.ts'
import { testContext } from '../setup/harness.ts'
import { browser, consentAs, PUBLIC_URL, signIn } from './browser.ts'

const SESSION = '__Host-session'
const FLOW = '__Host-sign-in'

beforeEach(async () => {
  for (const table of ['sessions', 'members', 'invitations', 'workspaces'])
    await env.DB.exec(`DELETE FROM ${table}`)
})

async function rows<T>(sql: string): Promise<T[]> {
  return (await env.DB.prepare(sql).all<T>()).results
}

async function isSignedIn(visitor: ReturnType<typeof browser>): Promise<boolean> {
  const answer = await visitor.get('/sign-in?return=/keys')
  return answer.status === 303 && answer.headers.get('Location') === '/keys'
}

/** The Worker with other variables. */
function deployment(change: object) {
  const app = createApp(ROUTES)
  const bindings = { ...env, ...change }
  return (request: Request) => app.fetch(request, bindings, createExecutionContext())
}

describe('the whole sign-in', () => {
  it('makes the first owner a workspace and leads back to where they wanted to go', async () => {
    const { started, answer, visitor } = await signIn('ada', { return: '/keys?x=1' })
    expect(started.status).toBe(303)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/keys?x=1')
    expect(await isSignedIn(visitor)).toBe(true)
    const members = await rows('SELECT * FROM members')
    expect(members).toMatchObject([
      {
        id: expect.stringMatching(/^mem_/),
        issuer: env.SIGN_IN_ISSUER,
        subject: 'ada',
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        role: 'owner',
      },
    ])
    expect(await rows('SELECT * FROM workspaces')).toMatchObject([
      { id: expect.stringMatching(/^wsp_[0-9a-z]{26}$/), name: 'Workspace' },
    ])
  })

  it('asks the issuer for a code with PKCE, state and nonce, for this deployment only', async () => {
    const visitor = browser()
    const started = await visitor.post(
      '/sign-in?redirect_uri=https://evil.test',
      { redirect_uri: 'x' },
      {
        'Sec-Fetch-Site': 'same-origin',
        Host: 'evil.test',
      },
    )
    const asked = Object.fromEntries(new URL(started.headers.get('Location') ?? '').searchParams)
    expect(asked).toEqual({
      response_type: 'code',
      client_id: 'evergrant-sign-in',
      redirect_uri: `${PUBLIC_URL}/sign-in/callback`,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const again = await visitor.post('/sign-in')
    const next = Object.fromEntries(new URL(again.headers.get('Location') ?? '').searchParams)
    for (const name of ['state', 'nonce', 'code_challenge']) expect(next[name]).not.toBe(asked[name])
    expect(visitor.cookies.get(FLOW)).not.toContain(asked.state)
  })

  it('sets cookies that only this origin can set, that scripts cannot read, and that end', async () => {
    const { started, answer } = await signIn('ada')
    expect(started.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-sign-in=v1\.[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
    expect(answer.headers.getSetCookie().sort()).toEqual([
      expect.stringMatching(
        /^__Host-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
      '__Host-sign-in=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('stores the hash of the session, never its value', async () => {
    const { visitor } = await signIn('ada')
    const token = visitor.cookies.get(SESSION) ?? ''
    const before = Date.now()
    const [session] = await rows<{ token_hash: string; expires_at: number }>('SELECT * FROM sessions')
    expect(session?.token_hash).toBe(await sha256Hex(token))
    expect(JSON.stringify(session)).not.toContain(token)
    expect(Math.abs((session?.expires_at ?? 0) - before - SESSION_LIFE_MS)).toBeLessThan(10_000)
  })

  it('signs the same person in as the same member, by a new session', async () => {
    const first = await signIn('ada')
    const second = await signIn('ada')
    expect(second.visitor.cookies.get(SESSION)).not.toBe(first.visitor.cookies.get(SESSION))
    expect(await rows('SELECT id FROM members')).toHaveLength(1)
    expect(await rows('SELECT id FROM workspaces')).toHaveLength(1)
    expect(await isSignedIn(first.visitor)).toBe(true)
  })

  it('replaces an unsafe way back by the default', async () => {
    const { answer } = await signIn('ada', { return: '//evil.test' })
    expect(answer.headers.get('Location')).toBe('/connections')
  })

  it('lets a second owner address join the first workspace', async () => {
    const send = deployment({ OWNER_EMAILS: 'ada@example.com,Grace@example.com' })
    await signIn('ada', {}, browser(send))
    await signIn('grace', {}, browser(send))
    const members = await rows<{ workspace_id: string; role: string }>(
      'SELECT * FROM members ORDER BY subject',
    )
    expect(members.map(({ role }) => role)).toEqual(['owner', 'owner'])
    expect(members[0]?.workspace_id).toBe(members[1]?.workspace_id)
    expect(await rows('SELECT id FROM workspaces')).toHaveLength(1)
  })

  it('knows a member by issuer and subject once the address is no longer an owner', async () => {
    await signIn('ada')
    const { answer } = await signIn('ada', {}, browser(deployment({ OWNER_EMAILS: 'someone@example.com' })))
    expect(answer.headers.getSetCookie().join()).toContain(SESSION)
  })
})

describe('who is refused', () => {
  it('says which address was used to somebody without an invitation', async () => {
    const { answer, visitor } = await signIn('grace')
    expect(answer.status).toBe(403)
    const text = await answer.text()
    expect(text).toContain('grace@example.com')
    expect(text).toMatch(/ask an owner .* invitation/i)
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await rows('SELECT id FROM members')).toEqual([])
    expect(await rows('SELECT id FROM workspaces')).toEqual([])
  })

  it('does not count an owner address that the issuer has not verified', async () => {
    const send = deployment({ OWNER_EMAILS: 'unverified@example.com' })
    const { answer, visitor } = await signIn('unverified', {}, browser(send))
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('not verified that address')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await rows('SELECT id FROM members')).toEqual([])
  })

  it('tells a person who declined at the issuer', async () => {
    const visitor = browser()
    const started = await visitor.post('/sign-in')
    const state = new URL(started.headers.get('Location') ?? '').searchParams.get('state')
    const issuer = encodeURIComponent(env.SIGN_IN_ISSUER)
    const answer = await visitor.get(
      `/sign-in/callback?error=access_denied&error_description=%3Cscript%3Ex&code=c&state=${state}&iss=${issuer}`,
    )
    expect(answer.status).toBe(403)
    expect(await answer.text()).not.toContain('script>x')
    expect(visitor.cookies.has(SESSION)).toBe(false)
  })
})

describe('a callback that is not the answer to this browser’s sign-in', () => {
  async function begun() {
    const visitor = browser()
    const started = await visitor.post('/sign-in')
    return { visitor, callback: await consentAs('ada', started.headers.get('Location')) }
  }

  async function expectRefused(visitor: ReturnType<typeof browser>, callback: string): Promise<void> {
    const answer = await visitor.get(callback)
    expect(answer.status).toBe(400)
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await rows('SELECT token_hash FROM sessions')).toEqual([])
  }

  it('is refused in another browser, and still works in the right one', async () => {
    const { visitor, callback } = await begun()
    await expectRefused(browser(), callback)
    const other = await begun()
    await expectRefused(other.visitor, callback)
    expect((await visitor.get(callback)).status).toBe(303)
  })

  it('is refused with another state, and the flow survives that', async () => {
    const { visitor, callback } = await begun()
    await expectRefused(visitor, callback.replace(/state=[^&]+/, 'state=forged'))
    await expectRefused(visitor, callback.replace(/state=[^&]+&?/, ''))
    expect((await visitor.get(callback)).status).toBe(303)
  })

  it('is refused with doubled parameters', async () => {
    const { visitor, callback } = await begun()
    await expectRefused(visitor, `${callback}&code=other`)
    const next = await begun()
    await expectRefused(next.visitor, `${next.callback}&state=other`)
  })

  it('is refused without a code, or from another issuer, or without the announced issuer (RFC 9207)', async () => {
    for (const change of [
      (text: string) => text.replace(/code=[^&]+&?/, ''),
      (text: string) => text.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.test'),
      (text: string) => text.replace(/&?iss=[^&]+/, ''),
    ]) {
      const { visitor, callback } = await begun()
      expect(change(callback)).not.toBe(callback)
      await expectRefused(visitor, change(callback))
    }
  })

  it('is refused once the flow cookie is changed in any place', async () => {
    const { visitor, callback } = await begun()
    const sealed = visitor.cookies.get(FLOW) ?? ''
    for (const place of [4, 10, 40, sealed.length - 1]) {
      const other = sealed[place] === 'A' ? 'B' : 'A'
      visitor.cookies.set(FLOW, sealed.slice(0, place) + other + sealed.slice(place + 1))
      await expectRefused(visitor, callback)
    }
    visitor.cookies.set(FLOW, sealed)
    expect((await visitor.get(callback)).status).toBe(303)
  })

  it('is refused when it comes a second time, with and without the old flow cookie', async () => {
    const { visitor, callback } = await begun()
    const flow = visitor.cookies.get(FLOW) ?? ''
    expect((await visitor.get(callback)).status).toBe(303)
    visitor.cookies.delete(SESSION)
    await env.DB.exec('DELETE FROM sessions')
    await expectRefused(visitor, callback)
    visitor.cookies.set(FLOW, flow)
    await expectRefused(visitor, callback)
  })

  it('is refused after ten minutes', async () => {
    const { visitor, callback } = await begun()
    const context = contextOf(env)
    if (!context.ok) throw new Error(context.error)
    const place = { purpose: 'sign_in_flow', workspaceId: '', recordId: 'browser' } as const
    const opened = await context.value.vault.open(place, visitor.cookies.get(FLOW) ?? '')
    if (!opened.ok) throw new Error(opened.error)
    const flow = JSON.parse(opened.value)
    expect(flow.expiresAt).toBeGreaterThan(Date.now() + FLOW_LIFE_MS - 10_000)
    const old = JSON.stringify({ ...flow, expiresAt: Date.now() - 1 })
    visitor.cookies.set(FLOW, await context.value.vault.seal(place, old))
    const answer = await visitor.get(callback)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('ten minutes')
    expect(visitor.cookies.has(FLOW)).toBe(false)
  })

  it('leaves no trace of the code in referrers', async () => {
    const { answer } = await signIn('ada')
    expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer')
    const refused = await browser().get('/sign-in/callback?code=a&state=b')
    expect(refused.headers.get('Referrer-Policy')).toBe('no-referrer')
  })
})

describe('the session', () => {
  it('never adopts a cookie that was there before, and ends the one it replaces', async () => {
    const planted = 'p'.repeat(43)
    const visitor = browser()
    visitor.cookies.set(SESSION, planted)
    await signIn('ada', {}, visitor)
    const first = visitor.cookies.get(SESSION) ?? ''
    expect(first).not.toBe(planted)
    expect(await rows('SELECT token_hash FROM sessions')).toHaveLength(1)

    const attacker = browser()
    attacker.cookies.set(SESSION, planted)
    expect(await isSignedIn(attacker)).toBe(false)

    await signIn('ada', {}, visitor)
    const stolen = browser()
    stolen.cookies.set(SESSION, first)
    expect(await isSignedIn(stolen)).toBe(false)
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it('ends at sign-out, on the server too', async () => {
    const { visitor } = await signIn('ada')
    const token = visitor.cookies.get(SESSION) ?? ''
    const answer = await visitor.post('/sign-out')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/sign-in')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    visitor.cookies.set(SESSION, token)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('ends after twelve hours', async () => {
    const { visitor } = await signIn('ada')
    await env.DB.exec(`UPDATE sessions SET expires_at = ${Date.now() + 60_000}`)
    expect(await isSignedIn(visitor)).toBe(true)
    await env.DB.exec(`UPDATE sessions SET expires_at = ${Date.now() - 1}`)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('is swept once it has expired, and not before', async () => {
    const { visitor } = await signIn('ada')
    await pruneSessions(testContext(), Date.now())
    expect(await isSignedIn(visitor)).toBe(true)
    await env.DB.exec(`UPDATE sessions SET last_seen_at = ${Date.now() + SESSION_LIFE_MS}`)
    await pruneSessions(testContext(), Date.now() + SESSION_LIFE_MS - 60_000)
    expect(await rows('SELECT token_hash FROM sessions')).toHaveLength(1)
    await pruneSessions(testContext(), Date.now() + SESSION_LIFE_MS)
    expect(await rows('SELECT token_hash FROM sessions')).toEqual([])
  })

  it('ends after two hours without use, and is swept then', async () => {
    const { visitor } = await signIn('ada')
    await env.DB.exec(`UPDATE sessions SET last_seen_at = ${Date.now() - SESSION_IDLE_MS + 60_000}`)
    expect(await isSignedIn(visitor)).toBe(true)
    await env.DB.exec(`UPDATE sessions SET last_seen_at = ${Date.now() - SESSION_IDLE_MS}`)
    expect(await isSignedIn(visitor)).toBe(false)
    await pruneSessions(testContext(), Date.now())
    expect(await rows('SELECT token_hash FROM sessions')).toEqual([])
  })

  it('notes a sign of life every few minutes, not at every request', async () => {
    const { visitor } = await signIn('ada')
    const seen = async () =>
      (await rows<{ at: number }>('SELECT last_seen_at AS at FROM sessions'))[0]?.at ?? 0
    const first = await seen()
    await isSignedIn(visitor)
    expect(await seen()).toBe(first)
    await env.DB.exec(`UPDATE sessions SET last_seen_at = ${Date.now() - SEEN_EVERY_MS}`)
    await isSignedIn(visitor)
    expect(await seen()).toBeGreaterThan(Date.now() - 10_000)
  })

  it('ends with the membership', async () => {
    const { visitor } = await signIn('ada')
    await env.DB.exec('DELETE FROM members')
    expect(await isSignedIn(visitor)).toBe(false)
  })
})

describe('the sign-in page', () => {
  it('carries a safe way back and names the issuer', async () => {
    const text = await (await browser().get('/sign-in?return=/keys')).text()
    expect(text).toMatch(/^<!DOCTYPE html>/)
    expect(text).toContain('value="/keys"')
    expect(text).toContain(new URL(env.SIGN_IN_ISSUER).host)
    expect(await (await browser().get('/sign-in?return=//evil.test')).text()).not.toContain('evil.test')
  })

  it('says so when the issuer cannot be reached', async () => {
    const visitor = browser(deployment({ SIGN_IN_ISSUER: 'http://127.0.0.1:1' }))
    const answer = await visitor.post('/sign-in', { return: '/keys' })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('does not answer')
    expect(visitor.cookies.size).toBe(0)
  })

  it('tells the operator when the issuer refuses the client', async () => {
    const visitor = browser(deployment({ SIGN_IN_CLIENT_SECRET: 'wrong' }))
    const { answer } = await signIn('ada', {}, visitor)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('SIGN_IN_CLIENT_SECRET')
  })
})
