// Whether the deployment works: for uptime checks, open to everybody, says nothing more.

import { checkHealth, HEALTH_LIFE_MS } from '../../services/check-health.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'

export const healthRoutes: Route[] = [
  {
    kind: 'open',
    method: 'GET',
    path: '/healthz',
    handler: async (c) => {
      if (await checkHealth(c.get('context'), c.get('now'))) return json({ status: 'ok' })
      return {
        ok: false,
        error: { code: 'temporarily_unavailable', retryAfterSeconds: HEALTH_LIFE_MS / 1000 },
      }
    },
  },
]
