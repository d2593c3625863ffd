import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { detailOf, steer } from '../setup/harness.ts'
import { type Browser, browser, consentAs } from './browser.ts'
import { newTenant, send, type Tenant, textOf } from './tenant.ts'

const FORM = { connector: 'local', tools: 'contacts.read', name: 'CRM of the field team' }

let tenant: Tenant
let admin: Browser

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  admin = await tenant.as('admin')
})

const total = () => env.DB.prepare('SELECT count(*) AS n FROM connections').first<number>('n')

async function make(form: Record<string, string> = {}) {
  const answer = await admin.post('/connections/link', { ...FORM, ...form })
  const html = await answer.text()
  const path = /\/connect\/[\w-]{43}/.exec(html)?.[0] ?? ''
  const connectionId = /\/connections\/(con_\w+)"/.exec(html)?.[1] ?? ''
  return { answer, html, path, held: { ...tenant.members.admin, connectionId, flowCookie: '' } }
}

async function walk(path: string, person: string): Promise<string> {
  const visitor = browser(send)
  const out = await visitor.post(path)
  await visitor.get(await consentAs(person, out.headers.get('Location')))
  return textOf(await visitor.get('/connect/done'))
}

describe('a link for somebody else', () => {
  it('is offered where a connection is set up, by the same form', async () => {
    const html = await (await admin.get('/connections/new/local')).text()
    expect(html).toMatch(/<button type="submit" form="set-up" formaction="\/connections\/link"/)
    expect(html).toMatch(/<input id="expected" name="expected"[^>]* form="set-up"/)
  })

  it('is shown once, with its end; whoever opens it makes the connection active', async () => {
    const { answer, html, path, held } = await make()
    expect(answer.status).toBe(200)
    expect(html).toContain(`${env.PUBLIC_URL}${path}`)
    expect(html).toContain('it is not shown again')
    expect(html).toMatch(/ends <time datetime="[^"]+" title="[^"]+">in 7 days/)
    expect((await detailOf(held)).state).toBe('pending')
    expect(await textOf(await browser(send).get(path))).toContain('admin')
    expect(await walk(path, 'grace')).toContain('You are done')
    expect(await detailOf(held)).toMatchObject({ state: 'active', name: FORM.name, account: { id: 'grace' } })
    expect(await (await admin.get(`/connections/${held.connectionId}`)).text()).not.toContain(path)
  })

  it('accepts only the account it is for', async () => {
    const { html, path, held } = await make({ expected: 'ada@example.com' })
    expect(html).toContain('Only the account ada@example.com is accepted')
    expect(await walk(path, 'grace')).not.toContain('You are done')
    expect((await detailOf(held)).state).toBe('pending')
    expect(await walk(path, 'ada')).toContain('You are done')
  })

  it('is made as well where Enter in that field sends the form to connect', async () => {
    const answer = await admin.post('/connections', { ...FORM, expected: 'grace@example.com' })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Only the account grace@example.com is accepted')
  })

  it.each([
    ['an unknown tool', { tools: 'contacts.steal' }, 400],
    ['a long name', { name: 'x'.repeat(101) }, 400],
    ['no app', { connector: 'google', tools: 'gmail.send' }, 200],
    ['a service that has closed', { connector: 'fitbit' }, 409],
    ['an unknown service', { connector: 'nobody' }, 404],
  ])('is not made with %s', async (_name, form, status) => {
    const before = await total()
    const { answer, path } = await make(form)
    expect(answer.status).toBe(status)
    expect(path).toBe('')
    expect(await total()).toBe(before)
  })

  it('keeps what was typed where something is wrong', async () => {
    const { html } = await make({ tools: 'contacts.steal', expected: 'ada@example.com' })
    expect(html).toContain('value="CRM of the field team"')
    expect(html).toContain('value="ada@example.com"')
  })
})
