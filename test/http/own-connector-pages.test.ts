// A workspace's own connectors as people add, change, export and delete them.

import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { detailOf, steer } from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { type Browser, consentAs } from './browser.ts'
import { newTenant, rowsOf, type Tenant, textOf } from './tenant.ts'

const ORIGIN = env.SIGN_IN_ISSUER

let tenant: Tenant
let visitor: Browser

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as('admin')
})

const FORM = {
  id: 'own-acme',
  name: 'Acme',
  authorize_url: 'https://login.acme.com/authorize',
  token_url: 'https://login.acme.com/token',
  api_base_url: 'https://api.acme.com/v1',
  scopes: 'deals | Read deals | sensitive',
  tools: 'deals.read | Read deals | deals',
}

const stored = async () =>
  (await rowsOf(tenant.workspaceId)).custom_connectors as {
    id: string
    definition: string
    version: number
  }[]

/** What a form on a page would send: its values as a browser reads them. */
async function fieldsOf(answer: Response): Promise<Record<string, string>> {
  const html =
    (await answer.text()).match(/<form method="post" action="[^"]*" class="definition">.*?<\/form>/s)?.[0] ??
    ''
  const plain = (text: string) =>
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  const fields: Record<string, string> = {}
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1] ?? ''
    if (input.includes('type="checkbox"') && !/\schecked/.test(input)) continue
    fields[name] = plain(/\svalue="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  for (const [, name = '', text = ''] of html.matchAll(
    /<textarea[^>]*name="([^"]*)"[^>]*>(.*?)<\/textarea>/gs,
  )) {
    fields[name] = plain(text.replace(/^\n/, ''))
  }
  for (const [, name = '', options = ''] of html.matchAll(
    /<select[^>]*name="([^"]*)"[^>]*>(.*?)<\/select>/gs,
  )) {
    const chosen = /<option value="([^"]*)" selected/.exec(options) ?? /<option value="([^"]*)"/.exec(options)
    fields[name] = chosen?.[1] ?? ''
  }
  return fields
}

describe('a connector found through its issuer', () => {
  it('is looked through, saved, given an app, connected, and shown as one’s own', async () => {
    expect(await textOf(await visitor.get('/connectors'))).toContain('Add your own')
    const found = await visitor.post('/connectors/new/issuer', { issuer: ORIGIN })
    expect(found.status).toBe(200)
    expect(await stored()).toEqual([])
    const fields = await fieldsOf(found)
    expect(fields).toMatchObject({
      id: 'own-127-0-0-1',
      issuer: ORIGIN,
      token_url: `${ORIGIN}/token`,
      pkce: 'S256',
      issuer_named: 'on',
      identity_url: `${ORIGIN}/me`,
      revocation_url: `${ORIGIN}/token/revocation`,
      revocation_token: 'refresh_token',
    })
    const form = { ...fields, id: 'own-crm', name: 'Our <b>CRM</b>', api_base_url: `${ORIGIN}/api` }
    const saved = await visitor.post('/connectors', form)
    expect(saved.headers.get('Location')).toBe('/connectors/own-crm')
    const app = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm }
    await visitor.post('/connectors/own-crm/app', app)
    const catalog = await (await visitor.get('/connections/new')).text()
    expect(catalog).toContain('Our &lt;b&gt;CRM&lt;/b&gt;')
    expect(catalog).toContain('Your own')
    expect(catalog).not.toContain('<b>CRM')
    const started = await visitor.post('/connections', { connector: 'own-crm', tools: 'contacts.read' })
    const landed = await visitor.get(await consentAs('ada', started.headers.get('Location')))
    const connectionId = landed.headers.get('Location')?.split('/').at(-1) ?? ''
    const connected = { ...tenant.members.admin, connectionId, flowCookie: '' }
    expect(await detailOf(connected)).toMatchObject({ state: 'active', connector: 'own-crm' })
    const page = await (await visitor.get(`/connections/${connectionId}`)).text()
    expect(page).toContain('Our &lt;b&gt;CRM&lt;/b&gt;')
    const asked = await textOf(await visitor.get('/connectors/own-crm?confirm=delete'))
    expect(asked).toContain('1 connection uses it: delete what uses it first.')
    expect((await visitor.post('/connectors/own-crm/delete')).status).toBe(409)
  })

  it('that is refused keeps what was typed, with the reason beside it', async () => {
    for (const issuer of ['http://169.254.169.254/"><script>', 'https://localhost', '']) {
      const answer = await visitor.post('/connectors/new/issuer', { issuer })
      expect(answer.status).toBe(400)
      const html = await answer.text()
      expect(html).toContain('id="issuer-error"')
      expect(html).not.toContain('<script>')
    }
    expect(await steer.requests()).toEqual([])
  })
})

describe('a connector written by hand', () => {
  it('is saved; one with errors comes back as it was typed, each beside its field', async () => {
    expect((await visitor.get('/connectors/new/form')).status).toBe(200)
    const wrong = {
      ...FORM,
      token_url: 'https://127.0.0.1/token',
      tools: 'deals.read | Read deals | unknown',
      rest: '{"tips": ["<i>x</i>"]}',
    }
    const answer = await visitor.post('/connectors', wrong)
    expect(answer.status).toBe(400)
    const html = await answer.clone().text()
    expect(html).toMatch(/id="token_url-error">Use the public name of a host/)
    expect(html).toMatch(/id="tools-error">Line 1: unknown is not among the scopes/)
    expect(html).not.toContain('<i>x')
    expect(await fieldsOf(answer)).toMatchObject(wrong)
    expect(await stored()).toEqual([])
    const saved = await visitor.post('/connectors', FORM)
    expect(saved.headers.get('Location')).toBe('/connectors/own-acme')
    expect(JSON.parse((await stored())[0]?.definition ?? '')).toMatchObject({ id: 'own-acme', name: 'Acme' })
  })

  it('never takes the place of another, and no id of the catalog', async () => {
    await visitor.post('/connectors', FORM)
    for (const id of ['own-acme', 'google', '', 'own-A']) {
      const answer = await visitor.post('/connectors', { ...FORM, id, name: 'Other' })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('id="id-error"')
    }
    expect(JSON.parse((await stored())[0]?.definition ?? '')).toMatchObject({ name: 'Acme' })
  })

  it('is changed where nobody else did in the meantime', async () => {
    await visitor.post('/connectors', FORM)
    const fields = await fieldsOf(await visitor.get('/connectors/own-acme/definition'))
    expect(fields).toMatchObject({ name: 'Acme', version: '1', scopes: FORM.scopes, tools: FORM.tools })
    const path = '/connectors/own-acme/definition'
    const saved = await visitor.post(path, { ...fields, name: 'Acme Inc' })
    expect(saved.headers.get('Location')).toBe('/connectors/own-acme?saved=connector')
    expect((await visitor.post(path, { ...fields, name: 'Acme Ltd' })).status).toBe(409)
    expect((await visitor.post(path, { ...fields, version: '2', name: '' })).status).toBe(400)
    expect(JSON.parse((await stored())[0]?.definition ?? '')).toMatchObject({ name: 'Acme Inc' })
  })

  it('asks once more before its credentials go to other hosts, and then forgets the app', async () => {
    await visitor.post('/connectors', FORM)
    await visitor.post('/connectors/own-acme/app', { client_id: 'a', client_secret: 'b' })
    const path = '/connectors/own-acme/definition'
    const fields = await fieldsOf(await visitor.get(path))
    const asked = await visitor.post(path, { ...fields, token_url: 'https://new.acme.com/token' })
    expect(asked.status).toBe(409)
    const words = await textOf(asked.clone())
    expect(words).toContain('https://login.acme.com')
    expect(words).toContain('https://new.acme.com')
    expect(words).toContain('The OAuth app is removed')
    expect(await stored()).toMatchObject([{ version: 1 }])
    const saved = await visitor.post(path, await fieldsOf(asked))
    expect(saved.headers.get('Location')).toBe('/connectors/own-acme?saved=hosts')
    expect(await stored()).toMatchObject([{ version: 2 }])
    expect((await rowsOf(tenant.workspaceId)).oauth_apps).toEqual([])
  })

  it('is deleted after a question, with its app', async () => {
    await visitor.post('/connectors', FORM)
    await visitor.post('/connectors/own-acme/app', { client_id: 'a', client_secret: 'b' })
    expect(await textOf(await visitor.get('/connectors/own-acme?confirm=delete'))).toContain(
      'Delete the connector Acme?',
    )
    expect((await stored()).length).toBe(1)
    expect((await visitor.post('/connectors/own-acme/delete')).headers.get('Location')).toBe('/connectors')
    expect(await stored()).toEqual([])
    expect((await rowsOf(tenant.workspaceId)).oauth_apps).toEqual([])
    expect((await visitor.get('/connectors/own-acme')).status).toBe(404)
  })

  it('is changed by no form of another site', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.com' }
    expect((await visitor.post('/connectors', FORM, headers)).status).toBe(403)
    expect(await stored()).toEqual([])
  })
})

describe('the JSON of a connector', () => {
  it('is downloaded, and imported as another', async () => {
    await visitor.post('/connectors', FORM)
    const file = await visitor.get('/connectors/own-acme/export')
    expect(file.headers.get('Content-Disposition')).toBe('attachment; filename="own-acme.json"')
    expect(file.headers.get('Content-Type')).toContain('application/json')
    const json = await file.text()
    const other = await (await newTenant()).as('owner')
    const looked = await other.post('/connectors/new/import', { json })
    expect(looked.status).toBe(200)
    const saved = await other.post('/connectors', await fieldsOf(looked))
    expect(saved.headers.get('Location')).toBe('/connectors/own-acme')
    expect(await (await other.get('/connectors/own-acme/export')).text()).toBe(json)
  })

  it('comes as a file too', async () => {
    const body = new FormData()
    body.append('json', '')
    body.append('file', new File([JSON.stringify({ ...JSON.parse('{"name": "From a file"}') })], 'x.json'))
    const request = new Request('http://x.test', { method: 'POST', body })
    const { send } = await import('./tenant.ts')
    const { PUBLIC_URL } = await import('./browser.ts')
    const answer = await send(
      new Request(`${PUBLIC_URL}/connectors/new/import`, {
        method: 'POST',
        body: await request.arrayBuffer(),
        headers: {
          'Content-Type': request.headers.get('Content-Type') ?? '',
          'Sec-Fetch-Site': 'same-origin',
          Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      }),
    )
    expect(await fieldsOf(answer)).toMatchObject({ name: 'From a file', id: 'own-from-a-file' })
  })

  it('of the catalog is a beginning, without what ties it there', async () => {
    const json = JSON.parse(await (await visitor.get('/connectors/gmail/export')).text())
    expect(json).toMatchObject({ id: 'own-gmail', category: 'Your own', confidence: 'unverified' })
    expect(json).not.toHaveProperty('provider')
    const copy = await fieldsOf(await visitor.get('/connectors/new/form?from=gmail'))
    expect(copy).toMatchObject({ id: 'own-gmail', name: 'Gmail' })
    expect((await visitor.post('/connectors', copy)).headers.get('Location')).toBe('/connectors/own-gmail')
    expect((await visitor.get('/connectors/new/form?from=nothing')).status).toBe(404)
  })

  it.each(['', 'no json', '[]', '7', 'null'])('that is none is said so: %s', async (json) => {
    const answer = await visitor.post('/connectors/new/import', { json })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('id="json-error"')
  })
})
