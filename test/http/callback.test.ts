import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, detailOf, steer } from '../setup/harness.ts'
import { type Browser, browser, consentAs, PUBLIC_URL } from './browser.ts'
import { changed, type Flow, startFlow, startReconnect, tokenRequests } from './flow.ts'
import { counted, newTenant, send, signedIn, type Tenant, textOf } from './tenant.ts'

const FLOW = '__Host-flow'
const MINUTE_MS = 60_000

let tenant: Tenant
let visitor: Browser

beforeAll(async () => {
  tenant = await newTenant()
})
beforeEach(async () => {
  mend()
  await steer.reset()
  visitor = await tenant.as('admin')
})
afterEach(realTime)

function connectionOf(flow: Flow): Connected {
  return { ...tenant.members.admin, connectionId: flow.connectionId, flowCookie: '' }
}

/** A flow whose consent was given, and the way back that nobody has taken yet. */
async function consented(who = visitor, connector = 'local') {
  const flow = await startFlow(who, connector)
  return { flow, callback: await consentAs('ada', flow.authorizeUrl) }
}

/** Refused: said on a page, nothing asked of the service, nothing stored; and the right answer still works. */
async function expectRefused(answer: Response, flow: Flow, status: number, words: RegExp): Promise<void> {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('Location')).toBeNull()
  expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  const text = await answer.text()
  expect(text).toMatch(words)
  expect(text).not.toContain(flow.state)
  expect(await tokenRequests()).toBe(0)
  expect(await detailOf(connectionOf(flow))).toMatchObject({ state: 'pending', generation: 0 })
}

async function expectStillWorks(callback: string, flow: Flow, who = visitor): Promise<void> {
  expect((await who.get(callback)).headers.get('Location')).toBe(`/connections/${flow.connectionId}`)
  expect(await detailOf(connectionOf(flow))).toMatchObject({ state: 'active' })
}

function adoptSession(who: Browser, other: Browser): void {
  who.cookies.set('__Host-session', other.cookies.get('__Host-session') ?? '')
}

describe('the way back', () => {
  it('ends active on the connection, with one token request, and leaves nothing in the address', async () => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(callback)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe(`/connections/${flow.connectionId}`)
    expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await answer.text()).toBe('')
    expect(await tokenRequests()).toBe(1)
    const page = await textOf(await visitor.get(`/connections/${flow.connectionId}`))
    expect(page).toContain('Connected to Local CRM as ada@example.com')
    expect(page).toContain('Active')
  })

  it('works for two flows of one browser at once, in either order', async () => {
    const first = await consented()
    const second = await consented(visitor, 'local-lenient')
    await expectStillWorks(second.callback, second.flow)
    await expectStillWorks(first.callback, first.flow)
  })

  it('works just before the ten minutes are over', async () => {
    const { flow, callback } = await consented()
    advance(10 * MINUTE_MS - 5_000)
    await expectStillWorks(callback, flow)
  })
})

describe('a state that is not (or no longer) this flow is refused, and no request leaves', () => {
  it('replayed', async () => {
    const { flow, callback } = await consented()
    await visitor.get(callback)
    const before = await detailOf(connectionOf(flow))
    const again = await visitor.get(callback)
    expect(again.status).toBe(400)
    expect(await again.text()).toContain('used already')
    expect(await tokenRequests()).toBe(1)
    expect(await detailOf(connectionOf(flow))).toEqual(before)
  })

  it('sent twice at the same moment: redeemed once', async () => {
    const { flow, callback } = await consented()
    const answers = await Promise.all([visitor.get(callback), visitor.get(callback), visitor.get(callback)])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400])
    expect(await tokenRequests()).toBe(1)
    expect(await detailOf(connectionOf(flow))).toMatchObject({ state: 'active', generation: 1 })
  })

  it('expired', async () => {
    const { flow, callback } = await consented()
    advance(10 * MINUTE_MS)
    await expectRefused(await visitor.get(callback), flow, 400, /took too long/)
  })

  it('superseded by a later attempt', async () => {
    const { flow, callback } = await consented()
    const later = await startReconnect(visitor, flow.connectionId)
    await expectRefused(await visitor.get(callback), flow, 400, /used already/)
    await expectStillWorks(await consentAs('ada', later.authorizeUrl), flow)
  })

  it('forged, wherever one character is changed', { timeout: 30_000 }, async () => {
    const { flow, callback } = await consented()
    const { state } = flow
    for (let at = 0; at < state.length; at++) {
      const old = state.charAt(at)
      const forged = `${state.slice(0, at)}${old === 'a' ? 'b' : 'a'}${state.slice(at + 1)}`
      const answer = await visitor.get(changed(callback, { state: forged }))
      expect(answer.status, `position ${at}`).toBe(400)
    }
    expect(await tokenRequests()).toBe(0)
    await expectStillWorks(callback, flow)
  })

  it.each([
    ['cut', (state: string) => state.slice(0, -1)],
    ['longer', (state: string) => `${state}A`],
    ['padded', (state: string) => `${state}=`],
    ['upper case', (state: string) => state.toUpperCase()],
    ['without its MAC', (state: string) => state.split('.').slice(0, 4).join('.')],
    ['with an empty MAC', (state: string) => `${state.split('.').slice(0, 5).join('.')}.`],
    ['under an unknown key', (state: string) => state.replace(/\.k1\./, '.k2.')],
    ['with a part more', (state: string) => `${state}.x`],
    ['a word', () => 'state'],
    ['a long text', () => 'x'.repeat(10_000)],
    ['a null byte', (state: string) => `${state}\0`],
  ])('forged: %s', async (_name, forge) => {
    const { flow, callback } = await consented()
    const answer = await visitor.get(changed(callback, { state: forge(flow.state) }))
    await expectRefused(answer, flow, 400, /does not belong here/)
  })

  it('of another flow, with its own expiry and MAC', async () => {
    const mine = await consented()
    const other = await startFlow(visitor)
    const mixed = [...other.state.split('.').slice(0, 4), ...mine.flow.state.split('.').slice(4)].join('.')
    await expectRefused(await visitor.get(changed(mine.callback, { state: mixed })), mine.flow, 400, /belong/)
  })
})

describe('the flow belongs to one browser, member and connector', () => {
  it.each([
    ['no flow cookie', (who: Browser) => who.cookies.delete(FLOW)],
    ['another flow cookie', (who: Browser) => who.cookies.set(FLOW, 'A'.repeat(43))],
    ['an empty flow cookie', (who: Browser) => who.cookies.set(FLOW, '')],
  ])('%s', async (_name, change) => {
    const { flow, callback } = await consented()
    const cookie = visitor.cookies.get(FLOW) ?? ''
    change(visitor)
    await expectRefused(await visitor.get(callback), flow, 403, /another browser/)
    visitor.cookies.set(FLOW, cookie)
    await expectStillWorks(callback, flow)
  })

  it('the same member in a second browser, with a flow of its own', async () => {
    const { flow, callback } = await consented()
    const second = await tenant.as('admin')
    await startFlow(second)
    await expectRefused(await second.get(callback), flow, 403, /another browser/)
  })

  it('another member of the same workspace, in the same browser', async () => {
    const { flow, callback } = await consented()
    const colleague = await tenant.as('owner')
    colleague.cookies.set(FLOW, visitor.cookies.get(FLOW) ?? '')
    await expectRefused(await colleague.get(callback), flow, 403, /Somebody else started this/)
    await expectStillWorks(callback, flow)
  })

  it('a member of another workspace', async () => {
    const { flow, callback } = await consented()
    const outsider = await (await newTenant()).as('owner')
    outsider.cookies.set(FLOW, visitor.cookies.get(FLOW) ?? '')
    await expectRefused(await outsider.get(callback), flow, 403, /Somebody else started this/)
  })

  it('nobody: signed out on the way', async () => {
    const { flow, callback } = await consented()
    const session = visitor.cookies.get('__Host-session') ?? ''
    visitor.cookies.delete('__Host-session')
    await expectRefused(await visitor.get(callback), flow, 403, /signed out/)
    visitor.cookies.set('__Host-session', session)
    await expectStillWorks(callback, flow)
  })

  it.each(['local-lenient', 'google', 'nothing', 'LOCAL'])(
    'another connector’s address: %s',
    async (connector) => {
      const { flow, callback } = await consented()
      const elsewhere = callback.replace('/oauth/callback/local', `/oauth/callback/${connector}`)
      await expectRefused(await visitor.get(elsewhere), flow, 400, /another service/)
      await expectStillWorks(callback, flow)
    },
  )

  it('a colleague’s whole callback address, opened from a message', async () => {
    const colleague = await signedIn(tenant.members.owner)
    const { flow, callback } = await consented(colleague)
    await startFlow(visitor)
    await expectRefused(await visitor.get(callback), flow, 403, /another browser|Somebody else/)
  })
})

describe('what can be told without the object wakes none', () => {
  const cases: [string, (who: Browser, callback: string) => unknown][] = [
    ['a forged state', (_, callback) => changed(callback, { state: 'forged' })],
    ['a doubled parameter', (_, callback) => `${callback}&code=x`],
    ['no flow cookie', (who) => who.cookies.delete(FLOW)],
    ['no session', (who) => who.cookies.delete('__Host-session')],
    ['too late', () => advance(10 * MINUTE_MS)],
    ['another workspace', async (who) => adoptSession(who, await (await newTenant()).as('owner'))],
  ]

  it.each(cases)('%s', async (_name, change) => {
    const { calls, fetch } = counted()
    const who = await signedIn(tenant.members.admin, fetch)
    const { callback } = await consented(who)
    const changedPath = await change(who, callback)
    const path = typeof changedPath === 'string' ? changedPath : callback
    calls.objects.length = 0
    expect((await who.get(path)).status).toBeGreaterThanOrEqual(400)
    expect(calls.objects).toEqual([])
  })
})

describe('the way out', () => {
  it('goes to the fixed redirect URI, whatever host or parameter the request names', async () => {
    const session = visitor.cookies.get('__Host-session') ?? ''
    const evil = browser((request) => {
      const url = new URL(request.url)
      url.host = 'evil.test'
      return send(new Request(url, request))
    })
    evil.cookies.set('__Host-session', session)
    const answer = await evil.post(
      '/connections?redirect_uri=https://evil.test/',
      { connector: 'local', redirect_uri: 'https://evil.test/', return: '//evil.test' },
      { 'Sec-Fetch-Site': 'same-origin', Host: 'evil.test', 'X-Forwarded-Host': 'evil.test' },
    )
    const url = new URL(answer.headers.get('Location') ?? '')
    expect(url.searchParams.getAll('redirect_uri')).toEqual([`${PUBLIC_URL}/oauth/callback/local`])
    expect(url.href).not.toContain('evil')
  })

  it('asks with PKCE S256, a fresh state and challenge, and no secret', async () => {
    const [one, two] = [await startFlow(visitor), await startFlow(visitor)]
    const asked = (flow: Flow) => Object.fromEntries(new URL(flow.authorizeUrl).searchParams)
    expect(asked(one)).toEqual({
      response_type: 'code',
      client_id: 'local-crm',
      redirect_uri: `${PUBLIC_URL}/oauth/callback/local`,
      scope: 'openid email profile offline_access contacts.read',
      state: expect.stringMatching(/^wsp_\w+\.con_[0-9a-z]{26}\.[\w-]{43}\./),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'consent',
    })
    expect(asked(two).code_challenge).not.toBe(asked(one).code_challenge)
    expect(two.state).not.toBe(one.state)
  })

  it('binds the flows of a browser to one cookie that only this origin can set', async () => {
    const answer = await visitor.post('/connections', { connector: 'local' })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-flow=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
    const cookie = visitor.cookies.get(FLOW)
    await startFlow(visitor)
    expect(visitor.cookies.get(FLOW)).toBe(cookie)
    visitor.cookies.set(FLOW, 'chosen-by-somebody')
    await startFlow(visitor)
    expect(visitor.cookies.get(FLOW)).toMatch(/^[\w-]{43}$/)
  })
})
