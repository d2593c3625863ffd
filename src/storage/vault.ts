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
  | 'token_copy'
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

/** A sealed text taken apart: for what is opened again and again. */
export interface Ciphertext {
  kid: string
  iv: Uint8Array<ArrayBuffer>
  ciphertext: Uint8Array<ArrayBuffer>
}

export type OpenFailure = 'unknown_key' | 'unreadable'

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
    const text = sealLabel(context, kid)
    const label = utf8(text)
    const key = await this.#sealingKey(kid, text)
    if (!key) throw new Error('the first key of the ring is always present')
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: label, tagLength: 128 },
      key,
      utf8(plaintext),
    )
    return [FORMAT, kid, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.')
  }

  async open(context: SealContext, sealed: string | Ciphertext): Promise<Result<string, OpenFailure>> {
    const parts = typeof sealed === 'string' ? parseCiphertext(sealed) : sealed
    if (!parts) return err('unreadable')
    const { kid, iv, ciphertext } = parts
    const text = sealLabel(context, kid)
    const label = utf8(text)
    const key = await this.#sealingKey(kid, text)
    if (!key) return err('unknown_key')
    try {
      const plaintext = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv, additionalData: label, tagLength: 128 },
        key,
        ciphertext,
      )
      const opened = fromUtf8(plaintext)
      return opened === undefined ? err('unreadable') : ok(opened)
    } catch {
      return err('unreadable')
    }
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
export function parseCiphertext(sealed: string): Ciphertext | undefined {
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
