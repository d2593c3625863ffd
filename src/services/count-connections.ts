// How many connections each connector has, for the pages that list connectors.

import { countByConnector } from '../storage/connections.ts'
import type { Context } from './context.ts'

export function countConnections(
  { db }: Pick<Context, 'db'>,
  workspaceId: string,
): Promise<Map<string, number>> {
  return countByConnector(db, workspaceId)
}
