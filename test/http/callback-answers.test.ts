import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { type Connected, detailOf, steer } from '../setup/harness.ts'
import { type Browser, browser, consentAs, signIn } from './browser.ts'
import { changed, connectAs, startFlow, startReconnect, tokenRequests } from './flow.ts'
import { newTenant, send, type Tenant, textOf } from './tenant.ts'

let tenant: Tenant
let visitor: Browser

beforeAll(async () => {
  tenant = await newTenant()
})
beforeEach(async () => {
  mend()
  await steer.reset()
  visitor = await tenant.as('owner')
})

function connectionOf(connectionId: string): Connected {
  return { ...tenant.members.owner, connectionId, flowCookie: '' }
}

async function consented(connector = 'local') {
  const flow = await startFlow(visitor, connector)
  return { flow, callback: await consentAs('ada', flow.authorizeUrl) }
}

/** Told on the connection's own page; nothing was redeemed. */
async function expectTold(answer: Response, connectionId: string, kind: string, words: string) {
  expect(answer.status).toBe(303)
  expect(answer.headers.get('Location')).toBe(`/connections/${connectionId}`)
  expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer')
  const detail = await detailOf(connectionOf(connectionId))
  expect(detail).toMatchObject({ state: 'pending', generation: 0, notice: { kind } })
  const page = await (await visitor.get(`/connections/${connectionId}`)).text()
  expect(page).toContain(words)
  return { detail, page }
}

describe('doubled parameters are refused before anything is asked', () => {
  it.each([
    ['two states', ({ state }: { state: string }) => `&state=${state}`],
    ['a second, other state', () => '&state=x'],
    ['two codes', () => '&code=another'],
    ['an empty second code', () => '&code='],
    ['two issuers', () => '&iss=https%3A%2F%2Fevil.test'],
    ['two errors', () => '&error=a&error=b'],
    ['a doubled parameter nobody knows', () => '&x=1&x=2'],
  ])('%s', async (_name, more) => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(callback + more(flow))
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('This answer is incomplete')
    expect(await tokenRequests()).toBe(0)
    expect(await detailOf(connectionOf(flow.connectionId))).toMatchObject({ state: 'pending', notice: null })
    expect((await visitor.get(callback)).status).toBe(303)
  })

  it.each([
    ['nothing at all', {}],
    ['no state', { state: null }],
    ['an empty state', { state: '' }],
    ['neither code nor error', { code: null }],
  ])('and so is %s', async (name, change) => {
    const { callback } = await consented()
    const path = name === 'nothing at all' ? '/oauth/callback/local' : changed(callback, change)
    expect((await visitor.get(path)).status).toBe(400)
    expect(await tokenRequests()).toBe(0)
  })
})

describe('an error from the service', () => {
  it('that a person declined is told on the connection, which can be tried again', async () => {
    const flow = await startFlow(visitor)
    const { location } = await steer.consent({
      authorize_url: flow.authorizeUrl,
      account: 'ada',
      decline: true,
    })
    const { pathname, search } = new URL(location)
    await expectTold(
      await visitor.get(pathname + search),
      flow.connectionId,
      'declined',
      'The consent was declined',
    )
    expect(await tokenRequests()).toBe(0)
    const again = await startReconnect(visitor, flow.connectionId)
    await visitor.get(await consentAs('ada', again.authorizeUrl))
    expect(await detailOf(connectionOf(flow.connectionId))).toMatchObject({ state: 'active' })
  })

  it('beside a code redeems nothing', async () => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(changed(callback, { error: 'access_denied' }))
    await expectTold(answer, flow.connectionId, 'declined', 'The consent was declined')
    expect(await tokenRequests()).toBe(0)
    expect((await visitor.get(callback)).status).toBe(400)
    expect(await tokenRequests()).toBe(0)
  })

  it('is told while a living connection goes on as it was', async () => {
    const id = await connectAs(visitor)
    const before = await detailOf(connectionOf(id))
    const again = await startReconnect(visitor, id)
    const callback = changed(await consentAs('ada', again.authorizeUrl), { error: 'server_error' })
    await visitor.get(callback)
    const after = await detailOf(connectionOf(id))
    expect(after).toMatchObject({ state: 'active', generation: 1, notice: { kind: 'provider_unavailable' } })
    expect(after.accessExpiresAt).toBe(before.accessExpiresAt)
    const page = await textOf(await visitor.get(`/connections/${id}`))
    expect(page).toContain('Local CRM could not be reached')
  })
})

describe('a hostile error_description', () => {
  const told = async (text: string) => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(
      changed(callback, { code: null, error: 'access_denied', error_description: text }),
    )
    const { page, detail } = await expectTold(answer, flow.connectionId, 'declined', 'The service said: ')
    expect(await tokenRequests()).toBe(0)
    return { page, said: detail.notice?.detail ?? '' }
  }

  it('with markup is shown as text', async () => {
    const { page } = await told('</p><script>alert(1)</script><img src=x onerror=alert(1)>"\'')
    expect(page).not.toMatch(/<script>alert|<img src=x/)
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  it('with control and direction characters loses them', async () => {
    const { said, page } = await told('a\r\nSet-Cookie: x\0\x1b[31m\u202Eevil\u2028b')
    expect(said).toBe('a Set-Cookie: x [31m evil b')
    for (const character of ['\0', '\x1b', '\u202E', '\u2028']) expect(page).not.toContain(character)
  })

  it('of 10 KB is cut to a sentence', async () => {
    const { said } = await told('no way '.repeat(1_500))
    expect(said.length).toBeLessThanOrEqual(200)
  })

  it('with something like a token masks it', async () => {
    const token = 'ya29.A0ARrdaM-k3yMaterial_0123456789abcdef'
    const { said, page } = await told(`the token ${token} is bad`)
    expect(said).toBe('the token [hidden] is bad')
    expect(page).not.toContain(token)
    const row = await env.DB.prepare('SELECT group_concat(outcome) AS all_of_it FROM audit').first(
      'all_of_it',
    )
    expect(row).not.toContain('ya29')
  })

  it('as the error itself is no better off', async () => {
    const { flow, callback } = await consented()
    await visitor.get(changed(callback, { code: null, error: '<script>alert(2)</script>' }))
    const page = await (await visitor.get(`/connections/${flow.connectionId}`)).text()
    expect(page).not.toContain('<script>alert')
  })
})

describe('the issuer that the service announces (RFC 9207)', () => {
  it.each([
    ['missing', null],
    ['another', 'https://evil.test'],
    ['almost the same', `${env.SIGN_IN_ISSUER}/`],
    ['in other letters', env.SIGN_IN_ISSUER.toUpperCase()],
    ['empty', ''],
  ])('%s is refused, and no request leaves', async (_name, iss) => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(changed(callback, { iss }))
    await expectTold(answer, flow.connectionId, 'exchange_failed', 'The last step failed')
    expect(await tokenRequests()).toBe(0)
  })

  it('counts before an error does', async () => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(changed(callback, { iss: 'https://evil.test', error: 'access_denied' }))
    await expectTold(answer, flow.connectionId, 'exchange_failed', 'The last step failed')
    expect(await tokenRequests()).toBe(0)
  })
})

describe('a code that is not for this connection', () => {
  it('of another connector is refused by the service it was not made for, and nothing is stored', async () => {
    const crm = await consented('local')
    const drive = await consented('local-lenient')
    const stolen = new URL(drive.callback, env.PUBLIC_URL).searchParams.get('code')
    const answer = await visitor.get(changed(crm.callback, { code: stolen }))
    await expectTold(answer, crm.flow.connectionId, 'exchange_failed', 'The last step failed')
    const asked = await steer.requests({ path: '/token' })
    expect(asked.map(({ client_id, status }) => [client_id, status])).toEqual([['local-crm', 400]])
  })

  it('of another flow fails its PKCE check, and nothing is stored', async () => {
    const mine = await consented()
    const theirs = await consented()
    const stolen = new URL(theirs.callback, env.PUBLIC_URL).searchParams.get('code')
    const answer = await visitor.get(changed(mine.callback, { code: stolen }))
    await expectTold(answer, mine.flow.connectionId, 'exchange_failed', 'The last step failed')
  })
})

describe('another account', () => {
  it('never replaces the one that is held', async () => {
    const id = await connectAs(visitor)
    const before = await detailOf(connectionOf(id))
    const again = await startReconnect(visitor, id)
    await visitor.get(await consentAs('grace', again.authorizeUrl))
    expect(await detailOf(connectionOf(id))).toMatchObject({
      state: 'active',
      generation: before.generation,
      account: before.account,
      notice: { kind: 'other_account', detail: 'grace@example.com' },
    })
    expect(await textOf(await visitor.get(`/connections/${id}`))).toContain('That was another account')
  })
})

describe('a way back after sign-in', () => {
  it.each([
    '//evil.test',
    '/\\evil.test',
    'https://evil.test',
    '/%2F/evil.test',
    '/\tevil',
    'javascript:alert(1)',
  ])('like %s leads to the connections', async (path) => {
    const { answer } = await signIn('ada', { return: path }, browser(send))
    expect(answer.headers.get('Location')).toBe('/connections')
  })

  it.each(['//evil.test', 'https://evil.test', '/\\evil.test'])(
    'and after saving an app: %s',
    async (path) => {
      const form = { client_id: 'id', client_secret: 'secret', return: path }
      const answer = await visitor.post('/connectors/github/app', form)
      expect(answer.status).toBe(303)
      expect(answer.headers.get('Location')).toBe('/connections')
    },
  )
})
