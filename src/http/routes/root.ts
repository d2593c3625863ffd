// The bare address leads to the connections.

import type { Route } from '../route.ts'

export const rootRoutes: Route[] = [
  { kind: 'open', method: 'GET', path: '/', handler: (c) => c.redirect('/connections', 302) },
]
