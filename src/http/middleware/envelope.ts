// The outside of every request: its own id, its arrival time, no caching, one log line. Raw addresses are never logged:
// they can hold codes and tokens.

import { toHex } from '../../lib/bytes.ts'
import { log } from '../../lib/log.ts'
import type { HttpMiddleware } from '../env.ts'

export function envelope(): HttpMiddleware {
  return async function envelope(c, next) {
    const now = Date.now()
    const requestId = toHex(crypto.getRandomValues(new Uint8Array(16)))
    c.set('now', now)
    c.set('requestId', requestId)
    await next()
    c.header('X-Request-Id', requestId)
    c.header('Cache-Control', 'no-store')
    log('info', {
      event: 'request',
      request_id: requestId,
      method: c.req.method,
      route: c.get('route')?.path ?? null,
      status: c.res.status,
      code: c.get('failure') ?? null,
      key: c.get('key')?.id ?? null,
      workspace: c.get('key')?.workspaceId ?? c.get('member')?.workspaceId ?? null,
      ms: Date.now() - now,
    })
  }
}
