// The pages of webhooks: forms, the secret that is shown once, the log, and what strangers may write into them.

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EVENT_TYPES } from '../../src/domain/event.ts'
import { mend } from '../setup/faults.ts'
import { connect, steer, stubOf, testContext } from '../setup/harness.ts'
import { addressOf, callsOf, deliver, deliveriesOf, receiver } from '../setup/receiver.ts'
import { type Browser, consentAs, type Form } from './browser.ts'
import { leaks, watch } from './canary.ts'
import { api, newTenant, signedIn, type Tenant } from './tenant.ts'

const LIST = '/settings/webhooks'
const ALL = EVENT_TYPES.map((type): [string, string] => ['events', type])

let tenant: Tenant
let visitor: Browser

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as()
})
afterEach(() => vi.restoreAllMocks())

const textOf = async (answer: Response) =>
  (await answer.text()).replaceAll('&#39;', "'").replaceAll('&quot;', '"')
const text = async (path: string) => textOf(await visitor.get(path))
const add = (form: Form) => visitor.post(LIST, form)
const secretIn = (page: string) => /whsec_[A-Za-z0-9+/]{43}=/.exec(page)?.[0]

async function added(name: string, answers = ''): Promise<{ path: string; secret: string; id: string }> {
  const answer = await add([['url', addressOf(name, answers)], ...ALL])
  expect(answer.status).toBe(200)
  const page = await answer.text()
  const id = /\/settings\/webhooks\/(whk_[0-9a-z]{26})/.exec(page)?.[1] ?? ''
  return { path: `${LIST}/${id}`, secret: secretIn(page) ?? '', id }
}

it('the list leads back to the settings', async () => {
  expect(await text(LIST)).toContain('<a class="back" href="/settings">')
})

describe('adding an endpoint', () => {
  it('shows its secret once, and never again', async () => {
    const { path, secret } = await added('once')
    expect(secret).toMatch(/^whsec_/)
    for (const page of [await text(LIST), await text(path)]) {
      expect(page).toContain(addressOf('once'))
      expect(page).not.toContain('whsec_')
    }
    expect((await visitor.get(path)).headers.get('Cache-Control')).toBe('no-store')
  })

  it.each([
    ['http://example.com/', 'connection.held', 'Use a public https address'],
    ['https://169.254.169.254/', 'connection.held', 'Use a public https address'],
    ['https://user:pass@example.com/', 'connection.held', 'Use a public https address'],
    ['https://example.com/', '', 'Choose at least one event.'],
    ['https://example.com/', 'connection.exploded', 'Choose from the events listed here.'],
    ['https://example.com/', 'webhook.test', 'Choose from the events listed here.'],
  ])('at %s with %j is refused, and says why', async (url, events, message) => {
    const answer = await add(events ? { url, events } : { url })
    expect(answer.status).toBe(400)
    const page = await textOf(answer)
    expect(page).toContain(message)
    expect(page).toContain(`value="${url}"`)
    expect(await text(LIST)).toContain('No endpoint yet.')
  })

  it('is refused beyond ten', async () => {
    for (let index = 0; index < 10; index++) await receiver(tenant.members.owner)
    const answer = await add({ url: 'https://example.com/', events: 'connection.held' })
    expect(answer.status).toBe(409)
    expect(await textOf(answer)).toContain('at most 10')
  })

  it('is refused from another site', async () => {
    const form = { url: 'https://example.com/', events: 'connection.held' }
    const answer = await visitor.post(LIST, form, { 'Sec-Fetch-Site': 'cross-site' })
    expect(answer.status).toBe(403)
    expect(await text(LIST)).toContain('No endpoint yet.')
  })

  it('is noted in the audit trail, as every change is', async () => {
    const { path, id } = await added('audited')
    await visitor.post(path, [
      ['url', addressOf('audited')],
      ['events', 'connection.held'],
    ])
    for (const action of ['rotate', 'disable', 'enable', 'delete']) await visitor.post(`${path}/${action}`)
    const { results } = await env.DB.prepare('SELECT action, actor FROM audit WHERE subject = ?')
      .bind(id)
      .all()
    expect(results.map(({ action }) => action).toSorted()).toEqual([
      'webhook.changed',
      'webhook.created',
      'webhook.deleted',
      'webhook.disabled',
      'webhook.enabled',
      'webhook.secret_rotated',
    ])
    expect(new Set(results.map(({ actor }) => actor))).toEqual(new Set([tenant.members.owner.id]))
  })
})

describe('an endpoint', () => {
  it('is told of a connection, from the page on which it was added', async () => {
    const { path, secret } = await added('story')
    const connected = await connect({ member: tenant.members.owner })
    await steer.nextToken({ do: 'invalid_grant' })
    await visitor.post(`/connections/${connected.connectionId}/refresh`)
    // What a request made news is sent behind its answer, before any cron.
    const [call] = await callsOf('story')
    if (!call) throw new Error('nothing came')
    expect(new Webhook(secret).verify(call.body, call.headers)).toMatchObject({
      type: 'connection.reauthorize',
      data: { connection: { id: connected.connectionId } },
    })
    const page = await text(path)
    expect(page).toContain('connection.reauthorize')
    expect(page).toContain('Delivered')
    expect(page).toContain('answered 200')
    expect(page).toContain(`href="/connections/${connected.connectionId}"`)
  })

  it('takes a test, and the page says what came of it', async () => {
    for (const [name, answers, words] of [
      ['good', '', 'The endpoint took it'],
      ['bad', 'status=500', 'The endpoint did not take it'],
      ['moved', 'status=302', 'a redirect, which is not followed'],
      ['dead', 'status=hangup', 'could not be reached'],
    ] as const) {
      const { path } = await added(name, answers)
      const sent = await visitor.post(`${path}/test`)
      expect(sent.status).toBe(303)
      expect(await text(sent.headers.get('Location') ?? '')).toContain(words)
      expect(await callsOf(name)).toHaveLength(1)
    }
  })

  it('gets a delivery once more at a click', async () => {
    const { path, id } = await added('again', 'status=500,200')
    await visitor.post(`${path}/test`)
    expect(await text(path)).toContain('Send now')
    const [delivery] = await deliveriesOf(id)
    const sent = await visitor.post(`${path}/resend`, { event: String(delivery?.event_id) })
    expect(await text(sent.headers.get('Location') ?? '')).toContain('The endpoint took it')
    expect(await text(path)).toContain('Send again')
    expect((await visitor.post(`${path}/resend`, { event: 'evt_none' })).status).toBe(404)
    expect((await visitor.post(`${path}/resend`)).status).toBe(404)
    expect(await callsOf('again')).toHaveLength(2)
  })

  it('has its secret rotated: the new one is shown once, the old one named with its end', async () => {
    const { path, secret } = await added('rotated')
    const page = await (await visitor.post(`${path}/rotate`)).text()
    const fresh = secretIn(page)
    expect(fresh).toMatch(/^whsec_/)
    expect(fresh).not.toBe(secret)
    const after = await text(path)
    expect(after).toContain('The old secret signs too')
    expect(after).not.toContain('whsec_')
  })

  it('can be changed, and keeps what it was where the form is wrong', async () => {
    const { path } = await added('before')
    const refused = await visitor.post(path, { url: 'http://10.0.0.1/', events: 'connection.held' })
    expect(refused.status).toBe(400)
    expect(await text(LIST)).toContain(addressOf('before'))
    const changed = await visitor.post(path, { url: addressOf('after'), events: 'connection.held' })
    expect(changed.headers.get('Location')).toBe(path)
    const list = await text(LIST)
    expect(list).toContain(addressOf('after'))
    expect(list).toContain('1 event')
  })

  it('says that it is gone, or off, and why nothing can be sent', async () => {
    const { path } = await added('gone', 'status=410')
    await visitor.post(`${path}/test`)
    const gone = await text(path)
    expect(gone).toContain('The endpoint said that it is gone')
    expect(gone).not.toContain('Send again')
    expect((await visitor.post(`${path}/test`)).status).toBe(409)
    await visitor.post(`${path}/enable`)
    await visitor.post(`${path}/disable`)
    expect(await text(path)).toContain('what happens meanwhile is not kept for later')
  })

  it('is deleted only after it was asked for', async () => {
    const { path, id } = await added('deleted')
    await visitor.post(`${path}/test`)
    expect(await text(`${path}?confirm=delete`)).toContain('Delete this endpoint?')
    expect((await visitor.get(`${path}/delete`)).status).toBe(405)
    const done = await visitor.post(`${path}/delete`)
    expect(done.headers.get('Location')).toBe(LIST)
    expect((await visitor.get(path)).status).toBe(404)
    expect(await deliveriesOf(id)).toEqual([])
    expect((await visitor.post(`${path}/delete`)).status).toBe(404)
  })

  it.each(['?cursor=x', '?cursor=MSBldnQ'])('of whose log a page is asked for with %s', async (query) => {
    const { path } = await added('paged')
    const { status } = await visitor.get(path + query)
    expect(status).toBe(query === '?cursor=x' ? 400 : 200)
  })
})

describe('right behind the answer', () => {
  it('a delete and a reconnect are told, also by the API', async () => {
    await added('at-once')
    const member = tenant.members.owner
    const connected = await connect({ member })
    const key = await tenant.key()
    await steer.nextToken({ do: 'invalid_grant' })
    await api(`/v1/connections/${connected.connectionId}/refresh`, { key, method: 'POST' })
    const again = await visitor.post(`/connections/${connected.connectionId}/reconnect`)
    await visitor.get(await consentAs('ada', again.headers.get('Location')))
    await api(`/v1/connections/${connected.connectionId}`, { key, method: 'DELETE' })
    const other = await connect({ member })
    await visitor.post(`/connections/${other.connectionId}/delete`)
    const types = (await callsOf('at-once')).map(({ body }) => JSON.parse(body).type)
    expect(types).toEqual([
      'connection.reauthorize',
      'connection.recovered',
      'connection.deleted',
      'connection.deleted',
    ])
  })
})

describe('hostile texts', () => {
  const HOSTILE = `"><img src=x onerror=alert(1)>'`

  it('in the address are shown as text, on every page', async () => {
    const url = `${addressOf('hostile')}&x="><img src=x onerror=alert(1)>`
    const refused = await textOf(await add({ url: HOSTILE, events: 'connection.held' }))
    expect(refused).not.toContain('<img src=x')
    const stored = await add({ url: url.replaceAll(' ', '%20'), events: 'connection.held' })
    const page = await stored.text()
    const path = /\/settings\/webhooks\/whk_[0-9a-z]{26}/.exec(page)?.[0] ?? ''
    for (const html of [page, await text(LIST), await text(path), await text(`${path}?sent=${HOSTILE}`)]) {
      expect(html).not.toContain('<img src=x')
      expect(html).not.toContain('onerror=alert(1)>')
    }
  })

  it('in an answer reach no page and no row', async () => {
    const header = encodeURIComponent('x-note=<img src=x>')
    const { path, id } = await added('writes', `status=500&header=${header}`)
    await visitor.post(`${path}/test`)
    expect(JSON.stringify(await deliveriesOf(id))).not.toContain('nobody reads')
    expect(await text(path)).not.toContain('nobody reads')
  })
})

it('no secret or credential is in a payload, a page, a log line or a row', async () => {
  const watching = watch((request) =>
    /\/settings\/webhooks(\/whk_\w+\/rotate)?$/.test(new URL(request.url).pathname),
  )
  visitor = await signedIn(tenant.members.owner, watching.fetch)
  const { path, secret, id } = await added('canary')
  const rotated = secretIn(await (await visitor.post(`${path}/rotate`)).text()) ?? ''
  const connected = await connect({ member: tenant.members.owner })
  const { accessToken, refreshToken } = await tokensOf(connected)
  await visitor.post(`${path}/test`)
  await steer.nextToken({ do: 'invalid_client' })
  await visitor.post(`/connections/${connected.connectionId}/refresh`)
  await steer.nextToken({
    do: 'answer',
    status: 400,
    body: { error: 'invalid_grant', error_description: `bad ${refreshToken}` },
  })
  await visitor.post(`/connections/${connected.connectionId}/refresh`)
  await visitor.post(`/connections/${connected.connectionId}/delete`)
  await deliver()
  await visitor.get(path)
  await watching.sweep('in the end')
  const calls = await callsOf('canary')
  expect(calls).toHaveLength(4)
  watching.seen.push({ place: 'what was sent', text: JSON.stringify(calls) })
  const secrets = new Map([
    ['signing secret', secret.slice('whsec_'.length)],
    ['rotated secret', rotated.slice('whsec_'.length)],
    ['access token', accessToken],
    ['refresh token', refreshToken],
  ])
  expect(leaks(watching.seen, secrets)).toEqual([])
  expect(id).toMatch(/^whk_/)
})

async function tokensOf(connected: { workspaceId: string; connectionId: string }) {
  const sealed = await runInDurableObject(stubOf(connected), (_, { storage }) => {
    const record = storage.kv.get('record') as { grant: { sealed: string } }
    return record.grant.sealed
  })
  const context = {
    purpose: 'grant',
    workspaceId: connected.workspaceId,
    recordId: connected.connectionId,
  } as const
  const opened = await testContext().vault.open(context, sealed)
  if (!opened.ok) throw new Error(opened.error)
  return JSON.parse(opened.value) as { accessToken: string; refreshToken: string }
}
