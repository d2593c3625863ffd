// What a connection talks to its service with: the connector and the OAuth app, read from D1 where they are the
// workspace's own, with a sealed copy of both for the time D1 is down.

import { findConnector } from '../connectors/catalog.ts'
import { boundTo, homeward } from '../domain/addresses.ts'
import { appKeyOf, type Connector } from '../domain/connector.ts'
import { openDefinition } from '../domain/connector-definition.ts'
import { isOwnId } from '../domain/own-connector.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { resolveServer, type Server } from '../oauth/server.ts'
import { findCustomConnector } from '../storage/custom-connectors.ts'
import { DEPLOYMENT, findWorkspaceApp, type OwnedApp } from '../storage/oauth-apps.ts'
import { type KnownDefinition, openAppCopy } from './app-copy.ts'
import type { ObjectContext } from './object-context.ts'

/** A connector, and what it was read from where it is one of the workspace's own. */
export interface KnownConnector {
  connector: Connector
  custom: KnownDefinition | null
}

export interface Credentials extends KnownConnector {
  app: OwnedApp
  server: Server
  /** The connection's own values for placeholders, beside the app's. */
  connectionParams: Record<string, string>
  /** This deployment's own address: no value may lead there. */
  home: string
}

interface Ref {
  workspaceId: string
  id: string
  connector: string
  params?: Record<string, string>
}

/**
 * `missing`: no app, placeholders that do not fit, or no such connector. `unreadable`: D1 is down and there is no copy.
 * `moved`: the grant was given at other hosts, and is not sent to these.
 */
export type CredentialsFailure = 'missing' | 'unreadable' | 'moved'

/** For a consent. What is held already has to ask {@link findGrantCredentials}. */
export async function findCredentials(
  object: ObjectContext,
  ref: Ref,
): Promise<Result<Credentials, Exclude<CredentialsFailure, 'moved'>>> {
  const found = await readOrRecall(object, ref)
  if (!found.ok) return found
  const { connector, custom, app } = found.value
  const connectionParams = ref.params ?? {}
  const home = object.config.publicUrl
  const server = serverOf(home, connector, app, connectionParams)
  return server ? ok({ connector, custom, app, server, connectionParams, home }) : err('missing')
}

/** For the grant that the record holds: it goes where it came from, and nowhere else. */
export async function findGrantCredentials(
  object: ObjectContext,
  record: ConnectionRecord,
): Promise<Result<Credentials, CredentialsFailure>> {
  const found = await findCredentials(object, record)
  if (!found.ok) return found
  const bound = record.grant?.boundTo
  return bound === undefined || bound === boundOf(found.value) ? found : err('moved')
}

/** What a grant that is obtained with these credentials is bound to. */
export function boundOf({ connector, app, connectionParams }: Credentials): string {
  return boundTo(connector, { ...app.params, ...connectionParams })
}

/** With more values than were known before; undefined where an address would not fit any more. */
export function withParams(credentials: Credentials, more: Record<string, string>): Credentials | undefined {
  const { connector, app, home } = credentials
  const connectionParams = { ...credentials.connectionParams, ...more }
  const server = serverOf(home, connector, app, connectionParams)
  return server && { ...credentials, server, connectionParams }
}

/** The catalog's, else the workspace's own, else — while D1 is down — the object's copy of that. */
export async function findConnectorOf(object: ObjectContext, ref: Ref): Promise<Connector | undefined> {
  try {
    return (await readConnector(object, ref))?.connector
  } catch {
    const copy = await openAppCopy(object, ref)
    return knownOf(object, copy?.custom)?.connector
  }
}

/** From D1, or while it is down all of it from the copy: an app must never meet the addresses of another time. */
async function readOrRecall(
  object: ObjectContext,
  ref: Ref,
): Promise<Result<KnownConnector & { app: OwnedApp }, 'missing' | 'unreadable'>> {
  try {
    const known = await readConnector(object, ref)
    const app = known && (await readApp(object, ref, known.connector))
    return app ? ok({ ...known, app }) : err('missing')
  } catch {
    log('warn', { event: 'app_unreadable', connection: ref.id, connector: ref.connector })
    const copy = await openAppCopy(object, ref)
    if (!copy) return err('unreadable')
    const { custom, ...app } = copy
    const known = isOwnId(ref.connector) ? knownOf(object, custom) : ofCatalog(object, ref)
    return known ? ok({ ...known, app }) : err(custom ? 'missing' : 'unreadable')
  }
}

/** Throws where D1 is down. */
async function readConnector(object: ObjectContext, ref: Ref): Promise<KnownConnector | undefined> {
  if (!isOwnId(ref.connector)) return ofCatalog(object, ref)
  return knownOf(object, await findCustomConnector(object.db, ref.workspaceId, ref.connector))
}

function ofCatalog({ config }: ObjectContext, ref: Ref): KnownConnector | undefined {
  const connector = findConnector(ref.connector, config.allowInsecureUpstreams)
  return connector && { connector, custom: null }
}

function knownOf({ config }: ObjectContext, known: KnownDefinition | undefined): KnownConnector | undefined {
  const connector = known && openDefinition(known.definition, config)
  return connector && { connector, custom: { definition: known.definition, version: known.version } }
}

/** The workspace's, else the deployment's; the latter was never meant for addresses that a workspace wrote. */
async function readApp(
  { config, db, vault }: ObjectContext,
  ref: Ref,
  connector: Connector,
): Promise<OwnedApp | undefined> {
  const key = appKeyOf(connector)
  const own = await findWorkspaceApp(db, vault, ref.workspaceId, key)
  if (own || isOwnId(connector.id)) return own
  const shared = config.deploymentApps.get(key)
  return shared && { ...shared, owner: DEPLOYMENT, fallbackSecret: null }
}

/** Undefined too where a value leads back to this deployment. */
function serverOf(
  home: string,
  connector: Connector,
  app: OwnedApp,
  params: Record<string, string>,
): Server | undefined {
  if (homeward(connector, { ...app.params, ...params }, home)) return undefined
  return resolveServer(connector, app, params)
}
