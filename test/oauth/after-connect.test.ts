import { afterEach, describe, expect, it, vi } from 'vitest'
import { jira } from '../../src/connectors/catalog/jira.ts'
import { xero } from '../../src/connectors/catalog/xero.ts'
import { zoho } from '../../src/connectors/catalog/zoho.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { fetchAfterConnect } from '../../src/oauth/after-connect.ts'
import { APP, answerWith, only, type Recorded, serverOf } from './recorded.ts'

const ONE = '11111111-a1b2-4b33-8444-def123456789'
const TWO = '22222222-a1b2-4b33-8444-def123456789'
const SITES = [
  { id: ONE, url: 'https://one.atlassian.net' },
  { id: TWO, url: 'https://two.atlassian.net' },
]

const ask = (connector: Connector, params: Record<string, string> = {}) =>
  fetchAfterConnect({
    server: serverOf(connector, { ...APP, params }),
    accessToken: 'canary-access',
    allowInsecure: false,
    deadlineMs: 5_000,
  })

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the request after consent', () => {
  it('carries the token in its header only', async () => {
    const sent = answerWith({ body: SITES })
    await ask(jira)
    const { url, headers } = only(sent)
    expect(url).toBe('https://api.atlassian.com/oauth/token/accessible-resources')
    expect(headers.get('authorization')).toBe('Bearer canary-access')
  })

  it('takes the first entry where nobody asked for one', async () => {
    answerWith({ body: SITES })
    expect(await ask(jira)).toEqual({ kind: 'params', params: { cloud_id: ONE } })
  })

  it('stays with the entry the connection has, whatever its place', async () => {
    answerWith({ body: SITES })
    expect(await ask(jira, { cloud_id: TWO })).toEqual({ kind: 'params', params: { cloud_id: TWO } })
  })

  it('takes the entry that was asked for, in whatever case, and no other', async () => {
    const body = [
      { tenantId: ONE, tenantName: 'Acme Ltd' },
      { tenantId: TWO, tenantName: 'Other Ltd' },
    ]
    answerWith({ body })
    expect(await ask(xero, { organisation: 'other LTD' })).toEqual({
      kind: 'params',
      params: { tenant_id: TWO },
    })
    expect(await ask(xero, { organisation: 'Nobody' })).toEqual({ kind: 'failed' })
  })

  it('is not made where a connector has none', async () => {
    const sent = answerWith({ body: {} })
    expect(await ask(zoho)).toEqual({ kind: 'none' })
    expect(sent).toEqual([])
  })

  it.each<[string, Recorded]>([
    ['a refusal', { status: 401, body: {} }],
    ['a server error', { status: 500, body: {} }],
    ['a page', { body: '<html>' }],
    ['an empty list', { body: [] }],
    ['no list', { body: { id: ONE } }],
    ['an entry without the value', { body: [{ url: 'https://one.atlassian.net' }] }],
    ['a value that is no id', { body: [{ id: '../../evil' }] }],
    ['a redirect', { status: 302, body: '', headers: { location: 'https://evil.com' } }],
  ])('brings nothing from %s', async (_, recorded) => {
    answerWith(recorded)
    expect(await ask(jira)).toEqual({ kind: 'failed' })
  })
})
