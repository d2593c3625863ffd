// The connect walk, outward: checks what was asked for, writes the state, lets the object open the authorization.

import type { Failure, FieldError } from '../domain/failure.ts'
import { newId } from '../domain/ids.ts'
import { cleanName } from '../domain/names.ts'
import { sha256Hex, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { newStateNonce } from '../oauth/authorization.ts'
import { type BeginAuthorization, BY_LINK } from '../objects/rpc.ts'
import { findConnectionRow } from '../storage/connections.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'
import { describeConnection } from './describe-connection.ts'
import { lookUpConnector } from './find-connector.ts'
import { writeFlowState } from './flow-state.ts'
import { recordAudit } from './record-audit.ts'

/** An authorization must be finished within this. */
export const FLOW_LIFE_MS = 600_000

type Walk = Pick<Context, 'vault' | 'connections' | 'random' | 'config' | 'db'>

interface Starter {
  id: string
  workspaceId: string
}

export interface StartedAuthorization {
  connectionId: string
  authorizeUrl: string
  /** Value of the browser's flow cookie: the one it brought, or a new one. */
  flowCookie: string
}

export interface NewConnection {
  connector: string
  /** Empty: a name is suggested once the account is known. */
  name: string
  tools: string[]
  /** What the connector asks for each connection: a shop, a subdomain. The object checks them. */
  params: Record<string, string>
}

export async function startConnection(
  context: Walk,
  member: Starter,
  ask: NewConnection,
  flowCookie: string | undefined,
  now: number,
): Promise<Result<StartedAuthorization, Failure>> {
  const connector = await lookUpConnector(context, member.workspaceId, ask.connector)
  if (!connector) return err({ code: 'connector_not_found' })
  if (connector.retired) return err({ code: 'conflict', detail: `${connector.name} has closed.` })
  const errors: FieldError[] = []
  const name = ask.name.trim() === '' ? null : cleanName(ask.name)
  if (name === undefined) errors.push({ path: 'name', message: 'Use 1 to 100 characters.' })
  const unknown = ask.tools.find((id) => !connector.tools.some((tool) => tool.id === id))
  if (unknown !== undefined) errors.push({ path: 'tools', message: 'Choose from the tools listed here.' })
  if (errors.length > 0 || name === undefined) return err({ code: 'invalid_request', errors })
  const connectionId = newId('con', context.random)
  const started = await begin(
    context,
    member,
    { connectionId, name, create: true },
    { connector: ask.connector, tools: ask.tools, params: ask.params },
    flowCookie,
    now,
  )
  if (!started.ok) return started
  await recordAudit(
    context,
    {
      workspaceId: member.workspaceId,
      actor: member.id,
      action: 'connection.created',
      subject: connectionId,
      outcome: 'ok',
    },
    now,
  )
  return started
}

/** Opens a new consent for a connection that exists: same ID, same name, same tools. */
export async function startReconnect(
  context: Walk,
  member: Starter,
  connectionId: string,
  flowCookie: string | undefined,
  now: number,
): Promise<Result<StartedAuthorization, Failure>> {
  const known = await describeOrRebuild(context, member.workspaceId, connectionId)
  if (!known.ok) return known
  const { connector, tools, account } = known.value
  const loginHint = account?.email ?? undefined
  const started = await begin(
    context,
    member,
    { connectionId, name: null, create: false },
    { connector, tools, ...(loginHint === undefined ? {} : { loginHint }) },
    flowCookie,
    now,
  )
  const outcome = started.ok ? 'ok' : started.error.code
  const event = { workspaceId: member.workspaceId, actor: member.id, subject: connectionId, outcome }
  await recordAudit(context, { ...event, action: 'connection.reconnect_started' }, now)
  return started
}

/** A connection whose object lost its storage is rebuilt from its row first: it keeps ID, name and tools. */
async function describeOrRebuild(context: Walk, workspaceId: string, connectionId: string) {
  const known = await describeConnection(context, workspaceId, connectionId)
  if (known.ok || known.error.code !== 'connection_not_found') return known
  const row = await findConnectionRow(context.db, workspaceId, connectionId)
  if (!row) return known
  const ref = { workspaceId, connectionId }
  await callConnection(context, ref, (connection) => connection.nudge({ ...ref, row }))
  return describeConnection(context, workspaceId, connectionId)
}

/** Opens the consent screen; for a connect link with {@link BY_LINK} as who starts it. */
export async function begin(
  context: Walk,
  member: Starter,
  target: { connectionId: string; name: string | null; create: boolean },
  wanted: Pick<
    BeginAuthorization,
    'connector' | 'tools' | 'params' | 'loginHint' | 'scopes' | 'expectedAccount'
  >,
  flowCookie: string | undefined,
  now: number,
): Promise<Result<StartedAuthorization, Failure>> {
  const { connectionId } = target
  const { workspaceId } = member
  const cookie =
    flowCookie !== undefined && /^[A-Za-z0-9_-]{43}$/.test(flowCookie)
      ? flowCookie
      : toBase64Url(context.random(32))
  const expiresAt = now + FLOW_LIFE_MS
  const byLink = member.id === BY_LINK
  const flow = { workspaceId, connectionId, expiresAt, byLink }
  const state = await writeFlowState(context.vault, flow, newStateNonce())
  const flowHash = await sha256Hex(cookie)
  const ref = { workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.beginAuthorization({
      ...ref,
      ...wanted,
      name: target.name,
      state,
      stateExpiresAt: expiresAt,
      flowHash,
      memberId: member.id,
      create: target.create,
    }),
  )
  if (!answer.ok) return answer
  if (!answer.value.ok) return answer.value
  return ok({ connectionId, authorizeUrl: answer.value.value.authorizeUrl, flowCookie: cookie })
}
