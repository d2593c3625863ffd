import { afterEach, describe, expect, it, vi } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { google } from '../../src/connectors/catalog/google.ts'
import { local } from '../../src/connectors/catalog/local.ts'
import { shopify } from '../../src/connectors/catalog/shopify.ts'
import { slack } from '../../src/connectors/catalog/slack.ts'
import { stripeConnect } from '../../src/connectors/catalog/stripe-connect.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { revokeGrant } from '../../src/oauth/revocation.ts'
import { answerWith, callTo, only } from './recorded.ts'

const APP = { clientId: 'client/1', clientSecret: 'canary:+%', params: { origin: 'http://127.0.0.1:4400' } }
const SECRET = { accessToken: 'canary-access', refreshToken: 'canary-refresh' }
const revoke = (connector: Connector, change = {}) =>
  revokeGrant({ ...callTo(connector, APP), allowInsecure: true, ...change }, SECRET)

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the one attempt to end access at the service', () => {
  it('is RFC 7009 where the service has it, with the app’s credentials', async () => {
    const sent = answerWith({ status: 200, body: '' })
    expect(await revoke(local)).toMatchObject({ revoked: true })
    const { url, method, form, headers } = only(sent)
    expect([method, url]).toEqual(['POST', 'http://127.0.0.1:4400/token/revocation'])
    expect(Object.fromEntries(form)).toEqual({ token: 'canary-refresh' })
    expect(headers.get('authorization')).toBe(`Basic ${btoa('client%2F1:canary%3A%2B%25')}`)
  })

  it('keeps the client ID in its place in the address', async () => {
    const sent = answerWith({ status: 204 })
    await revoke(github)
    expect(only(sent).url).toBe('https://api.github.com/applications/client%2F1/token')
    expect(only(sent).headers.get('authorization')).toBe(`Basic ${btoa('client%2F1:canary%3A%2B%25')}`)
  })

  it.each([400, 401, 403, 429, 500, 503])('is made once, and %i is told', async (status) => {
    const sent = answerWith({ status, body: { error: 'canary-access' } })
    const report = await revoke(local)
    expect(report.revoked).toBe(false)
    expect(report.detail).toContain(`HTTP ${status}`)
    expect(report.detail).not.toContain('canary')
    expect(sent).toHaveLength(1)
  })

  it.each([404, 422])('takes %i for an end that came before, where the service says so', async (status) => {
    answerWith({ status, body: {} })
    expect(await revoke(github)).toMatchObject({ revoked: true })
    expect(await revoke(local)).toMatchObject({ revoked: false })
  })

  it('takes Google’s 400 for an end that came before', async () => {
    answerWith({ status: 400, body: { error: 'invalid_token' } })
    expect(await revoke(google)).toMatchObject({ revoked: true })
  })

  it('follows no redirect', async () => {
    const sent = answerWith({ status: 307, body: '', headers: { location: 'https://evil.test/' } })
    expect(await revoke(local)).toMatchObject({ revoked: false })
    expect(sent).toHaveLength(1)
  })

  it('tells a missed deadline apart', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      (_, init) =>
        new Promise((_resolve, reject) => {
          const { signal } = init as RequestInit
          signal?.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const report = await revoke(local, { deadlineMs: 20 })
    expect(report).toMatchObject({ revoked: false })
    expect(report.detail).toContain('did not answer in time')
  })

  it('is not made where the service has no revocation: null, not false', async () => {
    const sent = answerWith({ body: {} })
    expect(await revoke({ ...local, revocation: null })).toMatchObject({ revoked: null })
    expect(sent).toEqual([])
  })

  it('is not made to an address that may not be called', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch')
    expect(await revoke(local, { allowInsecure: false })).toMatchObject({ revoked: false })
    expect(fetching).not.toHaveBeenCalled()
  })

  it('is not made to an incomplete address', async () => {
    const sent = answerWith({ body: {} })
    const app = { ...APP, params: { origin: 'https://evil.test' } }
    expect(await revokeGrant({ ...callTo(local, APP), app }, SECRET)).toMatchObject({ revoked: false })
    expect(sent).toEqual([])
  })
})

describe('a form of the service’s own', () => {
  it('carries the token as a bearer, and believes only the word that it has ended', async () => {
    const sent = answerWith({ body: { ok: true, revoked: true } })
    expect(await revoke(slack)).toMatchObject({ revoked: true })
    const { url, method, headers, body } = only(sent)
    expect([method, url]).toEqual(['POST', 'https://slack.com/api/auth.revoke'])
    expect(headers.get('authorization')).toBe('Bearer canary-access')
    expect(body).toBe('')
    vi.restoreAllMocks()
    answerWith({ body: { ok: false, error: 'internal_error' } })
    expect(await revoke(slack)).toMatchObject({ revoked: false })
    vi.restoreAllMocks()
    answerWith({ body: { ok: false, error: 'token_revoked' } })
    expect(await revoke(slack)).toMatchObject({ revoked: true })
  })

  it('fills what it must say from app and connection', async () => {
    const app = { ...APP, params: { account_id: 'acct_1Example' } }
    const sent = answerWith({ body: { stripe_user_id: 'acct_1Example' } })
    expect(await revokeGrant(callTo(stripeConnect, app), SECRET)).toMatchObject({ revoked: true })
    const { headers, form } = only(sent)
    expect(headers.get('authorization')).toBe('Bearer canary:+%')
    expect(Object.fromEntries(form)).toEqual({ client_id: 'client/1', stripe_user_id: 'acct_1Example' })
  })

  it('is not made where something of it has no value', async () => {
    const sent = answerWith({ body: {} })
    const report = await revokeGrant(callTo(stripeConnect, { ...APP, params: {} }), SECRET)
    expect(report).toMatchObject({ revoked: false })
    expect(sent).toEqual([])
  })

  it('puts the token into a header of the service’s, and nowhere else', async () => {
    const sent = answerWith({ body: '' })
    await revokeGrant(callTo(shopify, { ...APP, params: { shop: 'acme' } }), SECRET)
    const { url, method, headers } = only(sent)
    expect([method, url]).toEqual(['DELETE', 'https://acme.myshopify.com/admin/api_permissions/current.json'])
    expect(headers.get('x-shopify-access-token')).toBe('canary-access')
    expect(headers.get('authorization')).toBeNull()
  })
})
