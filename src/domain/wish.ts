// What a connection shall be for: what the last consent was asked for, and what somebody wishes beyond it. Pure.

import type { Connector } from './connector.ts'
import type { ConnectionRecord, Wish } from './record.ts'
import { missingScopes, scopesBeside, scopesToRequest } from './scopes.ts'

/** What the next consent is asked for: old and new together. */
export function wanted(record: Pick<ConnectionRecord, 'tools' | 'requestedScopes' | 'wish'>): Wish {
  return record.wish ?? { tools: record.tools, requestedScopes: record.requestedScopes }
}

/** Asked for beside the scopes of the tools. */
export function besideWanted(connector: Connector, record: ConnectionRecord): string[] {
  const { tools, requestedScopes } = wanted(record)
  return scopesBeside(connector, tools, requestedScopes)
}

/**
 * These tools from now on, and `more` scopes beside what is asked for beside tools already. What needs no consent beyond
 * the last one, or comes before the first, holds at once: it only changes what is asked for next. Anything else is a wish.
 */
export function wishFor(
  record: ConnectionRecord,
  connector: Connector,
  tools: string[],
  more: string[] = [],
): ConnectionRecord {
  const beside = [...besideWanted(connector, record), ...more]
  const requestedScopes = scopesToRequest(connector, tools, beside)
  const known = [...record.requestedScopes, ...record.grantedScopes]
  return record.state === 'pending' || missingScopes(requestedScopes, known).length === 0
    ? { ...record, tools, requestedScopes, wish: null }
    : { ...record, wish: { tools, requestedScopes } }
}

/** Whether a consent asked for everything that is wished: one that began earlier leaves the wish as it is. */
export function fulfils(asked: Wish, wish: Wish | null | undefined): boolean {
  if (!wish) return true
  return (
    missingScopes(wish.tools, asked.tools).length === 0 &&
    missingScopes(wish.requestedScopes, asked.requestedScopes).length === 0
  )
}
