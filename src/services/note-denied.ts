// Somebody tried what their role does not allow: one audit row for each member, route and isolate in ten minutes, so that
// nobody fills the trail by trying again.

import type { Context } from './context.ts'
import { EdgeCache } from './edge-cache.ts'
import { recordAudit } from './record-audit.ts'

const EVERY_MS = 600_000
const noted = new WeakMap<object, EdgeCache<true>>()

/** @param route as the table has it, such as `POST /keys` */
export async function noteDenied(
  context: Pick<Context, 'db' | 'random'>,
  member: { id: string; workspaceId: string },
  route: string,
  now: number,
): Promise<void> {
  let known = noted.get(context.db)
  if (!known) {
    known = new EdgeCache<true>(EVERY_MS)
    noted.set(context.db, known)
  }
  if (!known.once(`${member.id} ${route}`, now)) return
  const { workspaceId, id: actor } = member
  const event = { workspaceId, actor, subject: route, outcome: 'forbidden' }
  await recordAudit(context, { ...event, action: 'access.denied' }, now)
}
