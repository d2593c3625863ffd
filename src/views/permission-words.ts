// What a connection lacks against what it is for, in one sentence, for its page and its row.

import type { Connector } from '../domain/connector.ts'
import { permissionsOf } from '../domain/permissions.ts'
import { scopeTitle } from '../domain/scopes.ts'
import type { ConnectionSnapshot } from '../domain/snapshot.ts'

type Words = Pick<Connector, 'tools' | 'scopes'>

/** `3 of 4 permissions; “Send e-mail” will fail until you reconnect and tick it`. Null where nothing is missing. */
export function permissionSentence(
  connector: Words,
  connection: Pick<ConnectionSnapshot, 'state' | 'tools' | 'requestedScopes' | 'grantedScopes'> & {
    consentedScopes?: string[]
  },
): string | null {
  if (connection.state === 'pending') return null
  const { given, total, failing, others, unasked } = permissionsOf(connector, connection)
  if (given === total) return null
  const counted = `${given} of ${total} permissions`
  if (failing.length === 0) {
    return `${counted}; without ${inWords(others.map((scope) => scopeTitle(connector, scope)))}`
  }
  const tick = failing.every((tool) => tool.unasked) && unasked.length > 0
  const how = tick ? 'reconnect' : `reconnect and tick ${failing.length === 1 ? 'it' : 'them'}`
  return `${counted}; ${inWords(failing.map(({ tool }) => tool.title))} will fail until you ${how}`
}

const MOST_NAMED = 3

/** `“a”, “b” and “c”`; `“a”, “b” and 4 more` for a longer list. */
export function inWords(names: string[]): string {
  const quoted = names.map((name) => `“${name}”`)
  const named = quoted.length > MOST_NAMED ? quoted.slice(0, MOST_NAMED - 1) : quoted.slice(0, -1)
  const last = quoted.length > MOST_NAMED ? `${quoted.length - named.length} more` : (quoted.at(-1) ?? '')
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`
}
