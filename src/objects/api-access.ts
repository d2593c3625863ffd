// Where the connection's API calls go, worked out from the object's own copy of the OAuth app: no D1 on the token path.

import { findConnector } from '../connectors/catalog.ts'
import { type ApiTarget, apiTarget } from '../domain/api-target.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { openAppCopy } from './credentials.ts'
import type { ObjectContext } from './object-context.ts'

/** The last one, by what it was made of. */
const known = new WeakMap<ObjectContext, { made: string; target: ApiTarget | undefined }>()

/** Undefined where there is no copy, or a placeholder has no usable value. */
export async function apiTargetOf(
  object: ObjectContext,
  record: ConnectionRecord,
): Promise<ApiTarget | undefined> {
  const sealed = object.store.appCopy()?.sealed
  if (sealed === undefined) return undefined
  const made = `${sealed} ${JSON.stringify(record.params ?? {})}`
  const last = known.get(object)
  if (last?.made === made) return last.target
  const connector = findConnector(record.connector, object.config.allowInsecureUpstreams)
  const app = await openAppCopy(object, record)
  const params = { ...app?.params, ...record.params }
  const target = connector && app && apiTarget(connector, { ...app, params })
  known.set(object, { made, target })
  return target
}
