// A workspace's own connectors as JSON over the API: sent, replaced, deleted, refused.

import { beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { steer } from '../setup/harness.ts'
import { type Crm, ID, minimal, newCrm, ORIGIN, PATH } from './own-crm.ts'
import { problem } from './problems.ts'
import { api, newTenant, type Tenant } from './tenant.ts'

let crm: Crm
let tenant: Tenant
let key: string

beforeEach(async () => {
  mend()
  await steer.reset()
  crm = await newCrm()
  tenant = crm.tenant
  key = crm.key
})

describe('PUT and DELETE /v1/connectors/{id}', () => {
  it('create, replace, and delete, and say so', async () => {
    expect((await crm.put(minimal)).status).toBe(201)
    const again = await crm.put({ ...minimal, name: 'Renamed' })
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ id: ID, name: 'Renamed', custom: true, category: 'Your own' })
    expect((await crm.put({ ...minimal, name: 'Renamed' })).status).toBe(200)
    expect(await crm.stored()).toMatchObject({ version: 2 })
    const list = await (await api('/v1/connectors', { key })).json<{ data: { id: string }[] }>()
    expect(list.data.map(({ id }) => id)).toContain(ID)
    expect(await (await crm.remove()).json()).toEqual({ connector: ID, removed: true })
    await problem(await crm.remove(), 'connector_not_found')
    expect(await crm.audited()).toEqual([
      'connector.changed ok',
      'connector.created ok',
      'connector.deleted ok',
    ])
  })

  it('delete the app too: another connector of this id never gets its secret', async () => {
    await crm.put(minimal)
    await api(`${PATH}/app`, { method: 'PUT', key, json: { client_id: 'a', client_secret: 'b' } })
    await crm.remove()
    await crm.put({ ...minimal, token: { url: 'https://other.example.com/token' } })
    expect(await (await api(PATH, { key })).json()).toMatchObject({ app_configured: false })
  })

  it('do not delete what a connection uses, and say how many do', async () => {
    const { connected } = await crm.connect()
    const body = await problem(await crm.remove(), 'conflict')
    expect(body.detail).toBe('One connection uses this connector. Delete what uses it first.')
    await api(`/v1/connections/${connected.connectionId}`, { method: 'DELETE', key })
    expect((await crm.remove()).status).toBe(200)
  })

  it.each([
    ['crm', 'use own-crm'],
    ['google', 'use own-google'],
    ['own-', 'Begin with own-'],
    ['own-Ü', 'Begin with own-'],
    ['own--a', 'Begin with own-'],
    [`own-${'a'.repeat(61)}`, '64 characters at most'],
    ['__proto__', 'Begin with own-'],
  ])('take no id that is not one of an own connector: %s', async (id, words) => {
    for (const json of [minimal, { issuer: ORIGIN }]) {
      const answer = await crm.put(json, `/v1/connectors/${encodeURIComponent(id)}`)
      const { errors } = await problem(answer, 'invalid_request')
      expect(errors).toEqual([{ path: 'id', message: expect.stringContaining(words) }])
    }
    expect(await steer.requests()).toEqual([])
  })

  it('leave the catalog as it is', async () => {
    await problem(await crm.remove('/v1/connectors/google'), 'conflict')
  })

  it('take nothing but one JSON object, and not both forms', async () => {
    await problem(await api(PATH, { method: 'PUT', key, body: '[]' }), 'invalid_request')
    await problem(await api(PATH, { method: 'PUT', key, body: 'no json' }), 'invalid_request')
    await problem(await crm.put({ ...minimal, issuer: ORIGIN }), 'invalid_request')
    await problem(await crm.put({ ...minimal, id: 'own-other' }), 'invalid_request')
    await problem(await crm.put({}), 'invalid_request')
    await problem(await crm.put({ name: 'x'.repeat(70_000) }), 'payload_too_large')
    expect(await crm.stored()).toBeNull()
  })

  it('belong to the workspace: to others it does not exist', async () => {
    await crm.connect()
    const other = await newTenant()
    const theirs = await other.key()
    await problem(await api(PATH, { key: theirs }), 'connector_not_found')
    await problem(await crm.remove(PATH, theirs), 'connector_not_found')
    for (const method of ['GET', 'DELETE']) {
      await problem(await api(`${PATH}/app`, { method, key: theirs }), 'connector_not_found')
    }
    const app = { client_id: 'a', client_secret: 'b' }
    await problem(await api(`${PATH}/app`, { method: 'PUT', key: theirs, json: app }), 'connector_not_found')
    const json = { connector: ID }
    await problem(await api('/v1/connections', { method: 'POST', key: theirs, json }), 'connector_not_found')
    const list = await (await api('/v1/connectors', { key: theirs })).text()
    expect(list).not.toContain('Our CRM')
    // Theirs of the same id is another one.
    expect((await crm.put(minimal, PATH, theirs)).status).toBe(201)
    expect(JSON.parse((await crm.stored())?.definition ?? '')).toMatchObject({
      token: { url: `${ORIGIN}/token` },
    })
  })

  it('are open to a key only for the connectors that it names', async () => {
    const narrow = await tenant.key({ connectors: ['google'] })
    await problem(await crm.put(minimal, PATH, narrow), 'connector_not_found')
    await crm.put(minimal)
    await problem(await crm.remove(PATH, narrow), 'connector_not_found')
  })
})
