// The outside of every request: its own id, its arrival time, protection and no caching on the answer, one log line. Raw
// addresses are never logged: they can hold codes and tokens.

import { isConnectionId } from '../../domain/ids.ts'
import { log } from '../../lib/log.ts'
import type { HttpContext } from '../env.ts'
import type { Reply } from '../reply.ts'
import { protect } from './security-headers.ts'

export async function envelope(c: HttpContext, work: () => Promise<Response | Reply>): Promise<Response> {
  const now = Date.now()
  const requestId = crypto.randomUUID().replaceAll('-', '')
  c.set('now', now)
  c.set('requestId', requestId)
  const answer = protect(c, await work())
  const ms = Date.now() - now
  measure(c, answer, ms)
  log('info', {
    event: 'request',
    request_id: requestId,
    method: c.req.method,
    route: c.get('route')?.path ?? null,
    status: answer.status,
    code: c.get('failure') ?? null,
    key: c.get('key')?.id ?? null,
    connection: connectionOf(c),
    workspace: c.get('key')?.workspaceId ?? c.get('member')?.workspaceId ?? null,
    ms,
  })
  return answer
}

/** One data point a request of a key, where Analytics Engine is bound: who, what, outcome, ms. Never a token. */
function measure(c: HttpContext, answer: Response, ms: number): void {
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
        answer.headers.get('Evergrant-Upstream') === 'true' ? 'upstream' : 'evergrant',
      ],
      doubles: [ms, answer.status],
    })
  } catch {
    // What is only measured must not fail a request.
  }
}

/** Only what is an ID for sure: anything else in the address could be something else. */
function connectionOf(c: HttpContext): string | null {
  if (!c.get('route')?.path.includes('/connections/:id')) return null
  const id = c.req.param('id')
  return id !== undefined && isConnectionId(id) ? id : null
}
