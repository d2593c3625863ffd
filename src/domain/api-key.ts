// API keys: `egk_`, a public id, a secret, a checksum. The checksum lets a typo end before any look-up; it is no secret.

import { type RandomBytes, sha256Hex, toDigits } from '../lib/bytes.ts'

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 12
const SECRET_LENGTH = 32
const FORMAT = /^egk_([0-9a-z]{12})([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

export const PERMISSIONS = [
  'connections:read',
  'connections:write',
  'connectors:write',
  'tokens:read',
  'proxy',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** What a key may do, as the edge knows it (KV `key:<hash>`). */
export type KeyRecord =
  | {
      revoked: false
      id: string
      workspaceId: string
      permissions: Permission[]
      /** Null: every connection of the workspace. */
      connectionIds: string[] | null
      /** Absent: connections of every connector. */
      connectors?: string[]
      /** Epoch milliseconds, or null. */
      expiresAt: number | null
    }
  | { revoked: true; id: string }

/** A new key: 12 characters of id, 32 of secret (190 random bits), 6 of CRC-32. Shown once, stored as its hash. */
export function newApiKey(random: RandomBytes): { id: string; key: string } {
  const id = toDigits(random(8), BASE36, ID_LENGTH)
  return { id, key: newSecret(id, random) }
}

/** One more secret for a key: same id, so that it is the same key in every list and log. */
export function newSecret(id: string, random: RandomBytes): string {
  const body = id + toDigits(random(24), BASE62, SECRET_LENGTH)
  return `egk_${body}${checksum(body)}`
}

/** The public id of a well-formed key, or undefined. */
export function apiKeyId(key: string): string | undefined {
  const match = FORMAT.exec(key)
  if (!match) return undefined
  const [, id = '', secret = '', check] = match
  return checksum(id + secret) === check ? id : undefined
}

/** Keys carry 190 random bits, so a plain SHA-256 is enough at rest. Lower-case hex. */
export function hashApiKey(key: string): Promise<string> {
  return sha256Hex(key)
}

/** CRC-32 (IEEE 802.3) in six base62 digits. */
function checksum(text: string): string {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  const value = (crc ^ 0xffffffff) >>> 0
  return toDigits(new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]), BASE62, 6)
}
