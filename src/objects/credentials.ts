// The OAuth app a connection uses: read from D1 (else the deployment's), with a sealed copy for the time D1 is down.

import { findConnector } from '../connectors/catalog.ts'
import { appKeyOf, type Connector } from '../domain/connector.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { resolveServer, type Server } from '../oauth/server.ts'
import { DEPLOYMENT, findWorkspaceApp, type OwnedApp } from '../storage/oauth-apps.ts'
import type { SealContext } from '../storage/vault.ts'
import type { ObjectContext } from './object-context.ts'

export interface Credentials {
  connector: Connector
  app: OwnedApp
  server: Server
  /** The connection's own values for placeholders, beside the app's. */
  connectionParams: Record<string, string>
}

interface Ref {
  workspaceId: string
  id: string
  connector: string
  params?: Record<string, string>
}

/** `missing`: no app, placeholders that do not fit, or no such connector. `unreadable`: D1 is down and there is no copy. */
export type CredentialsFailure = 'missing' | 'unreadable'

export async function findCredentials(
  object: ObjectContext,
  ref: Ref,
): Promise<Result<Credentials, CredentialsFailure>> {
  const connector = findConnector(ref.connector, object.config.allowInsecureUpstreams)
  if (!connector) return err('missing')
  const app = await findApp(object, ref, appKeyOf(connector))
  if (!app.ok) return app
  const connectionParams = ref.params ?? {}
  const server = resolveServer(connector, app.value, connectionParams)
  return server ? ok({ connector, app: app.value, server, connectionParams }) : err('missing')
}

/** With more values than were known before; undefined where an address would not fit any more. */
export function withParams(
  { connector, app, connectionParams }: Credentials,
  more: Record<string, string>,
): Credentials | undefined {
  const merged = { ...connectionParams, ...more }
  const server = resolveServer(connector, app, merged)
  return server && { connector, app, server, connectionParams: merged }
}

/** Seals a copy into the object, where it differs from the one there. Called once a flow has begun. */
export async function keepAppCopy(object: ObjectContext, ref: Ref, app: OwnedApp): Promise<void> {
  const text = JSON.stringify(app)
  const copy = object.store.appCopy()
  if (copy) {
    const opened = await object.vault.open(copyContext(ref), copy.sealed)
    if (opened.ok && opened.value === text) return
  }
  object.store.keepAppCopy({ sealed: await object.vault.seal(copyContext(ref), text), owner: app.owner })
}

/** While D1 is down only the copy will do: the deployment's app could be another client than the grant's. */
async function findApp(
  object: ObjectContext,
  ref: Ref,
  appKey: string,
): Promise<Result<OwnedApp, CredentialsFailure>> {
  const { config, db, vault } = object
  try {
    const own = await findWorkspaceApp(db, vault, ref.workspaceId, appKey)
    if (own) return ok(own)
  } catch {
    log('warn', { event: 'app_unreadable', connection: ref.id, connector: ref.connector })
    const copy = await openAppCopy(object, ref)
    return copy ? ok(copy) : err('unreadable')
  }
  const shared = config.deploymentApps.get(appKey)
  return shared ? ok({ ...shared, owner: DEPLOYMENT, fallbackSecret: null }) : err('missing')
}

export async function openAppCopy(object: ObjectContext, ref: Ref): Promise<OwnedApp | undefined> {
  const copy = object.store.appCopy()
  if (!copy) return undefined
  const opened = await object.vault.open(copyContext(ref), copy.sealed)
  return opened.ok ? (JSON.parse(opened.value) as OwnedApp) : undefined
}

function copyContext(ref: Ref): SealContext {
  return { purpose: 'app_copy', workspaceId: ref.workspaceId, recordId: ref.id }
}
