import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runCron } from '../../src/services/run-cron.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { steer, testContext } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { ask, brokenPuts, cron, FORM, gated, MINUTE_MS, makeKey, rowOf } from './keys.ts'
import { problem } from './problems.ts'
import { counted, newTenant, signedIn, type Tenant } from './tenant.ts'

let tenant: Tenant
let visitor: Browser

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
})
beforeEach(async () => {
  visitor = await tenant.as('admin')
})
afterEach(realTime)

describe('the cron', () => {
  it('confirms a copy that reads as it should, and then leaves it alone', async () => {
    const { id, copy } = await makeKey(visitor)
    expect(await rowOf(id)).toMatchObject({ copy_due_at: expect.any(Number) })
    await cron()
    expect((await rowOf(id))?.copy_due_at).not.toBeNull()
    advance(2 * MINUTE_MS)
    await cron()
    expect((await rowOf(id))?.copy_due_at).toBeNull()
    await env.KV.delete(copy)
    advance(2 * MINUTE_MS)
    await cron()
    expect(await env.KV.get(copy)).toBeNull()
  })

  it('heals a key whose copy KV did not take', async () => {
    const broken = counted({ KV: brokenPuts() })
    const { key, id, answer } = await makeKey(await signedIn(tenant.members.admin, broken.fetch))
    expect(answer.status).toBe(200)
    await problem(await ask(key), 'invalid_api_key')
    advance(2 * MINUTE_MS)
    await cron()
    expect((await ask(key)).status).toBe(200)
    expect((await rowOf(id))?.copy_due_at).not.toBeNull()
    advance(2 * MINUTE_MS)
    await cron()
    expect((await rowOf(id))?.copy_due_at).toBeNull()
  })

  it('corrects a copy that says something else', async () => {
    const { key, id, copy } = await makeKey(visitor)
    await env.KV.put(copy, JSON.stringify({ revoked: true, id }))
    advance(2 * MINUTE_MS)
    await cron()
    expect((await ask(key)).status).toBe(200)
  })

  it.each(['get', 'put'] as const)(
    'never brings a key back that is revoked while it waits for KV %s',
    async (slow) => {
      const { key, id, copy } = await makeKey(visitor)
      await env.KV.delete(copy)
      advance(2 * MINUTE_MS)
      const gate = gated(slow)
      const running = runCron({ ...testContext(), kv: gate.kv }, Date.now())
      await gate.reached
      await visitor.post(`/keys/${id}/revoke`)
      gate.open()
      await running
      await problem(await ask(key), 'invalid_api_key')
      expect(JSON.parse((await env.KV.get(copy)) ?? '')).toEqual({ revoked: true, id })
    },
  )

  it('corrects a first copy that arrived after the revocation', async () => {
    const gate = gated('put')
    const slow = await signedIn(tenant.members.admin, counted({ KV: gate.kv }).fetch)
    const making = makeKey(slow, { ...FORM, name: 'Slow' })
    await gate.reached
    const id = await env.DB.prepare("SELECT id FROM api_keys WHERE name = 'Slow'").first<string>('id')
    expect((await visitor.post(`/keys/${id}/revoke`)).status).toBe(303)
    gate.open()
    const { key, copy } = await making
    advance(1_000)
    await cron()
    expect(JSON.parse((await env.KV.get(copy)) ?? '')).toEqual({ revoked: true, id })
    await problem(await ask(key), 'invalid_api_key')
  })

  it('does not call a copy good that a revocation has yet to replace', async () => {
    const { key, id } = await makeKey(visitor)
    advance(2 * MINUTE_MS)
    const gate = gated('get')
    const running = runCron({ ...testContext(), kv: gate.kv }, Date.now())
    await gate.reached
    const broken = counted({ KV: brokenPuts() })
    await (await signedIn(tenant.members.admin, broken.fetch)).post(`/keys/${id}/revoke`)
    gate.open()
    await running
    advance(2 * MINUTE_MS)
    await cron()
    await problem(await ask(key), 'invalid_api_key')
  })
})
