// The catalog for keys.

import {
  type ConnectorWithApp,
  findConnectorWithApp,
  listConnectorsWithApps,
} from '../../services/oauth-apps.ts'
import type { Route } from '../route.ts'

export const apiConnectorRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connectors',
    permission: 'connections:read',
    handler: async (c, key) => {
      const found = await listConnectorsWithApps(c.get('context'), key.workspaceId)
      return c.json({ data: found.map(connectorJson), next_cursor: null })
    },
  },
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connectors/:id',
    permission: 'connections:read',
    handler: async (c, key) => {
      const found = await findConnectorWithApp(c.get('context'), key.workspaceId, c.req.param('id') ?? '')
      return found.ok ? c.json(connectorJson(found.value)) : found
    },
  },
]

function connectorJson({ connector, app }: ConnectorWithApp) {
  const { id, name, category, tools, scopes, params, confidence } = connector
  return {
    id,
    name,
    category,
    tools,
    scopes: scopes.map(({ scope, title, sensitive }) => ({ scope, title, sensitive })),
    params,
    confidence,
    custom: false,
    app_configured: app !== null,
  }
}
