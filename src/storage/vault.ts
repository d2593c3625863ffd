// Seals everything secret at rest: AES-256-GCM, a random 96-bit IV, one key per record derived from the key ring (HKDF).
// The additional data names purpose, workspace, record and key, so that a ciphertext opens only where it was sealed.

import type { KeyRing } from '../domain/key-ring.ts'
import {
  equalConstantTime,
  fromBase64Url,
  fromUtf8,
  isCanonicalBase64Url,
  toBase64Url,
  utf8,
} from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'

export type SealPurpose =
  | 'grant'
  | 'parked_grant'
  | 'verifier'
  | 'app_secret'
  | 'app_copy'
  | 'edge_copy'
  | 'sign_in_flow'
  | 'connect_done'
  | 'idempotent_answer'
  | 'webhook_secret'
export type MacPurpose = 'flow_state'

/** Where a ciphertext belongs. `recordId` is unique within purpose and workspace. */
export interface SealContext {
  purpose: SealPurpose
  workspaceId: string
  recordId: string
}

interface Ciphertext {
  kid: string
  iv: Uint8Array<ArrayBuffer>
  ciphertext: Uint8Array<ArrayBuffer>
}

export type OpenFailure = 'unknown_key' | 'unreadable'

/** Opens one sealed text, whenever it is asked. It keeps what that takes, and no plaintext. */
export type Opener = () => Promise<Result<string, OpenFailure>>

const FORMAT = 'v1'
const IV_BYTES = 12
/** Derived keys that are kept imported; the oldest leave first. They open what they open anyhow: no plaintext is kept. */
const KEPT_KEYS = 2_000

export class Vault {
  readonly #masters: Map<string, Promise<CryptoKey>>
  readonly #sealingKid: string
  readonly #derived = new Map<string, Promise<CryptoKey>>()

  constructor(keyRing: KeyRing) {
    this.#sealingKid = keyRing[0].kid
    this.#masters = new Map(
      keyRing.map(({ kid, bytes }) => [
        kid,
        crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']),
      ]),
    )
  }

  /** `v1.<kid>.<iv>.<ciphertext and tag>`, the last two base64url. */
  async seal(context: SealContext, plaintext: string): Promise<string> {
    const kid = this.#sealingKid
    const label = sealLabel(context, kid)
    const key = await this.#sealingKey(kid, label)
    if (!key) throw new Error('the first key of the ring is always present')
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: utf8(label), tagLength: 128 },
      key,
      utf8(plaintext),
    )
    return [FORMAT, kid, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.')
  }

  async open(context: SealContext, sealed: string): Promise<Result<string, OpenFailure>> {
    const opener = await this.opener(context, sealed)
    return opener.ok ? opener.value() : opener
  }

  /** For what is opened again and again: the text is taken apart and its key found once. */
  async opener(context: SealContext, sealed: string): Promise<Result<Opener, OpenFailure>> {
    const parts = parseCiphertext(sealed)
    if (!parts) return err('unreadable')
    const { kid, iv, ciphertext } = parts
    const label = sealLabel(context, kid)
    const key = await this.#sealingKey(kid, label)
    if (!key) return err('unknown_key')
    const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(label), tagLength: 128 }
    return ok(async () => {
      try {
        const opened = fromUtf8(await crypto.subtle.decrypt(algorithm, key, ciphertext))
        return opened === undefined ? err('unreadable') : ok(opened)
      } catch {
        return err('unreadable')
      }
    })
  }

  /** `<kid>.<HMAC-SHA-256>`, base64url. */
  async mac(purpose: MacPurpose, text: string): Promise<string> {
    const tag = await this.#mac(this.#sealingKid, purpose, text)
    if (tag === undefined) throw new Error('the first key of the ring is always present')
    return `${this.#sealingKid}.${tag}`
  }

  async verifyMac(purpose: MacPurpose, text: string, mac: string): Promise<boolean> {
    const kid = mac.split('.')[0] ?? ''
    const tag = await this.#mac(kid, purpose, text)
    return tag !== undefined && equalConstantTime(`${kid}.${tag}`, mac)
  }

  async #sealingKey(kid: string, label: string): Promise<CryptoKey | undefined> {
    const known = this.#derived.get(label)
    if (known) return known
    const master = await this.#masters.get(kid)
    if (!master) return undefined
    const key = crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(label) },
      master,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    )
    this.#derived.set(label, key)
    if (this.#derived.size > KEPT_KEYS) {
      const [oldest] = this.#derived.keys()
      if (oldest !== undefined) this.#derived.delete(oldest)
    }
    return key
  }

  async #mac(kid: string, purpose: MacPurpose, text: string): Promise<string | undefined> {
    const master = await this.#masters.get(kid)
    if (!master) return undefined
    const key = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: macLabel(purpose, kid) },
      master,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    )
    return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text))))
  }
}

/** Undefined for what no seal() has made. */
function parseCiphertext(sealed: string): Ciphertext | undefined {
  const [format, kid = '', ivText = '', sealedText = '', ...rest] = sealed.split('.')
  const iv = fromBase64Url(ivText)
  const ciphertext = fromBase64Url(sealedText)
  if (format !== FORMAT || rest.length > 0 || iv?.byteLength !== IV_BYTES || !ciphertext) return undefined
  // A second spelling of the same bytes is refused, so that every changed character is.
  if (!isCanonicalBase64Url(ivText) || !isCanonicalBase64Url(sealedText)) return undefined
  return { kid, iv, ciphertext }
}

/** JSON arrays, so that no two contexts share a spelling. */
function sealLabel(context: SealContext, kid: string): string {
  const { purpose, workspaceId, recordId } = context
  return JSON.stringify(['evergrant seal', FORMAT, purpose, workspaceId, recordId, kid])
}

function macLabel(purpose: MacPurpose, kid: string): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify(['evergrant mac', FORMAT, purpose, kid]))
}
