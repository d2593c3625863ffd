// The outside of every request: its own id, its arrival time, no caching, one log line. Raw addresses are never logged:
// they can hold codes and tokens.

import { isConnectionId } from '../../domain/ids.ts'
import { log } from '../../lib/log.ts'
import { writableHeaders } from '../answer-headers.ts'
import type { HttpContext, HttpMiddleware } from '../env.ts'

export function envelope(): HttpMiddleware {
  return async function envelope(c, next) {
    const now = Date.now()
    const requestId = crypto.randomUUID().replaceAll('-', '')
    c.set('now', now)
    c.set('requestId', requestId)
    await next()
    const headers = writableHeaders(c)
    headers.set('X-Request-Id', requestId)
    headers.set('Cache-Control', 'no-store')
    measure(c, now)
    log('info', {
      event: 'request',
      request_id: requestId,
      method: c.req.method,
      route: c.get('route')?.path ?? null,
      status: c.res.status,
      code: c.get('failure') ?? null,
      key: c.get('key')?.id ?? null,
      connection: connectionOf(c),
      workspace: c.get('key')?.workspaceId ?? c.get('member')?.workspaceId ?? null,
      ms: Date.now() - now,
    })
  }
}

/** One data point a request of a key, where Analytics Engine is bound: who, what, outcome, ms. Never a token. */
function measure(c: HttpContext, startedAt: number): void {
  const { ANALYTICS: dataset } = c.env ?? {}
  const key = c.get('key')
  if (!dataset || !key) return
  try {
    dataset.writeDataPoint({
      indexes: [key.workspaceId],
      blobs: [
        key.id,
        connectionOf(c),
        c.get('route')?.path ?? null,
        c.get('failure') ?? 'ok',
        c.res.headers.get('Evergrant-Upstream') === 'true' ? 'upstream' : 'evergrant',
      ],
      doubles: [Date.now() - startedAt, c.res.status],
    })
  } catch {
    // What is only measured must not fail a request.
  }
}

/** Only what is an ID for sure: anything else in the address could be something else. */
function connectionOf(c: HttpContext): string | null {
  if (!c.get('route')?.path.includes('/connections/:id')) return null
  // The parameters of a route are gone once it has answered.
  const id = /\/connections\/(con_[0-9a-z]+)/.exec(c.req.path)?.[1]
  return id !== undefined && isConnectionId(id) ? id : null
}
