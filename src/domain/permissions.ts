// What a connection may do against what it is for: which of its tools will fail, and why. Pure.

import type { Connector, ConnectorTool } from './connector.ts'
import { missingScopes } from './scopes.ts'

export interface FailingTool {
  tool: Pick<ConnectorTool, 'id' | 'title'>
  /** Scopes it lacks. */
  missing: string[]
  /** Nobody has been asked for some of them yet: the tool is new here, or its definition gained a scope. */
  unasked: boolean
}

export interface Permissions {
  /** Of the scopes that were asked for, or that the tools need. */
  given: number
  total: number
  failing: FailingTool[]
  /** Missing, but needed by none of the tools. */
  others: string[]
  /** All that the last consent was not asked for. */
  unasked: string[]
}

export function permissionsOf(
  connector: Pick<Connector, 'tools'>,
  connection: {
    tools: string[]
    requestedScopes: string[]
    grantedScopes: string[]
    /** What the last consent was asked for; `requestedScopes` where nothing else is known. */
    consentedScopes?: string[] | undefined
  },
): Permissions {
  const { grantedScopes, requestedScopes, consentedScopes = requestedScopes } = connection
  const tools = connector.tools.filter(({ id }) => connection.tools.includes(id))
  const wanted = [...new Set([...requestedScopes, ...tools.flatMap(({ scopes }) => scopes)])]
  const missing = missingScopes(wanted, grantedScopes)
  const unasked = missingScopes(missing, consentedScopes)
  const failing = tools
    .map(({ id, title, scopes }) => ({ tool: { id, title }, missing: missingScopes(scopes, grantedScopes) }))
    .filter((tool) => tool.missing.length > 0)
    .map((tool) => ({ ...tool, unasked: tool.missing.some((scope) => unasked.includes(scope)) }))
  const needed = failing.flatMap((tool) => tool.missing)
  return {
    given: wanted.length - missing.length,
    total: wanted.length,
    failing,
    others: missingScopes(missing, needed),
    unasked,
  }
}
