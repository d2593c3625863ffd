// The connect walk, back: everything that can be checked without the object is checked first; then the object redeems.

import { findConnector } from '../connectors/catalog.ts'
import type { Notice } from '../domain/record.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { BY_LINK } from '../objects/rpc.ts'
import { consumeLinks, hasLiveMaker } from '../storage/connect-links.ts'
import { callConnection } from './call-connection.ts'
import type { Context } from './context.ts'
import { type FlowState, readFlowState } from './flow-state.ts'
import { recordAudit } from './record-audit.ts'

export interface Callback {
  /** From the path: each connector has its own redirect URI. */
  connector: string
  /** Raw query string, without the question mark. */
  query: string
  flowCookie: string | undefined
}

export type CallbackResult =
  /** The connection's page tells what it came to. */
  | { kind: 'finished'; connectionId: string }
  /** Opened by a connect link: who came back sees this much and nothing else. */
  | { kind: 'link_finished'; workspaceId: string; connectionId: string; notice: Notice; active: boolean }
  /** An administrator of the service comes from its approval page; nothing was connected by that. */
  | { kind: 'approval_returned'; connectorName: string; approved: boolean }
  | { kind: 'refused'; why: Refusal; connectionId: string | null; byLink?: boolean }

export type Refusal =
  | 'malformed'
  | 'forged'
  | 'expired'
  | 'replayed'
  | 'signed_out'
  | 'other_browser'
  | 'other_member'
  | 'other_connector'
  | 'unknown'
  | 'unavailable'
  /** Whoever made the connect link left while its person was at the service. */
  | 'maker_gone'

export async function finishAuthorization(
  context: Pick<Context, 'vault' | 'connections' | 'random' | 'db' | 'config'>,
  member: { id: string; workspaceId: string } | undefined,
  callback: Callback,
  now: number,
): Promise<CallbackResult> {
  const refused = (why: Refusal, connectionId: string | null = null): CallbackResult => ({
    kind: 'refused',
    why,
    connectionId,
  })
  const parameters = new URLSearchParams(callback.query)
  const names = [...parameters.keys()]
  if (new Set(names).size !== names.length) return refused('malformed')
  const returned = fromApproval(context, callback.connector, parameters)
  if (returned) return returned
  const state = parameters.get('state')
  if (!state || !(parameters.has('code') || parameters.has('error'))) return refused('malformed')
  const flow = await readFlowState(context.vault, state)
  if (!flow) return refused('forged')
  const { workspaceId, connectionId } = flow
  if (flow.byLink) return finishByLink(context, callback, { ...flow, state }, now)
  if (!member) return refused('signed_out')
  if (member.workspaceId !== workspaceId) return refused('other_member')
  if (flow.expiresAt <= now) return refused('expired', connectionId)
  if (callback.flowCookie === undefined) return refused('other_browser')

  const ref = { workspaceId, connectionId }
  const hashes = { stateHash: await sha256Hex(state), flowHash: await sha256Hex(callback.flowCookie) }
  const answer = await callConnection(context, ref, (connection) =>
    connection.completeAuthorization({
      ...ref,
      ...hashes,
      connector: callback.connector,
      query: callback.query,
      memberId: member.id,
    }),
  )
  if (!answer.ok) return refused('unavailable', connectionId)
  const outcome = answer.value
  if (outcome.kind === 'refused') return refused(outcome.refusal, connectionId)
  await recordAudit(
    context,
    {
      workspaceId,
      actor: member.id,
      action: 'connection.authorized',
      subject: connectionId,
      outcome: outcome.notice.kind,
    },
    now,
  )
  return { kind: 'finished', connectionId }
}

/** It bears no state of ours, and is only told of. */
function fromApproval(
  { config }: Pick<Context, 'config'>,
  connectorId: string,
  parameters: URLSearchParams,
): CallbackResult | undefined {
  const connector = findConnector(connectorId, config.allowInsecureUpstreams)
  const word = parameters.get(connector?.approval?.returnParam ?? '')
  if (!connector || word === null || parameters.has('state')) return undefined
  const approved = word.toLowerCase() === 'true' && !parameters.has('error')
  return { kind: 'approval_returned', connectorName: connector.name, approved }
}

/** Bound to the browser that opened the link, and to nobody who is signed in. */
async function finishByLink(
  context: Pick<Context, 'connections' | 'random' | 'db'>,
  callback: Callback,
  { workspaceId, connectionId, expiresAt, state }: FlowState & { state: string },
  now: number,
): Promise<CallbackResult> {
  const refused = (why: Refusal): CallbackResult => ({
    kind: 'refused',
    why,
    connectionId: null,
    byLink: true,
  })
  if (expiresAt <= now) return refused('expired')
  if (callback.flowCookie === undefined) return refused('other_browser')
  const isLive = await hasLiveMaker(context.db, workspaceId, connectionId, now).catch(() => undefined)
  if (isLive !== true) return refused(isLive === false ? 'maker_gone' : 'unavailable')
  const ref = { workspaceId, connectionId }
  const hashes = { stateHash: await sha256Hex(state), flowHash: await sha256Hex(callback.flowCookie) }
  const answer = await callConnection(context, ref, (connection) =>
    connection.completeAuthorization({
      ...ref,
      ...hashes,
      connector: callback.connector,
      query: callback.query,
      memberId: BY_LINK,
    }),
  )
  if (!answer.ok) return refused('unavailable')
  const outcome = answer.value
  if (outcome.kind === 'refused') return refused(outcome.refusal)
  const { notice, active } = outcome
  const event = { workspaceId, actor: BY_LINK, subject: connectionId, outcome: notice.kind }
  await recordAudit(context, { ...event, action: 'connection.authorized' }, now)
  const landed = ['connected', 'reconnected', 'fewer_permissions'].includes(notice.kind)
  if (landed) await consumeLinks(context.db, workspaceId, connectionId, now)
  return { kind: 'link_finished', workspaceId, connectionId, notice, active }
}
