// Services that sign their callback with the app's secret: who cannot sign it did not send the person back.

import { equalConstantTime, toHex, utf8 } from '../lib/bytes.ts'

/** HMAC-SHA256 over the other parameters, sorted by name and joined as `a=1&b=2`, in lower-case hex. */
export async function callbackMac(query: URLSearchParams, macParam: string, secret: string): Promise<string> {
  const message = [...query]
    .filter(([name]) => name !== macParam)
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['sign'])
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(message))))
}

export async function isSigned(query: URLSearchParams, macParam: string, secret: string): Promise<boolean> {
  const [given, ...more] = query.getAll(macParam)
  if (!given || more.length > 0) return false
  return equalConstantTime(given, await callbackMac(query, macParam, secret))
}
