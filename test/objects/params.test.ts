// Values for a connector's placeholders, through the whole connect walk of real connectors with recorded answers: entered,
// named by the callback, by the token answer, and by the request after consent.

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { callbackMac } from '../../src/oauth/callback-mac.ts'
import { startConnection, startReconnect } from '../../src/services/start-authorization.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { saveWorkspaceApp } from '../../src/storage/oauth-apps.ts'
import { fixture as jira } from '../fixtures/catalog/jira.ts'
import { fixture as quickbooks } from '../fixtures/catalog/quickbooks.ts'
import { fixture as shopify } from '../fixtures/catalog/shopify.ts'
import { fixture as zoho } from '../fixtures/catalog/zoho.ts'
import { mend } from '../setup/faults.ts'
import {
  detailOf,
  finish,
  loseStorage,
  type Member,
  newMember,
  putRecord,
  stubOf,
  testContext,
} from '../setup/harness.ts'

beforeEach(() => mend())
afterEach(() => {
  vi.restoreAllMocks()
})

/** Answers by the end of the host and path; what is not listed fails the request. */
function service(answers: Record<string, unknown>): string[] {
  const asked: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = String(input instanceof Request ? input.url : input)
    asked.push(url)
    const found = Object.entries(answers).find(([end]) => url.split('?')[0]?.endsWith(end))
    return found ? Response.json(found[1]) : new Response('not recorded', { status: 599 })
  })
  return asked
}

async function memberWithApp(key: string): Promise<Member> {
  const member = await newMember()
  const { vault } = testContext()
  await saveWorkspaceApp(
    openDatabase(env.DB),
    vault,
    {
      workspaceId: member.workspaceId,
      connector: key,
      clientId: 'client-1',
      clientSecret: 'canary-app-secret',
      params: {},
      secretExpiresAt: null,
      sameHosts: () => true,
    },
    Date.now(),
  )
  return member
}

async function begin(
  member: Member,
  connector: string,
  tools: string[],
  params: Record<string, string> = {},
) {
  return startConnection(testContext(), member, { connector, name: '', tools, params }, undefined, Date.now())
}

type Started = { connectionId: string; authorizeUrl: string; flowCookie: string }

async function started(...args: Parameters<typeof begin>): Promise<Member & Started> {
  const result = await begin(...args)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return { ...args[0], ...result.value }
}

async function comeBack(flow: Member & Started, connector: string, more = '', secret = 'canary-app-secret') {
  const state = new URL(flow.authorizeUrl).searchParams.get('state') ?? ''
  const query = new URLSearchParams(more)
  query.set('code', 'canary-code')
  query.set('state', state)
  if (connector === 'shopify') query.set('hmac', await callbackMac(query, 'hmac', secret))
  return finish(flow, query.toString(), connector)
}

async function recordOf(flow: Member & Started): Promise<ConnectionRecord> {
  return runInDurableObject(stubOf(flow), (_, state) => {
    const record = state.storage.kv.get<ConnectionRecord>('record')
    if (!record) throw new Error('there is no record')
    return record
  })
}

describe('a value entered at set-up', () => {
  const answers = { '/admin/oauth/access_token': shopify.token.body, '/graphql.json': shopify.identity?.body }

  it('makes every address of the connection', async () => {
    const flow = await started(await memberWithApp('shopify'), 'shopify', ['products.read'], { shop: 'acme' })
    expect(new URL(flow.authorizeUrl).host).toBe('acme.myshopify.com')
    const asked = service(answers)
    await comeBack(flow, 'shopify')
    expect(asked.map((url) => new URL(url).host)).toEqual(['acme.myshopify.com', 'acme.myshopify.com'])
    expect(await recordOf(flow)).toMatchObject({ state: 'active', params: { shop: 'acme' } })
    expect((await detailOf(flow)).account).toMatchObject({ name: 'Acme' })
  })

  it('comes with a callback that the service has signed, or nothing is redeemed', async () => {
    const flow = await started(await memberWithApp('shopify'), 'shopify', ['products.read'], { shop: 'acme' })
    const asked = service(answers)
    await comeBack(flow, 'shopify', '', 'another-secret')
    expect(asked).toEqual([])
    expect(await detailOf(flow)).toMatchObject({ state: 'pending', notice: { kind: 'app_refused' } })
  })

  it('survives the loss of the object: the row has it, and the account', async () => {
    const flow = await started(await memberWithApp('shopify'), 'shopify', ['products.read'], { shop: 'acme' })
    service(answers)
    await comeBack(flow, 'shopify')
    const before = (await recordOf(flow)).account
    await loseStorage(flow)
    const again = await startReconnect(testContext(), flow, flow.connectionId, flow.flowCookie, Date.now())
    if (!again.ok) throw new Error(again.error.code)
    expect(new URL(again.value.authorizeUrl).host).toBe('acme.myshopify.com')
    const rebuilt = await recordOf(flow)
    expect(rebuilt).toMatchObject({ state: 'reauthorize', reason: 'grant_missing', params: { shop: 'acme' } })
    expect(rebuilt.account).toMatchObject({ subject: before?.subject, tenant: before?.tenant })
  })

  it('is kept on a reconnect', async () => {
    const flow = await started(await memberWithApp('shopify'), 'shopify', ['products.read'], { shop: 'acme' })
    service(answers)
    await comeBack(flow, 'shopify')
    const again = await startReconnect(testContext(), flow, flow.connectionId, flow.flowCookie, Date.now())
    if (!again.ok) throw new Error(again.error.code)
    expect(new URL(again.value.authorizeUrl).host).toBe('acme.myshopify.com')
  })

  it.each([
    '',
    'acme.evil.test/#',
    'acme.evil.test',
    '127.0.0.1',
    '[::1]',
    'a b',
    '0x7f000001.evil.com',
    'x'.repeat(300),
    'аcme',
    'acme/',
    '-acme',
  ])('is refused when it is %j, and nothing is stored', async (shop) => {
    const member = await memberWithApp('shopify')
    const result = await begin(member, 'shopify', ['products.read'], { shop })
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', errors: [{ path: 'params.shop' }] },
    })
  })
})

describe('a value that the callback names', () => {
  const answers = { '/oauth/v2/token': zoho.token.body, '/oauth/user/info': zoho.identity?.body }

  it('decides where the code is redeemed', async () => {
    const flow = await started(await memberWithApp('zoho'), 'zoho', ['crm.read'])
    expect(new URL(flow.authorizeUrl).host).toBe('accounts.zoho.com')
    const asked = service(answers)
    await comeBack(flow, 'zoho', zoho.callback)
    expect(asked.map((url) => new URL(url).host)).toEqual(['accounts.zoho.eu', 'accounts.zoho.eu'])
    expect(await recordOf(flow)).toMatchObject({
      state: 'active',
      params: { accounts_server: 'https://accounts.zoho.eu', api_domain: 'https://www.zohoapis.com' },
    })
  })

  it.each([
    'https://evil.com',
    'https://accounts.zoho.eu.evil.com',
    'https://accounts.zoho.eu@evil.com',
    'https://127.0.0.1',
    'https://[::1]',
    'https://0x7f000001',
    'https://localhost',
    'https://metadata.google.internal',
    'http://accounts.zoho.eu',
    `https://${'x'.repeat(300)}.zoho.eu`,
    'https://accounts.zоho.eu',
  ])('gets no code sent to %s', async (server) => {
    const flow = await started(await memberWithApp('zoho'), 'zoho', ['crm.read'])
    const asked = service(answers)
    await comeBack(flow, 'zoho', `accounts-server=${encodeURIComponent(server)}`)
    expect(asked).toEqual([])
    expect(await detailOf(flow)).toMatchObject({ state: 'pending', notice: { kind: 'exchange_failed' } })
  })

  it('tells two companies of one person apart', async () => {
    const flow = await started(await memberWithApp('quickbooks'), 'quickbooks', ['accounting'])
    const recorded = { '/tokens/bearer': quickbooks.token.body, '/userinfo': quickbooks.identity?.body }
    service(recorded)
    await comeBack(flow, 'quickbooks', 'realmId=9341453474484455')
    expect((await recordOf(flow)).account).toMatchObject({ tenant: '9341453474484455' })
    const again = await startReconnect(testContext(), flow, flow.connectionId, flow.flowCookie, Date.now())
    if (!again.ok) throw new Error(again.error.code)
    await comeBack({ ...flow, ...again.value }, 'quickbooks', 'realmId=1111111111111111')
    expect(await detailOf(flow)).toMatchObject({ generation: 1, notice: { kind: 'other_account' } })
    expect((await recordOf(flow)).params).toMatchObject({ realm_id: '9341453474484455' })
  })
})

describe('a value that the token answer names', () => {
  it.each(['https://www.zohoapis.evil.com', 'https://localhost', 'https://evil.com/#www.zohoapis.com'])(
    'is refused when it is %s, and so is the grant',
    async (api_domain) => {
      const flow = await started(await memberWithApp('zoho'), 'zoho', ['crm.read'])
      service({ '/oauth/v2/token': { ...(zoho.token.body as object), api_domain } })
      await comeBack(flow, 'zoho', zoho.callback)
      expect(await detailOf(flow)).toMatchObject({ state: 'pending', notice: { kind: 'exchange_failed' } })
    },
  )
})

describe('a value that only a request after consent says', () => {
  const answers = { '/oauth/token': jira.token.body, '/me': jira.identity?.body }
  const sites = { '/accessible-resources': jira.afterConnect?.body }

  it('is asked for, and is part of the account', async () => {
    const flow = await started(await memberWithApp('jira'), 'jira', ['issues.read'])
    service({ ...answers, ...sites })
    await comeBack(flow, 'jira')
    const cloud_id = jira.afterConnect?.params.cloud_id
    expect(await recordOf(flow)).toMatchObject({ params: { cloud_id }, account: { tenant: cloud_id } })
  })

  it('is the site that was asked for', async () => {
    const flow = await started(await memberWithApp('jira'), 'jira', ['issues.read'], {
      site_url: 'https://other.atlassian.net',
    })
    service({ ...answers, ...sites })
    await comeBack(flow, 'jira')
    expect((await recordOf(flow)).params?.cloud_id).toBe('00000000-a1b2-4b33-8444-def123456789')
  })

  it('is asked for again when it could not be read', async () => {
    const flow = await started(await memberWithApp('jira'), 'jira', ['issues.read'])
    service(answers)
    await comeBack(flow, 'jira')
    const record = await recordOf(flow)
    expect(record).toMatchObject({ state: 'active', params: {}, account: { tenant: null } })
    expect(record.checkDueAt).not.toBeNull()
    service({ ...answers, ...sites })
    await putRecord(flow, { ...record, checkDueAt: Date.now() - 1 })
    await runInDurableObject(stubOf(flow), (instance) => instance.alarm())
    const later = await recordOf(flow)
    const cloud_id = jira.afterConnect?.params.cloud_id
    expect(later).toMatchObject({ params: { cloud_id }, account: { tenant: cloud_id }, checkDueAt: null })
  })
})
