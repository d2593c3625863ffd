// The `state` of an authorization request: `<workspace>.<connection>.<nonce>.<expiry>.<mac>`. The MAC is checked before
// any object is called, so that a forged callback costs nothing.

import { isConnectionId } from '../domain/ids.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Vault } from '../storage/vault.ts'

export interface FlowState {
  workspaceId: string
  connectionId: string
  /** Epoch milliseconds. */
  expiresAt: number
}

/** @param nonce at least 128 random bits, base64url */
export async function writeFlowState(vault: Vault, flow: FlowState, nonce: string): Promise<string> {
  const body = [flow.workspaceId, flow.connectionId, nonce, flow.expiresAt.toString(36)].join('.')
  return `${body}.${await vault.mac('flow_state', body)}`
}

/** `forged`: not written under this deployment's keys. An expired one still says which connection it was for. */
export async function readFlowState(
  vault: Vault,
  state: string,
  now: number,
): Promise<Result<FlowState, { kind: 'forged' } | { kind: 'expired'; flow: FlowState }>> {
  const parts = state.split('.')
  const [workspaceId = '', connectionId = '', , expiry = ''] = parts
  const body = parts.slice(0, 4).join('.')
  const genuine = parts.length === 6 && (await vault.verifyMac('flow_state', body, parts.slice(4).join('.')))
  if (!genuine || !isConnectionId(connectionId)) return err({ kind: 'forged' })
  const flow = { workspaceId, connectionId, expiresAt: Number.parseInt(expiry, 36) }
  return flow.expiresAt > now ? ok(flow) : err({ kind: 'expired', flow })
}
