import type { ConnectorScope, ConnectorTool } from '../../domain/connector.ts'

/** The tools of these ids and the scopes that they need, in the family's order. */
export function chooseTools(
  tools: ConnectorTool[],
  scopes: ConnectorScope[],
  ids: string[],
): { tools: ConnectorTool[]; scopes: ConnectorScope[] } {
  const chosen = tools.filter(({ id }) => ids.includes(id))
  const needed = new Set(chosen.flatMap((tool) => tool.scopes))
  return { tools: chosen, scopes: scopes.filter(({ scope }) => needed.has(scope)) }
}
