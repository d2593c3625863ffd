// Every route of the deployment, in matching order.

import type { Route } from './route.ts'
import { healthRoutes } from './routes/health.ts'
import { rootRoutes } from './routes/root.ts'
import { signInRoutes } from './routes/sign-in.tsx'

export const ROUTES: readonly Route[] = [...rootRoutes, ...healthRoutes, ...signInRoutes]
