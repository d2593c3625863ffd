import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, steer, testContext } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { problem } from './problems.ts'
import { api, counted, newTenant, signedIn, type Tenant, textOf } from './tenant.ts'

const MINUTE_MS = 60_000

let tenant: Tenant
let visitor: Browser
let connected: Connected

beforeAll(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  connected = await connect({ member: tenant.members.owner })
})
beforeEach(async () => {
  visitor = await tenant.as('admin')
})
afterEach(realTime)

const FORM = { name: 'Nightly sync', permissions: 'connections:read', expires: 'none' }

async function make(form: Record<string, string> = FORM, who = visitor) {
  const answer = await who.post('/keys', form)
  const page = await answer.text()
  const key = /egk_[0-9A-Za-z]{50}/.exec(page)?.[0] ?? ''
  return { answer, page, key, id: key.slice(4, 16), copy: `key:${await sha256Hex(key)}` }
}

const rowOf = (id: string) => env.DB.prepare('SELECT * FROM api_keys WHERE id = ?').bind(id).first()
const ask = (key: string) => api('/v1/connections', { key }, counted().fetch)
const cron = () => runCron(testContext(), Date.now())

describe('a new key', () => {
  it('is shown once, and works at once', async () => {
    const { answer, page, key } = await make()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(page).toContain('Copy it now: it is not shown again.')
    expect(key).toMatch(/^egk_[0-9a-z]{12}[0-9A-Za-z]{38}$/)
    expect((await ask(key)).status).toBe(200)
    for (const path of ['/keys', `/keys?revoke=${key.slice(4, 16)}`, '/connections']) {
      expect(await (await visitor.get(path)).text()).not.toContain(key)
    }
  })

  it('leaves only its hash in D1 and KV', async () => {
    const { key, id, copy } = await make({ ...FORM, name: 'Hashed' })
    const secret = key.slice(16)
    const { results } = await env.DB.prepare('SELECT * FROM api_keys').all()
    const { keys } = await env.KV.list()
    const record = await env.KV.get(copy)
    for (const place of [JSON.stringify(results), JSON.stringify(keys), record ?? '']) {
      expect(place).toContain(place === record ? id : await sha256Hex(key))
      expect(place).not.toContain(secret)
    }
    expect(JSON.parse(record ?? '')).toEqual({
      revoked: false,
      id,
      workspaceId: tenant.workspaceId,
      permissions: ['connections:read'],
      connectionIds: null,
      expiresAt: null,
    })
  })

  it('may do what was ticked, for the connections that were ticked, until its end', async () => {
    const other = await connect({ member: tenant.members.owner })
    const { key, id } = await make({ ...FORM, connections: connected.connectionId, expires: '30' })
    const list = await (await ask(key)).json<{ data: { id: string }[] }>()
    expect(list.data.map((each) => each.id)).toEqual([connected.connectionId])
    await problem(await api(`/v1/connections/${other.connectionId}`, { key }), 'connection_not_found')
    await problem(await api(`/v1/connections/${connected.connectionId}/token`, { key }), 'forbidden')
    const { expires_at: end } = (await rowOf(id)) as { expires_at: number }
    expect(Math.abs(end - Date.now() - 30 * 24 * 3600_000)).toBeLessThan(5_000)
    advance(30 * 24 * 3600_000 + 1_000)
    await problem(await ask(key), 'invalid_api_key')
  })

  it('may have to do with the services that were ticked only', async () => {
    const other = await connect({ member: tenant.members.owner, connector: 'local-lenient' })
    const form = { ...FORM, connectors: 'local' }
    const { key, id, copy } = await make(form)
    expect(JSON.parse((await env.KV.get(copy)) ?? '')).toMatchObject({ id, connectors: ['local'] })
    const list = await (await ask(key)).json<{ data: { connector: string }[] }>()
    expect(new Set(list.data.map(({ connector }) => connector))).toEqual(new Set(['local']))
    expect((await api(`/v1/connections/${connected.connectionId}`, { key })).status).toBe(200)
    await problem(await api(`/v1/connections/${other.connectionId}`, { key }), 'connection_not_found')
    expect(await textOf(await visitor.get('/keys'))).toContain('Local CRM only')
  })

  it('reaches nothing of another service on any way there is', async () => {
    const other = await connect({ member: tenant.members.owner, connector: 'local-lenient' })
    const key = await tenant.key({ connectors: ['local'] })
    const path = `/v1/connections/${other.connectionId}`
    const asks: [string, string, unknown?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'Taken' }],
      ['POST', '/refresh'],
      ['DELETE', ''],
      ['GET', '/token'],
      ['POST', '/token/rejected', { token_sha256: '0'.repeat(64) }],
      ['GET', '/proxy/me'],
    ]
    const refused = async () => {
      for (const [method, rest, json] of asks) {
        const init = { method, key, ...(json === undefined ? {} : { json }) }
        await problem(await api(path + rest, init, counted().fetch), 'connection_not_found')
      }
    }
    await refused()
    await setConnectionPaused(testContext(), { ...other, actor: 'x' }, true, Date.now())
    await refused()
  })

  it('can call services without ever seeing a token, unless told', async () => {
    const text = await (await visitor.get('/keys')).text()
    const ticked = [...text.matchAll(/name="permissions" value="([^"]+)" checked/g)].map(([, value]) => value)
    expect(ticked).toEqual(['connections:read', 'proxy'])
  })

  it.each([
    ['connections', 'nobody', 'Choose from the connections listed here.'],
    ['connectors', 'nobody', 'Choose from the connectors listed here.'],
  ])('takes none of the %s that are not there', async (field, value, words) => {
    const { answer, page } = await make({ ...FORM, [field]: value })
    expect(answer.status).toBe(400)
    expect(page).toContain(words)
  })

  it('tells who made it, in the audit', async () => {
    const { id } = await make()
    const row = await env.DB.prepare('SELECT * FROM audit WHERE subject = ?').bind(id).first()
    expect(row).toMatchObject({ action: 'key.created', actor: tenant.members.admin.id })
  })

  it.each([
    ['no name', { ...FORM, name: ' ' }, 'Give the key a name of 1 to 100 characters.'],
    ['no permission', { name: 'Typed', expires: 'none' }, 'Choose at least one permission.'],
    ['an unknown permission', { ...FORM, permissions: 'everything' }, 'Choose at least one permission.'],
    ['an odd end', { ...FORM, expires: '1e9' }, 'Choose one of the listed periods.'],
    ['a negative end', { ...FORM, expires: '-5' }, 'Choose one of the listed periods.'],
    ['an end that is no number', { ...FORM, expires: 'soon' }, 'Choose one of the listed periods.'],
  ])('with %s is refused; what was typed stays', async (_name, form, words) => {
    const before = await env.DB.prepare('SELECT count(*) AS total FROM api_keys').first('total')
    const { answer, page, key } = await make({ ...form, connections: connected.connectionId })
    expect(answer.status).toBe(400)
    expect(key).toBe('')
    expect(page).toContain(form.name.trim() === '' ? 'Nothing was saved yet.' : `value="${form.name}"`)
    expect(page).toMatch(new RegExp(`value="${connected.connectionId}"[^>]*checked`))
    if (!words.startsWith('Choose one of')) expect(page).toContain(words)
    expect(await env.DB.prepare('SELECT count(*) AS total FROM api_keys').first('total')).toBe(before)
  })
})

describe('rotating', () => {
  const secretIn = (page: string) => /egk_[0-9A-Za-z]{50}/.exec(page)?.[0] ?? ''

  async function rotated() {
    const old = await make({ ...FORM, name: 'Rotating' })
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

describe('revoking', () => {
  const revoke = (id: string, who = visitor) => who.post(`/keys/${id}/revoke`)

  it('asks first, then ends the key through KV', async () => {
    const { key, id, copy } = await make({ ...FORM, name: 'To be ended' })
    expect(await textOf(await visitor.get(`/keys?revoke=${id}`))).toContain('Revoke the key “To be ended”?')
    expect((await ask(key)).status).toBe(200)
    const answer = await revoke(id)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/keys')
    expect(JSON.parse((await env.KV.get(copy)) ?? '')).toEqual({ revoked: true, id })
    await problem(await ask(key), 'invalid_api_key')
    expect(await rowOf(id)).toMatchObject({ revoked_at: expect.any(Number) })
    expect(await textOf(await visitor.get('/keys'))).toContain('Revoked')
    expect((await revoke(id)).status).toBe(404)
  })

  it('is seen by an isolate that knew the key within ten seconds', async () => {
    const { key, id } = await make()
    const { fetch } = counted()
    expect((await api('/v1/connections', { key }, fetch)).status).toBe(200)
    await revoke(id)
    advance(10_000)
    await problem(await api('/v1/connections', { key }, fetch), 'invalid_api_key')
  })

  it('of what is no key is 404', async () => {
    for (const id of ['x', '0'.repeat(12), '%00', '..']) expect((await revoke(id)).status).toBe(404)
  })

  it('reaches the edge by the cron where KV failed at the moment', async () => {
    const { key, id } = await make()
    const broken = counted({ KV: brokenPuts() })
    expect((await revoke(id, await signedIn(tenant.members.admin, broken.fetch))).status).toBe(303)
    expect((await ask(key)).status).toBe(200)
    advance(1_000)
    await cron()
    await problem(await ask(key), 'invalid_api_key')
  })
})

describe('the cron', () => {
  it('confirms a copy that reads as it should, and then leaves it alone', async () => {
    const { id, copy } = await make()
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
    const { key, id, answer } = await make(FORM, await signedIn(tenant.members.admin, broken.fetch))
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
    const { key, id, copy } = await make()
    await env.KV.put(copy, JSON.stringify({ revoked: true, id }))
    advance(2 * MINUTE_MS)
    await cron()
    expect((await ask(key)).status).toBe(200)
  })

  it.each(['get', 'put'] as const)(
    'never brings a key back that is revoked while it waits for KV %s',
    async (slow) => {
      const { key, id, copy } = await make()
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
    const making = make({ ...FORM, name: 'Slow' }, slow)
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
    const { key, id } = await make()
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

/** KV that takes no write. */
function brokenPuts(): KVNamespace {
  return new Proxy(env.KV, {
    get: (kv, name) =>
      name === 'put' ? () => Promise.reject(new Error('429')) : Reflect.get(kv, name).bind(kv),
  })
}

/** KV whose first call of this method waits until it is let through; a get has read by then. */
function gated(slow: 'get' | 'put') {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const kv = new Proxy(env.KV, {
    get: (target, name) => {
      const method = Reflect.get(target, name).bind(target)
      if (name !== slow) return method
      return async (...args: unknown[]) => {
        const early = slow === 'get' ? await method(...args) : undefined
        reached.resolve()
        await opened.promise
        return slow === 'get' ? early : method(...args)
      }
    },
  })
  return { kv, reached: reached.promise, open: () => opened.resolve() }
}
