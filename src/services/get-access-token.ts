// The use walk: key, edge copy, fresh? answer. The object is asked only where the copy will not do.

import { findConnector } from '../connectors/catalog.ts'
import type { Failure } from '../domain/failure.ts'
import { isConnectionId } from '../domain/ids.ts'
import { freshness } from '../domain/refresh-policy.ts'
import { missingScopes, type ToolScopes } from '../domain/scopes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { AccessToken } from '../objects/rpc.ts'
import {
  type CopyAbout,
  type CopyMetadata,
  copyContext,
  readCopy,
  splitCopyText,
} from '../storage/token-copies.ts'
import type { Opener } from '../storage/vault.ts'
import { type AuthorizedKey, permitsConnector, reaches } from './authorize-key.ts'
import { callConnection } from './call-connection.ts'
import type { Context, Later } from './context.ts'
import { EdgeCache } from './edge-cache.ts'
import { noteUse } from './note-use.ts'
import { reachConnection } from './reach-connection.ts'

export interface TokenAsk {
  connectionId: string
  /** `Cache-Control: min-fresh`, milliseconds. */
  minFreshMs?: number
  /** `Cache-Control: no-cache`: asks the object instead of the edge copy. */
  noCache: boolean
  /** Scopes the caller needs. */
  scopes: string[]
  /** Tools the caller needs. */
  tools: string[]
}

export type ServedToken = AccessToken

type Walk = Pick<Context, 'kv' | 'vault' | 'connections' | 'config'>

const NUDGE_EVERY_MS = 30_000

/** As it is kept in the isolate: made ready, so that each reader only has to open it. */
interface KnownCopy {
  metadata: CopyMetadata
  /** Absent on a marker, and where it cannot be opened here. */
  open: Opener | undefined
  /** What was sealed with the token, once somebody has opened it. */
  about?: CopyAbout
}

const caches = new WeakMap<KVNamespace, { copies: EdgeCache<KnownCopy>; nudges: EdgeCache<true> }>()

export async function getAccessToken(
  context: Walk,
  key: AuthorizedKey,
  ask: TokenAsk,
  now: number,
  later: Later,
): Promise<Result<AccessToken, Failure>> {
  const { connectionId } = ask
  if (!isConnectionId(connectionId) || !reaches(key, connectionId))
    return err({ code: 'connection_not_found' })
  const copied = ask.noCache ? undefined : await fromCopy(context, key, ask, now, later)
  const token = copied ?? (await fromObject(context, key, ask))
  if (!token.ok) return !key.connectors ? token : tellable(context, key, connectionId, token)
  if (!permitsConnector(key, token.value.connector)) return err({ code: 'connection_not_found' })
  const lacking = assertScopes(context, token.value, ask)
  if (lacking) return err(lacking)
  noteUse(context, key, connectionId, now, later)
  return token
}

/** A key with a list of connectors learns nothing of the state of others. */
async function tellable(
  context: Walk,
  key: AuthorizedKey,
  connectionId: string,
  failed: { ok: false; error: Failure },
): Promise<Result<AccessToken, Failure>> {
  const reached = await reachConnection(context, key, connectionId)
  return reached.ok ? failed : reached
}

/** Undefined where the copy is missing, not fresh enough or unreadable: then the object decides. */
async function fromCopy(
  context: Walk,
  key: AuthorizedKey,
  ask: TokenAsk,
  now: number,
  later: Later,
): Promise<Result<AccessToken, Failure> | undefined> {
  const { connectionId } = ask
  const copy = await findCopy(context, connectionId, now)
  if (!copy) return undefined
  const { metadata } = copy
  if (metadata.workspaceId !== key.workspaceId) return err({ code: 'connection_not_found' })
  switch (metadata.state) {
    case 'deleted':
      return err({ code: 'connection_not_found' })
    case 'paused':
      return err({ code: 'connection_paused' })
    case 'reauthorize':
      return metadata.reason
        ? err({ code: 'reauthorization_required', reason: metadata.reason, connectionId })
        : undefined
    case 'active':
      break
  }
  const fresh = freshness(metadata, now, ask.minFreshMs)
  if (fresh === 'refresh') return undefined
  const opened = await openCopy(copy)
  if (!opened) return undefined
  if (fresh === 'serve_and_nudge') nudge(context, key, connectionId, metadata.retryAt, now, later)
  return ok(opened)
}

/** The token is opened for each reader anew; what stands beside it is read once. */
async function openCopy(copy: KnownCopy): Promise<AccessToken | undefined> {
  const opened = await copy.open?.()
  if (!opened?.ok) return undefined
  const parts = splitCopyText(opened.value)
  if (!parts) return undefined
  copy.about ??= JSON.parse(parts.about) as CopyAbout
  const { generation, obtainedAt, expiresAt, dueAt } = copy.metadata
  return { ...copy.about, accessToken: parts.accessToken, generation, obtainedAt, expiresAt, dueAt }
}

async function fromObject(
  context: Walk,
  key: AuthorizedKey,
  ask: Pick<TokenAsk, 'connectionId' | 'minFreshMs'>,
): Promise<Result<AccessToken, Failure>> {
  const { connectionId, minFreshMs } = ask
  const ref = { workspaceId: key.workspaceId, connectionId }
  const answer = await callConnection(context, ref, (connection) =>
    connection.accessToken({ ...ref, ...(minFreshMs === undefined ? {} : { minFreshMs }) }),
  )
  return answer.ok ? answer.value : answer
}

/** Wakes the object behind an answer whose token is due; not while the provider is known to fail. */
function nudge(
  context: Walk,
  key: AuthorizedKey,
  connectionId: string,
  retryAt: number | null,
  now: number,
  later: Later,
): void {
  if (retryAt !== null && now < retryAt) return
  if (!cachesOf(context.kv).nudges.once(connectionId, now)) return
  later(fromObject(context, key, { connectionId }))
}

function assertScopes(context: Walk, token: AccessToken, ask: TokenAsk): Failure | undefined {
  if (ask.scopes.length === 0 && ask.tools.length === 0) return undefined
  const required = [...ask.scopes]
  if (ask.tools.length > 0) {
    const connector = findConnector(token.connector, context.config.allowInsecureUpstreams)
    for (const id of ask.tools) {
      const own = token.toolScopes
      const scopes = own ? ownScopes(own, id) : connector?.tools.find((known) => known.id === id)?.scopes
      if (!scopes) {
        const message = `${token.connector} has no tool "${id.slice(0, 64)}"`
        return { code: 'invalid_request', errors: [{ path: 'tool', message }] }
      }
      required.push(...scopes)
    }
  }
  const missing = missingScopes([...new Set(required)], token.scopes)
  return missing.length === 0
    ? undefined
    : { code: 'insufficient_scope', missingScopes: missing, connectionId: ask.connectionId }
}

function ownScopes(tools: ToolScopes, id: string): string[] | undefined {
  return Object.hasOwn(tools, id) ? tools[id] : undefined
}

async function findCopy({ kv, vault }: Walk, connectionId: string, now: number): Promise<KnownCopy | null> {
  const { copies } = cachesOf(kv)
  const known = copies.get(connectionId, now)
  if (known) return known
  // KV being down is no reason to fail: the object has the token.
  const read = await readCopy(kv, connectionId).catch(() => null)
  if (!read) return null
  const { metadata, sealed } = read
  const opener = await vault.opener(copyContext(metadata.workspaceId, connectionId), sealed)
  const copy = { metadata, open: opener.ok ? opener.value : undefined }
  copies.set(connectionId, copy, now)
  return copy
}

function cachesOf(kv: KVNamespace) {
  let known = caches.get(kv)
  if (!known) {
    known = { copies: new EdgeCache<KnownCopy>(), nudges: new EdgeCache<true>(NUDGE_EVERY_MS) }
    caches.set(kv, known)
  }
  return known
}
