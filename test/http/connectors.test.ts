import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { raiseAlert } from '../../src/storage/app-alerts.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { findWorkspaceApp } from '../../src/storage/oauth-apps.ts'
import { mend } from '../setup/faults.ts'
import { detailOf, readToken, steer, stubOf, testContext } from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { type Browser, PUBLIC_URL } from './browser.ts'
import { connectAs, startFlow } from './flow.ts'
import { problem } from './problems.ts'
import { api, newTenant, type Tenant, textOf } from './tenant.ts'

const SECRET = 'the-secret-of-our-own-app-e5c1'
const ORIGIN = env.SIGN_IN_ISSUER

let tenant: Tenant
let visitor: Browser

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as('admin')
})

const APP = { client_id: 'our-client', client_secret: SECRET }
const LOCAL = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm, param_origin: ORIGIN }
const save = (form: Record<string, string>, connector = 'github') =>
  visitor.post(`/connectors/${connector}/app`, form)

const rowOf = (connector = 'github') =>
  env.DB.prepare('SELECT * FROM oauth_apps WHERE workspace_id = ? AND connector = ?')
    .bind(tenant.workspaceId, connector)
    .first<{ client_id: string; secret_sealed: string; params: string; version: number }>()

async function storedSecret(connector = 'github'): Promise<string | undefined> {
  const { db, vault } = testContext()
  return (await findWorkspaceApp(db, vault, tenant.workspaceId, connector))?.clientSecret
}

const page = async (path: string) => (await visitor.get(path)).text()

describe('the list of connectors', () => {
  it('says which have an app, and whose', async () => {
    await save(APP)
    const text = await textOf(await visitor.get('/connectors'))
    for (const name of ['Google', 'GitHub', 'Local CRM', 'Local Drive']) expect(text).toContain(name)
    expect(text).not.toContain(SECRET)
  })

  it.each([
    ['?q=git', ['github', 'gitlab'], ['slack']],
    ['?q=%20GIT%20hub%20', ['github'], ['gitlab']],
    ['?q=hotmail', ['outlook'], ['gmail']],
    ['?q=microsoft%20files', ['onedrive'], ['outlook', 'google']],
    ['?q=', ['github', 'slack'], []],
    ['?q=%20', ['github', 'slack'], []],
    ['?q=github&q=slack', ['github'], ['slack']],
  ])('%s finds by every word of name, keywords and category', async (query, found, others) => {
    const shown = await page(`/connectors${query}`)
    for (const id of found) expect(shown).toContain(`href="/connectors/${id}"`)
    for (const id of others) expect(shown).not.toContain(`href="/connectors/${id}"`)
  })

  it.each(['/connectors', '/connections/new'])('%s shows the closest names first', async (path) => {
    const shown = await page(`${path}?q=drive`)
    const order = [...shown.matchAll(/id="connector-([a-z-]+)"/g)].map(([, id]) => id)
    expect(order).toEqual(expect.arrayContaining(['google', 'google-drive', 'onedrive']))
    expect(order.indexOf('google-drive')).toBeLessThan(order.indexOf('onedrive'))
    expect(order.indexOf('onedrive')).toBeLessThan(order.indexOf('google'))
  })

  it.each([
    'zzz',
    '%',
    '_',
    '.*',
    '<script>alert(1)</script>',
    `"'><img src=x>`,
    '%\u0000',
    'x'.repeat(4000),
  ])('says what to do where “%s” finds nothing, and repeats it as text only', async (typed) => {
    const answer = await visitor.get(`/connectors?q=${encodeURIComponent(typed)}`)
    expect(answer.status).toBe(200)
    const shown = await answer.text()
    expect(shown).toContain('No service matches this search.')
    expect(shown).toContain('Look at the spelling')
    expect(shown).toContain('<a href="/connectors">Show all services</a>')
    expect(shown).toContain('<a href="/connectors/new">add it as your own connector</a>')
    expect(shown).not.toContain('<script>')
    expect(shown).not.toContain('<img src=x')
  })

  it('finds the workspace’s own connectors, and those of no other', async () => {
    const key = await tenant.key()
    const json = {
      name: 'Ledger of ours',
      authorize: { url: 'https://login.example.com/authorize' },
      token: { url: 'https://login.example.com/token' },
      api: { baseUrl: 'https://api.example.com/v1' },
    }
    const made = await api('/v1/connectors/own-ledger', { method: 'PUT', key, json })
    expect(made.status).toBe(201)
    expect(await page('/connectors?q=ledger')).toContain('href="/connectors/own-ledger"')
    const stranger = await (await newTenant()).as('admin')
    const theirs = await (await stranger.get('/connectors?q=ledger')).text()
    expect(theirs).toContain('No service matches this search.')
    expect(theirs).not.toContain('own-ledger')
  })

  it('narrows the warnings as well', async () => {
    await save(APP)
    const app = { owner: tenant.workspaceId, connector: 'github' }
    await raiseAlert(openDatabase(env.DB), app, { kind: 'held', since: Date.now(), detail: '' })
    expect(await page('/connectors?q=github')).toContain('GitHub refuses this app')
    expect(await page('/connectors?q=gitlab')).not.toContain('GitHub refuses this app')
  })

  it('of the API has the form of the contract', async () => {
    await save(APP)
    const key = await tenant.key()
    const { data } = await (await api('/v1/connectors', { key })).json<{ data: Record<string, unknown>[] }>()
    const configured = Object.fromEntries(data.map((one) => [one.id, one.app_configured]))
    expect(configured).toMatchObject({ google: false, github: true, local: true, 'local-lenient': true })
    const local = data.find(({ id }) => id === 'local')
    expect(local).toEqual(await (await api('/v1/connectors/local', { key })).json())
    expect(local).toEqual({
      id: 'local',
      name: 'Local CRM',
      category: 'Try it here',
      tools: expect.arrayContaining([
        { id: 'contacts.read', title: 'Look up contacts', scopes: ['contacts.read'] },
      ]),
      scopes: expect.arrayContaining([
        { scope: 'contacts.write', title: 'Create and change contacts', sensitive: true },
      ]),
      params: [
        {
          name: 'origin',
          label: 'Address of the local upstream',
          pattern: expect.any(String),
          example: 'http://127.0.0.1:4400',
        },
      ],
      confidence: 'verified',
      custom: false,
      app_configured: true,
    })
    expect(JSON.stringify(data)).not.toContain(SECRET)
  })

  it.each(['nothing', '__proto__', 'constructor', 'LOCAL', 'x'.repeat(3000)])('has no %s', async (id) => {
    await problem(await api(`/v1/connectors/${id}`, { key: await tenant.key() }), 'connector_not_found')
    expect((await visitor.get(`/connectors/${id}`)).status).toBe(404)
    expect((await save(APP, id)).status).toBe(404)
    expect((await visitor.post(`/connectors/${id}/app/remove`)).status).toBe(404)
  })
})

describe('an app that several connectors share', () => {
  it('names the others, and counts the connections of all before it is removed', async () => {
    await save(APP, 'gmail')
    expect(await page('/connectors/gmail')).toMatch(/The same app serves [^<]*Google Drive[^<]* and [^<]*\./)
    expect(await page('/connectors/github')).not.toContain('The same app serves')
    const id = await connectAs(visitor)
    await env.DB.prepare(`UPDATE connections SET connector = 'google-drive' WHERE id = ?`).bind(id).run()
    const asked = await page('/connectors/gmail?confirm=remove')
    expect(asked).toContain('1 connection can no longer be refreshed with it.')
  })
})

describe("a workspace's own app", () => {
  it('is stored with its secret sealed, and the secret is never shown again', async () => {
    const saved = await save(APP)
    expect(saved.status).toBe(303)
    expect(saved.headers.get('Location')).toBe('/connectors/github?saved=1')
    const shown = await page('/connectors/github?saved=1')
    expect(shown).toContain('Saved')
    expect(shown).toContain('value="our-client"')
    expect(shown).toContain(`${PUBLIC_URL}/oauth/callback/github`)
    expect(shown).toContain('A secret is set. It is never shown; leave this empty to keep it.')
    const pages = ['/connectors', '/connectors/github', '/connections/new/github', '/connections/new']
    for (const path of pages) expect(await page(path)).not.toContain(SECRET)
    const row = await rowOf()
    expect(row).toMatchObject({ client_id: 'our-client', version: 1 })
    expect(row?.secret_sealed).toMatch(/^v1\.k1\./)
    expect(JSON.stringify(row)).not.toContain(SECRET)
    expect(await storedSecret()).toBe(SECRET)
  })

  it('keeps its secret where the field is left empty, and replaces it where it is not', async () => {
    await save(APP)
    await save({ ...APP, client_secret: '', secret_expires: '2027-01-31' })
    expect(await rowOf()).toMatchObject({ secret_expires_at: Date.parse('2027-01-31T23:59:59Z'), version: 2 })
    expect(await storedSecret()).toBe(SECRET)
    await save({ ...APP, client_secret: 'another' })
    expect(await storedSecret()).toBe('another')
  })

  it.each([
    ['no client ID', { client_secret: SECRET }, 'Paste the client ID as the service shows it.'],
    [
      'a client ID with a line end',
      { ...APP, client_id: 'a\nb' },
      'Paste the client ID as the service shows it: there are blanks inside it, which it never has.',
    ],
    ['a client ID with a letter that none has', { ...APP, client_id: 'clé' }, 'as the service shows it.'],
    [
      'no secret at all',
      { client_id: 'our-client' },
      'Paste the client secret that belongs to this client ID.',
    ],
    ['a day that is none', { ...APP, secret_expires: 'tomorrow' }, 'Use a date such as 2027-01-31'],
    [
      'a secret with a space',
      { ...APP, client_secret: `${SECRET} ${SECRET}` },
      'shows it: there are blanks inside it',
    ],
  ])('with %s is refused; the client ID stays typed, the secret does not', async (_name, form, words) => {
    const answer = await save(form as Record<string, string>)
    expect(answer.status).toBe(400)
    const shown = await answer.text()
    expect(shown).toContain(words)
    expect(shown).toContain('Nothing was saved yet.')
    expect(shown).not.toContain(SECRET)
    if ('client_id' in form && !form.client_id.includes('\n')) {
      expect(shown).toContain(`value="${form.client_id}"`)
    }
    expect(await rowOf()).toBeNull()
  })

  it.each([
    'http://evil.test',
    `${ORIGIN}/path`,
    `${ORIGIN}@evil.test`,
    'http://127.0.0.1:80.evil.test',
    'http://169.254.169.254:80',
    'http://localhost:4400#',
    'javascript:alert(1)',
    '',
  ])('is refused with a parameter that its pattern does not know: %s', async (origin) => {
    const answer = await save({ ...LOCAL, param_origin: origin }, 'local')
    expect(answer.status).toBe(400)
    expect(await textOf(answer)).toContain('Use the form http://127.0.0.1:4400')
    expect(await rowOf('local')).toBeNull()
  })

  it('keeps no secret for another host: a value that decides one asks for it again', async () => {
    await save(LOCAL, 'local')
    const elsewhere = ORIGIN.replace('127.0.0.1', 'localhost')
    const moved = await save({ ...LOCAL, client_secret: '', param_origin: elsewhere }, 'local')
    expect(moved.status).toBe(400)
    expect(await textOf(moved)).toContain('Paste the client secret again')
    expect(JSON.parse((await rowOf('local'))?.params ?? '')).toEqual({ origin: ORIGIN })
    await save({ ...LOCAL, client_secret: 'another', param_origin: elsewhere }, 'local')
    const { db, vault } = testContext()
    // The old one is no fallback there either.
    expect(await findWorkspaceApp(db, vault, tenant.workspaceId, 'local')).toMatchObject({
      clientSecret: 'another',
      fallbackSecret: null,
    })
  })

  it('leads nowhere but to the service: not to this deployment itself', async () => {
    const answer = await save({ ...LOCAL, param_origin: PUBLIC_URL }, 'local')
    expect(answer.status).toBe(400)
    expect(await textOf(answer)).toContain('This is the address of Evergrant itself')
  })

  it('whose host is changed under a living connection gets nothing of its grant', async () => {
    await save(LOCAL, 'local')
    const id = await connectAs(visitor)
    const elsewhere = ORIGIN.replace('127.0.0.1', 'localhost')
    await save({ ...LOCAL, param_origin: elsewhere }, 'local')
    const owned = { ...tenant.members.admin, connectionId: id, flowCookie: '' }
    const before = (await steer.requests({ path: '/token' })).length
    await stubOf(owned).refreshNow(owned)
    expect(await steer.requests({ path: '/token' })).toHaveLength(before)
    expect(await detailOf(owned)).toMatchObject({
      state: 'active',
      trouble: { class: 'config', detail: expect.stringContaining('Reconnect') },
    })
  })

  it('takes only the parameters its connector knows', async () => {
    await save({ ...LOCAL, param_evil: 'x', param___proto__: 'x' }, 'local')
    expect(JSON.parse((await rowOf('local'))?.params ?? '')).toEqual({ origin: ORIGIN })
  })

  it('is asked for on the way to a connection, and leads back there', async () => {
    const back = '/connections/new/github'
    const wrong = await save({ client_id: 'typed', client_secret: '', return: back })
    expect(wrong.status).toBe(400)
    const again = await wrong.text()
    expect(again).toContain('First, the OAuth app')
    expect(again).toContain('value="typed"')
    expect(again).toContain(`name="return" value="${back}"`)
    const saved = await save({ ...APP, return: back })
    expect(saved.headers.get('Location')).toBe(back)
    expect(await page(back)).not.toContain('First, the OAuth app')
    const { authorizeUrl } = await startFlow(visitor, 'github')
    expect(new URL(authorizeUrl).searchParams.get('client_id')).toBe('our-client')
    expect(authorizeUrl).not.toContain(SECRET)
  })

  it('is used in place of the deployment’s', async () => {
    await save(LOCAL, 'local')
    const id = await connectAs(visitor)
    const owned = { ...tenant.members.admin, connectionId: id, flowCookie: '' }
    expect(await detailOf(owned)).toMatchObject({ state: 'active', appOwner: tenant.workspaceId })
    expect((await readToken(owned)).ok).toBe(true)
  })

  it('removed leaves nothing but the deployment’s, and asks first', async () => {
    await save(LOCAL, 'local')
    const asked = await textOf(await visitor.get('/connectors/local?confirm=remove'))
    expect(asked).toContain('Remove the OAuth app of Local CRM?')
    expect(await rowOf('local')).not.toBeNull()
    const removed = await visitor.post('/connectors/local/app/remove')
    expect(removed.headers.get('Location')).toBe('/connectors')
    expect(await rowOf('local')).toBeNull()
    expect(await textOf(await visitor.get('/connectors/local'))).toContain('This deployment brings an app')
    const again = await visitor.post('/connectors/local/app/remove')
    expect(again.status).toBe(303)
  })

  it('removed while a connection is made with it: the callback is told, nothing is redeemed', async () => {
    await save({ ...LOCAL, client_id: 'local-drive', client_secret: UPSTREAM_SECRETS.drive }, 'local')
    const flow = await startFlow(visitor)
    await visitor.post('/connectors/local/app/remove')
    const query = new URLSearchParams({ code: 'x', state: flow.state, iss: ORIGIN })
    const answer = await visitor.get(`/oauth/callback/local?${query}`)
    expect(answer.status).toBe(303)
    expect(await textOf(await visitor.get(`/connections/${flow.connectionId}`))).toContain(
      'refused the OAuth app',
    )
    expect(await steer.requests({ path: '/token' })).toHaveLength(0)
  })
})

describe('an app that the service refuses', () => {
  it('is said where it can be mended, as text, and saving it again lets it try', async () => {
    await save(APP)
    const app = { owner: tenant.workspaceId, connector: 'github' }
    const detail = '<b>no such client</b>'
    await raiseAlert(openDatabase(env.DB), app, { kind: 'held', since: Date.now(), detail })
    const shown = await page('/connectors/github')
    expect(shown).toContain('GitHub refuses this app')
    expect(shown).toContain('&lt;b&gt;no such client&lt;/b&gt;')
    await save(APP)
    expect(await page('/connectors/github')).not.toContain('refuses this app')
  })

  it('of one workspace is no other’s trouble', async () => {
    const other = await newTenant()
    const app = { owner: other.workspaceId, connector: 'github' }
    await raiseAlert(openDatabase(env.DB), app, { kind: 'held', since: Date.now(), detail: 'theirs' })
    await save(APP)
    expect(await page('/connectors/github')).not.toContain('theirs')
  })
})
