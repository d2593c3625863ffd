// Tells the object who used a connection, after the answer, at most once per key, connection and isolate in ten minutes.

import type { AuthorizedKey } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import type { Context, Later } from './context.ts'
import { EdgeCache } from './edge-cache.ts'

const EVERY_MS = 600_000
const noted = new WeakMap<object, EdgeCache<true>>()

export function noteUse(
  context: Pick<Context, 'connections'>,
  key: AuthorizedKey,
  connectionId: string,
  now: number,
  later: Later,
): void {
  let known = noted.get(context.connections)
  if (!known) {
    known = new EdgeCache<true>(EVERY_MS)
    noted.set(context.connections, known)
  }
  if (!known.once(`${key.id} ${connectionId}`, now)) return
  const ref = { workspaceId: key.workspaceId, connectionId }
  later(
    callConnection(context, ref, (connection) =>
      connection.noteUse({ ...ref, use: { at: now, keyId: key.id } }),
    ),
  )
}
