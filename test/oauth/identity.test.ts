import { afterEach, describe, expect, it, vi } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import type { Connector } from '../../src/domain/connector.ts'
import type { Identity } from '../../src/domain/service-requests.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { APP, answerWith, type Recorded, serverOf } from './recorded.ts'

const IDENTITY: Identity = {
  url: 'https://service.example/me',
  id: 'data.user.id|data.user.uuid',
  email: 'data.email',
  emailVerified: 'data.verified',
  name: 'data.user.name|data.user.login',
  tenant: 'team.id',
}

function ask(identity: Identity | null = IDENTITY) {
  const connector: Connector = { ...google, id: 'example', provider: 'example', identity }
  return fetchIdentity({
    server: serverOf(connector),
    accessToken: 'canary-access-token',
    allowInsecure: false,
    deadlineMs: 5_000,
  })
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the account', () => {
  it('is found where the connector says it lies', async () => {
    const body = {
      data: { email: 'ada@example.com', verified: true, user: { id: 7, name: 'Ada', login: 'ada' } },
      team: { id: 'T1' },
    }
    answerWith({ body })
    expect(await ask()).toEqual({
      kind: 'account',
      account: {
        issuer: 'example',
        tenant: 'T1',
        subject: '7',
        email: 'ada@example.com',
        emailVerified: true,
        name: 'Ada',
      },
    })
  })

  it('takes the first path that holds a text or a number', async () => {
    answerWith({ body: { data: { user: { id: '', uuid: 'u-1', name: null, login: 'ada' } } } })
    expect(await ask()).toMatchObject({ account: { subject: 'u-1', name: 'ada', email: null, tenant: null } })
  })

  it('may have the subject 0', async () => {
    answerWith({ body: { data: { user: { id: 0 } } } })
    expect(await ask()).toMatchObject({ account: { subject: '0' } })
  })

  it.each(['true', 1, null, undefined])(
    'has no verified address where the service says %j',
    async (verified) => {
      answerWith({ body: { data: { user: { id: 1 }, email: 'a@b.c', verified } } })
      expect(await ask()).toMatchObject({ account: { emailVerified: false } })
    },
  )

  it('has names of a bounded length', async () => {
    answerWith({ body: { data: { user: { id: 1, name: 'x'.repeat(5_000) } } } })
    expect(await ask()).toMatchObject({ account: { name: 'x'.repeat(256) } })
  })
})

describe('only a 401 says that the token is refused', () => {
  it('and it does', async () => {
    answerWith({ status: 401, body: { error: 'invalid_token' } })
    expect(await ask()).toEqual({ kind: 'refused' })
  })

  it.each<[string, Recorded]>([
    ['forbidden', { status: 403, body: {} }],
    ['not found', { status: 404, body: {} }],
    ['too many requests', { status: 429, body: {} }],
    ['a server error', { status: 500, body: {} }],
    ['a redirect to a sign-in page', { status: 302, body: '', headers: { location: 'https://x.example' } }],
    ['a page', { body: '<html>' }],
    ['an empty answer', { body: '' }],
    ['null', { body: null }],
    ['an array', { body: [] }],
    ['no subject', { body: { data: { user: {} } } }],
    ['a subject that is an object', { body: { data: { user: { id: {} } } } }],
    ['a subject that is a boolean', { body: { data: { user: { id: true } } } }],
    ['a body over the limit', { body: { data: { user: { id: 1 } }, pad: 'x'.repeat(64 * 1024) } }],
  ])('%s says nothing about the token', async (_, recorded) => {
    answerWith(recorded)
    expect(await ask()).toEqual({ kind: 'failed' })
  })

  it('a broken connection says nothing about it', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
      throw new TypeError('Network connection lost.')
    })
    expect(await ask()).toEqual({ kind: 'failed' })
  })

  it('a connector without an identity request asks nobody', async () => {
    const sent = answerWith({ body: {} })
    expect(await ask(null)).toEqual({ kind: 'none' })
    expect(sent).toEqual([])
  })
})

describe('the request', () => {
  it('carries the token in its header and nowhere else, and no connector header replaces it', async () => {
    const sent = answerWith({ body: {} })
    await ask({ ...IDENTITY, headers: { authorization: 'Basic other', 'x-version': '1' } })
    expect(sent).toHaveLength(1)
    expect(sent[0]?.url).toBe('https://service.example/me')
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer canary-access-token')
    expect(sent[0]?.headers.get('x-version')).toBe('1')
  })
})

describe('a request of the service’s own kind', () => {
  const own = (identity: Partial<Identity>, api: Partial<Connector['api']> = {}) => {
    const connector: Connector = {
      ...google,
      id: 'example',
      provider: 'example',
      params: [{ name: 'company', label: 'Company', pattern: '[0-9]+', example: '1' }],
      identity: { ...IDENTITY, ...identity },
      api: { ...google.api, ...api },
    }
    const server = serverOf(connector, { ...APP, params: { company: '42' } })
    return fetchIdentity({ server, accessToken: 'canary-access', allowInsecure: false, deadlineMs: 5_000 })
  }

  it('asks a GraphQL question', async () => {
    const sent = answerWith({ body: {} })
    await own({ json: { query: '{ me { id } }' } })
    expect(sent[0]).toMatchObject({ method: 'POST', body: '{"query":"{ me { id } }"}' })
    expect(sent[0]?.headers.get('content-type')).toBe('application/json')
  })

  it('posts nothing where the service wants a POST without a body', async () => {
    const sent = answerWith({ body: {} })
    await own({ emptyPost: true })
    expect(sent[0]).toMatchObject({ method: 'POST', body: '' })
    expect(sent[0]?.headers.get('content-type')).toBeNull()
  })

  it('introspects with the app’s credentials, and then attaches no token', async () => {
    const sent = answerWith({ body: {} })
    const form = { token: '{token}', client_id: '{client_id}', client_secret: '{client_secret}' }
    await own({ form, attach: null })
    expect(Object.fromEntries(sent[0]?.form ?? [])).toEqual({
      token: 'canary-access',
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    })
    expect(sent[0]?.headers.get('authorization')).toBeNull()
  })

  it('attaches the token the API’s way, and fills its headers', async () => {
    const sent = answerWith({ body: {} })
    const attach = { header: 'x-access-token', format: '{token}' }
    await own({ headers: { 'client-id': '{client_id}', company: '{company}' } }, { attach })
    expect(sent[0]?.headers.get('x-access-token')).toBe('canary-access')
    expect(sent[0]?.headers.get('authorization')).toBeNull()
    expect(sent[0]?.headers.get('client-id')).toBe(APP.clientId)
    expect(sent[0]?.headers.get('company')).toBe('42')
  })

  it('knows a dead token by the answer, where the status says nothing', async () => {
    const deadToken = [{ status: 200, path: 'error.code|error', values: ['190', 'token_revoked'] }]
    answerWith({ body: { ok: false, error: 'token_revoked' } })
    expect(await own({}, { deadToken })).toEqual({ kind: 'refused' })
    vi.restoreAllMocks()
    answerWith({ body: { error: { code: 190 } } })
    expect(await own({}, { deadToken })).toEqual({ kind: 'refused' })
    vi.restoreAllMocks()
    answerWith({ body: { ok: false, error: 'internal_error' } })
    expect(await own({}, { deadToken })).toEqual({ kind: 'failed' })
  })

  it('takes the tenant from what the connection knows', async () => {
    answerWith({ body: { data: { user: { id: 1 } } } })
    expect(await own({ tenantParam: 'company' })).toMatchObject({ account: { tenant: '42' } })
  })

  it('joins a name from its parts', async () => {
    answerWith({ body: { data: { user: { id: 1 } }, first: 'Ada', last: 'Lovelace' } })
    expect(await own({ name: 'display|first last' })).toMatchObject({ account: { name: 'Ada Lovelace' } })
  })

  describe('and a second one for the address', () => {
    const emailFrom = {
      url: 'https://service.example/emails',
      list: 'values',
      email: 'email',
      primary: 'is_primary',
      verified: 'is_confirmed',
    }
    const answers = (second: unknown) =>
      vi
        .spyOn(globalThis, 'fetch')
        .mockImplementation(async (input) =>
          String(input).endsWith('/emails') && second === null
            ? new Response('no', { status: 403 })
            : Response.json(String(input).endsWith('/emails') ? second : { data: { user: { id: 1 } } }),
        )

    it('takes the one the service calls primary', async () => {
      const values = [
        { email: 'old@example.com', is_primary: false, is_confirmed: true },
        { email: 'ada@example.com', is_primary: true, is_confirmed: true },
      ]
      answers({ values })
      expect(await own({ emailFrom })).toMatchObject({
        account: { email: 'ada@example.com', emailVerified: true },
      })
    })

    it.each([
      null,
      {},
      [],
      { values: [] },
      { values: [{ email: 'a@b.c' }] },
      { values: [{ is_primary: true }] },
    ])('is no trouble where it brings nothing: %j', async (second) => {
      answers(second)
      expect(await own({ emailFrom })).toMatchObject({
        kind: 'account',
        account: { subject: '1', email: null, emailVerified: false },
      })
    })
  })
})
