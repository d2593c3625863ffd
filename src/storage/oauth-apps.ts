// OAuth apps of workspaces. Secrets are sealed; two may be live, so that a rotation never fails a refresh.

import { and, eq, isNotNull, sql } from 'drizzle-orm'
import type { OAuthApp } from '../domain/configuration.ts'
import type { Database } from './database.ts'
import { oauthApps } from './schema.ts'
import type { SealContext, Vault } from './vault.ts'

/** Owner of the apps configured for the whole deployment. */
export const DEPLOYMENT = 'deployment'

/** An app and whose it is. `clientSecret` is used first; the other is the older one, while both are live. */
export interface OwnedApp extends OAuthApp {
  owner: string
  fallbackSecret: string | null
  /** Of the row it was read from; absent for the deployment's, and in copies of before. */
  version?: number
}

export type AppRow = Omit<typeof oauthApps.$inferSelect, 'secretSealed' | 'nextSecretSealed'> & {
  rotating: boolean
}

/** Undefined where the workspace has none. Throws where D1 is down, or the secret does not open. */
export async function findWorkspaceApp(
  db: Database,
  vault: Vault,
  workspaceId: string,
  connector: string,
): Promise<OwnedApp | undefined> {
  const [row] = await db.select().from(oauthApps).where(ofWorkspace(workspaceId, connector))
  if (!row) return undefined
  const open = async (sealed: string) => {
    const secret = await vault.open(secretContext(workspaceId, connector), sealed)
    if (!secret.ok) throw new Error(`the stored app secret is ${secret.error}`)
    return secret.value
  }
  const current = await open(row.secretSealed)
  const next = row.nextSecretSealed === null ? null : await open(row.nextSecretSealed)
  return {
    owner: workspaceId,
    clientId: row.clientId,
    clientSecret: next ?? current,
    fallbackSecret: next === null ? null : current,
    params: row.params,
    version: row.version,
  }
}

/** The newer secret of this version has refreshed once: the older one is forgotten. One saved since has proved nothing. */
export async function dropOldSecret(
  db: Database,
  { workspaceId, connector, version }: { workspaceId: string; connector: string; version: number },
): Promise<void> {
  await db
    .update(oauthApps)
    .set({ secretSealed: sql`${oauthApps.nextSecretSealed}`, nextSecretSealed: null })
    .where(
      and(
        ofWorkspace(workspaceId, connector),
        eq(oauthApps.version, version),
        isNotNull(oauthApps.nextSecretSealed),
      ),
    )
}

export async function listWorkspaceApps(db: Database, workspaceId: string): Promise<AppRow[]> {
  return db
    .select({
      workspaceId: oauthApps.workspaceId,
      connector: oauthApps.connector,
      clientId: oauthApps.clientId,
      params: oauthApps.params,
      rotating: sql<boolean>`${oauthApps.nextSecretSealed} is not null`.mapWith(Boolean),
      secretExpiresAt: oauthApps.secretExpiresAt,
      version: oauthApps.version,
      updatedAt: oauthApps.updatedAt,
    })
    .from(oauthApps)
    .where(eq(oauthApps.workspaceId, workspaceId))
}

export interface AppToSave {
  workspaceId: string
  connector: string
  clientId: string
  /** Null keeps what is stored. */
  clientSecret: string | null
  secretExpiresAt: number | null
  params: Record<string, string>
  /** Whether a secret that was stored with these values would be sent to the same hosts. */
  sameHosts: (storedParams: Record<string, string>) => boolean
}

/**
 * Saves the app. A new secret of the same client is used first, and the stored one kept as fallback; another client
 * or other hosts replace both: a secret is not sent where it was not meant for. Without one given, one must be stored.
 */
export async function saveWorkspaceApp(
  db: Database,
  vault: Vault,
  app: AppToSave,
  now: number,
): Promise<'saved' | 'no_secret' | 'other_hosts'> {
  const { workspaceId, connector, clientId, params, secretExpiresAt } = app
  const [row] = await db.select().from(oauthApps).where(ofWorkspace(workspaceId, connector))
  const ofClient = row?.clientId === clientId ? row : undefined
  const stored = ofClient && app.sameHosts(ofClient.params) ? ofClient : undefined
  const given =
    app.clientSecret === null
      ? null
      : await vault.seal(secretContext(workspaceId, connector), app.clientSecret)
  const secretSealed = stored?.secretSealed ?? given
  if (secretSealed === null) return ofClient ? 'other_hosts' : 'no_secret'
  const nextSecretSealed = stored ? (given ?? stored.nextSecretSealed) : null
  const values = {
    clientId,
    secretSealed,
    nextSecretSealed,
    secretExpiresAt,
    params,
    version: (row?.version ?? 0) + 1,
    updatedAt: now,
  }
  await db
    .insert(oauthApps)
    .values({ workspaceId, connector, ...values })
    .onConflictDoUpdate({ target: [oauthApps.workspaceId, oauthApps.connector], set: values })
  return 'saved'
}

export async function deleteWorkspaceApp(
  db: Database,
  workspaceId: string,
  connector: string,
): Promise<void> {
  await db.delete(oauthApps).where(ofWorkspace(workspaceId, connector))
}

function ofWorkspace(workspaceId: string, connector: string) {
  return and(eq(oauthApps.workspaceId, workspaceId), eq(oauthApps.connector, connector))
}

function secretContext(workspaceId: string, connector: string): SealContext {
  return { purpose: 'app_secret', workspaceId, recordId: connector }
}
