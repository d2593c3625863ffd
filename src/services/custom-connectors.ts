// A workspace's own connectors: found through an issuer, written by hand or imported, changed, exported, deleted.

import { findConnector } from '../connectors/catalog.ts'
import { boundTo } from '../domain/addresses.ts'
import type { AuditAction } from '../domain/audit.ts'
import {
  type Definition,
  exportDefinition,
  idRefusal,
  readDefinition,
} from '../domain/connector-definition.ts'
import { asksForOtherAuth, definitionOf, type Wishes } from '../domain/discovered.ts'
import type { Failure } from '../domain/failure.ts'
import { isOwnId } from '../domain/own-connector.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { discoverIssuer } from '../oauth/discovery.ts'
import { countByConnector } from '../storage/connections.ts'
import {
  countCustomConnectors,
  deleteCustomConnector,
  findCustomConnector,
  insertCustomConnector,
  updateCustomConnector,
} from '../storage/custom-connectors.ts'
import type { Context } from './context.ts'
import { release } from './oauth-apps.ts'
import { recordAudit } from './record-audit.ts'

type Walk = Pick<Context, 'config' | 'db' | 'random' | 'apps'>
type Member = { id: string; workspaceId: string }

const MOST = 200

/** What is stored, for whoever changes it. */
export interface OwnConnector {
  definition: Definition
  version: number
  /** Connections that use it. */
  connections: number
}

export async function findOwnConnector(
  { db }: Pick<Context, 'db'>,
  workspaceId: string,
  id: string,
): Promise<Result<OwnConnector, Failure>> {
  const row = isOwnId(id) ? await findCustomConnector(db, workspaceId, id) : undefined
  if (!row) return err({ code: 'connector_not_found' })
  const counts = await countByConnector(db, workspaceId)
  return ok({ definition: row.definition, version: row.version, connections: counts.get(id) ?? 0 })
}

/** The JSON that an issuer's document makes, not saved yet. */
export async function discoverConnector(
  { config }: Pick<Context, 'config'>,
  issuer: string,
  wishes: Wishes,
): Promise<Result<Record<string, unknown>, Failure>> {
  const refused = (message: string) =>
    err({ code: 'invalid_request' as const, errors: [{ path: 'issuer', message }] })
  if (!isOwnId(wishes.id)) {
    return err({ code: 'invalid_request', errors: [{ path: 'id', message: idRefusal(wishes.id) }] })
  }
  const found = await discoverIssuer(issuer.trim(), config)
  if (!found.ok) return refused(found.error)
  if (asksForOtherAuth(found.value)) {
    return refused(
      'This issuer takes no client secret, only ways to prove a client that Evergrant does not know.',
    )
  }
  return ok(definitionOf(found.value, wishes))
}

/**
 * Creates or replaces the connector of this id.
 * @param known the version that was looked at: somebody else's change in between is a conflict
 */
export async function saveConnector(
  context: Walk,
  member: Member,
  id: string,
  json: unknown,
  now: number,
  known?: number,
): Promise<Result<{ created: boolean }, Failure>> {
  const { config, db } = context
  const { workspaceId } = member
  const read = readDefinition(json, id, config)
  if (!read.ok) return err({ code: 'invalid_request', errors: read.error })
  const definition = read.value
  const held = await findCustomConnector(db, workspaceId, id)
  if (!held)
    return known === undefined
      ? create(context, member, definition, now)
      : err({ code: 'connector_not_found' })
  if (known !== undefined && known !== held.version) return err(CHANGED_MEANWHILE)
  if (JSON.stringify(held.definition) === JSON.stringify(definition)) return ok({ created: false })
  const moved = movesHosts(held.definition, definition)
  if (!(await updateCustomConnector(db, held, { definition, moved }, now))) return err(CHANGED_MEANWHILE)
  // What was refused before may be mended now; the next refresh tells.
  await release(context, { owner: workspaceId, connector: id })
  await audit(context, member, 'connector.changed', id, moved ? 'hosts_changed' : 'ok', now)
  return ok({ created: false })
}

export async function deleteConnector(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<null, Failure>> {
  const found = await findOwnConnector(context, member.workspaceId, id)
  if (!found.ok) return findConnector(id, context.config.allowInsecureUpstreams) ? err(OF_CATALOG) : found
  if (found.value.connections > 0) return err(inUse(found.value.connections))
  // A connection may have come in the meantime: the statement looks again.
  if (!(await deleteCustomConnector(context.db, member.workspaceId, id))) return err(inUse(1))
  await audit(context, member, 'connector.deleted', id, 'ok', now)
  return ok(null)
}

/** As JSON to keep or to begin with: the workspace's own, and those of the catalog. */
export async function exportConnector(
  { config, db }: Pick<Context, 'config' | 'db'>,
  workspaceId: string,
  id: string,
): Promise<Result<Definition, Failure>> {
  if (isOwnId(id)) {
    const own = await findCustomConnector(db, workspaceId, id)
    return own ? ok(own.definition) : err({ code: 'connector_not_found' })
  }
  const connector = findConnector(id, config.allowInsecureUpstreams)
  return connector ? ok(exportDefinition(connector)) : err({ code: 'connector_not_found' })
}

/** Where credentials go so far and would go with this JSON, if that changes anything that is there; else undefined. */
export function hostsMove(
  own: OwnConnector,
  json: unknown,
  { config }: Pick<Context, 'config'>,
): { from: string[]; to: string[] } | undefined {
  const read = readDefinition(json, own.definition.id, config)
  if (!read.ok || !movesHosts(own.definition, read.value)) return undefined
  const hosts = (definition: Definition) => boundTo(definition, {}).split(' ')
  return { from: hosts(own.definition), to: hosts(read.value) }
}

/** Whether credentials would go to other hosts than before, whatever values the placeholders have. */
function movesHosts(before: Definition, after: Definition): boolean {
  return boundTo(before, {}) !== boundTo(after, {})
}

async function create(
  context: Walk,
  member: Member,
  definition: Definition,
  now: number,
): Promise<Result<{ created: boolean }, Failure>> {
  const { db } = context
  if ((await countCustomConnectors(db, member.workspaceId)) >= MOST) {
    return err({ code: 'conflict', detail: `A workspace may have ${MOST} connectors of its own.` })
  }
  if (!(await insertCustomConnector(db, member.workspaceId, definition, now))) return err(CHANGED_MEANWHILE)
  await audit(context, member, 'connector.created', definition.id, 'ok', now)
  return ok({ created: true })
}

const CHANGED_MEANWHILE: Failure = {
  code: 'conflict',
  detail: 'Somebody else changed this connector in the meantime. Look at it again, then repeat your change.',
}

const OF_CATALOG: Failure = {
  code: 'conflict',
  detail: 'This connector belongs to the catalog. Only your own can be deleted.',
}

function inUse(connections: number): Failure {
  const which = connections === 1 ? 'One connection uses' : `${connections} connections use`
  return { code: 'conflict', detail: `${which} this connector. Delete what uses it first.` }
}

function audit(
  context: Walk,
  member: Member,
  action: AuditAction,
  subject: string,
  outcome: string,
  now: number,
): Promise<void> {
  const { id: actor, workspaceId } = member
  return recordAudit(context, { workspaceId, actor, action, subject, outcome }, now)
}
