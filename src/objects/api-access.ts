// Where the connection's API calls go, and what the tools of a workspace's own connector need, worked out from the
// object's own copy of app and connector: no D1 on the token path.

import { findConnector } from '../connectors/catalog.ts'
import { boundTo, homeward } from '../domain/addresses.ts'
import { type ApiTarget, apiTarget } from '../domain/api-target.ts'
import { openDefinition } from '../domain/connector-definition.ts'
import { isOwnId } from '../domain/own-connector.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { type ToolScopes, toolScopes } from '../domain/scopes.ts'
import { openAppCopy } from './app-copy.ts'
import type { ObjectContext } from './object-context.ts'

export interface ApiAccess {
  /** Absent where there is no copy, a placeholder has no usable value, or the grant is meant for other hosts. */
  api?: ApiTarget
  /** Absent for connectors of the catalog: who reads the token knows those. */
  toolScopes?: ToolScopes
}

/** The last one, by what it was made of: neither is changed in place. */
const known = new WeakMap<ConnectionRecord, { app: string; access: ApiAccess }>()

export async function apiAccessOf(object: ObjectContext, record: ConnectionRecord): Promise<ApiAccess> {
  const app = object.store.appCopy()?.sealed
  if (app === undefined) return {}
  const last = known.get(record)
  if (last?.app === app) return last.access
  const access = await workOut(object, record)
  known.set(record, { app, access })
  return access
}

async function workOut(object: ObjectContext, record: ConnectionRecord): Promise<ApiAccess> {
  const { config } = object
  const bound = record.grant?.boundTo
  const app = await openAppCopy(object, record)
  const own = isOwnId(record.connector)
  const connector = own
    ? app?.custom && openDefinition(app.custom.definition, config)
    : findConnector(record.connector, config.allowInsecureUpstreams)
  if (!connector || !app) return {}
  const params = { ...app.params, ...record.params }
  const elsewhere =
    (bound !== undefined && bound !== boundTo(connector, params)) ||
    homeward(connector, params, config.publicUrl) !== undefined
  const api = elsewhere ? undefined : apiTarget(connector, { ...app, params })
  return { ...(api ? { api } : {}), ...(own ? { toolScopes: toolScopes(connector) } : {}) }
}
