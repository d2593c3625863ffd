// Who uses a connection: the API keys that reach it, with their last use of it, and the builders who may have put its ID
// into a workflow. Best effort: where D1 is down, the page shows without it.

import type { Permission } from '../domain/api-key.ts'
import type { ConnectionDetail, KeyUse, WhoUses } from '../domain/snapshot.ts'
import { listApiKeys } from '../storage/api-keys.ts'
import { listBuilders } from '../storage/members.ts'
import { permitsConnector, reaches } from './authorize-key.ts'
import type { Context } from './context.ts'

const DOES: [Permission, KeyUse['does'][number]][] = [
  ['tokens:read', 'tokens'],
  ['proxy', 'proxy'],
]

export async function whoUses(
  { db }: Pick<Context, 'db'>,
  connection: Pick<ConnectionDetail, 'id' | 'workspaceId' | 'connector' | 'uses'>,
  now: number,
): Promise<WhoUses> {
  const usedAt = new Map(connection.uses.map(({ keyId, at }) => [keyId, at]))
  try {
    const rows = await listApiKeys(db, connection.workspaceId)
    const keys: KeyUse[] = rows
      .filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || expiresAt > now))
      .filter((row) => reaches(row, connection.id) && permitsConnector(row, connection.connector))
      .map(({ id, name, permissions, connectionIds }) => ({
        id,
        name,
        does: DOES.filter(([permission]) => permissions.includes(permission)).map(([, does]) => does),
        named: connectionIds !== null,
        usedAt: usedAt.get(id) ?? null,
      }))
      .filter(({ does }) => does.length > 0)
      .sort((left, right) => (right.usedAt ?? 0) - (left.usedAt ?? 0) || left.name.localeCompare(right.name))
    return { keys, builders: await listBuilders(db, connection.workspaceId) }
  } catch {
    return { keys: [], builders: [] }
  }
}
