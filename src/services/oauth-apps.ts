// OAuth apps per connector: which are configured, by whom, what is wrong with them; saving and removing a workspace's own.

import { boundTo, homeward } from '../domain/addresses.ts'
import { appKeyOf, type Connector } from '../domain/connector.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { appObjectName } from '../domain/ids.ts'
import { isOwnId } from '../domain/own-connector.ts'
import { readParams } from '../domain/params.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type AppAlert, listAlerts } from '../storage/app-alerts.ts'
import { DEPLOYMENT, deleteWorkspaceApp, listWorkspaceApps, saveWorkspaceApp } from '../storage/oauth-apps.ts'
import type { Context } from './context.ts'
import { listConnectors, lookUpConnector } from './find-connector.ts'
import { auditDone } from './record-audit.ts'

/** An app as pages show it: never the secret. Times are epoch milliseconds. */
export interface AppSummary {
  owner: 'workspace' | 'deployment'
  clientId: string
  params: Record<string, string>
  updatedAt: number | null
  /** A newer secret is in use, and the older one kept until it has refreshed once. */
  rotating: boolean
  secretExpiresAt: number | null
  /** The service refuses the app. */
  held: { since: number; detail: string } | null
  /** Many of its connections lost their consent within an hour. */
  commonCause: { since: number; connections: number } | null
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
  const alerts = await listAlerts(db, [workspaceId, DEPLOYMENT])
  return (await listConnectors(context, workspaceId)).map((connector) => {
    const key = appKeyOf(connector)
    const mine = own.get(key)
    if (mine) {
      const { clientId, params, updatedAt, rotating, secretExpiresAt } = mine
      const known = { owner: 'workspace' as const, clientId, params, updatedAt, rotating, secretExpiresAt }
      return { connector, app: { ...known, ...alertsOf(alerts, workspaceId, key) } }
    }
    // The deployment's app is for the addresses of the catalog, never for those that a workspace wrote.
    const shared = isOwnId(connector.id) ? undefined : config.deploymentApps.get(key)
    if (!shared) return { connector, app: null }
    const { clientId, params } = shared
    const known = { owner: 'deployment' as const, clientId, params, updatedAt: null }
    const health = alertsOf(alerts, DEPLOYMENT, key)
    return { connector, app: { ...known, rotating: false, secretExpiresAt: null, ...health } }
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
  /** `2027-01-31`, or empty: when the service will end the secret. */
  secretExpires: string
  params: Record<string, string>
}

export async function saveApp(
  context: Pick<Context, 'config' | 'db' | 'vault' | 'random' | 'apps'>,
  member: Member,
  connectorId: string,
  form: AppForm,
  now: number,
): Promise<Result<null, Failure>> {
  const connector = await lookUpConnector(context, member.workspaceId, connectorId)
  if (!connector) return err({ code: 'connector_not_found' })
  const clientId = form.clientId.trim()
  const clientSecret = form.clientSecret.trim()
  const errors: FieldError[] = []
  if (!isCredential(clientId)) {
    errors.push({ path: 'client_id', message: pasteAgain('client ID', clientId) })
  }
  if (clientSecret !== '' && !isCredential(clientSecret)) {
    errors.push({ path: 'client_secret', message: pasteAgain('client secret', clientSecret) })
  }
  const secretExpiresAt = readDay(form.secretExpires)
  if (secretExpiresAt === undefined) {
    errors.push({ path: 'secret_expires', message: 'Use a date such as 2027-01-31, or leave it empty.' })
  }
  const params = readParams(connector, 'app', form.params)
  if (!params.ok) errors.push(...params.error)
  else if (homeward(connector, params.value, context.config.publicUrl)) {
    errors.push({
      path: 'params',
      message: 'This is the address of Evergrant itself: use one of the service.',
    })
  }
  if (errors.length > 0 || secretExpiresAt === undefined || !params.ok) {
    return err({ code: 'invalid_request', errors })
  }
  const saved = await saveWorkspaceApp(
    context.db,
    context.vault,
    {
      workspaceId: member.workspaceId,
      connector: appKeyOf(connector),
      clientId,
      clientSecret: clientSecret === '' ? null : clientSecret,
      secretExpiresAt,
      params: params.value,
      sameHosts: (before) => boundTo(connector, before) === boundTo(connector, params.value),
    },
    now,
  )
  if (saved !== 'saved') {
    const errors = [{ path: 'client_secret', message: SECRET_NEEDED[saved] }]
    return err({ code: 'invalid_request', errors })
  }
  // Mended as far as anybody knows; the next refresh tells.
  await release(context, { owner: member.workspaceId, connector: appKeyOf(connector) })
  await auditDone(context, member, 'app.saved', connectorId, now)
  return ok(null)
}

export async function removeApp(
  context: Pick<Context, 'config' | 'db' | 'random'>,
  member: Member,
  connectorId: string,
  now: number,
): Promise<Result<null, Failure>> {
  const connector = await lookUpConnector(context, member.workspaceId, connectorId)
  if (!connector) return err({ code: 'connector_not_found' })
  await deleteWorkspaceApp(context.db, member.workspaceId, appKeyOf(connector))
  await auditDone(context, member, 'app.removed', connectorId, now)
  return ok(null)
}

const SECRET_NEEDED = {
  no_secret: 'Paste the client secret that belongs to this client ID.',
  other_hosts: 'Paste the client secret again: the host it is sent to would be another.',
}

function alertsOf(
  alerts: AppAlert[],
  owner: string,
  connector: string,
): Pick<AppSummary, 'held' | 'commonCause'> {
  const find = (kind: AppAlert['kind']) =>
    alerts.find((alert) => alert.owner === owner && alert.connector === connector && alert.kind === kind)
  const held = find('held')
  const common = find('common_cause')
  return {
    held: held ? { since: held.since, detail: held.detail } : null,
    commonCause: common ? { since: common.since, connections: Number(common.detail) } : null,
  }
}

/** Takes back what was held against an app: it, or where it is used, has changed. */
export async function release(
  { apps }: Pick<Context, 'apps'>,
  app: { owner: string; connector: string },
): Promise<void> {
  try {
    await apps.getByName(appObjectName(app)).reportAccepted(app)
  } catch {
    log('warn', { event: 'app_object_unreachable', connector: app.connector })
  }
}

/** End of the named day in UTC; null for an empty field, undefined for no date. */
function readDay(text: string): number | null | undefined {
  if (text.trim() === '') return null
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text.trim())) return undefined
  const day = Date.parse(`${text.trim()}T23:59:59Z`)
  return Number.isNaN(day) ? undefined : day
}

function pasteAgain(what: string, typed: string): string {
  const blanks = /\s/.test(typed) ? ': there are blanks inside it, which it never has' : ''
  return `Paste the ${what} as the service shows it${blanks}.`
}

/** Visible ASCII without spaces: what client ids and secrets are made of (RFC 6749 appendix A). */
function isCredential(text: string): boolean {
  return /^[\x21-\x7e]{1,2048}$/.test(text)
}
