import { describe, expect, it } from 'vitest'
import { ok } from '../../src/lib/result.ts'
import type { BeginAuthorization, ConnectionRpc } from '../../src/objects/rpc.ts'
import type { Context } from '../../src/services/context.ts'
import { readFlowState, writeFlowState } from '../../src/services/flow-state.ts'
import { startConnection } from '../../src/services/start-authorization.ts'
import { Vault } from '../../src/storage/vault.ts'
import { newMember, testContext } from '../setup/harness.ts'

const FLOW = { workspaceId: 'wsp_a', connectionId: `con_${'a'.repeat(26)}`, expiresAt: 1_800_000_000_000 }
const ring = (kid: string) => [{ kid, bytes: new Uint8Array(32).fill(kid.charCodeAt(1)) }] as const

describe('state', () => {
  it('is never the same twice, and carries 256 random bits', { timeout: 30_000 }, async () => {
    const asks: BeginAuthorization[] = []
    const stub = {
      beginAuthorization: async (ask: BeginAuthorization) => {
        asks.push(ask)
        return ok({ authorizeUrl: 'https://service.test/' })
      },
    } as unknown as ConnectionRpc
    const context: Context = { ...testContext(), connections: { getByName: () => stub } }
    const member = await newMember()
    const ask = { connector: 'local', name: '', tools: [], params: {} }
    await Promise.all(
      Array.from({ length: 1_000 }, () => startConnection(context, member, ask, undefined, Date.now())),
    )
    const nonces = asks.map(({ state }) => state.split('.')[2] ?? '')
    for (const each of [nonces, asks.map(({ state }) => state), asks.map(({ flowHash }) => flowHash)]) {
      expect(new Set(each).size).toBe(1_000)
    }
    expect(new Set(asks.map(({ connectionId }) => connectionId)).size).toBe(1_000)
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{43}$/)
    // Random, not counted: every place of the nonce takes nearly every letter.
    const first = new Set(nonces.map((nonce) => nonce[0]))
    expect(first.size).toBeGreaterThan(50)
  })

  it('says what was written into it, under any key of the ring', async () => {
    const old = new Vault([...ring('k1')])
    const state = await writeFlowState(old, FLOW, 'n'.repeat(43))
    expect(await readFlowState(old, state)).toEqual(FLOW)
    expect(await readFlowState(new Vault([...ring('k2'), ...ring('k1')]), state)).toEqual(FLOW)
  })

  it('of a deployment with other keys is nobody’s', async () => {
    const state = await writeFlowState(new Vault([...ring('k1')]), FLOW, 'n'.repeat(43))
    expect(await readFlowState(new Vault([...ring('k2')]), state)).toBeUndefined()
    const sameName = new Vault([{ kid: 'k1', bytes: new Uint8Array(32).fill(9) }])
    expect(await readFlowState(sameName, state)).toBeUndefined()
  })

  it.each(['workspace', 'connection', 'nonce', 'expiry'])('does not survive another %s', async (part) => {
    const vault = new Vault([...ring('k1')])
    const state = await writeFlowState(vault, FLOW, 'n'.repeat(43))
    const parts = state.split('.')
    const at = ['workspace', 'connection', 'nonce', 'expiry'].indexOf(part)
    parts[at] = `${parts[at]?.slice(0, -1)}x`
    expect(await readFlowState(vault, parts.join('.'))).toBeUndefined()
  })
})
