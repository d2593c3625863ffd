// Every route of the deployment, in matching order.

import type { Route } from './route.ts'
import { apiConnectionRoutes } from './routes/api-connections.ts'
import { apiConnectorRoutes } from './routes/api-connectors.ts'
import { proxyRoutes } from './routes/api-proxy.ts'
import { tokenRoutes } from './routes/api-tokens.ts'
import { auditRoutes } from './routes/audit.tsx'
import { connectRoutes } from './routes/connect.tsx'
import { connectLinkRoutes } from './routes/connect-link.tsx'
import { connectionRoutes } from './routes/connections.tsx'
import { connectorRoutes } from './routes/connectors.tsx'
import { docsRoutes } from './routes/docs.tsx'
import { healthRoutes } from './routes/health.ts'
import { invitationRoutes } from './routes/invitations.tsx'
import { keyRoutes } from './routes/keys.tsx'
import { memberRoutes } from './routes/members.tsx'
import { ownConnectorRoutes } from './routes/own-connectors.tsx'
import { permissionRoutes } from './routes/permissions.tsx'
import { rootRoutes } from './routes/root.ts'
import { settingsRoutes } from './routes/settings.tsx'
import { signInRoutes } from './routes/sign-in.tsx'
import { webhookRoutes } from './routes/webhooks.tsx'
import { workspaceRoutes } from './routes/workspaces.tsx'

const API_ROUTES: readonly Route[] = [
  ...tokenRoutes,
  ...proxyRoutes,
  ...apiConnectionRoutes,
  ...apiConnectorRoutes,
]

/** `/connections/new` stands before `/connections/:id`, and `/connectors/new` before `/connectors/:id`. */
export const ROUTES: readonly Route[] = [
  ...rootRoutes,
  ...healthRoutes,
  ...signInRoutes,
  ...connectRoutes,
  ...connectLinkRoutes,
  ...connectionRoutes,
  ...permissionRoutes,
  ...ownConnectorRoutes,
  ...connectorRoutes,
  ...keyRoutes,
  ...memberRoutes,
  ...invitationRoutes,
  ...auditRoutes,
  ...settingsRoutes,
  ...workspaceRoutes,
  ...webhookRoutes,
  ...docsRoutes(API_ROUTES),
  ...API_ROUTES,
]
