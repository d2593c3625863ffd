import { afterEach, describe, expect, it, vi } from 'vitest'
import { google } from '../../src/connectors/catalog/google.ts'
import type { Connector, Identity } from '../../src/domain/connector.ts'
import { fetchIdentity } from '../../src/oauth/identity.ts'
import { answerWith, type Recorded, serverOf } from './recorded.ts'

const IDENTITY: Identity = {
  url: 'https://service.example/me',
  id: 'data.user.id|data.user.uuid',
  email: 'data.email',
  emailVerified: 'data.verified',
  name: 'data.user.name|data.user.login',
  tenant: 'team.id',
}

function ask(identity: Identity | null = IDENTITY) {
  const connector: Connector = { ...google, id: 'example', identity }
  return fetchIdentity({
    server: serverOf(connector),
    params: {},
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
