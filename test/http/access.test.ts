import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { part, seconds, startTeam, type Team } from '../oauth/team.ts'
import { type Browser, browser, type Fetch } from './browser.ts'
import { deployment, textOf } from './tenant.ts'

const SESSION = '__Host-session'
const HEADER = 'Cf-Access-Jwt-Assertion'

let team: Team
let send: Fetch

beforeEach(async () => {
  for (const table of ['sessions', 'members', 'invitations', 'workspaces'])
    await env.DB.exec(`DELETE FROM ${table}`)
  team = startTeam()
  send = deployment({
    ...env,
    SIGN_IN_ISSUER: '',
    SIGN_IN_CLIENT_ID: '',
    SIGN_IN_CLIENT_SECRET: '',
    ACCESS_TEAM_DOMAIN: team.signIn.team,
    ACCESS_AUD: team.signIn.audience,
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** A browser behind Access, which puts its word on every request. */
function behindAccess(word: () => string | Promise<string> = () => team.sign()): Browser {
  return browser(async (request) => {
    const headers = new Headers(request.headers)
    headers.set(HEADER, await word())
    return send(new Request(request, { headers }))
  })
}

async function signedIn(word?: () => string | Promise<string>): Promise<Browser> {
  const visitor = behindAccess(word)
  const answer = await visitor.get('/sign-in?return=/keys')
  expect(answer.status).toBe(303)
  expect(answer.headers.get('Location')).toBe('/keys')
  return visitor
}

async function count(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0
}

describe('signing in behind Cloudflare Access', () => {
  it('asks nothing more: the first page leads through to where the person wanted to go', async () => {
    const visitor = behindAccess()
    const first = await visitor.get('/keys')
    expect(first.headers.get('Location')).toBe('/sign-in?return=%2Fkeys')
    const second = await visitor.get(first.headers.get('Location') ?? '')
    expect(second.headers.get('Location')).toBe('/keys')
    expect((await visitor.get('/keys')).status).toBe(200)
    const member = await env.DB.prepare('SELECT * FROM members').first()
    expect(member).toMatchObject({
      issuer: team.signIn.team,
      subject: 'ada-at-access',
      email: 'ada@example.com',
      role: 'owner',
    })
  })

  it('reads the cookie of Access where the header is missing, and the header where both are there', async () => {
    const visitor = browser(send)
    visitor.cookies.set('CF_Authorization', await team.sign())
    expect((await visitor.get('/sign-in?return=/keys')).headers.get('Location')).toBe('/keys')
    expect((await visitor.get('/keys')).status).toBe(200)
    expect((await visitor.get('/keys', { [HEADER]: await team.signByAnother() })).status).toBe(403)
  })

  it('lets nobody in whom nobody invited, and makes nothing of them', async () => {
    const visitor = behindAccess(() => team.sign(team.claims({ sub: 'eve', email: 'eve@example.com' })))
    const answer = await visitor.get('/sign-in')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('eve@example.com')
    expect(visitor.cookies.has(SESSION)).toBe(false)
    expect(await count('members')).toBe(0)
  })

  it('has no other door: the callback of OpenID is not there', async () => {
    expect((await behindAccess().get('/sign-in/callback?code=a&state=b')).status).toBe(404)
    const posted = await behindAccess().post('/sign-in', { return: '//evil.test' })
    expect(posted.headers.get('Location')).toBe('/connections')
  })
})

describe('the word of Access is proved on every request', () => {
  const FORGERIES: [string, () => string | Promise<string>][] = [
    ['alg none', () => team.unsigned()],
    ['HS256 with the public key', () => team.signWithPublicKey()],
    ['another key', () => team.signByAnother()],
    ['another kid', () => team.sign(team.claims(), { kid: 'unknown' })],
    ['another issuer', () => team.sign(team.claims({ iss: 'https://evil.test' }))],
    ['another application', () => team.sign(team.claims({ aud: ['b'.repeat(64)] }))],
    ['expired', () => team.sign(team.claims({ exp: seconds() - 60 }))],
    ['not valid yet', () => team.sign(team.claims({ nbf: seconds() + 60 }))],
    ['tampered payload', tampered],
    ['a service token', () => team.sign(team.claims({ sub: '', email: undefined, common_name: 'x' }))],
    ['nothing', () => ''],
  ]

  it.each(FORGERIES)('with a living session: %s', async (_what, forge) => {
    let word: () => string | Promise<string> = () => team.sign()
    const visitor = await signedIn(() => word())
    expect((await visitor.get('/keys')).status).toBe(200)
    word = forge
    const page = await visitor.get('/keys')
    expect(page.status).toBe(403)
    expect(await textOf(page)).not.toContain('New API key')
    const posted = await visitor.post('/keys', { name: 'Taken', permissions: 'connections:read' })
    expect(posted.status).toBe(403)
    expect(await count('api_keys')).toBe(0)
    const swapped = await visitor.get('/keys', { 'HX-Request': 'true' })
    expect(swapped.status).toBe(401)
    expect((await visitor.get('/sign-in')).status).toBe(403)
    word = () => team.sign()
    expect((await visitor.get('/keys')).status).toBe(200)
  })

  it('a session is worth nothing with the word of another person', async () => {
    let person = 'ada-at-access'
    const visitor = await signedIn(() => team.sign(team.claims({ sub: person })))
    person = 'grace-at-access'
    expect((await visitor.get('/keys')).status).toBe(303)
    expect((await visitor.post('/keys', { name: 'Taken', permissions: 'proxy' })).status).toBe(401)
    expect(await count('api_keys')).toBe(0)
  })

  it('and is no session by itself: a form still needs one', async () => {
    await signedIn()
    expect((await behindAccess().post('/keys', { name: 'Taken', permissions: 'proxy' })).status).toBe(401)
    expect(await count('api_keys')).toBe(0)
  })

  it('says so where the keys of the team cannot be read', async () => {
    team.answer = () => new Response('no', { status: 500 })
    const answer = await behindAccess().get('/sign-in')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('does not answer')
  })
})

describe('behind Access as without it', () => {
  it('a form of another site changes nothing', async () => {
    const visitor = await signedIn()
    const forged = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' }
    const form = { name: 'Taken', permissions: 'proxy' }
    expect((await visitor.post('/keys', form, forged)).status).toBe(403)
    expect((await visitor.post('/sign-out', {}, forged)).status).toBe(403)
    expect(await count('api_keys')).toBe(0)
    expect((await visitor.get('/keys')).status).toBe(200)
  })

  it('a cookie planted before is not adopted, and the session ends at sign-out, there and here', async () => {
    const visitor = behindAccess()
    const planted = 'p'.repeat(43)
    visitor.cookies.set(SESSION, planted)
    await visitor.get('/sign-in')
    const token = visitor.cookies.get(SESSION) ?? ''
    expect(token).not.toBe(planted)
    const page = await visitor.get('/keys')
    expect(page.headers.get('Content-Security-Policy')).toContain(`form-action 'self' ${team.signIn.team};`)
    const out = await visitor.post('/sign-out')
    expect(out.status).toBe(303)
    expect(out.headers.get('Location')).toBe(`${team.signIn.team}/cdn-cgi/access/logout`)
    expect(visitor.cookies.has(SESSION)).toBe(false)
    visitor.cookies.set(SESSION, token)
    expect((await visitor.get('/keys')).status).toBe(303)
  })
})

describe('a session that was ended', () => {
  const old = () => team.sign(team.claims({ iat: seconds() - 10, nbf: seconds() - 10 }))

  it.each([
    ['by signing out', (visitor: Browser) => visitor.post('/sign-out')],
    ['everywhere', (visitor: Browser) => visitor.post('/settings/sessions/end-all')],
  ])('%s is not begun anew by the word that Access gave before', async (_how, end) => {
    let word = old
    const visitor = await signedIn(() => word())
    const out = await end(visitor)
    expect(out.headers.get('Location')).toBe(`${team.signIn.team}/cdn-cgi/access/logout`)
    const refused = await visitor.get('/sign-in')
    expect(refused.status).toBe(403)
    const text = await refused.text()
    expect(text).toContain('You signed out')
    expect(text).toContain(`${team.signIn.team}/cdn-cgi/access/logout`)
    word = () => team.sign()
    expect((await visitor.get('/sign-in')).status).toBe(303)
  })

  it('from another browser shuts that one out, and leaves this one as it is', async () => {
    const [here, there] = [await signedIn(old), await signedIn(old)]
    const html = await (await here.get('/settings')).text()
    expect(html).toContain('Cloudflare Access signs people in here')
    const path = /action="(\/settings\/sessions\/ses_\w+\/end)"/.exec(html)?.[1] ?? ''
    expect((await here.post(path)).status).toBe(303)
    expect((await here.get('/settings')).status).toBe(200)
    expect((await there.get('/settings')).status).toBe(303)
    expect((await there.get('/sign-in')).status).toBe(403)
  })
})

describe('an invitation behind Access', () => {
  async function invited(email: string): Promise<string> {
    const page = await (await signedIn()).post('/members/invitations', { email, role: 'viewer' })
    return /<code>[^<]*(\/invitations\/[^<]+)<\/code>/.exec(await page.text())?.[1] ?? ''
  }

  const as = (sub: string) => behindAccess(() => team.sign(team.claims({ sub, email: `${sub}@example.com` })))

  it('is accepted by whom Access vouches for, at once', async () => {
    const path = await invited('Grace@example.com')
    const grace = as('grace')
    expect((await grace.get(path)).status).toBe(200)
    expect((await grace.post(path)).headers.get('Location')).toBe('/connections')
    expect((await grace.get('/connections')).status).toBe(200)
    expect((await as('grace').post(path)).status).toBe(404)
  })

  it('is refused to everybody else, and stays good', async () => {
    const path = await invited('grace@example.com')
    const eve = await as('eve').post(path)
    expect(eve.status).toBe(403)
    expect(await eve.text()).toContain('It is for grace@example.com, and you signed in as eve@example.com')
    expect((await behindAccess(() => team.signByAnother()).post(path)).status).toBe(403)
    expect(await count('members')).toBe(1)
    expect((await as('grace').post(path)).status).toBe(303)
  })
})

async function tampered(): Promise<string> {
  const [header, , signature] = (await team.sign()).split('.')
  return `${header}.${part(team.claims({ email: 'grace@example.com' }))}.${signature}`
}
