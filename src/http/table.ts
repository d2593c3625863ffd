// Every route of the deployment, in matching order.

import type { Route } from './route.ts'
import { apiConnectionRoutes } from './routes/api-connections.ts'
import { apiConnectorRoutes } from './routes/api-connectors.ts'
import { proxyRoutes } from './routes/api-proxy.ts'
import { tokenRoutes } from './routes/api-tokens.ts'
import { connectRoutes } from './routes/connect.tsx'
import { connectLinkRoutes } from './routes/connect-link.tsx'
import { connectionRoutes } from './routes/connections.tsx'
import { connectorRoutes } from './routes/connectors.tsx'
import { docsRoutes } from './routes/docs.tsx'
import { healthRoutes } from './routes/health.ts'
import { keyRoutes } from './routes/keys.tsx'
import { permissionRoutes } from './routes/permissions.tsx'
import { rootRoutes } from './routes/root.ts'
import { signInRoutes } from './routes/sign-in.tsx'

const API_ROUTES: readonly Route[] = [
  ...tokenRoutes,
  ...proxyRoutes,
  ...apiConnectionRoutes,
  ...apiConnectorRoutes,
]

/** `/connections/new` stands before `/connections/:id`. */
export const ROUTES: readonly Route[] = [
  ...rootRoutes,
  ...healthRoutes,
  ...signInRoutes,
  ...connectRoutes,
  ...connectLinkRoutes,
  ...connectionRoutes,
  ...permissionRoutes,
  ...connectorRoutes,
  ...keyRoutes,
  ...docsRoutes(API_ROUTES),
  ...API_ROUTES,
]
