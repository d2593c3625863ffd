// A workspace's own connectors in D1. The JSON was checked before it came here; it is looked at again when it is used.

import { and, count, eq, exists, sql } from 'drizzle-orm'
import type { Definition } from '../domain/connector-definition.ts'
import type { Database } from './database.ts'
import { appAlerts, connections, customConnectors, oauthApps } from './schema.ts'

export type CustomConnector = typeof customConnectors.$inferSelect

/** Throws where D1 is down. */
export async function findCustomConnector(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<CustomConnector | undefined> {
  const [row] = await db.select().from(customConnectors).where(ofWorkspace(workspaceId, id))
  return row
}

export async function listCustomConnectors(db: Database, workspaceId: string): Promise<CustomConnector[]> {
  return db
    .select()
    .from(customConnectors)
    .where(eq(customConnectors.workspaceId, workspaceId))
    .orderBy(customConnectors.id)
}

/** False where one of this id is there already. */
export async function insertCustomConnector(
  db: Database,
  workspaceId: string,
  definition: Definition,
  now: number,
): Promise<boolean> {
  const inserted = await db
    .insert(customConnectors)
    .values({
      workspaceId,
      id: definition.id,
      definition,
      issuer: definition.authorize.issuer ?? null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: customConnectors.id })
  return inserted.length > 0
}

/**
 * Replaces the definition of one version. Where the hosts it sends credentials to are others now, the OAuth app goes: its
 * secret was meant for the old ones. False where somebody else was faster.
 */
export async function updateCustomConnector(
  db: Database,
  known: Pick<CustomConnector, 'workspaceId' | 'id' | 'version'>,
  change: { definition: Definition; moved: boolean },
  now: number,
): Promise<boolean> {
  const { workspaceId, id, version } = known
  const { definition, moved } = change
  const ofVersion = and(ofWorkspace(workspaceId, id), eq(customConnectors.version, version))
  const update = db
    .update(customConnectors)
    .set({
      definition,
      issuer: definition.authorize.issuer ?? null,
      version: version + 1,
      updatedAt: now,
    })
    .where(ofVersion)
    .returning({ id: customConnectors.id })
  if (!moved) return (await update).length > 0
  const stillThat = exists(db.select({ id: customConnectors.id }).from(customConnectors).where(ofVersion))
  const app = and(eq(oauthApps.workspaceId, workspaceId), eq(oauthApps.connector, id), stillThat)
  // One transaction: no secret meets hosts that it was not given for.
  const [, updated] = await db.batch([db.delete(oauthApps).where(app), update])
  return updated.length > 0
}

/** With its OAuth app. False where a connection uses it, or it is not there: looked at in the same statement. */
export async function deleteCustomConnector(db: Database, workspaceId: string, id: string): Promise<boolean> {
  const unused = sql`not exists (select 1 from ${connections} where ${connections.workspaceId} = ${workspaceId} and ${connections.connector} = ${id})`
  const deleted = await db
    .delete(customConnectors)
    .where(and(ofWorkspace(workspaceId, id), unused))
    .returning({ id: customConnectors.id })
  if (deleted.length === 0) return false
  await deleteApp(db, workspaceId, id)
  return true
}

export async function countCustomConnectors(db: Database, workspaceId: string): Promise<number> {
  const [row] = await db
    .select({ total: count() })
    .from(customConnectors)
    .where(eq(customConnectors.workspaceId, workspaceId))
  return row?.total ?? 0
}

async function deleteApp(db: Database, workspaceId: string, connector: string): Promise<void> {
  await db
    .delete(oauthApps)
    .where(and(eq(oauthApps.workspaceId, workspaceId), eq(oauthApps.connector, connector)))
  await db.delete(appAlerts).where(and(eq(appAlerts.owner, workspaceId), eq(appAlerts.connector, connector)))
}

function ofWorkspace(workspaceId: string, id: string) {
  return and(eq(customConnectors.workspaceId, workspaceId), eq(customConnectors.id, id))
}
