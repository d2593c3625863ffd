import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { endApiKey } from '../../src/services/api-keys.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { connect, detailOf, newKey, steer, testContext } from '../setup/harness.ts'
import { type Browser, browser, consentAs } from './browser.ts'
import { changed } from './flow.ts'
import { addMember, api, newTenant, send, type Tenant, textOf } from './tenant.ts'

const DAY_MS = 24 * 3600_000

let tenant: Tenant
let key: Awaited<ReturnType<typeof newKey>>

beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  tenant = await newTenant()
  key = await newKey(tenant.members.owner)
})
afterEach(realTime)

interface Made {
  id: string
  authorize_url: string
  authorize_expires_at: string
}

async function make(body: Record<string, unknown> = {}, by = key.key): Promise<Made & { path: string }> {
  const json = { connector: 'local', tools: ['contacts.read'], ...body }
  const answer = await api('/v1/connections', { method: 'POST', key: by, json })
  expect(answer.status).toBe(201)
  const made = await answer.json<Made>()
  return { ...made, path: new URL(made.authorize_url).pathname }
}

const stateOf = async (id: string) =>
  (await (await api(`/v1/connections/${id}`, { key: key.key })).json<{ state: string }>()).state

async function walk(path: string, person = 'ada', visitor = browser(send)) {
  const out = await visitor.post(path)
  const callback = await consentAs(person, out.headers.get('Location'))
  const answer = await visitor.get(callback)
  return { visitor, out, callback, answer, page: await textOf(await visitor.get('/connect/done')) }
}

async function linkRow(path: string): Promise<Record<string, unknown> | null> {
  const hash = await sha256Hex(path.slice('/connect/'.length))
  return env.DB.prepare('SELECT * FROM connect_links WHERE token_hash = ?').bind(hash).first()
}

describe('whoever made a link, gone while its person is at the service,', () => {
  it('takes it with them: nothing is connected', async () => {
    const member = await addMember(tenant.workspaceId, 'admin')
    const theirs = await newKey(member)
    const { id, path } = await make({}, theirs.key)
    const visitor = browser(send)
    const out = await visitor.post(path)
    const callback = await consentAs('ada', out.headers.get('Location'))
    const before = (await steer.requests({ path: '/token' })).length
    expect((await (await tenant.as()).post(`/members/${member.id}/remove`)).status).toBe(200)
    const answer = await visitor.get(callback)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('has lost the right')
    expect(await stateOf(id)).toBe('pending')
    expect((await steer.requests({ path: '/token' })).length).toBe(before)
  })
})

describe('a connect link', () => {
  it('says who asks, for what, and nothing else; and leads to a connection', async () => {
    const { id, path } = await make({ name: 'Ada’s CRM' })
    const visitor = browser(send)
    const page = await visitor.get(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('Referrer-Policy')).toBe('strict-origin')
    expect(page.headers.get('Content-Security-Policy')).toContain("form-action 'self' https:")
    const text = await textOf(page)
    for (const words of ['Test', 'Test key', 'Local CRM', 'Read contacts']) expect(text).toContain(words)
    for (const secret of [id, tenant.workspaceId, key.summary.id, key.key]) expect(text).not.toContain(secret)

    const { answer, page: done } = await walk(path, 'ada', visitor)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/connect/done')
    expect(done).toContain('You are done')
    expect(done).toContain('Local CRM')
    expect(done).toContain('ada@example.com')
    expect(done).not.toContain(id)
    expect(await stateOf(id)).toBe('active')
    expect(await detailOf({ ...tenant.members.owner, connectionId: id, flowCookie: '' })).toMatchObject({
      name: 'Ada’s CRM',
      account: { id: 'ada' },
    })
  })

  it('is 256 bits that nobody stores, for seven days', async () => {
    const { path, authorize_expires_at: end } = await make()
    expect(path).toMatch(/^\/connect\/[A-Za-z0-9_-]{43}$/)
    expect(Math.abs(Date.parse(end) - Date.now() - 7 * DAY_MS)).toBeLessThan(5_000)
    const { results } = await env.DB.prepare('SELECT * FROM connect_links').all()
    expect(JSON.stringify(results)).not.toContain(path.slice('/connect/'.length))
  })

  it('is not consumed by looking, however often', async () => {
    const { path, id } = await make()
    const before = await linkRow(path)
    for (let count = 0; count < 3; count++) {
      expect((await browser(send).get(path)).status).toBe(200)
      const head = new Request(new URL(path, env.PUBLIC_URL), { method: 'HEAD' })
      expect((await send(head)).status).toBe(200)
    }
    expect(await linkRow(path)).toEqual(before)
    expect((await walk(path)).page).toContain('You are done')
    expect(await stateOf(id)).toBe('active')
  })

  it('is consumed by success: neither the link nor its answer works again', async () => {
    const { path } = await make()
    const { visitor, callback } = await walk(path)
    expect(await textOf(await browser(send).get(path))).toContain('This link was used already')
    const again = await visitor.post(path)
    expect(again.status).toBe(404)
    const replay = await visitor.get(callback)
    expect(replay.status).toBe(400)
    expect(await textOf(replay)).toContain('used already')
  })

  it('lets a new attempt supersede the last', async () => {
    const { path, id } = await make()
    const visitor = browser(send)
    const first = await visitor.post(path)
    const second = await visitor.post(path)
    const late = await visitor.get(await consentAs('ada', first.headers.get('Location')))
    expect(late.status).toBe(400)
    expect(await stateOf(id)).toBe('pending')
    const answer = await visitor.get(await consentAs('ada', second.headers.get('Location')))
    expect(answer.headers.get('Location')).toBe('/connect/done')
    expect(await stateOf(id)).toBe('active')
  })

  it('stays usable when the person declines', async () => {
    const { path, id } = await make()
    const visitor = browser(send)
    const out = await visitor.post(path)
    const { location } = await steer.consent({
      authorize_url: out.headers.get('Location') ?? '',
      account: 'ada',
      decline: true,
    })
    await visitor.get(location.slice(env.PUBLIC_URL.length))
    expect(await textOf(await visitor.get('/connect/done'))).toContain('Nothing was connected')
    expect(await stateOf(id)).toBe('pending')
    expect((await walk(path, 'ada', visitor)).page).toContain('You are done')
  })

  it('asks for what it was made for, whatever the form says', async () => {
    const { path } = await make()
    const out = await browser(send).post(path, {
      tools: 'contacts.write',
      scope: 'contacts.write',
      connector: 'google',
    })
    const scope = new URL(out.headers.get('Location') ?? '').searchParams.get('scope') ?? ''
    expect(scope.split(' ').sort()).toEqual(['contacts.read', 'email', 'offline_access', 'openid', 'profile'])
  })

  it('asks for more scopes where its maker wanted them', async () => {
    const { path } = await make({ scopes: ['deals.read'] })
    const out = await browser(send).post(path)
    expect(new URL(out.headers.get('Location') ?? '').searchParams.get('scope')).toContain('deals.read')
    expect(await textOf(await browser(send).get(path))).toContain('Read deals')
  })
})

describe('the account expected', () => {
  it.each(['ada@example.com', 'ADA@Example.com', 'ada'])('is accepted: %s', async (hint) => {
    const { path, id } = await make({ login_hint: hint })
    const visitor = browser(send)
    expect(await textOf(await visitor.get(path))).toContain(hint)
    const { page } = await walk(path, 'ada', visitor)
    expect(page).toContain('You are done')
    expect(await stateOf(id)).toBe('active')
  })

  it('is the only one: another leaves everything as it was, and the page says why', async () => {
    const { path, id } = await make({ login_hint: 'ada@example.com' })
    const { page } = await walk(path, 'grace')
    expect(page).toContain('This was another account')
    expect(page).not.toContain('grace')
    expect(await stateOf(id)).toBe('pending')
    expect((await walk(path, 'ada')).page).toContain('You are done')
  })

  it('of a reconnect is the one that is connected', async () => {
    const { path, id } = await make()
    await walk(path)
    const again = await api(`/v1/connections/${id}/reconnect`, { method: 'POST', key: key.key, json: {} })
    const link = new URL((await again.json<Made>()).authorize_url).pathname
    expect((await walk(link, 'grace')).page).toContain('This was another account')
    expect(await stateOf(id)).toBe('active')
    expect((await walk(link, 'ada')).page).toContain('You are done')
  })
})

describe('the flow of a link', () => {
  it('is bound to the browser that opened it, and to no member', async () => {
    const { path, id } = await make()
    const visitor = browser(send)
    const out = await visitor.post(path)
    const callback = await consentAs('ada', out.headers.get('Location'))
    const other = await browser(send).get(callback)
    expect(other.status).toBe(403)
    const text = await textOf(other)
    expect(text).not.toContain(id)
    expect(text).not.toContain('/connections')
    const owner = await tenant.as('owner')
    expect((await owner.get(callback)).status).toBe(403)
    expect((await visitor.get(callback)).headers.get('Location')).toBe('/connect/done')
  })

  it('cannot be made of a member’s flow, nor the other way round', async () => {
    const owner = await tenant.as('owner')
    const out = await owner.post('/connections', { connector: 'local', tools: 'contacts.read' })
    const callback = await consentAs('ada', out.headers.get('Location'))
    const state = new URL(callback, env.PUBLIC_URL).searchParams.get('state') ?? ''
    const parts = state.split('.')
    parts[2] = `~${parts[2]}`
    expect((await owner.get(changed(callback, { state: parts.join('.') }))).status).toBe(400)
    const { path } = await make()
    const visitor = browser(send)
    const linked = await consentAs('ada', (await visitor.post(path)).headers.get('Location'))
    const own = new URL(linked, env.PUBLIC_URL).searchParams.get('state') ?? ''
    expect((await visitor.get(changed(linked, { state: own.replace('.~', '.') }))).status).toBe(400)
  })

  it('takes no form of another site', async () => {
    const { path } = await make()
    const answer = await browser(send).post(
      path,
      {},
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' },
    )
    expect(answer.status).toBe(403)
  })
})

describe('a link dies', () => {
  const dead = async (path: string, words: string, visitor: Browser = browser(send)) => {
    expect(await textOf(await visitor.get(path))).toContain(words)
    expect((await visitor.post(path)).status).toBe(404)
  }

  it('with its key', async () => {
    const own = await newKey(tenant.members.owner)
    const { path, id } = await make({}, own.key)
    const visitor = browser(send)
    const out = await visitor.post(path)
    expect(out.status).toBe(303)
    await endApiKey(testContext(), tenant.members.owner, own.summary.id, Date.now())
    await dead(path, 'does not work any more')
    expect(await stateOf(id)).toBe('pending')
  })

  it('after seven days', async () => {
    const { path } = await make()
    advance(7 * DAY_MS + 1_000)
    await dead(path, 'has expired')
  })

  it('when a newer one is made for the connection', async () => {
    const { path, id } = await make()
    const again = await api(`/v1/connections/${id}/reconnect`, { method: 'POST', key: key.key, json: {} })
    const { authorize_url: url } = await again.json<Made>()
    await dead(path, 'used already')
    expect((await browser(send).get(new URL(url).pathname)).status).toBe(200)
  })

  it('with the connection', async () => {
    const { path, id } = await make()
    await api(`/v1/connections/${id}`, { method: 'DELETE', key: key.key })
    await dead(path, 'does not work')
  })

  it.each(['x', 'a'.repeat(43), '%00', "'--"])('or never lived: %s', async (token) => {
    const answer = await browser(send).get(`/connect/${token}`)
    expect(answer.status).toBe(404)
  })
})

describe('/connect/done', () => {
  it('says nothing to who did not come from a link', async () => {
    const visitor = browser(send)
    expect(await textOf(await visitor.get('/connect/done'))).toContain('Nothing to see here')
    visitor.cookies.set('__Host-connect-done', 'v1.k1.forged.forged')
    expect(await textOf(await visitor.get('/connect/done'))).toContain('Nothing to see here')
  })
})

describe('a connection made elsewhere', () => {
  it('can be reconnected through a link, with one more tool', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const path = `/v1/connections/${connected.connectionId}/reconnect`
    const answer = await api(path, { method: 'POST', key: key.key, json: { tools: ['deals.read'] } })
    const { authorize_url: url } = await answer.json<Made>()
    expect((await walk(new URL(url).pathname)).page).toContain('You are done')
    const detail = await detailOf(connected)
    const tools = ['contacts.read', 'deals.read']
    expect(detail).toMatchObject({ state: 'active', generation: 2, tools, wished: false })
  })
})
