// What an issuer says of itself (RFC 8414, OpenID Connect Discovery), read within bounds: no redirect, 64 KiB, and its
// `issuer` must be the text that was asked for, character for character.

import { type AuthorizationServer, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi'
import { type AddressTrouble, addressTrouble, refusedAddress } from '../domain/address-rules.ts'
import type { Reach } from '../domain/addresses.ts'
import { providerText } from '../domain/provider-text.ts'
import { parseObject } from '../lib/json.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { libraryOptions } from './server.ts'
import { TOKEN_BODY_LIMIT, TransportError } from './transport.ts'

/** The document, with the endpoints that a connector needs. Every address of {@link USED} in it may be called. */
export type IssuerMetadata = AuthorizationServer & { authorization_endpoint: string; token_endpoint: string }

const DEADLINE_MS = 15_000
/** OpenID first: where both are there, it says more. */
const ALGORITHMS = ['oidc', 'oauth2'] as const
const NEEDED = ['authorization_endpoint', 'token_endpoint'] as const
const USED = [...NEEDED, 'userinfo_endpoint', 'revocation_endpoint'] as const

const MISSING =
  'This issuer has no discovery document, neither of OpenID nor of OAuth: enter the addresses by hand.'
const NOT_JSON = 'The issuer answers with something else than a JSON document: enter the addresses by hand.'
const TRANSPORT: Record<TransportError['reason'], string> = {
  forbidden_address: 'The discovery document lies at an address that may not be called.',
  timeout: 'The issuer did not answer within 15 seconds: try again, or enter the addresses by hand.',
  network: 'The issuer could not be reached: look at the spelling of its name.',
  redirect: 'The discovery document redirects elsewhere: enter the issuer as it names itself.',
  too_large: 'The discovery document is larger than 64 KiB, which none has to be.',
}
const TROUBLES: Record<AddressTrouble, string> = {
  incomplete: 'is no complete address',
  credentials: 'holds a user name or a password',
  fragment: 'holds a fragment',
  insecure: 'is not an https address',
  private: 'does not lie at a public host',
  home: 'leads to Evergrant itself',
}

/** One sentence says why an issuer is refused. */
export async function discoverIssuer(issuer: string, reach: Reach): Promise<Result<IssuerMetadata, string>> {
  const refusal = refusedAddress(issuer, reach)
  if (refusal) return err(refusal)
  if (issuer.includes('?')) return err('Leave the query out: an issuer has none.')
  const refusals: string[] = []
  for (const algorithm of ALGORITHMS) {
    const found = await readDocument(issuer, algorithm, reach)
    if (found.ok) return check(found.value, issuer, reach)
    if (found.error !== MISSING && found.error !== NOT_JSON) return found
    refusals.push(found.error)
  }
  return err(refusals.includes(NOT_JSON) ? NOT_JSON : MISSING)
}

async function readDocument(
  issuer: string,
  algorithm: (typeof ALGORITHMS)[number],
  { allowInsecureUpstreams: allowInsecure }: Reach,
): Promise<Result<Record<string, unknown>, string>> {
  const limits = { deadlineMs: DEADLINE_MS, maxBytes: TOKEN_BODY_LIMIT, allowInsecure }
  try {
    const response = await discoveryRequest(new URL(issuer), { algorithm, ...libraryOptions(limits) })
    if (response.status === 404 || response.status === 410) return err(MISSING)
    if (response.status !== 200) {
      return err(`The issuer answers with HTTP ${response.status} where its discovery document should be.`)
    }
    const document = parseObject(await response.text())
    return document ? ok(document) : err(NOT_JSON)
  } catch (error) {
    if (error instanceof TransportError) return err(TRANSPORT[error.reason])
    throw error
  }
}

async function check(
  document: Record<string, unknown>,
  issuer: string,
  reach: Reach,
): Promise<Result<IssuerMetadata, string>> {
  if (document.issuer !== issuer) {
    const named = typeof document.issuer === 'string' ? providerText(document.issuer) : ''
    return err(
      named === ''
        ? 'The discovery document does not say which issuer it is of.'
        : `The discovery document is of another issuer, ${named}, which has to be spelled exactly like the one you enter.`,
    )
  }
  for (const name of USED) {
    const address = document[name]
    if (address === undefined && !NEEDED.some((needed) => needed === name)) continue
    if (typeof address !== 'string' || address.length > 500) {
      return err(`The discovery document has no usable ${name}: enter the addresses by hand.`)
    }
    const trouble = addressTrouble(address, reach)
    if (trouble) return err(`The ${name} of the discovery document ${TROUBLES[trouble]}, and is refused.`)
  }
  const metadata = await processDiscoveryResponse(new URL(issuer), Response.json(document))
  return ok(metadata as IssuerMetadata)
}
