// Identifiers: a prefix that says what it is, then 128 random bits. They are names, never credentials.

import { type RandomBytes, toDigits } from '../lib/bytes.ts'

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

export type IdPrefix = 'con' | 'wsp' | 'mem' | 'aud' | 'inv' | 'ses' | 'whk' | 'evt'

/** `con_` and the like, plus 26 characters `0-9a-z`. */
export function newId(prefix: IdPrefix, random: RandomBytes): string {
  return `${prefix}_${toDigits(random(16), BASE36, 26)}`
}

export function isConnectionId(text: string): boolean {
  return /^con_[0-9a-z]{26}$/.test(text)
}

/** Name of an OAuth app's Durable Object. */
export function appObjectName({ owner, connector }: { owner: string; connector: string }): string {
  return `${owner}/${connector}`
}

/** Name of the connection's Durable Object: derived from workspace and connection, so that another workspace's ID leads to an empty object. */
export function connectionObjectName(workspaceId: string, connectionId: string): string {
  return `${workspaceId}/${connectionId}`
}
