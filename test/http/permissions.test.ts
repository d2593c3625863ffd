// More or less of what a connection may do, on its page and through the API.

import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import {
  type Connected,
  connect,
  detailOf,
  editRecord,
  newKey,
  rowOf,
  steer,
  stubOf,
} from '../setup/harness.ts'
import { type Browser, consentAs } from './browser.ts'
import { connectAs, tokenRequests } from './flow.ts'
import { api, newTenant, type Tenant, textOf } from './tenant.ts'

let tenant: Tenant
let visitor: Browser
let key: string

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as('admin')
  key = (await newKey(tenant.members.owner)).key
})

function connectionOf(connectionId: string): Connected {
  return { ...tenant.members.admin, connectionId, flowCookie: '' }
}

/** The form with these tools ticked; several fields of one name. */
function tick(id: string, tools: string[], who = visitor): Promise<Response> {
  return who.post(
    `/connections/${id}/permissions`,
    tools.map((tool) => ['tools', tool]),
  )
}

const scopesOf = (answer: Response) =>
  new URL(answer.headers.get('Location') ?? '').searchParams.get('scope')?.split(' ')

const tokenFor = (id: string, tool: string) => api(`/v1/connections/${id}/token?tool=${tool}`, { key })

describe('a new tool', () => {
  it('leads to the service, which is asked for old and new together, and works after the consent', async () => {
    const id = await connectAs(visitor)
    const begun = await tick(id, ['contacts.read', 'deals.read'])
    expect(begun.status).toBe(303)
    expect(scopesOf(begun)).toEqual(expect.arrayContaining(['contacts.read', 'deals.read', 'openid']))
    expect((await tokenFor(id, 'deals.read')).status).toBe(403)
    await visitor.get(await consentAs('ada', begun.headers.get('Location')))
    expect(await detailOf(connectionOf(id))).toMatchObject({
      tools: ['contacts.read', 'deals.read'],
      generation: 2,
      wished: false,
    })
    expect((await tokenFor(id, 'deals.read')).status).toBe(200)
  })

  it('needs a reconnect until then: its calls fail by name, and everything else works', async () => {
    const id = await connectAs(visitor)
    await tick(id, ['contacts.read', 'contacts.write'])
    const refused = await tokenFor(id, 'contacts.write')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({
      code: 'insufficient_scope',
      missing_scopes: ['contacts.write'],
      reconnect_url: `${env.PUBLIC_URL}/connections/${id}`,
    })
    expect((await tokenFor(id, 'contacts.read')).status).toBe(200)
    expect((await api(`/v1/connections/${id}/token`, { key })).status).toBe(200)
    const text = await textOf(await visitor.get(`/connections/${id}`))
    expect(text).toContain('Needs reconnect')
    expect(text).toContain(
      'Add and change contacts needs a permission that nobody has agreed to yet: “Create and change contacts”',
    )
    expect(await textOf(await visitor.get('/connections'))).toContain('“Add and change contacts” will fail')
    const shown = await (await api(`/v1/connections/${id}`, { key })).json()
    expect(shown).toMatchObject({
      tools: ['contacts.read', 'contacts.write'],
      scopes: { missing: ['contacts.write'] },
    })
    expect(await tokenRequests()).toBe(1)
  })

  it('that is declined leaves everything as it was, and can be dropped', async () => {
    const id = await connectAs(visitor)
    const begun = await tick(id, ['contacts.read', 'contacts.write'])
    const { location } = await steer.consent({
      authorize_url: begun.headers.get('Location') ?? '',
      account: 'ada',
      decline: true,
    })
    await visitor.get(location.slice(env.PUBLIC_URL.length))
    const before = await detailOf(connectionOf(id))
    expect(before).toMatchObject({
      generation: 1,
      state: 'active',
      wished: true,
      notice: { kind: 'declined' },
    })
    expect((await tokenFor(id, 'contacts.read')).status).toBe(200)
    const page = await (await visitor.get(`/connections/${id}`)).text()
    expect(page).toContain(`action="/connections/${id}/permissions/drop"`)
    expect((await visitor.post(`/connections/${id}/permissions/drop`)).status).toBe(303)
    expect(await detailOf(connectionOf(id))).toMatchObject({
      generation: 1,
      tools: ['contacts.read'],
      requestedScopes: before.consentedScopes,
      wished: false,
    })
    expect(await textOf(await visitor.get(`/connections/${id}`))).not.toContain('Needs reconnect')
  })

  it('is asked for by any later Reconnect', async () => {
    const id = await connectAs(visitor)
    await tick(id, ['contacts.read', 'deals.read'])
    const again = await visitor.post(`/connections/${id}/reconnect`)
    expect(scopesOf(again)).toEqual(expect.arrayContaining(['contacts.read', 'deals.read']))
  })

  it('stays wished where a consent that began before it comes back', async () => {
    const id = await connectAs(visitor)
    const earlier = await visitor.post(`/connections/${id}/reconnect`)
    const way = await consentAs('ada', earlier.headers.get('Location'))
    const change = {
      workspaceId: tenant.workspaceId,
      connectionId: id,
      tools: ['contacts.read', 'deals.read'],
    }
    await stubOf(connectionOf(id)).changeTools(change)
    await visitor.get(way)
    expect(await detailOf(connectionOf(id))).toMatchObject({ generation: 2, wished: true })
    expect((await tokenFor(id, 'deals.read')).status).toBe(403)
  })

  it('that was unticked at the service is counted, and its calls fail', async () => {
    const id = await connectAs(visitor)
    const begun = await tick(id, ['contacts.read', 'deals.read'])
    const { location } = await steer.consent({
      authorize_url: begun.headers.get('Location') ?? '',
      account: 'ada',
      scopes: ['openid', 'email', 'profile', 'offline_access', 'contacts.read'],
    })
    await visitor.get(location.slice(env.PUBLIC_URL.length))
    const sentence = '5 of 6 permissions; “Report on deals” will fail until you reconnect and tick it'
    expect(await textOf(await visitor.get(`/connections/${id}`))).toContain(sentence)
    expect(await textOf(await visitor.get('/connections'))).toContain(sentence)
    expect((await tokenFor(id, 'deals.read')).status).toBe(403)
    // Without the tool nothing is missing any more.
    await tick(id, ['contacts.read'])
    const text = await textOf(await visitor.get(`/connections/${id}`))
    expect(text).not.toContain('fewer permissions than asked for Report')
    expect(text).not.toContain('of 6 permissions')
  })
})

describe('a tool that has come to need more since the consent', () => {
  it('needs a reconnect, says for what, and offers nothing to drop', async () => {
    const id = await connectAs(visitor)
    // As if `contacts.read` had been no part of the tool then.
    const without = (scopes: string[]) => scopes.filter((scope) => scope !== 'contacts.read')
    await editRecord(connectionOf(id), (held) => ({
      ...held,
      requestedScopes: without(held.requestedScopes),
      grantedScopes: without(held.grantedScopes),
    }))
    const page = await (await visitor.get(`/connections/${id}`)).text()
    expect(page).toContain('Needs reconnect')
    expect(page).not.toContain('permissions/drop')
    const refused = await api(`/v1/connections/${id}/token?tool=contacts.read`, {
      key,
      headers: { 'Cache-Control': 'no-cache' },
    })
    expect(await refused.json()).toMatchObject({ missing_scopes: ['contacts.read'] })
    expect(scopesOf(await visitor.post(`/connections/${id}/reconnect`))).toContain('contacts.read')
  })
})

describe('a tool that is taken away', () => {
  it('needs no consent: no request leaves, and the next one is asked for less', async () => {
    const own = await connect({ member: tenant.members.owner, tools: ['contacts.read', 'deals.read'] })
    const id = own.connectionId
    const asked = await tokenRequests()
    const answer = await tick(id, ['contacts.read'])
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `/connections/${id}`])
    expect(await tokenRequests()).toBe(asked)
    expect(await detailOf(own)).toMatchObject({
      tools: ['contacts.read'],
      generation: 1,
      wished: false,
      history: [{ kind: 'tools_changed', detail: '− deals.read' }, {}, {}],
    })
    expect(JSON.parse(String((await rowOf(own))?.tools))).toEqual(['contacts.read'])
    expect(scopesOf(await visitor.post(`/connections/${id}/reconnect`))).not.toContain('deals.read')
  })
})

describe('the form', () => {
  it('shows what is chosen, and says what adding and taking away mean', async () => {
    const id = await connectAs(visitor)
    const page = await (await visitor.get(`/connections/${id}/permissions`)).text()
    expect(page).toMatch(/value="contacts.read" checked/)
    expect(page).not.toMatch(/value="deals.read" checked/)
    expect(page).toContain('no consent is needed')
  })

  it('refuses a tool that the service does not have, beside the field, and changes nothing', async () => {
    const id = await connectAs(visitor)
    const before = await detailOf(connectionOf(id))
    const answer = await tick(id, ['contacts.read', 'gmail.send'])
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('Choose from the tools of this service.')
    expect(await detailOf(connectionOf(id))).toEqual(before)
  })

  it('is shut to another workspace, and to another site', async () => {
    const id = await connectAs(visitor)
    const stranger = await (await newTenant()).as('owner')
    expect((await tick(id, [], stranger)).status).toBe(404)
    expect((await stranger.get(`/connections/${id}/permissions`)).status).toBe(404)
    const crossSite = await visitor.post(
      `/connections/${id}/permissions`,
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
    )
    expect(crossSite.status).toBe(403)
    expect(await detailOf(connectionOf(id))).toMatchObject({ tools: ['contacts.read'] })
  })
})

describe('reconnect through the API', () => {
  const reconnect = (id: string, json: unknown) =>
    api(`/v1/connections/${id}/reconnect`, { method: 'POST', key, json })

  it('adds to what the connection is for, as the page does, and is a wish until the consent', async () => {
    const id = await connectAs(visitor)
    const asked = await reconnect(id, { tools: ['deals.read'], scopes: ['contacts.write'] })
    const { authorize_url: link } = await asked.json<{ authorize_url: string }>()
    expect(await detailOf(connectionOf(id))).toMatchObject({
      tools: ['contacts.read', 'deals.read'],
      wished: true,
      generation: 1,
    })
    expect((await tokenFor(id, 'deals.read')).status).toBe(403)
    const path = link.slice(env.PUBLIC_URL.length)
    const left = await visitor.post(path)
    expect(scopesOf(left)).toEqual(expect.arrayContaining(['contacts.read', 'deals.read', 'contacts.write']))
    await visitor.get(await consentAs('ada', left.headers.get('Location')))
    expect((await tokenFor(id, 'deals.read')).status).toBe(200)
    expect(await detailOf(connectionOf(id))).toMatchObject({ wished: false })
  })

  it('without tools wishes for nothing', async () => {
    const id = await connectAs(visitor)
    await reconnect(id, {})
    expect(await detailOf(connectionOf(id))).toMatchObject({ tools: ['contacts.read'], wished: false })
  })
})
