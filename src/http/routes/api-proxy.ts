// The proxy: any method, any path below a connection's `/proxy`. Whether an answer is the service's or ours is told by
// `Evergrant-Upstream`.

import { err } from '../../lib/result.ts'
import type { AuthorizedKey } from '../../services/authorize-key.ts'
import { proxyRequest } from '../../services/proxy-request.ts'
import type { HttpContext } from '../env.ts'
import type { Answer, Route } from '../route.ts'

export const proxyRoutes: Route[] = [
  {
    kind: 'api',
    method: 'ALL',
    path: '/v1/connections/:id/proxy/*',
    permission: 'proxy',
    ownBody: true,
    operation: {
      summary: 'Call the service with the token attached',
      description:
        'Method, path, query, body and the usual request headers are passed on, and the answer comes back as it is, marked `Evergrant-Upstream: true`. Redirects are handed back. A refused token is refreshed and the call repeated once where its body can be.',
      headers: {
        'Evergrant-Host': { description: 'One of the hosts of the connector, where it has several.' },
      },
      problems: [
        'connection_not_found',
        'method_not_allowed',
        'reauthorization_required',
        'connection_pending',
        'connection_paused',
        'app_not_configured',
        'provider_misconfigured',
        'provider_unavailable',
      ],
    },
    handler: proxy,
  },
]

async function proxy(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const { raw } = c.req
  const { pathname, search } = new URL(raw.url)
  // Taken from the address as it arrived: the router has decoded its own.
  const path = /^\/v1\/connections\/[^/]+\/proxy(\/.*)?$/.exec(pathname)
  if (!path) return err({ code: 'not_found' })
  return proxyRequest(
    c.get('context'),
    key,
    {
      connectionId: c.req.param('id') ?? '',
      method: raw.method,
      path: path[1] ?? '',
      search,
      headers: raw.headers,
      body: raw.body,
    },
    c.get('now'),
    (work) => c.executionCtx.waitUntil(work),
  )
}
