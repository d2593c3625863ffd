// The OAuth app a connection uses: read from D1 (else the deployment's), with a sealed copy for the time D1 is down.

import { findConnector } from '../connectors/catalog.ts'
import type { Connector } from '../domain/connector.ts'
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
}

interface Ref {
  workspaceId: string
  id: string
  connector: string
}

/** `missing`: no app, placeholders that do not fit, or no such connector. `unreadable`: D1 is down and there is no copy. */
export type CredentialsFailure = 'missing' | 'unreadable'

export async function findCredentials(
  object: ObjectContext,
  ref: Ref,
): Promise<Result<Credentials, CredentialsFailure>> {
  const connector = findConnector(ref.connector, object.config.allowInsecureUpstreams)
  if (!connector) return err('missing')
  const app = await findApp(object, ref)
  if (!app.ok) return app
  const server = resolveServer(connector, app.value)
  return server ? ok({ connector, app: app.value, server }) : err('missing')
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
async function findApp(object: ObjectContext, ref: Ref): Promise<Result<OwnedApp, CredentialsFailure>> {
  const { config, db, vault } = object
  try {
    const own = await findWorkspaceApp(db, vault, ref.workspaceId, ref.connector)
    if (own) return ok(own)
  } catch {
    log('warn', { event: 'app_unreadable', connection: ref.id, connector: ref.connector })
    const copy = await openCopy(object, ref)
    return copy ? ok(copy) : err('unreadable')
  }
  const shared = config.deploymentApps.get(ref.connector)
  return shared ? ok({ ...shared, owner: DEPLOYMENT }) : err('missing')
}

async function openCopy(object: ObjectContext, ref: Ref): Promise<OwnedApp | undefined> {
  const copy = object.store.appCopy()
  if (!copy) return undefined
  const opened = await object.vault.open(copyContext(ref), copy.sealed)
  return opened.ok ? (JSON.parse(opened.value) as OwnedApp) : undefined
}

function copyContext(ref: Ref): SealContext {
  return { purpose: 'app_copy', workspaceId: ref.workspaceId, recordId: ref.id }
}
