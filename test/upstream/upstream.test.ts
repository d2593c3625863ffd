// What the local upstream promises as a provider: honest flows, rotation with reuse detection, revocation, consent.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser, driveConsent } from './consent-driver.ts'
import { CHALLENGE, CRM, DRIVE, type Harness, PUBLIC_URL, SCOPE, SIGN_IN, startHarness } from './fixtures.ts'

let local: Harness

beforeAll(async () => {
  local = await startHarness()
})
afterAll(() => local.close())
beforeEach(() => local.steer.reset())

describe('the provider', () => {
  it('answers a consented flow with state, issuer, code, and tokens for the scopes asked', async () => {
    const { location } = await local.steer.consent({
      authorize_url: local.authorizeUrl(CRM, SCOPE, CHALLENGE),
      account: 'ada',
    })
    const redirect = new URL(location)
    expect(redirect.origin + redirect.pathname).toBe(`${PUBLIC_URL}/oauth/callback/local`)
    expect(redirect.searchParams.get('state')).toBe('some-state')
    expect(redirect.searchParams.get('iss')).toBe(local.origin)

    const tokens = await local.connect(CRM)
    expect(tokens.expires_in).toBe(120)
    expect(tokens.refresh_token).toBeTruthy()
    expect(new Set(tokens.scope.split(' '))).toEqual(new Set(SCOPE.split(' ')))
  })

  it('refuses a flow without PKCE', async () => {
    const { location } = await local.steer.consent({
      authorize_url: local.authorizeUrl(CRM, SCOPE, null),
      account: 'ada',
    })
    expect(new URL(location).searchParams.get('error')).toBe('invalid_request')
  })

  it('gives no refresh token where offline_access was not asked for', async () => {
    expect((await local.connect(CRM, 'openid contacts.read')).refresh_token).toBeUndefined()
  })

  it('says access_denied when the person declines', async () => {
    const { location } = await local.steer.consent({
      authorize_url: local.authorizeUrl(CRM, SCOPE, CHALLENGE),
      account: 'ada',
      decline: true,
    })
    expect(new URL(location).searchParams.get('error')).toBe('access_denied')
    expect(new URL(location).searchParams.get('state')).toBe('some-state')
  })

  it('grants only what stayed ticked', async () => {
    const tokens = await local.connect(CRM, SCOPE, ['openid', 'offline_access'])
    expect(tokens.scope).toBe('openid offline_access')
    expect((await local.call('/api/contacts', tokens.access_token)).status).toBe(403)
    expect((await local.refreshed(CRM, tokens.refresh_token)).scope).toBe('openid offline_access')
  })

  it('signs a person in without a consent page and puts the verified address in the id_token', async () => {
    const { id_token } = await local.connect(SIGN_IN, 'openid email profile')
    const claims = JSON.parse(atob((id_token?.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')))
    expect(claims).toMatchObject({
      sub: 'ada',
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
    })
  })

  it('rotates the refresh token on every use and revokes the grant when a spent one returns', async () => {
    const first = await local.connect(CRM)
    const second = await local.refreshed(CRM, first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)

    const replay = await local.refresh(CRM, first.refresh_token)
    expect(replay.status).toBe(400)
    expect(await replay.json()).toMatchObject({ error: 'invalid_grant' })
    expect((await local.refresh(CRM, second.refresh_token)).status).toBe(400)
    expect((await local.call('/api/me', second.access_token)).status).toBe(401)
  })

  it('revokes the grant at the revocation endpoint', async () => {
    const tokens = await local.connect(CRM)
    const answer = await fetch(`${local.origin}/token/revocation`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CRM.id}:${CRM.secret}`)}` },
      body: new URLSearchParams({ token: tokens.refresh_token }),
    })
    expect(answer.status).toBe(200)
    expect((await local.refresh(CRM, tokens.refresh_token)).status).toBe(400)
  })

  it('ends a grant when the person removes access on the account page', async () => {
    const tokens = await local.connect(CRM)
    const other = await local.connect(DRIVE)
    expect(await (await fetch(`${local.origin}/account?account=ada`)).text()).toContain(
      'Evergrant for Local CRM',
    )
    await fetch(`${local.origin}/account/remove`, {
      method: 'POST',
      body: new URLSearchParams({ account: 'ada', client_id: CRM.id }),
    })
    expect((await local.refresh(CRM, tokens.refresh_token)).status).toBe(400)
    expect((await local.call('/api/me', tokens.access_token)).status).toBe(401)
    expect((await local.refresh(DRIVE, other.refresh_token)).status).toBe(200)
  })

  it('asks who it is in every flow, and lets another person in where one is signed in', async () => {
    const browser = createBrowser()
    const authorize_url = local.authorizeUrl(CRM, SCOPE, CHALLENGE)
    for (const account of ['ada', 'ada', 'grace']) {
      const location = await driveConsent(local.origin, { authorize_url, account }, browser)
      expect(new URL(location).searchParams.get('code')).toBeTruthy()
    }
    expect(await local.steer.revoke({ account: 'grace' })).toEqual({ revoked: 1 })
  })

  it('keeps grants over a restart where it is given a file, which only its owner may read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upstream-'))
    const stateFile = join(folder, 'state', 'upstream.json')
    const before = await startHarness({ stateFile })
    const tokens = await before.connect(CRM)
    await before.close()
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    const after = await startHarness({ stateFile })
    await after.refreshed(CRM, tokens.refresh_token)
    expect((await after.refresh(CRM, tokens.refresh_token)).status).toBe(400)
    await after.close()
    rmSync(folder, { recursive: true })
  })
})

describe('the lenient client', () => {
  it('gets the same answer again inside the window, also when both requests come at once', async () => {
    const tokens = await local.connect(DRIVE)
    const [one, two] = await Promise.all([
      local.refreshed(DRIVE, tokens.refresh_token),
      local.refreshed(DRIVE, tokens.refresh_token),
    ])
    expect(two).toEqual(one)
    expect(await local.refreshed(DRIVE, tokens.refresh_token)).toEqual(one)
  })

  it('is treated like any other once the window has passed', async () => {
    await local.steer.settings({ replay_window_ms: 0 })
    const tokens = await local.connect(DRIVE)
    await local.refreshed(DRIVE, tokens.refresh_token)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await local.refresh(DRIVE, tokens.refresh_token)).status).toBe(400)
  })

  it('is not forgiven once access was removed, nor with a wrong secret', async () => {
    const tokens = await local.connect(DRIVE)
    await local.refreshed(DRIVE, tokens.refresh_token)
    expect((await local.refresh({ ...DRIVE, secret: 'wrong' }, tokens.refresh_token)).status).toBe(401)
    expect((await local.steer.revoke({ account: 'ada', client_id: DRIVE.id })).revoked).toBeGreaterThan(0)
    expect((await local.refresh(DRIVE, tokens.refresh_token)).status).toBe(400)
  })
})

describe('the API', () => {
  it('answers to a token with the scope, and challenges without one', async () => {
    const { access_token } = await local.connect(CRM, `${SCOPE} contacts.write`)
    expect(await (await local.call('/api/me', access_token)).json()).toMatchObject({
      id: 'ada',
      email: 'ada@example.com',
    })
    const added = await local.call('/api/contacts', access_token, {
      method: 'POST',
      body: JSON.stringify({ name: 'Mary' }),
    })
    expect(added.status).toBe(201)
    expect(JSON.stringify(await (await local.call('/api/contacts', access_token)).json())).toContain('Mary')
    const refused = await local.call('/api/me', 'no-such-token')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ])
  })

  it('echoes what arrived', async () => {
    const { access_token } = await local.connect(CRM)
    const answer = await local.call('/api/echo/deep?a=1&status=418', access_token, {
      method: 'PUT',
      body: 'hello',
    })
    expect(answer.status).toBe(418)
    expect(await answer.json()).toMatchObject({
      method: 'PUT',
      path: '/api/echo/deep',
      query: { a: '1' },
      body: 'hello',
    })
  })
})
