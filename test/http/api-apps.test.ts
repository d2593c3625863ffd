import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { APP_BODY } from '../../src/http/inputs.ts'
import { faultsOf } from '../../src/lib/schema.ts'
import { problem } from './problems.ts'
import { api, newTenant, type Tenant } from './tenant.ts'

let tenant: Tenant
let key: string

beforeAll(async () => {
  tenant = await newTenant()
  key = await tenant.key()
})

describe('the OAuth app of a connector', () => {
  const path = '/v1/connectors/google/app'
  const APP = { client_id: 'client-one', client_secret: 'canary-app-secret-31' }

  it('is set, shown without its secret, changed and removed', async () => {
    await problem(await api(path, { key }), 'app_not_configured')
    const answer = await api(path, { method: 'PUT', key, json: APP })
    expect(await answer.json()).toMatchObject({
      connector: 'google',
      client_id: 'client-one',
      secret_set: true,
      callback_url: `${env.PUBLIC_URL}/oauth/callback/google`,
    })
    const shown = await (await api(path, { key })).text()
    expect(shown).not.toContain(APP.client_secret)
    expect((await api(path, { method: 'PUT', key, json: { client_id: 'client-one' } })).status).toBe(200)
    await problem(
      await api(path, { method: 'PUT', key, json: { client_id: 'client-two' } }),
      'invalid_request',
    )
    expect(await (await api(path, { method: 'DELETE', key })).json()).toEqual({
      connector: 'google',
      removed: true,
    })
    await problem(await api(path, { method: 'DELETE', key }), 'app_not_configured')
  })

  it('keeps what is known of the end of its secret, unless the secret is new', async () => {
    await api(path, { method: 'PUT', key, json: APP })
    const end = Date.parse('2027-01-31T23:59:59Z')
    await env.DB.prepare('UPDATE oauth_apps SET secret_expires_at = ?').bind(end).run()
    const stored = () => env.DB.prepare('SELECT secret_expires_at AS at FROM oauth_apps').first('at')
    await api(path, { method: 'PUT', key, json: { client_id: 'client-one' } })
    expect(await stored()).toBe(end)
    await api(path, { method: 'PUT', key, json: { ...APP, client_secret: 'another-secret' } })
    expect(await stored()).toBeNull()
  })

  it('is the workspace’s own', async () => {
    await api(path, { method: 'PUT', key, json: APP })
    const other = await (await newTenant()).key()
    await problem(await api(path, { key: other }), 'app_not_configured')
    await problem(await api(path, { method: 'DELETE', key: other }), 'app_not_configured')
    expect((await api(path, { key })).status).toBe(200)
  })

  it('is out of reach for a key of other connectors', async () => {
    const bound = await tenant.key({ connectors: ['local'] })
    for (const method of ['GET', 'DELETE']) {
      await problem(await api(path, { method, key: bound }), 'connector_not_found')
    }
    await problem(await api('/v1/connectors/nobody/app', { key }), 'connector_not_found')
  })

  it('has no longer secret than the document says', async () => {
    for (const length of [2048, 2049]) {
      const json = { client_id: 'client-one', client_secret: 'x'.repeat(length) }
      const { status } = await api(path, { method: 'PUT', key, json })
      expect([length, status]).toEqual([length, length === 2048 ? 200 : 400])
      expect(faultsOf(APP_BODY, json).length === 0).toBe(status === 200)
    }
  })

  it('that a family of connectors shares is changed by keys of all of them only', async () => {
    const gmail = '/v1/connectors/gmail/app'
    await api(path, { method: 'PUT', key, json: APP })
    const bound = await tenant.key({ connectors: ['gmail'] })
    expect((await api(gmail, { key: bound })).status).toBe(200)
    const change = { client_id: 'another', client_secret: 'another' }
    for (const init of [{ method: 'PUT', json: change }, { method: 'DELETE' }]) {
      expect(await problem(await api(gmail, { ...init, key: bound }), 'forbidden')).toMatchObject({
        permission: 'connectors:write',
        detail: expect.stringContaining('google-calendar'),
      })
    }
    expect(await (await api(path, { key })).json()).toMatchObject({ client_id: APP.client_id })
    const { data } = await (await api('/v1/connectors', { key })).json<{ data: { id: string }[] }>()
    const all = await tenant.key({ connectors: data.map(({ id }) => id) })
    expect((await api(gmail, { method: 'DELETE', key: all })).status).toBe(200)
  })

  it.each([
    {},
    { client_id: '' },
    { client_id: 'a b', client_secret: 'x' },
    { client_id: 'a', client_secret: 'line\nend' },
    { client_id: 'a', secret: 'x' },
  ])('is refused as %j', async (json) => {
    await problem(await api(path, { method: 'PUT', key, json }), 'invalid_request')
  })
})
