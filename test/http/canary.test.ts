import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { runCron } from '../../src/services/run-cron.ts'
import type { SealContext } from '../../src/storage/vault.ts'
import { advance, realTime } from '../setup/clock.ts'
import { faults, mend } from '../setup/faults.ts'
import { steer, stubOf, testContext } from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { consentAs } from './browser.ts'
import { formsOf, leaks, type Watch, watch } from './canary.ts'
import { changed, startFlow, startReconnect } from './flow.ts'
import { api } from './tenant.ts'

const OWN_APP_SECRET = 'canary-own-app-secret-0b7d'

let secrets: Map<string, string>
let watching: Watch

beforeEach(async () => {
  mend()
  await steer.reset()
  await env.DB.exec('DELETE FROM sessions')
  await env.DB.exec('DELETE FROM members')
  secrets = new Map(Object.entries({ ...UPSTREAM_SECRETS, 'own app': OWN_APP_SECRET }))
  secrets.set('encryption key', (env as { ENCRYPTION_KEYS?: string }).ENCRYPTION_KEYS?.split(':')[1] ?? '')
  watching = watch(
    ({ url, method }, { status }) =>
      (method === 'POST' && url.endsWith('/keys')) || (status === 200 && /\/token(\/rejected)?$/.test(url)),
  )
})
afterEach(() => {
  vi.restoreAllMocks()
  realTime()
})

function keep(name: string, value: string | null | undefined): string {
  if (!value || value.length < 16) throw new Error(`${name} was not captured`)
  secrets.set(name, value)
  return value
}

const parameter = (address: string | null, name: string) =>
  new URL(address ?? '', env.PUBLIC_URL).searchParams.get(name)

async function open(context: SealContext, sealed: string | null | undefined): Promise<string> {
  const opened = await testContext().vault.open(context, sealed ?? '')
  if (!opened.ok) throw new Error(opened.error)
  return opened.value
}

interface Held {
  workspaceId: string
  connectionId: string
}

function recordOf(held: Held): Promise<ConnectionRecord | undefined> {
  return runInDurableObject(stubOf(held), (_, { storage }) => storage.kv.get<ConnectionRecord>('record'))
}

async function keepVerifier(held: Held, name: string): Promise<string> {
  const record = await recordOf(held)
  const context = { purpose: 'verifier', workspaceId: held.workspaceId, recordId: held.connectionId } as const
  return keep(name, await open(context, record?.pending?.sealedVerifier))
}

async function keepTokens(held: Held, name: string): Promise<{ accessToken: string; refreshToken: string }> {
  const record = await recordOf(held)
  const context = { purpose: 'grant', workspaceId: held.workspaceId, recordId: held.connectionId } as const
  const tokens = JSON.parse(await open(context, record?.grant?.sealed))
  keep(`${name} access token`, tokens.accessToken)
  keep(`${name} refresh token`, tokens.refreshToken)
  return tokens
}

async function signIn(): Promise<void> {
  const { visitor } = watching
  const started = await visitor.post('/sign-in')
  const location = started.headers.get('Location')
  keep('sign-in state', parameter(location, 'state'))
  keep('sign-in nonce', parameter(location, 'nonce'))
  const flow: SealContext = { purpose: 'sign_in_flow', workspaceId: '', recordId: 'browser' }
  keep('sign-in verifier', JSON.parse(await open(flow, visitor.cookies.get('__Host-sign-in'))).verifier)
  const callback = await consentAs('ada', location)
  keep('sign-in code', parameter(callback, 'code'))
  await visitor.get(callback)
  keep('session', visitor.cookies.get('__Host-session'))
}

/** A consent whose state, code and verifier are kept. */
async function consented(held: Held, flow: { authorizeUrl: string; state: string }, name: string) {
  keep(`${name} state`, flow.state)
  const verifier = await keepVerifier(held, `${name} verifier`)
  keep('flow cookie', watching.visitor.cookies.get('__Host-flow'))
  const callback = await consentAs('ada', flow.authorizeUrl)
  const code = keep(`${name} code`, parameter(callback, 'code'))
  return { callback, code, verifier }
}

it('no secret is in a log line, a page, a problem, D1, KV or an object, in any form, from sign-in to delete', {
  timeout: 60_000,
}, async () => {
  const { visitor, fetch, sweep, seen } = watching
  await signIn()
  const app = { client_id: 'local-drive', client_secret: OWN_APP_SECRET, param_origin: env.SIGN_IN_ISSUER }
  await visitor.post('/connectors/local-lenient/app', app)
  await visitor.get('/connectors/local-lenient')

  const flow = await startFlow(visitor)
  const held = { workspaceId: flow.state.split('.')[0] ?? '', connectionId: flow.connectionId }
  const page = `/connections/${held.connectionId}`
  const first = await consented(held, flow, 'connect')
  await sweep('while the consent is open')
  await visitor.get(first.callback)
  await visitor.get(first.callback)
  const tokens = await keepTokens(held, 'first')
  await visitor.get(page)
  await sweep('connected')

  const made = await visitor.post('/keys', { name: 'Canary', permissions: 'tokens:read', expires: 'none' })
  const key = keep('API key', /egk_[0-9A-Za-z]{50}/.exec(await made.text())?.[0])
  keep('API key secret', key.slice(16))
  const token = (init = {}, query = '') => api(`/v1${page}/token${query}`, { key, ...init }, fetch)
  for (let count = 0; count < 3; count++) await token({ headers: { 'Cache-Control': 'no-cache' } })
  await token()
  await token({}, '?scope=deals.read')
  await token({ key: key.replace('egk_', 'egk-') })
  const rejected = { method: 'POST', json: { access_token: tokens.accessToken } }
  await api(`/v1${page}/token/rejected`, { key, ...rejected }, fetch)
  await api(`/v1${page}/token/rejected`, { key, method: 'POST', body: tokens.accessToken }, fetch)
  const current = await keepTokens(held, 'second')
  await sweep('used')

  const echo = [current.refreshToken, current.accessToken, UPSTREAM_SECRETS.crm, btoa(current.refreshToken)]
  const description = `bad ${echo.join(' and ')} for ${encodeURIComponent(current.refreshToken)}`
  const { refreshToken } = current
  await steer.nextToken({ do: 'answer', status: 500, body: description })
  await steer.nextToken({
    do: 'answer',
    status: 400,
    body: { error: refreshToken, error_description: description },
  })
  await steer.nextToken({
    do: 'answer',
    status: 401,
    body: { error: 'invalid_client', error_description: description },
  })
  for (let count = 0; count < 3; count++) {
    await visitor.post(`${page}/refresh`)
    await visitor.get(page)
    await visitor.get('/connectors/local')
  }
  await sweep('refresh failed')
  faults.d1Down = true
  faults.kvDown = true
  advance(130_000)
  await token({ headers: { 'Cache-Control': 'no-cache' } })
  faults.d1Down = false
  faults.kvDown = false
  await keepTokens(held, 'third')
  await runCron(testContext(), Date.now())
  await steer.nextToken({
    do: 'answer',
    status: 400,
    body: { error: 'invalid_grant', error_description: description },
  })
  await visitor.post(`${page}/refresh`)
  await visitor.get(page)
  await token({ headers: { 'Cache-Control': 'no-cache' } })
  expect((await recordOf(held))?.state).toBe('reauthorize')
  await sweep('lost')

  const failed = await consented(held, await startReconnect(visitor, held.connectionId), 'failed reconnect')
  const words = `code ${failed.code} verifier ${failed.verifier} secret ${UPSTREAM_SECRETS.crm}`
  await steer.nextToken({
    do: 'answer',
    status: 400,
    body: { error: 'invalid_grant', error_description: words },
  })
  await visitor.get(failed.callback)
  await visitor.get(page)
  const denied = await consented(held, await startReconnect(visitor, held.connectionId), 'denied reconnect')
  await visitor.get(changed(denied.callback, { error: 'access_denied', error_description: words }))
  await visitor.get(page)
  const again = await consented(held, await startReconnect(visitor, held.connectionId), 'reconnect')
  await visitor.get(changed(again.callback, { iss: 'https://evil.test/' }).replace('/local?', '/google?'))
  await visitor.get(again.callback)
  await keepTokens(held, 'reconnected')
  expect((await recordOf(held))?.state).toBe('active')
  await sweep('reconnected')

  await visitor.post(`${page}/pause`)
  await token()
  await sweep('paused')
  await visitor.post(`${page}/delete`)
  await token()
  await visitor.post(`/keys/${key.slice(4, 16)}/revoke`)
  await token()
  await visitor.get('/connections')
  await visitor.get('/keys')
  await visitor.post('/sign-out')
  await sweep('deleted')

  expect(seen.length).toBeGreaterThan(150)
  for (const place of [
    'console.info',
    'D1 connections',
    'D1 audit',
    'KV',
    'object',
    'body of GET /connections/',
  ]) {
    expect(seen.some((each) => each.place.startsWith(place))).toBe(true)
  }
  expect(seen.some(({ place, text }) => place.startsWith('body of') && text.includes('[hidden]'))).toBe(true)
  expect(secrets.size).toBe(33)
  expect(leaks(seen, secrets)).toEqual([])
})

it('and would be found in each form, by this very search', () => {
  const secret = 'canary-Ünïcode+/=%"\\ value-12345'
  const bytes = new TextEncoder().encode(secret)
  const binary = (before: string) => btoa(`${before}${String.fromCharCode(...bytes)}tail`)
  const hidden = [
    secret,
    JSON.stringify({ secret }),
    encodeURIComponent(secret),
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    ...['', 'a', 'ab', 'abc'].map(binary),
    ...['', 'a', 'ab', 'abc'].map((before) => binary(before).replaceAll('+', '-').replaceAll('/', '_')),
  ]
  for (const text of hidden) {
    expect(leaks([{ place: 'here', text: `some ${text} text` }], new Map([['it', secret]]))).toEqual([
      'it: here',
    ])
  }
  for (const form of formsOf(secret)) expect(form.length).toBeGreaterThan(16)
})
