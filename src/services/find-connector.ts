// One way to look a connector up: the catalog's, else the workspace's own. Connectors of the catalog cost no D1. Whether
// an address may still be called is looked at where it is called, in the connection's object.

import { familyOf, findConnector, offeredConnectors } from '../connectors/catalog.ts'
import { appKeyOf, type Connector } from '../domain/connector.ts'
import { connectorOf } from '../domain/connector-definition.ts'
import { isOwnId } from '../domain/own-connector.ts'
import { findCustomConnector, listCustomConnectors } from '../storage/custom-connectors.ts'
import type { Context } from './context.ts'

type Walk = Pick<Context, 'config' | 'db'>

export async function lookUpConnector(
  { config, db }: Walk,
  workspaceId: string,
  id: string,
): Promise<Connector | undefined> {
  if (!isOwnId(id)) return findConnector(id, config.allowInsecureUpstreams)
  const own = await findCustomConnector(db, workspaceId, id)
  return own && connectorOf(own.definition, config)
}

/** The workspace's own first. */
export async function listConnectors({ config, db }: Walk, workspaceId: string): Promise<Connector[]> {
  const own = await listCustomConnectors(db, workspaceId)
  return [
    ...own.map(({ definition }) => connectorOf(definition, config)),
    ...offeredConnectors(config.allowInsecureUpstreams),
  ]
}

/** Ids of the connectors that share an OAuth app with this one, its own among them. */
export function connectorsOfApp(connector: Connector): string[] {
  return isOwnId(connector.id) ? [appKeyOf(connector)] : familyOf(connector)
}
