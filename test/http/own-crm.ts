// A connector of a workspace's own: sent, discovered at the local upstream, and connected with.

import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { type Connected, detailOf } from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import { type Browser, consentAs } from './browser.ts'
import { api, newTenant, rowsOf, type Tenant } from './tenant.ts'

export const ORIGIN = env.SIGN_IN_ISSUER
export const ID = 'own-crm'
export const PATH = `/v1/connectors/${ID}`

/** The smallest JSON form. */
export const minimal = {
  name: 'Our CRM',
  authorize: { url: 'https://login.example.com/authorize' },
  token: { url: 'https://login.example.com/token' },
  api: { baseUrl: 'https://api.example.com/v1' },
}

export interface Crm {
  tenant: Tenant
  key: string
  put(json: unknown, path?: string, by?: string): Promise<Response>
  remove(path?: string, by?: string): Promise<Response>
  stored(): Promise<{ definition: string; issuer: string | null; version: number } | null>
  /** Actions on connectors with their outcomes. */
  audited(): Promise<string[]>
  /** At the local upstream, with its app. */
  discover(): Promise<void>
  connect(): Promise<{ connected: Connected; visitor: Browser }>
}

/** In a workspace of its own, with nothing sent yet. */
export async function newCrm(): Promise<Crm> {
  const tenant = await newTenant()
  const key = await tenant.key()
  const put: Crm['put'] = (json, path = PATH, by = key) => api(path, { method: 'PUT', key: by, json })

  async function discover() {
    expect((await put({ issuer: ORIGIN, name: 'Our CRM', api_base_url: `${ORIGIN}/api` })).status).toBe(201)
    const app = { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm }
    expect((await api(`${PATH}/app`, { method: 'PUT', key, json: app })).status).toBe(200)
  }

  return {
    tenant,
    key,
    put,
    remove: (path = PATH, by = key) => api(path, { method: 'DELETE', key: by }),
    stored: () =>
      env.DB.prepare('SELECT * FROM custom_connectors WHERE workspace_id = ? AND id = ?')
        .bind(tenant.workspaceId, ID)
        .first(),
    discover,
    async audited() {
      const { audit = [] } = await rowsOf(tenant.workspaceId)
      return (audit as { action: string; outcome: string }[])
        .filter(({ action }) => action.startsWith('connector.'))
        .map(({ action, outcome }) => `${action} ${outcome}`)
        .sort()
    },
    async connect() {
      await discover()
      const visitor = await tenant.as('admin')
      const started = await visitor.post('/connections', { connector: ID, tools: 'contacts.read' })
      expect(started.status).toBe(303)
      const landed = await visitor.get(await consentAs('ada', started.headers.get('Location')))
      const connectionId = (landed.headers.get('Location') ?? '').split('/').at(-1) ?? ''
      const connected = { ...tenant.members.admin, connectionId, flowCookie: '' }
      expect(await detailOf(connected)).toMatchObject({ state: 'active', connector: ID })
      return { connected, visitor }
    },
  }
}
