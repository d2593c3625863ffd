// Bytes and their text forms. Decoders answer undefined for malformed input instead of guessing.

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Source of random bytes; handed in at the doors so that everything below is a function of its arguments. */
export type RandomBytes = (length: number) => Uint8Array<ArrayBuffer>

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>
}

/** UTF-8 text of the bytes, or undefined where they are not UTF-8. */
export function fromUtf8(bytes: ArrayBuffer | Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Bytes of unpadded base64url; undefined for any other alphabet, padding or an impossible length. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined
  if (native.fromBase64) return native.fromBase64(text, { alphabet: 'base64url' })
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** Whether no other text stands for the same bytes: the last character's unused bits are zero. */
export function isCanonicalBase64Url(text: string): boolean {
  const unused = text.length % 4 === 2 ? 0b1111 : text.length % 4 === 3 ? 0b11 : 0
  return unused === 0 || (BASE64URL.indexOf(text.at(-1) ?? '') & unused) === 0
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The engine's own decoder, where it has one. */
const native = Uint8Array as {
  fromBase64?: (text: string, options: { alphabet: 'base64url' }) => Uint8Array<ArrayBuffer>
}

export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}

/** Text of exactly `length` digits in the given alphabet, from the bytes read as one big-endian number. */
export function toDigits(bytes: Uint8Array, alphabet: string, length: number): string {
  const base = BigInt(alphabet.length)
  let rest = 0n
  for (const byte of bytes) rest = (rest << 8n) | BigInt(byte)
  let digits = ''
  for (let index = 0; index < length; index++) {
    digits = alphabet.charAt(Number(rest % base)) + digits
    rest /= base
  }
  return digits
}

/** Lower-case hex SHA-256 of UTF-8 text. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

/** Equality in time that depends on the length only. */
export function equalConstantTime(left: string, right: string): boolean {
  const a = utf8(left)
  const b = utf8(right)
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b)
}
