// A Cloudflare Access team that signs whatever a test wants, in place of the network.

import { vi } from 'vitest'
import type { AccessSignIn } from '../../src/domain/configuration.ts'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const [OLD_KEY, NEW_KEY, FOREIGN_KEY] = [await newKeyPair(), await newKeyPair(), await newKeyPair()]

async function newKeyPair(): Promise<CryptoKeyPair> {
  const algorithm = { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
}

export type Claims = Record<string, unknown>

export interface Team {
  signIn: AccessSignIn
  /** How often the keys were asked for. */
  asked(): number
  /** What is answered to that instead of the keys; a thrown error is a broken connection. */
  answer: (() => Response) | null
  /** From now on a second key is told of, and signs. */
  rotate(): void
  claims(change?: Claims): Claims
  sign(claims?: Claims, header?: Claims): Promise<string>
  signByAnother(claims?: Claims): Promise<string>
  /** HS256 over the public key's own text: the oldest trick. */
  signWithPublicKey(claims?: Claims): Promise<string>
  unsigned(claims?: Claims): string
}

let count = 0

/** A new team with its own domain, so that no keys of another test are remembered. */
export function startTeam(audience = 'a'.repeat(64)): Team {
  const domain = `https://team-${++count}.cloudflareaccess.com`
  let asked = 0
  let key = { kid: 'old', pair: OLD_KEY }
  const known = [key]
  const network = globalThis.fetch
  const team: Team = {
    signIn: { way: 'access', team: domain, audience },
    asked: () => asked,
    answer: null,
    rotate() {
      key = { kid: 'new', pair: NEW_KEY }
      known.push(key)
    },
    claims: (change = {}) => ({
      iss: domain,
      aud: [audience],
      sub: 'ada-at-access',
      email: 'ada@example.com',
      type: 'app',
      iat: seconds(),
      nbf: seconds(),
      exp: seconds() + 300,
      ...change,
    }),
    sign: (claims = team.claims(), header = {}) =>
      jwt({ alg: 'RS256', kid: key.kid, ...header }, claims, key.pair.privateKey),
    signByAnother: (claims = team.claims()) =>
      jwt({ alg: 'RS256', kid: key.kid }, claims, FOREIGN_KEY.privateKey),
    async signWithPublicKey(claims = team.claims()) {
      const text = JSON.stringify(await crypto.subtle.exportKey('jwk', key.pair.publicKey))
      const hmac = { name: 'HMAC', hash: 'SHA-256' }
      const secret = await crypto.subtle.importKey('raw', utf8(text), hmac, false, ['sign'])
      return jwt({ alg: 'HS256', kid: key.kid }, claims, secret)
    },
    unsigned: (claims = team.claims()) => `${part({ alg: 'none', kid: key.kid })}.${part(claims)}.`,
  }
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (url !== `${domain}/cdn-cgi/access/certs`) return network(input, init)
    asked += 1
    if (team.answer) return team.answer()
    const keys = await Promise.all(known.map(publicJwk))
    return Response.json({ keys, public_cert: {}, public_certs: [] })
  })
  return team
}

async function publicJwk({ kid, pair }: { kid: string; pair: CryptoKeyPair }) {
  return { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid, use: 'sig', alg: 'RS256' }
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

async function jwt(header: object, claims: Claims, key: CryptoKey): Promise<string> {
  const body = `${part(header)}.${part(claims)}`
  const signature = await crypto.subtle.sign(key.algorithm.name, key, utf8(body))
  return `${body}.${toBase64Url(new Uint8Array(signature))}`
}

export function part(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)))
}
