// Scopes and tools: what a connection asks for, what it was given, what is missing.

import type { Connector, ConnectorScope } from './connector.ts'

/** Scopes of the chosen tools plus the connector's base scopes, in the connector's order, without repeats. */
export function scopesForTools(connector: Connector, toolIds: string[]): string[] {
  const wanted = new Set(connector.baseScopes)
  for (const tool of connector.tools) {
    if (toolIds.includes(tool.id)) for (const scope of tool.scopes) wanted.add(scope)
  }
  return [...wanted]
}

/** Granted scopes in the connector's own spelling: aliases the service answers with are translated back. */
export function canonicalScopes(connector: Pick<Connector, 'scopes'>, granted: string[]): string[] {
  const canonical = granted.map(
    (scope) => connector.scopes.find((known) => known.aliases?.includes(scope))?.scope ?? scope,
  )
  return [...new Set(canonical)]
}

export function missingScopes(required: string[], granted: string[]): string[] {
  return required.filter((scope) => !granted.includes(scope))
}

/** Title in words, or the scope itself where the connector does not know it. */
export function scopeTitle(connector: { scopes: ConnectorScope[] }, scope: string): string {
  return connector.scopes.find((known) => known.scope === scope)?.title ?? scope
}

/** Scopes of an answer's `scope` field; undefined where it holds none to read. */
export function splitScopes(value: unknown, separator: ' ' | ','): string[] | undefined {
  if (typeof value !== 'string') return undefined
  return value
    .split(separator)
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '')
}
