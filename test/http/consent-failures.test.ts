// Every way a consent can fail, as the person who comes back sees it: what happened, what to do, and the button for it.

import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FLOW_LIFE_MS } from '../../src/services/start-authorization.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { steer } from '../setup/harness.ts'
import { type Browser, browser, consentAs, PUBLIC_URL } from './browser.ts'
import { changed, connectAs, startFlow, startReconnect } from './flow.ts'
import { addMember, newTenant, send, signedIn, type Tenant, textOf } from './tenant.ts'

let tenant: Tenant
let visitor: Browser

beforeAll(async () => {
  tenant = await newTenant()
})
beforeEach(async () => {
  mend()
  realTime()
  await steer.reset()
  visitor = await tenant.as('owner')
})

/** Comes back with this error instead of a code; answers the connection's page. */
async function cameBackWith(error: string, description: string, id?: string) {
  await steer.settings({ consent_error: { error, error_description: description } })
  const flow = id ? await startReconnect(visitor, id) : await startFlow(visitor)
  await visitor.get(await consentAs('ada', flow.authorizeUrl))
  const answer = await visitor.get(`/connections/${flow.connectionId}`)
  const html = await answer.clone().text()
  return { id: flow.connectionId, html, text: await textOf(answer) }
}

const MUST_APPROVE = 'An administrator must approve this application first.'

describe('what the service sent back is told in words, with a way on', () => {
  it.each([
    ['access_denied', 'The person declined.', 'The consent was declined', 'Try again when you are ready'],
    ['consent_required', 'Policy 7.', 'Local CRM refused the request', 'ask whoever administers'],
    ['invalid_scope', 'Unknown scope.', 'refused one of the permissions', 'Add the permissions of the tools'],
    ['unauthorized_client', 'No.', 'Local CRM refused the OAuth app', 'Compare all three'],
    ['redirect_uri_mismatch', 'No.', 'Local CRM refused the OAuth app', 'Compare all three'],
    ['server_error', 'Oops.', 'Local CRM could not be reached', 'Try again in a few minutes'],
    ['temporarily_unavailable', 'Later.', 'Local CRM could not be reached', 'Try again in a few minutes'],
    ['access_denied', MUST_APPROVE, 'An administrator has to approve this app', 'Then try again here'],
  ])('%s, %s', async (error, description, title, todo) => {
    const { id, html, text } = await cameBackWith(error, description)
    expect(text).toContain(title)
    expect(text).toContain(todo)
    expect(text).toContain(`The service said: ${description}`)
    expect(html.match(new RegExp(`action="/connections/${id}/reconnect"`, 'g'))).toHaveLength(1)
    expect(text).not.toContain('The consent is not finished')
  })

  it('a refused app comes with the callback URL to compare', async () => {
    const { text } = await cameBackWith('unauthorized_client', 'No.')
    expect(text).toContain(`${PUBLIC_URL}/oauth/callback/local`)
    expect(text).toContain('Check the OAuth app')
  })

  it('and a living connection goes on, with the same words', async () => {
    const id = await connectAs(visitor)
    const { text } = await cameBackWith('access_denied', MUST_APPROVE, id)
    expect(text).toContain('Active')
    expect(text).toContain('An administrator has to approve this app')
  })

  it('to who may not reconnect, without a button', async () => {
    const { id } = await cameBackWith('access_denied', MUST_APPROVE)
    const html = await (await (await tenant.as('viewer')).get(`/connections/${id}`)).text()
    expect(html).toContain('Ask an owner or an admin')
    expect(html).not.toContain('/admin/approve')
    expect(html).not.toContain('action="/connections/')
  })
})

describe('where an administrator has to approve', () => {
  it('the page gives the approval link of this very app, and a link to hand on', async () => {
    const { id, html } = await cameBackWith('access_denied', MUST_APPROVE)
    expect(html).toMatch(/http:\/\/127\.0\.0\.1:\d+\/admin\/approve\?client_id=local-crm/)
    const answer = await visitor.post(`/connections/${id}/link`)
    expect(answer.status).toBe(200)
    const link = /http[^\s<"]+\/connect\/[\w-]{43}/.exec(await answer.text())?.[0] ?? ''

    // The administrator approves at the service, and connects through the link in a browser of their own.
    await steer.settings({ consent_error: null })
    const administrator = browser(send)
    const path = new URL(link).pathname
    const page = await textOf(await administrator.get(path))
    expect(page).toContain('Connect your Local CRM account')
    const started = await administrator.post(path)
    expect(started.status).toBe(303)
    await administrator.get(await consentAs('grace', started.headers.get('Location')))
    expect(await textOf(await administrator.get('/connect/done'))).toContain('You are done')
    const after = await textOf(await visitor.get(`/connections/${id}`))
    expect(after).toContain('Active')
    expect(after).toContain('grace@example.com')
  })

  it('the link dies with the role of who made it', async () => {
    const { id } = await cameBackWith('access_denied', MUST_APPROVE)
    const maker = await addMember(tenant.workspaceId, 'admin')
    const makeLink = async (who: Browser) =>
      /\/connect\/[\w-]{43}/.exec(await (await who.post(`/connections/${id}/link`)).text())?.[0] ?? ''
    const link = await makeLink(await signedIn(maker))
    const statusOf = async (path: string) => (await browser(send).get(path)).status
    expect(await statusOf(link)).toBe(200)
    await env.DB.prepare('UPDATE members SET role = ? WHERE id = ?').bind('builder', maker.id).run()
    expect(await statusOf(link)).toBe(404)
    // A newer one ends the last.
    const [first, second] = [await makeLink(visitor), await makeLink(visitor)]
    expect(await statusOf(first)).toBe(404)
    expect(await statusOf(second)).toBe(200)
  })

  it('who comes from the approval page is told that nothing is connected yet', async () => {
    const back = await textOf(await visitor.get('/oauth/callback/local?admin_consent=True'))
    expect(back).toContain('The app is approved')
    expect(back).toContain('Nothing was connected by this yet')
    const stranger = await browser(send).get('/oauth/callback/local?admin_consent=True&tenant=x')
    expect(stranger.status).toBe(200)
    expect(await textOf(stranger)).toContain('Tell whoever sent you the link')
    const refused = await visitor.get('/oauth/callback/local?admin_consent=False&error=access_denied')
    expect(await textOf(refused)).toContain('The app was not approved')
  })

  it('no state rides along with such a return', async () => {
    const flow = await startFlow(visitor)
    const callback = changed(await consentAs('ada', flow.authorizeUrl), { code: null, admin_consent: 'True' })
    expect((await visitor.get(callback)).status).toBe(400)
  })
})

describe('a callback that comes too late or twice', () => {
  it('starts again from where the person is', async () => {
    const flow = await startFlow(visitor)
    const callback = await consentAs('ada', flow.authorizeUrl)
    await visitor.get(callback)
    const replayed = await visitor.get(callback)
    expect(replayed.status).toBe(400)
    expect(replayed.headers.get('Content-Security-Policy')).toContain("form-action 'self' https:")
    expect(await replayed.text()).toContain(`action="/connections/${flow.connectionId}/reconnect"`)
  })

  it('says so when ten minutes have passed', async () => {
    const flow = await startFlow(visitor)
    const callback = await consentAs('ada', flow.authorizeUrl)
    advance(FLOW_LIFE_MS)
    const text = await (await visitor.get(callback)).text()
    expect(text).toContain('This took too long')
    expect(text).toContain('Start again')
  })

  it('gives nobody else the button', async () => {
    const flow = await startFlow(visitor)
    const callback = await consentAs('ada', flow.authorizeUrl)
    const other = await tenant.as('viewer')
    for (const who of [other, browser(send)]) {
      const text = await (await who.get(callback)).text()
      expect(text).not.toContain('/reconnect"')
    }
  })
})

describe('before leaving', () => {
  it('the page says which account, which boxes, and what a dead end means', async () => {
    const text = await textOf(await visitor.get('/connections/new/local'))
    expect(text).toContain('Choose the account that your workflows shall act as')
    expect(text).toContain('Leave every box ticked')
    expect(text).toContain('If Local CRM shows an error and you do not come back')
    expect(text).toContain(`${PUBLIC_URL}/oauth/callback/local`)
  })
})
