// An OpenID issuer that answers whatever a test wants, in place of the network.

import { vi } from 'vitest'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'

export const CLIENT_ID = 'client'
export const CLIENT_SECRET = 'the client secret'
export const NONCE = 'the-nonce'
const KID = 'k1'

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const SIGNING_KEY = await newKeyPair()
const FOREIGN_KEY = await newKeyPair()
const JWKS = { keys: [{ ...(await publicJwk()), kid: KID, use: 'sig', alg: 'RS256' }] }

async function newKeyPair(): Promise<CryptoKeyPair> {
  const algorithm = { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
}

async function publicJwk(): Promise<JsonWebKey> {
  return (await crypto.subtle.exportKey('jwk', SIGNING_KEY.publicKey)) as JsonWebKey
}

export type Claims = Record<string, unknown>
type Answer = Response | object | string

export interface Issuer {
  url: string
  /** What left for the network, oldest first. */
  requests: Request[]
  /** Answers by path; a thrown error is a broken connection. */
  answers: Record<string, () => Answer | Promise<Answer>>
  claims(change?: Claims): Claims
  /** The token endpoint answers with this id_token. */
  give(idToken: string | Promise<string> | undefined, more?: object): void
}

let count = 0

/** A new issuer with its own address, so that no metadata of another test is remembered. */
export function startIssuer(metadata: Claims = {}, url = `https://issuer-${++count}.test`): Issuer {
  const base = new URL(url).pathname.replace(/\/$/, '')
  const issuer: Issuer = {
    url,
    requests: [],
    answers: {
      '/.well-known/openid-configuration': () => ({
        issuer: url,
        authorization_endpoint: `${url}/authorize?tenant=a`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
        userinfo_endpoint: `${url}/userinfo`,
        ...metadata,
      }),
      '/jwks': () => JWKS,
    },
    claims: (change = {}) => ({
      iss: url,
      aud: CLIENT_ID,
      sub: 'ada',
      nonce: NONCE,
      iat: seconds(),
      exp: seconds() + 300,
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada',
      ...change,
    }),
    give: (idToken, more = {}) => {
      issuer.answers['/token'] = async () => ({
        access_token: 'at',
        token_type: 'Bearer',
        id_token: await idToken,
        ...more,
      })
    },
  }
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init)
    issuer.requests.push(request.clone())
    const answer = await issuer.answers[new URL(request.url).pathname.slice(base.length)]?.()
    if (answer === undefined) return new Response(null, { status: 404 })
    if (answer instanceof Response) return answer
    return typeof answer === 'string'
      ? new Response(answer, { headers: { 'Content-Type': 'application/json' } })
      : Response.json(answer)
  })
  return issuer
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function signed(claims: Claims): Promise<string> {
  return jwt({ alg: 'RS256', kid: KID }, claims, SIGNING_KEY.privateKey)
}

export function signedByAnother(claims: Claims): Promise<string> {
  return jwt({ alg: 'RS256', kid: KID }, claims, FOREIGN_KEY.privateKey)
}

export async function signedWithSecret(claims: Claims): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8(CLIENT_SECRET), algorithm, false, ['sign'])
  return jwt({ alg: 'HS256' }, claims, key)
}

export function unsigned(claims: Claims): string {
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

async function jwt(header: object, claims: Claims, key: CryptoKey): Promise<string> {
  const body = `${part(header)}.${part(claims)}`
  const signature = await crypto.subtle.sign(key.algorithm.name, key, utf8(body))
  return `${body}.${toBase64Url(new Uint8Array(signature))}`
}

function part(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)))
}
