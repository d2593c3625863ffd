import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { steer, testContext } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { ask, cron, FORM, gated, MINUTE_MS, makeKey, rowOf, secretIn } from './keys.ts'
import { problem } from './problems.ts'
import { newTenant, type Tenant, textOf } from './tenant.ts'

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

describe('rotating', () => {
  async function rotated() {
    const old = await makeKey(visitor, { ...FORM, name: 'Rotating' })
    const answer = await visitor.post(`/keys/${old.id}/rotate`)
    expect(answer.status).toBe(200)
    const next = secretIn(await answer.text())
    return { old, next, id: old.id, nextCopy: `key:${await sha256Hex(next)}` }
  }

  it('makes a second secret of the same key, shown once, while the first goes on', async () => {
    const { old, next, id } = await rotated()
    expect(next.slice(4, 16)).toBe(id)
    expect(next).not.toBe(old.key)
    expect((await ask(old.key)).status).toBe(200)
    expect((await ask(next)).status).toBe(200)
    const page = await (await visitor.get('/keys')).text()
    expect(page).not.toContain(next)
    expect(page).toContain('two secrets since')
    expect((await visitor.post(`/keys/${id}/rotate`)).status).toBe(409)
  })

  it('is over when the old secret is ended, after a question', async () => {
    const { old, next, id, nextCopy } = await rotated()
    expect(await textOf(await visitor.get(`/keys?finish=${id}`))).toContain(
      'End the old secret of “Rotating”?',
    )
    expect((await visitor.post(`/keys/${id}/finish`)).status).toBe(303)
    await problem(await ask(old.key), 'invalid_api_key')
    expect((await ask(next)).status).toBe(200)
    expect(JSON.parse((await env.KV.get(old.copy)) ?? '')).toEqual({ revoked: true, id })
    expect(JSON.parse((await env.KV.get(nextCopy)) ?? '')).toMatchObject({ revoked: false, id })
    expect((await visitor.post(`/keys/${id}/finish`)).status).toBe(404)
    const { results } = await env.DB.prepare('SELECT action FROM audit WHERE subject = ? ORDER BY at, rowid')
      .bind(id)
      .all()
    expect(results.map(({ action }) => action)).toEqual([
      'key.created',
      'key.rotated',
      'key.old_secret_ended',
    ])
  })

  it('ends with the key: both secrets are dead', async () => {
    const { old, next, id } = await rotated()
    await visitor.post(`/keys/${id}/revoke`)
    for (const key of [old.key, next]) await problem(await ask(key), 'invalid_api_key')
  })

  it('heals through the cron: lost copies of both, and an old secret that comes back', async () => {
    const { old, next, id, nextCopy } = await rotated()
    for (const copy of [old.copy, nextCopy]) await env.KV.delete(copy)
    advance(2 * MINUTE_MS)
    await cron()
    for (const key of [old.key, next]) expect((await ask(key)).status).toBe(200)
    const living = (await env.KV.get(old.copy)) ?? ''
    await visitor.post(`/keys/${id}/finish`)
    await env.KV.put(old.copy, living)
    advance(2 * MINUTE_MS)
    await cron()
    await problem(await ask(old.key), 'invalid_api_key')
    advance(2 * MINUTE_MS)
    await cron()
    expect((await rowOf(id))?.copy_due_at).toBeNull()
  })

  it('is not undone by a cron that read the key before', async () => {
    const { old, next, id } = await rotated()
    await env.KV.delete(old.copy)
    advance(2 * MINUTE_MS)
    const gate = gated('put')
    const running = runCron({ ...testContext(), kv: gate.kv }, Date.now())
    await gate.reached
    await visitor.post(`/keys/${id}/finish`)
    gate.open()
    await running
    await problem(await ask(old.key), 'invalid_api_key')
    expect((await ask(next)).status).toBe(200)
  })

  it.each(['builder', 'viewer'] as const)('is not for a %s', async (role) => {
    const { id } = await rotated()
    for (const what of ['rotate', 'finish']) {
      expect((await (await tenant.as(role)).post(`/keys/${id}/${what}`)).status).toBe(403)
    }
  })
})
