// Whose account it is, on the page: another one came back, or the same one twice.

import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, detailOf, editRecord, rowOf, steer } from '../setup/harness.ts'
import { type Browser, consentAs } from './browser.ts'
import { connectAs, startReconnect } from './flow.ts'
import { api, newTenant, type Tenant, textOf } from './tenant.ts'

let tenant: Tenant
let visitor: Browser

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as('admin')
})

afterEach(realTime)

function connectionOf(connectionId: string): Connected {
  return { ...tenant.members.admin, connectionId, flowCookie: '' }
}

/** Connected as ada, and grace came back. */
async function asked(): Promise<{ id: string; path: string; parked: string }> {
  const id = await connectAs(visitor)
  const again = await startReconnect(visitor, id)
  await visitor.get(await consentAs('grace', again.authorizeUrl))
  return { id, path: `/connections/${id}`, parked: (await detailOf(connectionOf(id))).parked?.id ?? '' }
}

describe('a reconnect as another account', () => {
  it('shows both accounts, and both answers to an admin', async () => {
    const { path, parked } = await asked()
    const page = await (await visitor.get(path)).text()
    for (const text of ['Keep ada@example.com', 'Switch to grace@example.com', `value="${parked}"`]) {
      expect(page).toContain(text)
    }
    expect(page.match(/<h2>That was another account/g)).toHaveLength(1)
  })

  it.each(['builder', 'viewer'] as const)('shows a %s who waits, and no answer', async (role) => {
    const { path } = await asked()
    const text = await (await (await tenant.as(role)).get(path)).text()
    expect(text).toContain('grace@example.com')
    expect(text).toContain('Ask an owner or an admin of this workspace to decide.')
    expect(text).not.toContain(`action="${path}/account"`)
  })

  it('is switched by the form, and the page tells', async () => {
    const { id, path, parked } = await asked()
    const answer = await visitor.post(`${path}/account`, { parked, choice: 'switch' })
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, path])
    const text = await textOf(await visitor.get(path))
    expect(text).toContain('It acts from now on as grace@example.com')
    expect(text).toContain('Switched to the other account')
    expect(text).not.toContain('Keep ada@example.com')
    expect(await rowOf(connectionOf(id))).toMatchObject({ account_id: 'grace' })
  })

  it('is kept by the form', async () => {
    const { id, path, parked } = await asked()
    expect((await visitor.post(`${path}/account`, { parked, choice: 'keep' })).status).toBe(303)
    expect(await (await visitor.get(path)).text()).not.toContain('Switch to')
    expect(await detailOf(connectionOf(id))).toMatchObject({ account: { id: 'ada' }, parked: null })
  })

  it('refuses an answer twice, to another question, or of no kind, and changes nothing by it', async () => {
    const { id, path, parked } = await asked()
    const refused = [
      await visitor.post(`${path}/account`, { parked: 'x'.repeat(32), choice: 'switch' }),
      await visitor.post(`${path}/account`, { choice: 'switch' }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([409, 409])
    expect((await visitor.post(`${path}/account`, { parked, choice: 'both' })).status).toBe(400)
    expect(await detailOf(connectionOf(id))).toMatchObject({ account: { id: 'ada' }, parked: { id: parked } })
    await visitor.post(`${path}/account`, { parked, choice: 'keep' })
    expect((await visitor.post(`${path}/account`, { parked, choice: 'switch' })).status).toBe(409)
    expect(await detailOf(connectionOf(id))).toMatchObject({ account: { id: 'ada' } })
  })

  it('is nothing another workspace, or another site, can answer', async () => {
    const { id, path, parked } = await asked()
    const stranger = await (await newTenant()).as('owner')
    expect((await stranger.post(`${path}/account`, { parked, choice: 'switch' })).status).toBe(404)
    const crossSite = await visitor.post(
      `${path}/account`,
      { parked, choice: 'switch' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' },
    )
    expect(crossSite.status).toBe(403)
    expect(await detailOf(connectionOf(id))).toMatchObject({ account: { id: 'ada' }, parked: { id: parked } })
  })

  it('says where that account is connected already', async () => {
    const other = await connectAs(visitor, 'grace')
    const { path } = await asked()
    expect(await (await visitor.get(path)).text()).toContain(`href="/connections/${other}"`)
  })
})

describe('the list', () => {
  const ASKS = 'Another account came back: choose one.'
  const LINE = '1 connection with an account to choose'
  const seenBy = async (who: Browser, query = '') => textOf(await who.get(`/connections${query}`))

  it('asks for the choice, above the list and in the row, and puts the row first', async () => {
    const { path } = await asked()
    const newer = await connectAs(visitor)
    const page = await (await visitor.get('/connections')).text()
    expect(page).toContain(`href="/connections?state=deciding">${LINE}</a>`)
    expect(page.indexOf(`href="${path}"`)).toBeLessThan(page.indexOf(`href="/connections/${newer}"`))
    expect(await seenBy(visitor)).toContain(`${ASKS} The choice ends in 1 day`)
  })

  it.each([
    ['deciding', true],
    ['attention', true],
    ['active', true],
    ['reauthorize', false],
    ['failing', false],
  ])('narrowed to %s shows it: %s', async (state, shown) => {
    await asked()
    expect((await seenBy(visitor, `?state=${state}`)).includes(ASKS)).toBe(shown)
  })

  it.each(['builder', 'viewer'] as const)('tells a %s, too', async (role) => {
    await asked()
    const page = await seenBy(await tenant.as(role))
    for (const text of [LINE, ASKS]) expect(page).toContain(text)
  })

  it.each(['keep', 'switch'] as const)('is silent after %s', async (choice) => {
    const { path, parked } = await asked()
    await visitor.post(`${path}/account`, { parked, choice })
    const page = await seenBy(visitor)
    for (const text of [LINE, ASKS]) expect(page).not.toContain(text)
  })

  it('asks for nothing that is over, even where D1 has not heard of the end', async () => {
    const { id } = await asked()
    await env.DB.prepare('UPDATE connections SET decide_until = ? WHERE id = ?').bind(Date.now(), id).run()
    expect(await seenBy(visitor)).not.toContain(ASKS)
  })

  it('of another workspace says nothing of it', async () => {
    await asked()
    const stranger = await (await newTenant()).as('owner')
    expect(await seenBy(stranger)).not.toContain(LINE)
    expect(await seenBy(stranger, '?state=deciding')).not.toContain(ASKS)
  })

  it('for programs has no word of it: its form is fixed', async () => {
    await asked()
    const answer = await (await api('/v1/connections', { key: await tenant.key() })).text()
    expect(JSON.parse(answer)).toMatchObject({ data: [{ state: 'active', health: 'ok' }] })
    expect(answer).not.toMatch(/decid|grace/i)
  })
})

describe('the same account twice', () => {
  it('is told on the page of the newcomer, which offers the older one and its own delete', async () => {
    const first = await connectAs(visitor)
    const second = await connectAs(visitor)
    const page = await (await visitor.get(`/connections/${second}`)).text()
    expect(page).toContain('This account is connected already')
    expect(page).toContain(`href="/connections/${first}"`)
    expect(page).toContain(`href="/connections/${second}?confirm=delete#confirm"`)
    expect(await textOf(await visitor.get(`/connections/${first}`))).not.toContain('connected already')
  })

  it('is none where the service, the person, the site or the workspace is another', async () => {
    await connectAs(visitor, 'grace')
    await connectAs(visitor, 'ada', 'local-lenient')
    await connect({ member: (await newTenant()).members.owner })
    const sited = await connectAs(visitor, 'ada')
    await editRecord(connectionOf(sited), (held) => ({
      ...held,
      account: held.account && { ...held.account, tenant: 'north' },
    }))
    await visitor.post(`/connections/${sited}/name`, { name: 'North' })
    const own = await connectAs(visitor)
    expect(await textOf(await visitor.get(`/connections/${own}`))).not.toContain('connected already')
  })

  it('is not told for ever: two that stay are taken to be meant', async () => {
    await connectAs(visitor)
    const second = await connectAs(visitor)
    advance(25 * 3600_000)
    const later = await tenant.as('admin')
    expect(await textOf(await later.get(`/connections/${second}`))).not.toContain('connected already')
  })
})

describe('the account chooser of a service', () => {
  async function reconnectAt(connector: string): Promise<URLSearchParams> {
    const app = { client_id: 'client', client_secret: 'secret' }
    await visitor.post(`/connectors/${connector}/app`, app)
    const begun = await visitor.post('/connections', { connector, name: '' })
    const first = new URL(begun.headers.get('Location') ?? '')
    const id = first.searchParams.get('state')?.split('.')[1] ?? ''
    const account = { issuer: connector, tenant: null, subject: '7', email: 'ada@example.com' }
    await editRecord(connectionOf(id), (held) => ({
      ...held,
      account: { ...account, emailVerified: true, name: null },
    }))
    const again = await visitor.post(`/connections/${id}/reconnect`)
    return new URL(again.headers.get('Location') ?? '').searchParams
  }

  it('gives way on a reconnect to a hint, where the service takes one', async () => {
    const asked = await reconnectAt('github')
    expect([asked.get('login'), asked.get('prompt')]).toEqual(['ada@example.com', null])
  })

  it('is shown on a reconnect, too, where the service takes no hint', async () => {
    expect((await reconnectAt('spotify')).get('show_dialog')).toBe('true')
  })
})
