// Connect links: made for a key, opened by one person outside the workspace, who authorizes one connection and sees
// nothing else. Looking never consumes; success does.

import type { Failure, FieldError } from '../domain/failure.ts'
import { isConnectionId, newId } from '../domain/ids.ts'
import { cleanName } from '../domain/names.ts'
import { scopesBeside, scopesToRequest, scopeTitle } from '../domain/scopes.ts'
import type { ConnectionDetail } from '../domain/snapshot.ts'
import { sha256Hex, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { BY_LINK, type ReserveConnection } from '../objects/rpc.ts'
import { type FoundLink, findLink, insertLink, pruneAnswers, pruneLinks } from '../storage/connect-links.ts'
import { type AuthorizedKey, permitsConnector } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import { changeTools } from './change-connection.ts'
import type { Context } from './context.ts'
import { describeConnection } from './describe-connection.ts'
import { lookUpConnector } from './find-connector.ts'
import { ANSWER_LIFE_MS } from './idempotency.ts'
import { reachConnection } from './reach-connection.ts'
import { auditDone, recordAudit } from './record-audit.ts'
import { begin, type StartedAuthorization } from './start-authorization.ts'

type Walk = Pick<Context, 'config' | 'vault' | 'connections' | 'db' | 'random'>

export const LINK_LIFE_MS = 7 * 24 * 3600_000
const TOKEN_BYTES = 32
const TOKEN_FORMAT = /^[A-Za-z0-9_-]{43}$/
/** An ended link is remembered for this long, so that it can say so. */
const MEMORY_MS = 30 * 24 * 3600_000
/** The key could not even see what it has made. */
const NO_NEW_CONNECTIONS: Failure = {
  code: 'forbidden',
  permission: 'connections:write',
  detail: 'This key is for listed connections, and makes no new ones. Use a key that is for all of them.',
}

export interface NewConnectionAsk {
  connector: string
  name?: string
  tools?: string[]
  scopes?: string[]
  params?: Record<string, string>
  /** Enforced where the link is used. */
  login_hint?: string
}

/** A key or a member: the link dies with it. */
type Maker = { id: string; workspaceId: string }
/** A key with its lists, or a member, who has none. */
type Creator = Pick<AuthorizedKey, 'id' | 'workspaceId' | 'connectionIds' | 'connectors'>

export interface MadeLink {
  authorizeUrl: string
  expiresAt: number
}

/** A pending connection, and the link for whoever authorizes it. */
export async function createConnection(
  context: Walk,
  maker: Creator,
  ask: NewConnectionAsk,
  now: number,
): Promise<Result<{ connection: ConnectionDetail; link: MadeLink }, Failure>> {
  const checked = await checkNew(context, maker, ask)
  if (!checked.ok) return checked
  const reserve = { ...checked.value, pendingUntil: now + LINK_LIFE_MS }
  const { login_hint: expected = null } = ask
  const { connectionId, tools, scopes } = reserve
  // The link first: one without a connection leads nowhere, a connection without a link would wait for nobody.
  const link = await makeLink(context, maker, { connectionId, tools, scopes, expectedAccount: expected }, now)
  const answer = await callConnection(context, reserve, (connection) => connection.reserve(reserve))
  const reserved = answer.ok ? answer.value : answer
  if (!reserved.ok) return reserved
  await auditDone(context, maker, 'connection.created', connectionId, now)
  return ok({ connection: reserved.value, link })
}

/** The same, at the word of a member: for an administrator of the service, or the account's owner. */
export async function createLinkByMember(
  context: Walk,
  member: Maker,
  connectionId: string,
  now: number,
): Promise<Result<MadeLink, Failure>> {
  if (!isConnectionId(connectionId)) return err({ code: 'connection_not_found' })
  const known = await holdPending(context, member, connectionId, now)
  if (!known.ok) return known
  const wanted = { connectionId, tools: known.value.tools, scopes: null, expectedAccount: null }
  const link = await makeLink(context, member, wanted, now)
  await auditDone(context, member, 'connection.reconnect_asked', connectionId, now)
  return ok(link)
}

/** A link that asks for consent once more, for other tools where some are named. */
export async function createReconnectLink(
  context: Walk,
  key: AuthorizedKey,
  connectionId: string,
  ask: { tools?: string[]; scopes?: string[] },
  now: number,
): Promise<Result<MadeLink, Failure>> {
  const reached = await reachConnection(context, key, connectionId)
  if (!reached.ok) return reached
  const known = await holdPending(context, key, connectionId, now)
  if (!known.ok) return known
  const connector = await lookUpConnector(context, key.workspaceId, known.value.connector)
  const errors = ask.tools && connector ? unknownTools(connector, ask.tools) : []
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  // Beside what the connection is for already: one workflow's wish takes nothing from another.
  const tools = [...new Set([...known.value.tools, ...(ask.tools ?? [])])]
  const { scopes = [] } = ask
  const target = { workspaceId: key.workspaceId, connectionId, actor: key.id }
  if (tools.length > known.value.tools.length || scopes.length > 0) {
    const changed = await changeTools(context, target, { tools, scopes }, now)
    if (!changed.ok) return changed
  }
  const wanted = { connectionId, tools, scopes: null, expectedAccount: null }
  const link = await makeLink(context, key, wanted, now)
  await auditDone(context, key, 'connection.reconnect_asked', connectionId, now)
  return ok(link)
}

/** Proved by one refresh; nothing is kept of a token that the service refuses. */
export async function importConnection(
  context: Walk,
  key: AuthorizedKey,
  ask: NewConnectionAsk & { refresh_token: string },
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  const checked = await checkNew(context, key, ask)
  if (!checked.ok) return checked
  const { login_hint: expected } = ask
  const proof = {
    ...checked.value,
    refreshToken: ask.refresh_token,
    ...(expected === undefined ? {} : { expectedAccount: expected }),
  }
  const answer = await callConnection(context, proof, (connection) => connection.importGrant(proof))
  const imported = answer.ok ? answer.value : answer
  const outcome = imported.ok ? 'ok' : imported.error.code
  const event = { workspaceId: key.workspaceId, actor: key.id, subject: proof.connectionId, outcome }
  await recordAudit(context, { ...event, action: 'connection.imported' }, now)
  return imported
}

/** What the page of a link may say. */
export interface LinkView {
  workspaceName: string
  requester: string
  connectorName: string
  scopes: { scope: string; title: string; sensitive: boolean }[]
  expectedAccount: string | null
}

export type LinkRefusal = 'unknown' | 'ended' | 'expired' | 'maker_gone'

/** Looks, and changes nothing. */
export async function viewLink(
  context: Walk,
  token: string,
  now: number,
): Promise<Result<LinkView, LinkRefusal>> {
  const opened = await openLink(context, token, now)
  if (!opened.ok) return opened
  const { link, workspaceName, requester, connection } = opened.value
  const connector = await lookUpConnector(context, link.workspaceId, connection.connector)
  if (!connector) return err('unknown')
  const beside = link.scopes ?? scopesBeside(connector, connection.tools, connection.requestedScopes)
  const scopes = scopesToRequest(connector, link.tools, beside).map((scope) => ({
    scope,
    title: scopeTitle(connector, scope),
    sensitive: connector.scopes.find((known) => known.scope === scope)?.sensitive ?? true,
  }))
  return ok({
    workspaceName,
    requester,
    connectorName: connector.name,
    scopes,
    expectedAccount: link.expectedAccount ?? connection.account?.email ?? null,
  })
}

/** The way out to the service: for exactly what the link was made for. */
export async function startByLink(
  context: Walk,
  token: string,
  flowCookie: string | undefined,
  now: number,
): Promise<Result<StartedAuthorization, LinkRefusal | Failure>> {
  const opened = await openLink(context, token, now)
  if (!opened.ok) return opened
  const { link, connection } = opened.value
  const hint = link.expectedAccount ?? connection.account?.email ?? undefined
  return begin(
    context,
    { id: BY_LINK, workspaceId: link.workspaceId },
    { connectionId: link.connectionId, name: null, create: false },
    {
      connector: connection.connector,
      tools: link.tools,
      ...(link.scopes === null ? {} : { scopes: link.scopes }),
      ...(hint === undefined ? {} : { loginHint: hint }),
      ...(link.expectedAccount === null ? {} : { expectedAccount: link.expectedAccount }),
    },
    flowCookie,
    now,
  )
}

/** The cron's part. */
export async function pruneConnectLinks({ db }: Pick<Context, 'db'>, now: number): Promise<void> {
  await pruneLinks(db, now - MEMORY_MS)
  await pruneAnswers(db, now - ANSWER_LIFE_MS)
}

async function openLink(
  context: Walk,
  token: string,
  now: number,
): Promise<Result<FoundLink & { requester: string; connection: ConnectionDetail }, LinkRefusal>> {
  if (!TOKEN_FORMAT.test(token)) return err('unknown')
  const found = await findLink(context.db, await sha256Hex(token), now)
  if (!found) return err('unknown')
  const { link, requester } = found
  if (link.endedAt !== null) return err('ended')
  if (link.expiresAt <= now) return err('expired')
  if (requester === null) return err('maker_gone')
  const connection = await describeConnection(context, link.workspaceId, link.connectionId)
  return connection.ok ? ok({ ...found, requester, connection: connection.value }) : err('unknown')
}

async function checkNew(
  context: Walk,
  maker: Creator,
  ask: NewConnectionAsk,
): Promise<Result<Omit<ReserveConnection, 'pendingUntil'>, Failure>> {
  if (maker.connectionIds !== null) return err(NO_NEW_CONNECTIONS)
  const connector = await lookUpConnector(context, maker.workspaceId, ask.connector)
  if (!connector || !permitsConnector(maker, ask.connector)) return err({ code: 'connector_not_found' })
  if (connector.retired) return err({ code: 'conflict', detail: `${connector.name} has closed.` })
  const { scopes = [], params = {} } = ask
  const tools = [...new Set(ask.tools ?? [])]
  const errors = unknownTools(connector, ask.tools ?? [])
  const name = ask.name === undefined ? null : cleanName(ask.name)
  if (name === undefined) errors.push({ path: 'name', message: 'Use 1 to 100 characters.' })
  if (errors.length > 0 || name === undefined) return err({ code: 'invalid_request', errors })
  return ok({
    workspaceId: maker.workspaceId,
    connectionId: newId('con', context.random),
    connector: connector.id,
    name,
    tools,
    scopes,
    params,
    createdBy: maker.id,
  })
}

function unknownTools(connector: { tools: { id: string }[] }, tools: string[]): FieldError[] {
  return tools.flatMap((id, index) =>
    connector.tools.some((tool) => tool.id === id)
      ? []
      : [{ path: `tools.${index}`, message: 'Use the id of a tool of this connector.' }],
  )
}

async function holdPending(
  context: Walk,
  { workspaceId }: Maker,
  connectionId: string,
  now: number,
): Promise<Result<ConnectionDetail, Failure>> {
  const ref = { workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.holdPending({ ...ref, until: now + LINK_LIFE_MS }),
  )
  return answer.ok ? answer.value : answer
}

async function makeLink(
  { db, config, random }: Walk,
  maker: Maker,
  wanted: { connectionId: string; tools: string[]; scopes: string[] | null; expectedAccount: string | null },
  now: number,
): Promise<MadeLink> {
  const token = toBase64Url(random(TOKEN_BYTES))
  const expiresAt = now + LINK_LIFE_MS
  await insertLink(db, {
    tokenHash: await sha256Hex(token),
    workspaceId: maker.workspaceId,
    madeBy: maker.id,
    createdAt: now,
    expiresAt,
    endedAt: null,
    ...wanted,
  })
  return { authorizeUrl: `${config.publicUrl}/connect/${token}`, expiresAt }
}
