import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { setConnectionPaused } from '../../src/services/change-connection.ts'
import { advance, realTime } from '../setup/clock.ts'
import { mend } from '../setup/faults.ts'
import { type Connected, connect, steer, testContext } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { ask, brokenPuts, cron, FORM, makeKey, rowOf } from './keys.ts'
import { problem } from './problems.ts'
import { api, counted, newTenant, signedIn, type Tenant, textOf } from './tenant.ts'

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

describe('a new key', () => {
  it('is shown once, and works at once', async () => {
    const { answer, page, key } = await makeKey(visitor)
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
    const { key, id, copy } = await makeKey(visitor, { ...FORM, name: 'Hashed' })
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
    const { key, id } = await makeKey(visitor, {
      ...FORM,
      connections: connected.connectionId,
      expires: '30',
    })
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
    const { key, id, copy } = await makeKey(visitor, form)
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
    const { answer, page } = await makeKey(visitor, { ...FORM, [field]: value })
    expect(answer.status).toBe(400)
    expect(page).toContain(words)
  })

  it('tells who made it, in the audit', async () => {
    const { id } = await makeKey(visitor)
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
    const { answer, page, key } = await makeKey(visitor, { ...form, connections: connected.connectionId })
    expect(answer.status).toBe(400)
    expect(key).toBe('')
    expect(page).toContain(form.name.trim() === '' ? 'Nothing was saved yet.' : `value="${form.name}"`)
    expect(page).toMatch(new RegExp(`value="${connected.connectionId}"[^>]*checked`))
    if (!words.startsWith('Choose one of')) expect(page).toContain(words)
    expect(await env.DB.prepare('SELECT count(*) AS total FROM api_keys').first('total')).toBe(before)
  })
})

describe('revoking', () => {
  const revoke = (id: string, who = visitor) => who.post(`/keys/${id}/revoke`)

  it('asks first, then ends the key through KV', async () => {
    const { key, id, copy } = await makeKey(visitor, { ...FORM, name: 'To be ended' })
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
    const { key, id } = await makeKey(visitor)
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
    const { key, id } = await makeKey(visitor)
    const broken = counted({ KV: brokenPuts() })
    expect((await revoke(id, await signedIn(tenant.members.admin, broken.fetch))).status).toBe(303)
    expect((await ask(key)).status).toBe(200)
    advance(1_000)
    await cron()
    await problem(await ask(key), 'invalid_api_key')
  })
})
