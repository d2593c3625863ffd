// OAuth apps of workspaces (the secret sealed), and which apps are held because the service refuses them.

import { and, eq } from 'drizzle-orm'
import type { OAuthApp } from '../domain/configuration.ts'
import type { Database } from './database.ts'
import { appHealth, oauthApps } from './schema.ts'
import type { SealContext, Vault } from './vault.ts'

/** Owner of the apps configured for the whole deployment. */
export const DEPLOYMENT = 'deployment'

/** An app and whose it is. */
export interface OwnedApp extends OAuthApp {
  owner: string
}

export type AppRow = Omit<typeof oauthApps.$inferSelect, 'secretSealed'>

/** Undefined where the workspace has none. Throws where D1 is down, or the secret does not open. */
export async function findWorkspaceApp(
  db: Database,
  vault: Vault,
  workspaceId: string,
  connector: string,
): Promise<OwnedApp | undefined> {
  const [row] = await db.select().from(oauthApps).where(ofWorkspace(workspaceId, connector))
  if (!row) return undefined
  const secret = await vault.open(secretContext(workspaceId, connector), row.secretSealed)
  if (!secret.ok) throw new Error(`the stored app secret is ${secret.error}`)
  return {
    owner: workspaceId,
    clientId: row.clientId,
    clientSecret: secret.value,
    params: row.params,
  }
}

export async function listWorkspaceApps(db: Database, workspaceId: string): Promise<AppRow[]> {
  return db
    .select({
      workspaceId: oauthApps.workspaceId,
      connector: oauthApps.connector,
      clientId: oauthApps.clientId,
      params: oauthApps.params,
      version: oauthApps.version,
      updatedAt: oauthApps.updatedAt,
    })
    .from(oauthApps)
    .where(eq(oauthApps.workspaceId, workspaceId))
}

/** Saves the app; `clientSecret` null keeps the stored one, and is answered with false where there is none. */
export async function saveWorkspaceApp(
  db: Database,
  vault: Vault,
  app: {
    workspaceId: string
    connector: string
    clientId: string
    clientSecret: string | null
    params: Record<string, string>
  },
  now: number,
): Promise<boolean> {
  const { workspaceId, connector, clientId, params } = app
  const [stored] = await db
    .select({ version: oauthApps.version, secretSealed: oauthApps.secretSealed })
    .from(oauthApps)
    .where(ofWorkspace(workspaceId, connector))
  const secretSealed =
    app.clientSecret === null
      ? stored?.secretSealed
      : await vault.seal(secretContext(workspaceId, connector), app.clientSecret)
  if (secretSealed === undefined) return false
  const values = { clientId, secretSealed, params, version: (stored?.version ?? 0) + 1, updatedAt: now }
  await db
    .insert(oauthApps)
    .values({ workspaceId, connector, ...values })
    .onConflictDoUpdate({ target: [oauthApps.workspaceId, oauthApps.connector], set: values })
  return true
}

export async function deleteWorkspaceApp(
  db: Database,
  workspaceId: string,
  connector: string,
): Promise<void> {
  await db.delete(oauthApps).where(ofWorkspace(workspaceId, connector))
}

export interface HeldApp {
  owner: string
  connector: string
  heldSince: number
  detail: string
}

/** Held apps that a workspace can meet: its own and the deployment's. */
export async function listHeldApps(db: Database, workspaceId: string): Promise<HeldApp[]> {
  const rows = await db.select().from(appHealth)
  return rows.filter(({ owner }) => owner === workspaceId || owner === DEPLOYMENT)
}

export async function isAppHeld(db: Database, owner: string, connector: string): Promise<boolean> {
  const rows = await db.select({ owner: appHealth.owner }).from(appHealth).where(healthOf(owner, connector))
  return rows.length > 0
}

/** The first refusal stays; later ones change nothing. */
export async function holdApp(db: Database, app: HeldApp): Promise<void> {
  await db.insert(appHealth).values(app).onConflictDoNothing()
}

export async function releaseApp(db: Database, owner: string, connector: string): Promise<void> {
  await db.delete(appHealth).where(healthOf(owner, connector))
}

function ofWorkspace(workspaceId: string, connector: string) {
  return and(eq(oauthApps.workspaceId, workspaceId), eq(oauthApps.connector, connector))
}

function healthOf(owner: string, connector: string) {
  return and(eq(appHealth.owner, owner), eq(appHealth.connector, connector))
}

function secretContext(workspaceId: string, connector: string): SealContext {
  return { purpose: 'app_secret', workspaceId, recordId: connector }
}
