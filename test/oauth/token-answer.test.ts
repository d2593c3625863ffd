import { describe, expect, it } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { google } from '../../src/connectors/catalog/google.ts'
import { parseTokenAnswer, readTokenAnswer } from '../../src/oauth/token-answer.ts'

type Body = Record<string, unknown>

const GOOD: Body = {
  access_token: 'access-1',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'refresh-1',
  scope: 'a b',
}

function parse(body: unknown, status = 200) {
  return parseTokenAnswer(Response.json(body, { status }))
}

/** What the library is given to read. */
async function normalised(body: unknown, status = 200): Promise<Body> {
  const parsed = await parse(body, status)
  if (parsed.kind !== 'tokens') throw new Error(`it was ${parsed.kind}`)
  expect(parsed.normalised.status).toBe(200)
  return parsed.normalised.json<Body>()
}

function without(field: string): Body {
  return Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== field))
}

describe('an answer with a usable access token is success, and no optional field costs it', () => {
  it('is passed on with everything in it', async () => {
    expect(await normalised(GOOD)).toEqual({ ...GOOD, token_type: 'bearer' })
  })

  it.each([200, 201, 202, 203])('with status %i', async (status) => {
    expect(await normalised(GOOD, status)).toMatchObject({
      access_token: 'access-1',
      refresh_token: 'refresh-1',
    })
  })

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['with a line end', 'refresh\r\nX: y'],
    ['with a space', 'refresh 1'],
    ['not ASCII', 'refrésh'],
    ['over 16 KiB', 'r'.repeat(16 * 1024 + 1)],
  ])('brings no refresh token where it is %s, so that the old one is kept', async (_, refresh_token) => {
    const answer = await normalised({ ...GOOD, refresh_token })
    expect(answer).not.toHaveProperty('refresh_token')
    expect(answer).toMatchObject({ access_token: 'access-1', expires_in: 3600, scope: 'a b' })
  })

  it.each<[unknown, number | undefined]>([
    [3600, 3600],
    ['3600', 3600],
    [1, 1],
    [3599.9, 3599],
    [10 * 365 * 24 * 3600, 10 * 365 * 24 * 3600],
    [10 * 365 * 24 * 3600 + 1, undefined],
    [0, undefined],
    [-1, undefined],
    ['-1', undefined],
    ['0', undefined],
    [1e99, undefined],
    ['1e3', undefined],
    ['', undefined],
    ['soon', undefined],
    ['Infinity', undefined],
    [null, undefined],
    [true, undefined],
    [[3600], undefined],
    [{}, undefined],
  ])('takes expires_in %j as %j', async (expires_in, seconds) => {
    const answer = await normalised({ ...GOOD, expires_in })
    expect(answer.expires_in).toBe(seconds)
    expect('expires_in' in answer).toBe(seconds !== undefined)
  })

  it.each(['Bearer', 'bearer', 'BEARER', undefined, null])('takes token_type %j as Bearer', async (type) => {
    expect(await normalised({ ...GOOD, token_type: type })).toMatchObject({ token_type: 'bearer' })
  })

  it('takes scopes as an array for the text it means', async () => {
    expect(await normalised({ ...GOOD, scope: ['a', 'b'] })).toMatchObject({ scope: 'a b' })
  })

  it.each([[null], [7], [{}]])('does not read scope %j', async (scope) => {
    expect(await normalised({ ...GOOD, scope })).not.toHaveProperty('scope')
  })

  it.each(['garbage', 'a.b.c', 7, null, {}])('drops id_token %j', async (id_token) => {
    expect(await normalised({ ...GOOD, id_token })).not.toHaveProperty('id_token')
  })

  it('takes it from a form-encoded body too', async () => {
    const response = new Response('access_token=gho_1&scope=repo%2Cgist&token_type=bearer', {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    })
    const parsed = await parseTokenAnswer(response)
    expect(parsed.kind).toBe('tokens')
    if (parsed.kind !== 'tokens') return
    expect(await parsed.normalised.json()).toEqual({
      access_token: 'gho_1',
      scope: 'repo,gist',
      token_type: 'bearer',
    })
  })

  it('takes it although a code field says error: a token was issued', async () => {
    expect(await normalised({ ...GOOD, ok: true, error: '' })).toMatchObject({ access_token: 'access-1' })
  })
})

describe('tokens under a gateway’s own failure', () => {
  it.each([500, 502, 503, 504])('are taken with %i, because the service has rotated', async (status) => {
    expect(await normalised(GOOD, status)).toMatchObject({ refresh_token: 'refresh-1' })
  })

  it('are not taken beside an error, nor with a 4xx', async () => {
    expect((await parse({ ...GOOD, error: 'server_error' }, 500)).kind).toBe('refused')
    expect((await parse(GOOD, 400)).kind).toBe('refused')
  })
})

describe('declared success with a token that cannot be used', () => {
  it.each<[string, Body]>([
    ['a number', { ...GOOD, access_token: 7 }],
    ['an object', { ...GOOD, access_token: {} }],
    ['CR LF in it', { ...GOOD, access_token: 'x\r\nHost: y' }],
    ['a NUL in it', { ...GOOD, access_token: 'x\u0000' }],
    ['a space in it', { ...GOOD, access_token: 'x y' }],
    ['letters beyond ASCII', { ...GOOD, access_token: 'tökén' }],
    ['more than 16 KiB', { ...GOOD, access_token: 'x'.repeat(16 * 1024 + 1) }],
    ['type mac', { ...GOOD, token_type: 'mac' }],
    ['type DPoP', { ...GOOD, token_type: 'DPoP' }],
    ['a type that is no text', { ...GOOD, token_type: 1 }],
  ])('is unusable: %s', async (_, body) => {
    expect(await parse(body)).toEqual({ kind: 'unusable' })
  })

  it('is usable up to 16 KiB', async () => {
    expect((await parse({ ...GOOD, access_token: 'x'.repeat(16 * 1024) })).kind).toBe('tokens')
  })
})

describe('a refusal', () => {
  it.each<[string, number, unknown, string | null, string | null]>([
    ['an error', 400, { error: 'invalid_grant', error_description: 'gone' }, 'invalid_grant', 'gone'],
    ['200 with an error', 200, { error: 'bad_refresh_token' }, 'bad_refresh_token', null],
    ['200 with ok:false', 200, { ok: false, error: 'token_revoked' }, 'token_revoked', null],
    ['200 with an empty token', 200, { ...GOOD, access_token: '' }, null, null],
    ['200 with a null token', 200, { ...GOOD, access_token: null }, null, null],
    ['200 with no token', 200, without('access_token'), null, null],
    ['an empty object', 200, {}, null, null],
    ['an error that is a number', 400, { error: 400 }, null, null],
    ['an error that is an object', 400, { error: { code: 190 } }, null, null],
    ['a description that is no text', 400, { error: 'x', error_description: ['y'] }, 'x', null],
    ['tokens in an answer that is not success', 400, GOOD, null, null],
    ['an array', 200, [GOOD], null, null],
    ['null', 200, null, null, null],
    ['a text', 200, 'access_token', null, null],
  ])('%s', async (_, status, body, error, description) => {
    expect(await parse(body, status)).toEqual({ kind: 'refused', error, description })
  })

  it.each<[string, number, string | null, string]>([
    ['an HTML page', 200, '<html>Under maintenance</html>', 'text/html'],
    ['an HTML page of a firewall', 403, '<!doctype html><h1>Blocked</h1>', 'text/html'],
    ['an empty body', 200, '', 'application/json'],
    ['no content', 204, null, 'application/json'],
    ['half of an answer', 200, '{"access_token":"acc', 'application/json'],
    ['a form-encoded body that says JSON', 200, 'access_token=a', 'application/json'],
  ])('that cannot be read names no error: %s', async (_, status, body, type) => {
    const response = new Response(body, { status, headers: { 'content-type': type } })
    expect(await parseTokenAnswer(response)).toEqual({ kind: 'refused', error: null, description: null })
  })
})

describe('the answer in the domain’s words', () => {
  it('says null where the service did not say', () => {
    expect(readTokenAnswer(google, { access_token: 'a', token_type: 'bearer' })).toEqual({
      accessToken: 'a',
      tokenType: 'Bearer',
      refreshToken: null,
      expiresInSeconds: null,
      refreshExpiresInSeconds: null,
      scopes: null,
    })
  })

  it('splits scopes the way the service joins them', () => {
    const parsed = { access_token: 'a', token_type: 'bearer', scope: 'repo,read:org' } as const
    expect(readTokenAnswer(github, parsed).scopes).toEqual(['repo', 'read:org'])
    expect(readTokenAnswer(google, { ...parsed, scope: 'a b' }).scopes).toEqual(['a', 'b'])
    expect(readTokenAnswer(github, { ...parsed, scope: 'repo, read:org gist' }).scopes).toEqual([
      'repo',
      'read:org',
      'gist',
    ])
  })

  it.each(['', ' ', ','])('takes scope %j as not said, never as nothing granted', (scope) => {
    expect(readTokenAnswer(github, { access_token: 'a', token_type: 'bearer', scope }).scopes).toBeNull()
  })

  it.each<[string, unknown, number | null]>([
    ['refresh_token_expires_in', 15_811_200, 15_811_200],
    ['refresh_expires_in', '1800', 1_800],
    ['x_refresh_token_expires_in', 8_726_400, 8_726_400],
    ['refresh_expires_in', 0, null],
    ['refresh_token_expires_in', 'never', null],
  ])('reads %s %j as %j', (field, value, seconds) => {
    const parsed = { access_token: 'a', token_type: 'bearer', [field]: value } as const
    expect(readTokenAnswer(google, parsed as never).refreshExpiresInSeconds).toBe(seconds)
  })
})
