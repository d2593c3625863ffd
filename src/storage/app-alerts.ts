// What people must know of an OAuth app: that its service refuses it, or that many connections lost their consent at
// once. Written by the app's object.

import { and, eq, inArray, lt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { appAlerts } from './schema.ts'

export type AlertKind = 'held' | 'common_cause'

export interface AppAlert {
  /** A workspace, or `deployment`. */
  owner: string
  connector: string
  kind: AlertKind
  since: number
  /** Of a held app the provider's words, cut and masked; of a common cause the number of connections. */
  detail: string
}

interface AppRef {
  owner: string
  connector: string
}

/** The newest word of each kind stays. */
export async function raiseAlert(
  db: Database,
  { owner, connector }: AppRef,
  alert: Pick<AppAlert, 'kind' | 'since' | 'detail'>,
): Promise<void> {
  await db
    .insert(appAlerts)
    .values({ owner, connector, ...alert })
    .onConflictDoUpdate({
      target: [appAlerts.owner, appAlerts.connector, appAlerts.kind],
      set: { since: alert.since, detail: alert.detail },
    })
}

export async function clearAlert(db: Database, { owner, connector }: AppRef, kind: AlertKind): Promise<void> {
  await db
    .delete(appAlerts)
    .where(and(eq(appAlerts.owner, owner), eq(appAlerts.connector, connector), eq(appAlerts.kind, kind)))
}

/** Alerts a workspace can meet: of its own apps and of the deployment's. */
export function listAlerts(db: Database, owners: string[]): Promise<AppAlert[]> {
  return db.select().from(appAlerts).where(inArray(appAlerts.owner, owners))
}

/** Apps that their service refuses. */
export function listHeldApps(
  db: Database,
  owners: string[],
): Promise<{ owner: string; connector: string; since: number }[]> {
  return db
    .select({ owner: appAlerts.owner, connector: appAlerts.connector, since: appAlerts.since })
    .from(appAlerts)
    .where(and(inArray(appAlerts.owner, owners), eq(appAlerts.kind, 'held')))
}

export async function isHeld(db: Database, { owner, connector }: AppRef): Promise<boolean> {
  const rows = await db
    .select({ owner: appAlerts.owner })
    .from(appAlerts)
    .where(and(eq(appAlerts.owner, owner), eq(appAlerts.connector, connector), eq(appAlerts.kind, 'held')))
  return rows.length > 0
}

/** A common cause is news for a day; a held app stays until it is released. */
export async function pruneAlerts(db: Database, before: number): Promise<void> {
  await db.delete(appAlerts).where(and(eq(appAlerts.kind, 'common_cause'), lt(appAlerts.since, before)))
}
