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

/** Ids of the tools that are ticked before anybody chooses: those that ask for nothing sensitive, else the first. */
export function suggestedTools({ tools, scopes }: Pick<Connector, 'tools' | 'scopes'>): string[] {
  const sensitive = new Set(scopes.filter((scope) => scope.sensitive).map(({ scope }) => scope))
  const harmless = tools.filter((tool) => !tool.scopes.some((scope) => sensitive.has(scope)))
  return (harmless.length > 0 ? harmless : tools.slice(0, 1)).map(({ id }) => id)
}

/** Scopes of the tools, then what is asked for beside them. */
export function scopesToRequest(connector: Connector, toolIds: string[], more: string[]): string[] {
  return [...new Set([...scopesForTools(connector, toolIds), ...more])]
}

/** What was requested beside the scopes of the tools. */
export function scopesBeside(connector: Connector, toolIds: string[], requested: string[]): string[] {
  return missingScopes(requested, scopesForTools(connector, toolIds))
}

/** Granted scopes in the connector's own spelling: aliases the service answers with are translated back. */
export function canonicalScopes(connector: Pick<Connector, 'scopes'>, granted: string[]): string[] {
  const canonical = granted.map(
    (scope) => connector.scopes.find((known) => known.aliases?.includes(scope))?.scope ?? scope,
  )
  return [...new Set(canonical)]
}

/**
 * What was granted, for what the service answered: in the connector's own spelling, with scopes that the service takes but
 * never names, and those it leaves out because a wider one covers them.
 */
export function grantedScopes(
  connector: Pick<Connector, 'scopes'>,
  requested: string[],
  answered: string[],
): string[] {
  const granted = canonicalScopes(connector, answered)
  const known = (scope: string) => connector.scopes.find((candidate) => candidate.scope === scope)
  const covered = granted.flatMap((scope) => known(scope)?.covers ?? [])
  const silent = requested.filter((scope) => known(scope)?.unnamed || covered.includes(scope))
  return [...new Set([...granted, ...silent])]
}

export function missingScopes(required: string[], granted: string[]): string[] {
  return required.filter((scope) => !granted.includes(scope))
}

/** Title in words, or the scope itself where the connector does not know it. */
export function scopeTitle(connector: { scopes: ConnectorScope[] }, scope: string): string {
  return connector.scopes.find((known) => known.scope === scope)?.title ?? scope
}

/** Scopes of an answer, a text or an array; undefined where it names none: that is no word, not "nothing granted". */
export function splitScopes(value: unknown, separator: ' ' | ','): string[] | undefined {
  const scopes = (Array.isArray(value) ? value : typeof value === 'string' ? [value] : [])
    .filter((part) => typeof part === 'string')
    // No scope holds a space (RFC 6749 3.3), so that a service may mix both.
    .flatMap((part) => part.split(separator === ',' ? /[\s,]+/ : /\s+/))
    .filter((scope) => scope !== '')
  return scopes.length > 0 ? scopes : undefined
}

/** Which scopes each tool needs. */
export type ToolScopes = Record<string, string[]>

export function toolScopes({ tools }: Pick<Connector, 'tools'>): ToolScopes {
  return Object.fromEntries(tools.map(({ id, scopes }) => [id, scopes]))
}
