// A form that comes after its session has ended: nothing is changed, and what was entered is kept where it may be.

import { env, exports } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { BODY_LIMIT_BYTES } from '../../src/http/middleware/body-limit.ts'
import { type Browser, browser, type Form, PUBLIC_URL } from './browser.ts'
import { newTenant, type Tenant } from './tenant.ts'

const HOSTILE = `"><script>alert(1)</script>\n'&amp;`
const KEY: Form = [
  ['name', 'Nightly sync'],
  ['permissions', 'proxy'],
  ['permissions', 'connections:read'],
  ['expires', ''],
]

let tenant: Tenant
let stranger: Browser

beforeEach(async () => {
  tenant = await newTenant()
  stranger = browser()
})

/** The form of the page, as a browser would send it again. */
function kept(html: string): { action: string; fields: [string, string][] } {
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1] ?? ''
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return { action, fields: [...inputs].map(([, name = '', value = '']) => [plain(name), plain(value)]) }
}

const plain = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

const keysOf = (workspaceId: string) =>
  env.DB.prepare('SELECT name FROM api_keys WHERE workspace_id = ?').bind(workspaceId).all()

it('waits on the page, and sent again after sign-in it is as if nothing had happened', async () => {
  const answer = await stranger.post('/keys', KEY)
  expect(answer.status).toBe(401)
  const { action, fields } = kept(await answer.text())
  expect({ action, fields }).toEqual({ action: '/keys', fields: KEY })
  expect((await keysOf(tenant.workspaceId)).results).toEqual([])
  const again = await (await tenant.as('admin')).post(action, fields)
  expect(again.status).toBe(200)
  expect((await keysOf(tenant.workspaceId)).results).toEqual([{ name: 'Nightly sync' }])
})

it('keeps the text of a file as well', async () => {
  const body = new FormData()
  body.append('json', '')
  body.append('file', new File(['{"name": "Ledger"}'], 'ledger.json'))
  const answer = await exports.default.fetch(
    new Request(new URL('/connectors/new/import', PUBLIC_URL), {
      method: 'POST',
      body,
      headers: { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin', Origin: PUBLIC_URL },
    }),
  )
  const { fields } = kept(await answer.text())
  expect(fields).toEqual([
    ['json', ''],
    ['file', '{"name": "Ledger"}'],
  ])
})

it('is shown as text, whatever it says', async () => {
  const html = await (await stranger.post('/keys', { name: HOSTILE, [HOSTILE]: 'x' })).text()
  expect(html).not.toContain('<script>alert')
  expect(kept(html).fields).toEqual([
    ['name', HOSTILE],
    [HOSTILE, 'x'],
  ])
})

it.each([
  [
    'with a secret in it',
    '/connectors/github/app',
    { client_id: 'our-client', client_secret: 'not-shown-7c' },
  ],
  ['with nothing entered', '/keys', { name: '' }],
  ['that is too large', '/keys', { name: 'x'.repeat(BODY_LIMIT_BYTES) }],
])('%s is not kept: the page says to repeat it', async (_what, path, form) => {
  const answer = await stranger.post(path, form)
  expect(answer.status).toBe(401)
  const html = await answer.text()
  expect(html).toContain('Sign in again, then repeat what you were doing.')
  expect(html).not.toContain('<form')
  expect(html).not.toContain('not-shown-7c')
  expect(html.length).toBeLessThan(BODY_LIMIT_BYTES)
})

it('from elsewhere is refused before anything of it is shown', async () => {
  const answer = await stranger.post('/keys', KEY, {
    'Sec-Fetch-Site': 'cross-site',
    Origin: 'https://evil.test',
  })
  expect(answer.status).toBe(403)
  expect(await answer.text()).not.toContain('Nightly sync')
})
