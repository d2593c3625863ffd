// The connections of a workspace, from D1. Times are up to an hour old: a passed expiry of an active row means only
// that D1 has not heard of the refresh yet, and is left out.

import type { WireState } from '../domain/connection.ts'
import { wireState } from '../domain/connection.ts'
import type { Failure } from '../domain/failure.ts'
import type { ConnectionSnapshot } from '../domain/snapshot.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type ConnectionListRow, listConnections as listRows } from '../storage/connections.ts'
import type { Context } from './context.ts'

export interface ListAsk {
  workspaceId: string
  connector?: string | undefined
  state?: WireState | undefined
  text?: string | undefined
  ids?: string[] | undefined
  connectors?: string[] | undefined
  /** Leave out what waits for a person. */
  without?: 'reauthorize' | undefined
  cursor?: string | undefined
  limit: number
}

/** Begins the cursor of a page on which everything waits for a person. */
const URGENT = 'urgent.'

export interface ConnectionList {
  connections: ConnectionSnapshot[]
  nextCursor: string | null
}

export async function listConnections(
  { db }: Pick<Context, 'db'>,
  ask: ListAsk,
  now: number,
): Promise<Result<ConnectionList, Failure>> {
  const found = await listRows(db, ask)
  if (!found) {
    return err({
      code: 'invalid_request',
      errors: [{ path: 'cursor', message: 'Use next_cursor of the previous page as it is.' }],
    })
  }
  return ok({ connections: found.rows.map((row) => toSnapshot(row, now)), nextCursor: found.nextCursor })
}

/** For pages: what waits for a person comes before everything else, page after page. */
export async function listForPeople(
  context: Pick<Context, 'db'>,
  ask: ListAsk,
  now: number,
): Promise<Result<ConnectionList, Failure>> {
  const urgent = ask.cursor === undefined || ask.cursor.startsWith(URGENT)
  if (ask.state !== undefined) return listConnections(context, ask, now)
  if (!urgent) return listConnections(context, { ...ask, without: 'reauthorize' }, now)
  const cursor = ask.cursor?.slice(URGENT.length)
  const first = await listConnections(context, { ...ask, state: 'reauthorize', cursor }, now)
  if (!first.ok) return first
  if (first.value.nextCursor !== null) {
    return ok({ ...first.value, nextCursor: `${URGENT}${first.value.nextCursor}` })
  }
  const rest = await listConnections(context, { ...ask, without: 'reauthorize', cursor: undefined }, now)
  if (!rest.ok) return rest
  return ok({ ...rest.value, connections: [...first.value.connections, ...rest.value.connections] })
}

function toSnapshot(row: ConnectionListRow, now: number): ConnectionSnapshot {
  const stale = row.state === 'active' && row.accessExpiresAt !== null && row.accessExpiresAt <= now
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    connector: row.connector,
    name: row.name,
    state: wireState(row),
    paused: row.paused,
    reason: row.reason,
    health: row.heldSince !== null && row.state === 'active' ? 'held' : row.health,
    account:
      row.accountId === null ? null : { id: row.accountId, email: row.accountEmail, name: row.accountName },
    tools: row.tools,
    requestedScopes: row.requestedScopes,
    grantedScopes: row.grantedScopes,
    accessExpiresAt: stale ? null : row.accessExpiresAt,
    refreshDueAt: stale || row.state !== 'active' ? null : row.refreshDueAt,
    reauthorizeBefore: row.reauthorizeBefore,
    lastRefreshedAt: row.lastRefreshedAt,
    lastUsedAt: row.lastUsedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
