// A workspace with an owner, and connections made through the real services and the local upstream's own pages.

import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import type { ConnectionState } from '../../src/domain/connection.ts'
import { connectionObjectName, newId } from '../../src/domain/ids.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { contextOf } from '../../src/http/configure.ts'
import type { ConnectionObject } from '../../src/index.ts'
import type { ConnectionRef } from '../../src/objects/rpc.ts'
import { createApiKey } from '../../src/services/api-keys.ts'
import type { AuthorizedKey } from '../../src/services/authorize-key.ts'
import type { Context } from '../../src/services/context.ts'
import { finishAuthorization } from '../../src/services/finish-authorization.ts'
import { getAccessToken, type TokenAsk } from '../../src/services/get-access-token.ts'
import { startConnection, startReconnect } from '../../src/services/start-authorization.ts'
import { upstream } from '../upstream/client.ts'

export const steer = upstream(inject('upstreamOrigin'))

export interface Member {
  id: string
  workspaceId: string
}

export interface Connected extends Member {
  connectionId: string
  flowCookie: string
}

export function testContext(bindings: Env = env): Context {
  const context = contextOf(bindings)
  if (!context.ok) throw new Error(context.error)
  return context.value
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

export async function newMember(): Promise<Member> {
  const workspaceId = newId('wsp', random)
  const id = newId('mem', random)
  const now = Date.now()
  await env.DB.batch([
    env.DB.prepare('INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)').bind(
      workspaceId,
      'Test',
      now,
    ),
    env.DB.prepare(
      'INSERT INTO members (id, workspace_id, issuer, subject, email, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).bind(id, workspaceId, 'https://issuer.example', id, `${id}@example.com`, 'owner', now),
  ])
  return { id, workspaceId }
}

export function stubOf(connected: ConnectionRef) {
  const namespace = env.CONNECTIONS as unknown as DurableObjectNamespace<ConnectionObject>
  return namespace.getByName(connectionObjectName(connected.workspaceId, connected.connectionId))
}

export interface ConnectOptions {
  member?: Member
  connector?: string
  account?: string
  tools?: string[]
  scopes?: string[]
}

/** Start of a flow, up to the upstream's consent screen. */
export async function start(options: ConnectOptions = {}) {
  const member = options.member ?? (await newMember())
  const connector = options.connector ?? 'local'
  const tools = options.tools ?? (connector === 'local' ? ['contacts.read'] : ['files.read'])
  const started = await startConnection(
    testContext(),
    member,
    { connector, name: '', tools, params: {} },
    undefined,
    Date.now(),
  )
  if (!started.ok) throw new Error(started.error.code)
  return { ...member, ...started.value }
}

/** The consent at the upstream; answers with the callback's query string. */
export async function consent(
  authorizeUrl: string,
  options: { account?: string; decline?: boolean; scopes?: string[] } = {},
): Promise<string> {
  const { location } = await steer.consent({
    authorize_url: authorizeUrl,
    account: options.account ?? 'ada',
    ...(options.decline ? { decline: true } : {}),
    ...(options.scopes ? { scopes: options.scopes } : {}),
  })
  return new URL(location).search.slice(1)
}

export function finish(
  connected: Member & { flowCookie: string },
  query: string,
  connector = 'local',
  now = Date.now(),
) {
  return finishAuthorization(
    testContext(),
    connected,
    { connector, query, flowCookie: connected.flowCookie },
    now,
  )
}

/** An active connection. */
export async function connect(options: ConnectOptions = {}): Promise<Connected> {
  const started = await start(options)
  const query = await consent(started.authorizeUrl, options)
  const result = await finish(started, query, options.connector)
  if (result.kind !== 'finished') throw new Error(`the callback was not finished: ${JSON.stringify(result)}`)
  return started
}

export async function reconnect(connected: Connected, options: ConnectOptions = {}) {
  const again = await startReconnect(
    testContext(),
    connected,
    connected.connectionId,
    connected.flowCookie,
    Date.now(),
  )
  if (!again.ok) throw new Error(again.error.code)
  const query = await consent(again.value.authorizeUrl, options)
  return finish({ ...connected, flowCookie: again.value.flowCookie }, query, options.connector)
}

export function keyOf(member: { workspaceId: string }, change: Partial<AuthorizedKey> = {}): AuthorizedKey {
  return {
    id: 'testkey00000',
    workspaceId: member.workspaceId,
    permissions: ['connections:read', 'connections:write', 'tokens:read'],
    connectionIds: null,
    ...change,
  }
}

/** The token endpoint's service, with what it leaves for later awaited. */
export async function readToken(
  connected: Connected,
  ask: Partial<TokenAsk> = {},
  options: { key?: AuthorizedKey; now?: number; context?: Context } = {},
) {
  const execution = createExecutionContext()
  const answer = await getAccessToken(
    options.context ?? testContext(),
    options.key ?? keyOf(connected),
    { connectionId: connected.connectionId, noCache: true, scopes: [], tools: [], ...ask },
    options.now ?? Date.now(),
    (work) => execution.waitUntil(work),
  )
  await waitOnExecutionContext(execution)
  return answer
}

export async function newKey(
  member: Member,
  permissions = ['connections:read', 'connections:write', 'tokens:read'],
) {
  const made = await createApiKey(
    testContext(),
    member,
    { name: 'Test key', permissions, connectionIds: null, expiresInDays: null },
    Date.now(),
  )
  if (!made.ok) throw new Error(made.error.code)
  return made.value
}

export async function detailOf(connected: Connected) {
  const { workspaceId, connectionId } = connected
  const detail = await stubOf(connected).describe({ workspaceId, connectionId })
  if (!detail.ok) throw new Error(detail.error.code)
  return detail.value
}

export async function rowOf(connected: Connected): Promise<Record<string, unknown> | null> {
  return env.DB.prepare('SELECT * FROM connections WHERE id = ?').bind(connected.connectionId).first()
}

/** Requests of this grant type that reached the upstream's token endpoint since the last reset. */
export async function tokenRequests(grantType: 'authorization_code' | 'refresh_token'): Promise<number> {
  const requests = await steer.requests({ path: '/token' })
  return requests.filter(({ grant_type }) => grant_type === grantType).length
}

export function copyOf(connected: Connected) {
  return env.KV.getWithMetadata<Record<string, unknown>>(`token:${connected.connectionId}`)
}

/** Looks again for three seconds. */
export async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (await done()) return
    await scheduler.wait(20)
  }
  throw new Error('it did not happen')
}

/** The stored record, changed behind the object's back. */
export async function editRecord(
  connected: ConnectionRef,
  edit: (record: ConnectionRecord) => ConnectionRecord,
): Promise<void> {
  await putRecord(connected, edit(await storedRecord(connected)))
}

export async function storedRecord(connected: ConnectionRef): Promise<ConnectionRecord> {
  const record = await runInDurableObject(stubOf(connected), (_instance, { storage }) =>
    storage.kv.get<ConnectionRecord>('record'),
  )
  if (!record) throw new Error('no record')
  return record
}

/** As a restore of the object's storage would: the object begins anew with it. */
export function putRecord(connected: ConnectionRef, record: ConnectionRecord): Promise<void> {
  return beginAnew(connected, async (storage) => storage.kv.put('record', record))
}

/** As after a loss of the object's storage: no record, no alarm. */
export function loseStorage(connected: ConnectionRef): Promise<void> {
  return beginAnew(connected, async (storage) => {
    await storage.deleteAlarm()
    await storage.deleteAll()
  })
}

async function beginAnew(
  connected: ConnectionRef,
  change: (storage: DurableObjectStorage) => Promise<void>,
): Promise<void> {
  const changed = runInDurableObject(stubOf(connected), async (_instance, state) => {
    await change(state.storage)
    await state.storage.sync()
    state.abort('its storage was changed')
  })
  await changed.catch(() => undefined)
}

/** The cron's call for this connection, as its row stands in D1 but for `change`. */
export async function nudge(connected: Connected, change: Record<string, unknown> = {}) {
  const { workspaceId, connectionId } = connected
  const row = { ...(await rowOf(connected)), ...change }
  return stubOf(connected).nudge({
    workspaceId,
    connectionId,
    row: {
      connector: String(row.connector),
      appOwner: String(row.app_owner),
      name: String(row.name),
      tools: JSON.parse(String(row.tools)) as string[],
      requestedScopes: JSON.parse(String(row.requested_scopes)) as string[],
      params: JSON.parse(String(row.params)) as Record<string, string> | null,
      accountId: row.account_id as string | null,
      accountTenant: row.account_tenant as string | null,
      accountEmail: row.account_email as string | null,
      accountName: row.account_name as string | null,
      createdAt: Number(row.created_at),
      createdBy: String(row.created_by),
      revision: Number(row.revision),
      generation: Number(row.generation),
      state: String(row.state) as ConnectionState,
    },
  })
}
