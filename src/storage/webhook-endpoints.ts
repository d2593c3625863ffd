// Webhook endpoints of a workspace. Secrets are sealed; for a day after a rotation there are two.

import { and, asc, count, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { DisabledReason } from '../domain/webhook.ts'
import type { Database } from './database.ts'
import { webhookDeliveries, webhookEndpoints } from './schema.ts'
import type { SealContext, Vault } from './vault.ts'
import { cancelOf } from './webhook-events.ts'

export type EndpointRow = typeof webhookEndpoints.$inferSelect

export async function insertEndpoint(db: Database, row: EndpointRow): Promise<void> {
  await db.insert(webhookEndpoints).values(row)
}

export function listEndpointRows(db: Database, workspaceId: string): Promise<EndpointRow[]> {
  return db
    .select()
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.workspaceId, workspaceId))
    .orderBy(asc(webhookEndpoints.createdAt))
}

export async function countEndpoints(db: Database, workspaceId: string): Promise<number> {
  const [row] = await db
    .select({ total: count() })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.workspaceId, workspaceId))
  return row?.total ?? 0
}

export async function findEndpointRow(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<EndpointRow | undefined> {
  const [row] = await db.select().from(webhookEndpoints).where(ofWorkspace(workspaceId, id))
  return row
}

/** Of whatever workspace: for deliveries, which know their endpoint. */
export function findEndpointRows(db: Database, ids: string[]): Promise<EndpointRow[]> {
  return db.select().from(webhookEndpoints).where(inArray(webhookEndpoints.id, ids))
}

export type LastDelivery = Pick<typeof webhookDeliveries.$inferSelect, 'state' | 'at'>

/** What became of the newest delivery. */
export async function lastDelivery(db: Database, endpointId: string): Promise<LastDelivery | null> {
  const [row] = await db
    .select({ state: webhookDeliveries.state, at: webhookDeliveries.at })
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.endpointId, endpointId))
    .orderBy(desc(webhookDeliveries.at), desc(webhookDeliveries.eventId))
    .limit(1)
  return row ?? null
}

/** False where the workspace has no such endpoint. */
export async function updateEndpoint(
  db: Database,
  workspaceId: string,
  id: string,
  change: Partial<Omit<EndpointRow, 'id' | 'workspaceId'>>,
): Promise<boolean> {
  const changed = await db
    .update(webhookEndpoints)
    .set(change)
    .where(ofWorkspace(workspaceId, id))
    .returning({ id: webhookEndpoints.id })
  return changed.length > 0
}

/** What waited for it is not sent any more. The first reason stays. */
export async function disableEndpoint(
  db: Database,
  { workspaceId, id }: Pick<EndpointRow, 'workspaceId' | 'id'>,
  reason: DisabledReason,
  now: number,
): Promise<void> {
  await db.batch([
    db
      .update(webhookEndpoints)
      .set({ disabledAt: now, disabledReason: reason })
      .where(and(ofWorkspace(workspaceId, id), isNull(webhookEndpoints.disabledAt))),
    cancelOf(db, id),
  ])
}

export async function deleteEndpoint(db: Database, workspaceId: string, id: string): Promise<boolean> {
  const deleted = await db
    .delete(webhookEndpoints)
    .where(ofWorkspace(workspaceId, id))
    .returning({ id: webhookEndpoints.id })
  return deleted.length > 0
}

/** Secrets that sign now, the newest first. Throws where one does not open. */
export async function openSecrets(vault: Vault, row: EndpointRow, now: number): Promise<string[]> {
  const { secretSealed, previousSecretSealed, previousSecretUntil } = row
  const old = previousSecretSealed !== null && (previousSecretUntil ?? 0) > now ? [previousSecretSealed] : []
  return Promise.all(
    [secretSealed, ...old].map(async (sealed) => {
      const secret = await vault.open(secretContext(row), sealed)
      if (!secret.ok) throw new Error(`the stored webhook secret is ${secret.error}`)
      return secret.value
    }),
  )
}

export function sealSecret(
  vault: Vault,
  endpoint: Pick<EndpointRow, 'workspaceId' | 'id'>,
  secret: string,
): Promise<string> {
  return vault.seal(secretContext(endpoint), secret)
}

function secretContext({ workspaceId, id }: Pick<EndpointRow, 'workspaceId' | 'id'>): SealContext {
  return { purpose: 'webhook_secret', workspaceId, recordId: id }
}

function ofWorkspace(workspaceId: string, id: string) {
  return and(eq(webhookEndpoints.workspaceId, workspaceId), eq(webhookEndpoints.id, id))
}
