// The deployment's key ring as configured: `kid:base64url`, comma-separated, the first seals and all open.

import { fromBase64Url, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'

export interface RingKey {
  kid: string
  bytes: Uint8Array<ArrayBuffer>
}
export type KeyRing = [RingKey, ...RingKey[]]

/** Random bytes repeat little: 32 of them with fewer distinct values than this do not occur. */
const FEWEST_DISTINCT_BYTES = 16

/** The ring, or one sentence saying what is wrong with it and how to mend it. Never echoes a key. */
export function parseKeyRing(text: string): Result<KeyRing, string> {
  const keys: RingKey[] = []
  for (const [index, part] of text.split(',').entries()) {
    const entry = part.trim()
    const colon = entry.indexOf(':')
    const kid = entry.slice(0, Math.max(colon, 0))
    // What is no kid may be a key that stands in its place: it is not named.
    if (!/^[A-Za-z0-9_-]{1,16}$/.test(kid)) {
      return err(`entry ${index + 1} needs the form kid:key, with a kid of 1 to 16 letters, digits, - or _.`)
    }
    const place = `key "${kid}"`
    const encoded = entry.slice(colon + 1).replace(/=+$/, '')
    const bytes = fromBase64Url(encoded)
    if (bytes?.byteLength !== 32 || toBase64Url(bytes) !== encoded) {
      return err(`${place} is not 32 bytes of base64url.`)
    }
    if (isWeak(bytes)) return err(`${place} is not random; it looks like a sample or a pattern.`)
    if (keys.some((key) => key.kid === kid)) return err(`${place} appears twice.`)
    if (keys.some((key) => toBase64Url(key.bytes) === encoded)) {
      return err(`${place} repeats the bytes of another key.`)
    }
    keys.push({ kid, bytes })
  }
  const [first, ...rest] = keys
  return first ? ok([first, ...rest]) : err('it holds no key.')
}

function isWeak(bytes: Uint8Array): boolean {
  if (new Set(bytes).size < FEWEST_DISTINCT_BYTES) return true
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0) + 256) % 256
  return bytes.every((byte, index) => index === 0 || (byte - (bytes[index - 1] ?? 0) + 256) % 256 === step)
}
