import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { connect, editRecord, steer } from '../setup/harness.ts'
import type { TokenAction } from '../upstream/client.ts'
import { SEEN } from './documented.ts'
import { problem } from './problems.ts'
import { api, counted, deployment, newTenant, type Tenant } from './tenant.ts'

let tenant: Tenant
let key: string

beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  tenant = await newTenant()
  key = await tenant.key()
})

const BODY = { connector: 'local', tools: ['contacts.read'] }
const create = (json: Record<string, unknown> = BODY, headers: Record<string, string> = {}) =>
  api('/v1/connections', { method: 'POST', key, json, headers })

describe('every code of the contract', () => {
  it('comes from a real request, as the document says it', async () => {
    const connected = await connect({ member: tenant.members.owner })
    const token = `/v1/connections/${connected.connectionId}/token`
    const patch = (json: unknown) =>
      api(`/v1/connections/${connected.connectionId}`, { method: 'PATCH', key, json })
    await problem(await patch({}), 'invalid_request')
    await problem(await patch({ name: 'x'.repeat(70_000) }), 'payload_too_large')
    await problem(await api('/v1/connections'), 'invalid_api_key')
    await problem(await api(token, { key: await tenant.key({ permissions: ['proxy'] }) }), 'forbidden')
    await problem(await api(`${token}?scope=deals.read`, { key }), 'insufficient_scope')
    await problem(await api(`/v1/connections/con_${'0'.repeat(26)}`, { key }), 'connection_not_found')
    await problem(await api('/v1/connectors/nobody', { key }), 'connector_not_found')
    await problem(await api('/v1/nothing', { key }), 'not_found')
    await problem(await api(token, { key, method: 'PUT' }), 'method_not_allowed')
    const { id } = await (await create()).json<{ id: string }>()
    await problem(await api(`/v1/connections/${id}/token`, { key }), 'connection_pending')
    await problem(await create({ connector: 'airtable' }), 'app_not_configured')
    await create(BODY, { 'Idempotency-Key': 'c' })
    await problem(await create({ connector: 'local' }, { 'Idempotency-Key': 'c' }), 'conflict')
    const limit = { limit: async () => ({ success: false }) }
    await problem(await api(token, { key }, deployment({ ...env, KEY_LIMIT: limit })), 'rate_limited')
    const KV = { get: () => Promise.reject(new Error('down')) } as unknown as KVNamespace
    await problem(await api(token, { key }, deployment({ ...env, KV })), 'temporarily_unavailable')
    await problem(await api(token, { key }, deployment({ ...env, OWNER_EMAILS: '' })), 'not_configured')
    const prepare = () => {
      throw new Error('down')
    }
    const DB = { prepare } as unknown as D1Database
    await problem(await api('/v1/connections', { key }, counted({ DB }).fetch), 'internal_error')
    await patch({ paused: true })
    await problem(await api(token, { key }, counted().fetch), 'connection_paused')
    await patch({ paused: false })
    await troubled({ do: 'answer', status: 503 }, 'provider_unavailable')
    await troubled({ do: 'invalid_client' }, 'provider_misconfigured')
    await troubled({ do: 'invalid_grant' }, 'reauthorization_required')
    for (const code of [
      'invalid_request invalid_api_key forbidden insufficient_scope connection_not_found connector_not_found not_found',
      'method_not_allowed reauthorization_required connection_pending connection_paused app_not_configured conflict',
      'payload_too_large rate_limited provider_misconfigured provider_unavailable temporarily_unavailable',
      'not_configured internal_error',
    ].flatMap((line) => line.split(' '))) {
      expect(SEEN).toContain(code)
    }
  })

  /** An expired token, and a service that answers like this. */
  async function troubled(action: TokenAction, code: string): Promise<void> {
    const connected = await connect({ member: tenant.members.owner })
    await editRecord(connected, (record) => {
      if (!record.grant) throw new Error('no grant')
      const at = Date.now() - 7_200_000
      return {
        ...record,
        grant: { ...record.grant, obtainedAt: at, dueAt: at + 1, expiresAt: at + 3_600_000 },
      }
    })
    await steer.nextToken({ ...action, grant_type: 'refresh_token' })
    const path = `/v1/connections/${connected.connectionId}/token`
    await problem(await api(path, { key, headers: { 'Cache-Control': 'no-cache' } }), code)
  }
})
