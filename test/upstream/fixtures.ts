// The three clients of the local upstream as a test plays them, on an upstream that runs for one test file.

import { createHash, randomBytes } from 'node:crypto'
import { type UpstreamClient, upstream } from './client.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from './server.ts'

export const PUBLIC_URL = 'http://localhost:8787'
const SECRETS = { signIn: 'secret-of-sign-in', crm: 'secret-of-crm', drive: 'secret-of-drive' }
export const SCOPE = 'openid email profile offline_access contacts.read'
export const CHALLENGE = 'a'.repeat(43)

export interface ClientFixture {
  id: string
  secret: string
  callback: string
  auth: 'basic' | 'post'
}

export const SIGN_IN: ClientFixture = {
  id: 'evergrant-sign-in',
  secret: SECRETS.signIn,
  callback: '/sign-in/callback',
  auth: 'basic',
}
export const CRM: ClientFixture = {
  id: 'local-crm',
  secret: SECRETS.crm,
  callback: '/oauth/callback/local',
  auth: 'basic',
}
export const DRIVE: ClientFixture = {
  id: 'local-drive',
  secret: SECRETS.drive,
  callback: '/oauth/callback/local-lenient',
  auth: 'post',
}

interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
  id_token?: string
}

export interface Harness extends Upstream {
  steer: UpstreamClient
  authorizeUrl(client: ClientFixture, scope: string, challenge: string | null): string
  /** The whole flow as Ada, from the authorization request to the tokens. */
  connect(client: ClientFixture, scope?: string, scopes?: string[]): Promise<Tokens>
  tokenRequest(client: ClientFixture, fields: Record<string, string>): Promise<Response>
  refresh(client: ClientFixture, refreshToken: string): Promise<Response>
  /** A refresh that has to succeed. */
  refreshed(client: ClientFixture, refreshToken: string): Promise<Tokens>
  call(path: string, accessToken: string, init?: RequestInit): Promise<Response>
}

export async function startHarness(options: Partial<UpstreamOptions> = {}): Promise<Harness> {
  const server = await startUpstream({ port: 0, publicUrl: PUBLIC_URL, secrets: SECRETS, ...options })
  const steer = upstream(server.origin)

  function authorizeUrl(client: ClientFixture, scope: string, challenge: string | null): string {
    const url = new URL(`${server.origin}/auth`)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: PUBLIC_URL + client.callback,
      scope,
      state: 'some-state',
      ...(challenge !== null && { code_challenge: challenge, code_challenge_method: 'S256' }),
    }).toString()
    return url.href
  }

  function tokenRequest(client: ClientFixture, fields: Record<string, string>): Promise<Response> {
    const { id, secret } = client
    const basic = client.auth === 'basic'
    return fetch(`${server.origin}/token`, {
      method: 'POST',
      headers: basic ? { authorization: `Basic ${btoa(`${id}:${secret}`)}` } : {},
      body: new URLSearchParams(basic ? fields : { ...fields, client_id: id, client_secret: secret }),
    })
  }

  async function tokensOf(answer: Response): Promise<Tokens> {
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Tokens
  }

  const refresh: Harness['refresh'] = (client, refreshToken) =>
    tokenRequest(client, { grant_type: 'refresh_token', refresh_token: refreshToken })

  return {
    ...server,
    steer,
    authorizeUrl,
    tokenRequest,
    refresh,
    async connect(client, scope = SCOPE, scopes) {
      const verifier = randomBytes(32).toString('base64url')
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const { location } = await steer.consent({
        authorize_url: authorizeUrl(client, scope, challenge),
        account: 'ada',
        ...(scopes && { scopes }),
      })
      const code = new URL(location).searchParams.get('code') ?? ''
      const redirectUri = PUBLIC_URL + client.callback
      return tokensOf(
        await tokenRequest(client, {
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }),
      )
    },
    refreshed: async (client, refreshToken) => tokensOf(await refresh(client, refreshToken)),
    call: (path, accessToken, init = {}) =>
      fetch(server.origin + path, { ...init, headers: { authorization: `Bearer ${accessToken}` } }),
  }
}
