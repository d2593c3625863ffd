// The connections of a workspace, from D1. Times are up to an hour old: a passed expiry of an active row means only
// that D1 has not heard of the refresh yet, and is left out.

import type { Need } from '../domain/attention.ts'
import type { WireState } from '../domain/connection.ts'
import { wireState } from '../domain/connection.ts'
import type { Connector } from '../domain/connector.ts'
import type { Failure } from '../domain/failure.ts'
import type { ListedConnection } from '../domain/snapshot.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { listHeldApps } from '../storage/app-alerts.ts'
import { listByAttention } from '../storage/attention.ts'
import { type ConnectionListRow, listConnections as listRows } from '../storage/connections.ts'
import { DEPLOYMENT } from '../storage/oauth-apps.ts'
import type { Context } from './context.ts'

export interface ListAsk {
  workspaceId: string
  connector?: string | undefined
  state?: WireState | undefined
  ids?: string[] | undefined
  connectors?: string[] | undefined
  cursor?: string | undefined
  limit: number
}

export interface ConnectionList {
  connections: ListedConnection[]
  nextCursor: string | null
}

/** For programs: newest first. */
export async function listConnections(
  { db }: Pick<Context, 'db'>,
  ask: ListAsk,
  now: number,
): Promise<Result<ConnectionList, Failure>> {
  return toList(await listRows(db, ask), now)
}

export interface PeopleAsk {
  workspaceId: string
  /** All that the workspace can have connected: a search finds them by their names. */
  connectors: Pick<Connector, 'id' | 'name'>[]
  need?: Need | undefined
  connector?: string | undefined
  account?: string | undefined
  createdBy?: string | undefined
  text?: string | undefined
  cursor?: string | undefined
  limit: number
}

/** For pages: what needs attention comes first, page after page. */
export async function listForPeople(
  { db }: Pick<Context, 'db'>,
  ask: PeopleAsk,
  now: number,
): Promise<Result<ConnectionList, Failure>> {
  const words = ask.text?.toLowerCase() ?? ''
  const connectorsOfText = ask.connectors
    .filter(({ id, name }) => words !== '' && (id.includes(words) || name.toLowerCase().includes(words)))
    .map(({ id }) => id)
  const heldApps = await listHeldApps(db, [ask.workspaceId, DEPLOYMENT])
  const found = await listByAttention(db, { ...ask, heldApps, connectorsOfText })
  return toList(found, now)
}

function toList(found: Awaited<ReturnType<typeof listRows>>, now: number): Result<ConnectionList, Failure> {
  if (!found) {
    return err({
      code: 'invalid_request',
      errors: [{ path: 'cursor', message: 'Use next_cursor of the previous page as it is.' }],
    })
  }
  return ok({ connections: found.rows.map((row) => toSnapshot(row, now)), nextCursor: found.nextCursor })
}

function toSnapshot(row: ConnectionListRow, now: number): ListedConnection {
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
    decideUntil: row.decideUntil !== null && row.decideUntil > now ? row.decideUntil : null,
  }
}
