// The edge copies of access tokens, KV `token:<connection id>`: eventual, disposable, never the refresh token.
// value: the sealed CopyPayload, or empty for a marker; metadata: CopyMetadata; lifetime: until the token ends.
// A marker says only what state the connection is in: it stands where a copy would be wrong.

import type { ApiTarget } from '../domain/api-target.ts'
import type { Reason } from '../domain/connection.ts'
import type { ToolScopes } from '../domain/scopes.ts'
import type { SealContext } from './vault.ts'

export interface CopyMetadata {
  workspaceId: string
  /** `active` on a marker means: ask the object. */
  state: 'active' | 'paused' | 'reauthorize' | 'deleted'
  reason: Reason | null
  generation: number
  obtainedAt: number
  expiresAt: number | null
  dueAt: number | null
  /** The provider is failing: no nudge before this time. */
  retryAt: number | null
}

/** What a copy says beside the token. Sealed with it, and no secret. */
export interface CopyAbout {
  tokenType: string
  scopes: string[]
  connector: string
  /** Where the proxy calls go; absent where only the object may know. */
  api?: ApiTarget
  /** For connectors of the workspace's own. */
  toolScopes?: ToolScopes
}

/** What a copy holds. */
export interface CopyPayload extends CopyAbout {
  accessToken: string
}

export interface TokenCopy {
  metadata: CopyMetadata
  /** Empty on a marker. */
  sealed: string
}

const STATES: readonly CopyMetadata['state'][] = ['active', 'paused', 'reauthorize', 'deleted']

/** KV refuses less than 60 s from when the put arrives, which may have waited its turn; and a shorter cacheTtl than this. */
const SHORTEST_LIFE_MS = 75_000
const CACHE_TTL_SECONDS = 30
/** A token that says nothing of its end is copied for this long. */
const OPEN_ENDED_LIFE_MS = 24 * 3600_000

/** End of a copy's life in KV, epoch milliseconds: the token's own end, but never too near for KV. */
export function copyLifeEnd(expiresAt: number | null, now: number): number {
  return Math.max(expiresAt ?? now + OPEN_ENDED_LIFE_MS, now + SHORTEST_LIFE_MS)
}

/** Throws what KV throws: over quota, more than a write a second, or KV down. */
export async function putCopy(
  kv: KVNamespace,
  connectionId: string,
  copy: TokenCopy,
  lifeEnd: number,
): Promise<void> {
  await kv.put(copyKey(connectionId), copy.sealed, {
    metadata: copy.metadata,
    expiration: Math.ceil(lifeEnd / 1000),
  })
}

/** Null where there is none, or one that cannot be understood. Throws where KV is down. */
export async function readCopy(kv: KVNamespace, connectionId: string): Promise<TokenCopy | null> {
  const { value, metadata } = await kv.getWithMetadata<CopyMetadata>(copyKey(connectionId), {
    type: 'text',
    cacheTtl: CACHE_TTL_SECONDS,
  })
  return value !== null && isCopyMetadata(metadata) ? { metadata, sealed: value } : null
}

/** Every field that a decision is taken by; anything less is for the object to answer. */
function isCopyMetadata(value: CopyMetadata | null): value is CopyMetadata {
  return (
    typeof value?.workspaceId === 'string' &&
    STATES.includes(value.state) &&
    typeof value.generation === 'number' &&
    typeof value.obtainedAt === 'number' &&
    [value.expiresAt, value.dueAt, value.retryAt].every((at) => at === null || typeof at === 'number')
  )
}

/** What the vault seals with purpose `edge_copy`: a line of JSON, then the token as it is. */
export function copyText({ accessToken, ...about }: CopyPayload): string {
  return `${JSON.stringify(about)}\n${accessToken}`
}

/** The two parts of a copy's text; undefined for what is none. */
export function splitCopyText(text: string): { about: string; accessToken: string } | undefined {
  const end = text.indexOf('\n')
  return end < 0 ? undefined : { about: text.slice(0, end), accessToken: text.slice(end + 1) }
}

/** Its purpose is not the first one's, whose text had another form: each version leaves the other's copies unopened. */
export function copyContext(workspaceId: string, connectionId: string): SealContext {
  return { purpose: 'edge_copy', workspaceId, recordId: connectionId }
}

function copyKey(connectionId: string): string {
  return `token:${connectionId}`
}
