// The `state` of an authorization request: `<workspace>.<connection>.<nonce>.<expiry>.<mac>`. The MAC is checked before
// any object is called, so that a forged callback costs nothing.

import { isConnectionId } from '../domain/ids.ts'
import type { Vault } from '../storage/vault.ts'

export interface FlowState {
  workspaceId: string
  connectionId: string
  /** Epoch milliseconds. */
  expiresAt: number
  /** Opened by a connect link: bound to no member. */
  byLink?: boolean
}

/** @param nonce at least 128 random bits, base64url */
export async function writeFlowState(vault: Vault, flow: FlowState, nonce: string): Promise<string> {
  // base64url has no tilde.
  const marked = flow.byLink ? `~${nonce}` : nonce
  const body = [flow.workspaceId, flow.connectionId, marked, flow.expiresAt.toString(36)].join('.')
  return `${body}.${await vault.mac('flow_state', body)}`
}

/** Undefined for a state that was not written under this deployment's keys. Its time is for the caller to judge. */
export async function readFlowState(vault: Vault, state: string): Promise<FlowState | undefined> {
  const parts = state.split('.')
  const [workspaceId = '', connectionId = '', nonce = '', expiry = ''] = parts
  const body = parts.slice(0, 4).join('.')
  const genuine = parts.length === 6 && (await vault.verifyMac('flow_state', body, parts.slice(4).join('.')))
  if (!genuine || !isConnectionId(connectionId)) return undefined
  const expiresAt = Number.parseInt(expiry, 36)
  return { workspaceId, connectionId, expiresAt, ...(nonce.startsWith('~') ? { byLink: true } : {}) }
}
