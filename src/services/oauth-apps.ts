// OAuth apps per connector: which are configured, by whom, which are held; saving and removing a workspace's own.

import { findConnector, offeredConnectors } from '../connectors/catalog.ts'
import { type Connector, matchesParam } from '../domain/connector.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  DEPLOYMENT,
  deleteWorkspaceApp,
  type HeldApp,
  listHeldApps,
  listWorkspaceApps,
  releaseApp,
  saveWorkspaceApp,
} from '../storage/oauth-apps.ts'
import type { Context } from './context.ts'
import { recordAudit } from './record-audit.ts'

/** An app as pages show it: never the secret. */
export interface AppSummary {
  owner: 'workspace' | 'deployment'
  clientId: string
  params: Record<string, string>
  updatedAt: number | null
  held: { since: number; detail: string } | null
}

export interface ConnectorWithApp {
  connector: Connector
  app: AppSummary | null
}

type Walk = Pick<Context, 'config' | 'db'>
type Member = { id: string; workspaceId: string }

export async function listConnectorsWithApps(
  context: Walk,
  workspaceId: string,
): Promise<ConnectorWithApp[]> {
  const { config, db } = context
  const own = new Map((await listWorkspaceApps(db, workspaceId)).map((app) => [app.connector, app]))
  const held = await listHeldApps(db, workspaceId)
  return offeredConnectors(config.allowInsecureUpstreams).map((connector) => {
    const mine = own.get(connector.id)
    if (mine) {
      const { clientId, params, updatedAt } = mine
      const health = healthOf(held, workspaceId, connector.id)
      return { connector, app: { owner: 'workspace', clientId, params, updatedAt, held: health } }
    }
    const shared = config.deploymentApps.get(connector.id)
    if (!shared) return { connector, app: null }
    const { clientId, params } = shared
    const health = healthOf(held, DEPLOYMENT, connector.id)
    return { connector, app: { owner: 'deployment', clientId, params, updatedAt: null, held: health } }
  })
}

export async function findConnectorWithApp(
  context: Walk,
  workspaceId: string,
  connectorId: string,
): Promise<Result<ConnectorWithApp, Failure>> {
  const all = await listConnectorsWithApps(context, workspaceId)
  const found = all.find(({ connector }) => connector.id === connectorId)
  return found ? ok(found) : err({ code: 'connector_not_found' })
}

export interface AppForm {
  clientId: string
  /** Empty keeps the stored secret. */
  clientSecret: string
  params: Record<string, string>
}

export async function saveApp(
  context: Pick<Context, 'config' | 'db' | 'vault' | 'random'>,
  member: Member,
  connectorId: string,
  form: AppForm,
  now: number,
): Promise<Result<null, Failure>> {
  const connector = findConnector(connectorId, context.config.allowInsecureUpstreams)
  if (!connector) return err({ code: 'connector_not_found' })
  const clientId = form.clientId.trim()
  const clientSecret = form.clientSecret.trim()
  const errors: FieldError[] = []
  if (!isCredential(clientId)) {
    errors.push({ path: 'client_id', message: 'Paste the client ID as the service shows it.' })
  }
  if (clientSecret !== '' && !isCredential(clientSecret)) {
    errors.push({ path: 'client_secret', message: 'Paste the client secret as the service shows it.' })
  }
  for (const param of connector.params) {
    if (!matchesParam(param, form.params[param.name] ?? '')) {
      errors.push({ path: `params.${param.name}`, message: `Use the form ${param.example}` })
    }
  }
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  const params = Object.fromEntries(connector.params.map(({ name }) => [name, form.params[name] ?? '']))
  const saved = await saveWorkspaceApp(
    context.db,
    context.vault,
    {
      workspaceId: member.workspaceId,
      connector: connectorId,
      clientId,
      clientSecret: clientSecret === '' ? null : clientSecret,
      params,
    },
    now,
  )
  if (!saved) {
    const errors = [{ path: 'client_secret', message: 'Paste the client secret; none is stored yet.' }]
    return err({ code: 'invalid_request', errors })
  }
  // Mended as far as anybody knows; the next refresh tells.
  await releaseApp(context.db, member.workspaceId, connectorId)
  await audit(context, member, 'app.saved', connectorId, now)
  return ok(null)
}

export async function removeApp(
  context: Pick<Context, 'config' | 'db' | 'random'>,
  member: Member,
  connectorId: string,
  now: number,
): Promise<Result<null, Failure>> {
  if (!findConnector(connectorId, context.config.allowInsecureUpstreams)) {
    return err({ code: 'connector_not_found' })
  }
  await deleteWorkspaceApp(context.db, member.workspaceId, connectorId)
  await audit(context, member, 'app.removed', connectorId, now)
  return ok(null)
}

function healthOf(held: HeldApp[], owner: string, connector: string): AppSummary['held'] {
  const found = held.find((app) => app.owner === owner && app.connector === connector)
  return found ? { since: found.heldSince, detail: found.detail } : null
}

/** Visible ASCII without spaces: what client ids and secrets are made of (RFC 6749 appendix A). */
function isCredential(text: string): boolean {
  return /^[\x21-\x7e]{1,2048}$/.test(text)
}

function audit(
  context: Pick<Context, 'db' | 'random'>,
  member: Member,
  action: string,
  subject: string,
  now: number,
): Promise<void> {
  const { id, workspaceId } = member
  return recordAudit(context, { workspaceId, actor: id, action, subject, outcome: 'ok' }, now)
}
