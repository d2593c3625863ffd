// Webhook endpoints of a workspace: adding, changing, rotating the secret, switching off and on, removing. A secret is
// in one answer, and nowhere else in clear.

import type { AuditAction } from '../domain/audit.ts'
import { EVENT_TYPES, type EventType } from '../domain/event.ts'
import type { Failure, FieldError } from '../domain/failure.ts'
import { newId } from '../domain/ids.ts'
import { ENDPOINTS_PER_WORKSPACE, OLD_SECRET_LIFE_MS, webhookUrl } from '../domain/webhook.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  countEndpoints,
  deleteEndpoint,
  disableEndpoint,
  type EndpointRow,
  findEndpointRow,
  insertEndpoint,
  type LastDelivery,
  lastDelivery,
  listEndpointRows,
  sealSecret,
  updateEndpoint,
} from '../storage/webhook-endpoints.ts'
import type { Context } from './context.ts'
import { auditDone } from './record-audit.ts'

type Walk = Pick<Context, 'config' | 'db' | 'vault' | 'random'>
type Member = { id: string; workspaceId: string }

/** An endpoint as pages show it: never a secret. */
export interface Endpoint
  extends Pick<EndpointRow, 'id' | 'url' | 'events' | 'disabledAt' | 'disabledReason' | 'createdAt'> {
  /** Until when the secret before the last rotation signs too; null where there is one secret. */
  oldSecretUntil: number | null
}

export interface EndpointWithLast extends Endpoint {
  last: LastDelivery | null
}

export interface EndpointForm {
  url: string
  events: string[]
}

const SECRET_BYTES = 32

export async function listEndpoints(
  { db }: Pick<Context, 'db'>,
  workspaceId: string,
  now: number,
): Promise<EndpointWithLast[]> {
  const rows = await listEndpointRows(db, workspaceId)
  return Promise.all(
    rows.map(async (row) => ({ ...summarise(row, now), last: await lastDelivery(db, row.id) })),
  )
}

export async function findEndpoint(
  { db }: Pick<Context, 'db'>,
  workspaceId: string,
  id: string,
  now: number,
): Promise<Result<Endpoint, Failure>> {
  const row = await findEndpointRow(db, workspaceId, id)
  return row ? ok(summarise(row, now)) : err({ code: 'not_found' })
}

export async function addEndpoint(
  context: Walk,
  member: Member,
  form: EndpointForm,
  now: number,
): Promise<Result<{ endpoint: Endpoint; secret: string }, Failure>> {
  const read = readForm(context, form)
  if (!read.ok) return read
  const { workspaceId } = member
  if ((await countEndpoints(context.db, workspaceId)) >= ENDPOINTS_PER_WORKSPACE) {
    const detail = `A workspace has at most ${ENDPOINTS_PER_WORKSPACE} webhook endpoints. Delete one first.`
    return err({ code: 'conflict', detail })
  }
  const id = newId('whk', context.random)
  const secret = newSecret(context)
  const row: EndpointRow = {
    id,
    workspaceId,
    ...read.value,
    secretSealed: await sealSecret(context.vault, { workspaceId, id }, secret),
    previousSecretSealed: null,
    previousSecretUntil: null,
    disabledAt: null,
    disabledReason: null,
    createdBy: member.id,
    createdAt: now,
  }
  await insertEndpoint(context.db, row)
  await auditDone(context, member, 'webhook.created', id, now)
  return ok({ endpoint: summarise(row, now), secret })
}

export async function changeEndpoint(
  context: Walk,
  member: Member,
  id: string,
  form: EndpointForm,
  now: number,
): Promise<Result<null, Failure>> {
  const known = await findEndpointRow(context.db, member.workspaceId, id)
  if (!known) return err({ code: 'not_found' })
  const read = readForm(context, form)
  if (!read.ok) return read
  return change(context, member, id, read.value, 'webhook.changed', now)
}

/** A new secret; the one before signs too for a day, so that a receiver can change over in its own time. */
export async function rotateSecret(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<{ endpoint: Endpoint; secret: string }, Failure>> {
  const { workspaceId } = member
  const row = await findEndpointRow(context.db, workspaceId, id)
  if (!row) return err({ code: 'not_found' })
  const secret = newSecret(context)
  const rotated = {
    secretSealed: await sealSecret(context.vault, row, secret),
    previousSecretSealed: row.secretSealed,
    previousSecretUntil: now + OLD_SECRET_LIFE_MS,
  }
  const changed = await change(context, member, id, rotated, 'webhook.secret_rotated', now)
  return changed.ok ? ok({ endpoint: summarise({ ...row, ...rotated }, now), secret }) : changed
}

/** What waits for it is cancelled; nothing is kept for later. */
export async function switchOff(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<null, Failure>> {
  const row = await findEndpointRow(context.db, member.workspaceId, id)
  if (!row) return err({ code: 'not_found' })
  await disableEndpoint(context.db, row, 'by_hand', now)
  await auditDone(context, member, 'webhook.disabled', id, now)
  return ok(null)
}

export function switchOn(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<null, Failure>> {
  return change(context, member, id, { disabledAt: null, disabledReason: null }, 'webhook.enabled', now)
}

export async function removeEndpoint(
  context: Walk,
  member: Member,
  id: string,
  now: number,
): Promise<Result<null, Failure>> {
  if (!(await deleteEndpoint(context.db, member.workspaceId, id))) return err({ code: 'not_found' })
  await auditDone(context, member, 'webhook.deleted', id, now)
  return ok(null)
}

async function change(
  context: Walk,
  member: Member,
  id: string,
  values: Parameters<typeof updateEndpoint>[3],
  action: AuditAction,
  now: number,
): Promise<Result<null, Failure>> {
  if (!(await updateEndpoint(context.db, member.workspaceId, id, values))) return err({ code: 'not_found' })
  await auditDone(context, member, action, id, now)
  return ok(null)
}

function readForm(
  { config }: Pick<Context, 'config'>,
  form: EndpointForm,
): Result<{ url: string; events: EventType[] }, Failure> {
  const errors: FieldError[] = []
  const url = webhookUrl(form.url, config)
  if (url === undefined) {
    const message =
      'Use a public https address, such as https://example.com/hooks, without a user or password.'
    errors.push({ path: 'url', message })
  }
  const events = EVENT_TYPES.filter((type) => form.events.includes(type))
  if (form.events.length === 0) errors.push({ path: 'events', message: 'Choose at least one event.' })
  if (form.events.length !== events.length) {
    errors.push({ path: 'events', message: 'Choose from the events listed here.' })
  }
  return url === undefined || errors.length > 0
    ? err({ code: 'invalid_request', errors })
    : ok({ url, events })
}

/** As Standard Webhooks writes it: `whsec_` and base64. */
function newSecret({ random }: Pick<Context, 'random'>): string {
  return `whsec_${btoa(String.fromCharCode(...random(SECRET_BYTES)))}`
}

function summarise(row: EndpointRow, now: number): Endpoint {
  const { id, url, events, disabledAt, disabledReason, createdAt, previousSecretUntil } = row
  const oldSecretUntil =
    previousSecretUntil !== null && previousSecretUntil > now ? previousSecretUntil : null
  return { id, url, events, disabledAt, disabledReason, createdAt, oldSecretUntil }
}
