// Every connector against its service's own words: token answer, refresh answer, dead grant, account. Nothing leaves the
// machine. A new service needs one file in test/fixtures/catalog, named after the connector or its family.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { offeredConnectors } from '../../src/connectors/catalog.ts'
import { appKeyOf, type Connector } from '../../src/domain/connector.ts'
import { saysTokenIsDead } from '../../src/domain/dead-token.ts'
import { examplesOf, paramsOfAnswer } from '../../src/domain/params.ts'
import { fetchAfterConnect } from '../../src/oauth/after-connect.ts'
import { callbackMac } from '../../src/oauth/callback-mac.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { resolveServer } from '../../src/oauth/server.ts'
import { exchangeCode, refreshGrant, type TokenCall } from '../../src/oauth/token-endpoint.ts'
import type { CatalogFixture } from '../fixtures/catalog-fixture.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const APP = { clientId: 'client-1', clientSecret: 'canary-app-secret', params: {} }
const HELD = 'canary-refresh-token'
const FILES = import.meta.glob<{ fixture: CatalogFixture }>('../fixtures/catalog/*.ts', { eager: true })
const BY_NAME = new Map(
  Object.entries(FILES).map(([path, { fixture }]) => [path.replace(/^.*\/|\.ts$/g, ''), fixture]),
)
const PUBLIC = offeredConnectors(false)

function fixtureOf(connector: Connector): CatalogFixture | undefined {
  return BY_NAME.get(connector.id) ?? BY_NAME.get(appKeyOf(connector))
}

function callTo(connector: Connector): TokenCall {
  const server = resolveServer(connector, APP, examplesOf(connector))
  if (!server) throw new Error('a placeholder has no value')
  return { server, app: APP, allowInsecure: false, deadlineMs: 5_000 }
}

interface Sent {
  url: URL
  method: string
  headers: Headers
  body: string
}

/** Answers in turn, and keeps what was asked. */
function answer(...answers: { status?: number; body: unknown; headers?: Record<string, string> }[]): Sent[] {
  const sent: Sent[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input as RequestInfo, init as RequestInit)
    const { status = 200, body, headers } = answers[sent.length] ?? answers.at(-1) ?? { body: {} }
    sent.push({
      url: new URL(request.url),
      method: request.method,
      headers: request.headers,
      body: await request.text(),
    })
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'text/html' : 'application/json'
    return new Response(text, { status, headers: { 'content-type': type, ...headers } })
  })
  return sent
}

async function exchange(connector: Connector, fixture: CatalogFixture) {
  const { issuer, issuerAlwaysNamed, macParam, pkce } = connector.authorize
  const query = new URLSearchParams(`code=canary-code&state=state-1&${fixture.callback ?? ''}`)
  if (issuer && issuerAlwaysNamed) query.set('iss', issuer)
  if (macParam) query.set(macParam, await callbackMac(query, macParam, APP.clientSecret))
  return exchangeCode(
    callTo(connector),
    {
      query: query.toString(),
      state: 'state-1',
      redirectUri: `https://evergrant.example.com/oauth/callback/${connector.id}`,
      verifier: pkce === 'S256' ? 'v'.repeat(43) : null,
    },
    NOW,
  )
}

/** What must hold of every request to a token endpoint, whatever the dialect. */
function expectProperRequest(connector: Connector, sent: Sent[], grant: 'code' | 'refresh') {
  const [request] = sent
  if (!request) throw new Error('nothing was sent')
  const { clientAuth, body: encoding = 'form' } = connector.token
  const dialect = connector.token[grant] ?? {}
  const template = dialect.url ?? connector.token.url
  expect(request.url.host).toBe(
    new URL(template.startsWith('{') ? request.url : fillHost(connector, template)).host,
  )
  expect(request.method).toBe(dialect.method ?? 'POST')
  const fields =
    request.method === 'GET'
      ? Object.fromEntries(request.url.searchParams)
      : encoding === 'json'
        ? (JSON.parse(request.body) as Record<string, string>)
        : Object.fromEntries(new URLSearchParams(request.body))
  const credential = grant === 'code' ? 'canary-code' : HELD
  expect(Object.values(fields)).toContain(credential)
  for (const [name, value] of Object.entries(dialect.params ?? {})) expect(fields[name]).toBe(value)
  if (request.method === 'POST') {
    expect(request.headers.get('content-type')).toMatch(
      encoding === 'json' ? /^application\/json/ : /^application\/x-www-form-urlencoded/,
    )
    expect(request.url.href).not.toContain('canary')
  }
  if (dialect.omit?.includes('client_secret')) return
  if (clientAuth === 'client_secret_basic') {
    expect(request.headers.get('authorization')).toBe(`Basic ${btoa('client-1:canary-app-secret')}`)
    expect(fields.client_secret).toBeUndefined()
  } else {
    expect(request.headers.get('authorization')).toBeNull()
    expect(fields[connector.clientIdParam ?? 'client_id']).toBe('client-1')
    expect(fields.client_secret).toBe(clientAuth === 'client_secret_post' ? 'canary-app-secret' : undefined)
  }
}

function fillHost(connector: Connector, template: string): string {
  const examples = examplesOf(connector)
  return template.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => examples[name] ?? '')
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the fixtures', () => {
  it('belong to connectors', () => {
    const names = PUBLIC.flatMap((connector) => [connector.id, appKeyOf(connector)])
    expect([...BY_NAME.keys()].filter((name) => !names.includes(name))).toEqual([])
  })

  it.each(PUBLIC.filter((connector) => !fixtureOf(connector)))(
    'are missing for $id, so it is unverified',
    ({ confidence }) => expect(confidence).toBe('unverified'),
  )

  it.each([...BY_NAME])('say where they come from: %s', (_, { source, recorded }) => {
    expect(source.length).toBeGreaterThan(5)
    expect(recorded).toMatch(/^\d{4}-\d{2}-\d{2}$/)
  })
})

const WITH_FIXTURE = PUBLIC.flatMap((connector) => {
  const fixture = fixtureOf(connector)
  return fixture ? [{ id: connector.id, connector, fixture }] : []
})

describe.each(WITH_FIXTURE)('$id', ({ connector, fixture }) => {
  it('turns the answer to a code into a grant', async () => {
    const sent = answer(...[fixture.token, ...(fixture.token.upgraded ? [fixture.token.upgraded] : [])])
    const outcome = await exchange(connector, fixture)
    expect(outcome).toMatchObject({ kind: 'tokens', answer: fixture.token.grant })
    expectProperRequest(connector, sent, 'code')
    expect(sent).toHaveLength(connector.token.upgrade ? 2 : 1)
  })

  it.each(Object.entries(fixture.moreTokens ?? {}))('takes an answer that is %s', async (_, sample) => {
    answer(sample)
    expect(await exchange(connector, fixture)).toMatchObject({ kind: 'tokens', answer: sample.grant })
  })

  it('takes every value that its addresses need from where it is said', () => {
    const query = Object.fromEntries(new URLSearchParams(fixture.callback ?? ''))
    const fromCallback = connector.params.filter(({ source }) => source === 'callback')
    expect(Object.keys(paramsOfAnswer(connector, 'callback', query) ?? {}).sort()).toEqual(
      fromCallback.map(({ name }) => name).sort(),
    )
    const named = fixture.token.grant.params ?? {}
    const expected = connector.params.filter(({ source }) => source === 'token_response')
    expect(Object.keys(named).sort()).toEqual(expected.map(({ name }) => name).sort())
  })

  it.runIf(fixture.refresh)('turns the answer to a refresh into a grant', async () => {
    if (!fixture.refresh) return
    const sent = answer(fixture.refresh)
    const outcome = await refreshGrant(callTo(connector), HELD, NOW)
    expect(outcome).toMatchObject({ kind: 'tokens', answer: fixture.refresh.grant })
    expectProperRequest(connector, sent, 'refresh')
  })

  it.runIf(fixture.dead)('knows a grant that is over', async () => {
    if (!fixture.dead) return
    answer(fixture.dead)
    const outcome = await refreshGrant(callTo(connector), HELD, NOW)
    expect(outcome).toMatchObject({ kind: 'failed', class: fixture.dead.class })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  it.each(Object.entries(fixture.refusals ?? {}))('knows a refusal that is %s', async (_, sample) => {
    answer(sample)
    expect(await refreshGrant(callTo(connector), HELD, NOW)).toMatchObject({
      kind: 'failed',
      class: sample.class,
    })
  })

  it('never takes a page, a 5xx or a pause for an end', async () => {
    for (const bad of [
      { status: 503, body: '<html>Maintenance</html>' },
      { status: 403, body: '<html>Blocked</html>' },
      { status: 500, body: {} },
      { status: 429, body: {} },
    ]) {
      answer(bad)
      const outcome = await refreshGrant(callTo(connector), HELD, NOW)
      expect(['transient', 'limited', 'in_doubt']).toContain(outcome.kind === 'failed' && outcome.class)
      vi.restoreAllMocks()
    }
  })

  it.runIf(fixture.identity)('says whose account it is', async () => {
    if (!fixture.identity) return
    const { body, account } = fixture.identity
    const sent = answer({ body })
    const { server } = callTo(connector)
    const outcome = await fetchIdentity({
      server,
      accessToken: 'canary-access',
      allowInsecure: false,
      deadlineMs: 5_000,
    })
    expect(outcome).toMatchObject({ kind: 'account', account })
    expect(sent[0]?.url.href).not.toContain('canary-access')
  })

  it.runIf(fixture.afterConnect)('asks after consent for what it still needs', async () => {
    if (!fixture.afterConnect) return
    answer({ body: fixture.afterConnect.body })
    const { server } = callTo(connector)
    expect(
      await fetchAfterConnect({
        server: { ...server, params: {} },
        accessToken: 'canary-access',
        allowInsecure: false,
        deadlineMs: 5_000,
      }),
    ).toEqual({ kind: 'params', params: fixture.afterConnect.params })
  })

  it.runIf(fixture.deadToken)('knows a dead access token by its API’s answer', () => {
    if (!fixture.deadToken) return
    const { status, body } = fixture.deadToken
    expect(saysTokenIsDead(connector, status, body)).toBe(true)
    expect(saysTokenIsDead(connector, 200, { ok: true })).toBe(false)
  })
})
