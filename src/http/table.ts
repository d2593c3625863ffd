// Every route of the deployment, in matching order.

import type { Route } from './route.ts'
import { apiConnectionRoutes } from './routes/api-connections.ts'
import { apiConnectorRoutes } from './routes/api-connectors.ts'
import { tokenRoutes } from './routes/api-tokens.ts'
import { connectRoutes } from './routes/connect.tsx'
import { connectionRoutes } from './routes/connections.tsx'
import { connectorRoutes } from './routes/connectors.tsx'
import { healthRoutes } from './routes/health.ts'
import { keyRoutes } from './routes/keys.tsx'
import { rootRoutes } from './routes/root.ts'
import { signInRoutes } from './routes/sign-in.tsx'

/** `/connections/new` stands before `/connections/:id`. */
export const ROUTES: readonly Route[] = [
  ...rootRoutes,
  ...healthRoutes,
  ...signInRoutes,
  ...connectRoutes,
  ...connectionRoutes,
  ...connectorRoutes,
  ...keyRoutes,
  ...tokenRoutes,
  ...apiConnectionRoutes,
  ...apiConnectorRoutes,
]
