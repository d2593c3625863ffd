// Params that become part of the authorization request: the service's own name for the callback, an audience, a role.

import { beforeAll, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import type { Browser } from './browser.ts'
import { newTenant, textOf } from './tenant.ts'

let visitor: Browser

beforeAll(async () => {
  mend()
  visitor = await (await newTenant()).as('admin')
})

const APP = { client_id: 'client', client_secret: 'secret' }

async function begun(connector: string, params: Record<string, string> = {}): Promise<URLSearchParams> {
  const answer = await visitor.post('/connections', { connector, name: '', ...params })
  expect(answer.status).toBe(303)
  return new URL(answer.headers.get('Location') ?? '').searchParams
}

describe('a service that names the callback itself', () => {
  it('is sent that name, and its app is not complete without it', async () => {
    const refused = await visitor.post('/connectors/ebay/app', APP)
    expect(refused.status).toBe(400)
    expect(await textOf(refused)).toContain('Use the form Acme_Ltd-AcmeFlow-PRD-abc12')
    const hostile = { ...APP, param_ru_name: 'https://evil.test/' }
    expect((await visitor.post('/connectors/ebay/app', hostile)).status).toBe(400)
    await visitor.post('/connectors/ebay/app', { ...APP, param_ru_name: 'Acme-Flow-PRD-1' })
    expect((await begun('ebay')).get('redirect_uri')).toBe('Acme-Flow-PRD-1')
  })
})

describe('a parameter of the app', () => {
  it('is sent where it has a value, and not where it is empty', async () => {
    const app = { ...APP, param_domain: 'acme.eu.auth0.com' }
    await visitor.post('/connectors/auth0/app', app)
    expect((await begun('auth0')).has('audience')).toBe(false)
    await visitor.post('/connectors/auth0/app', { ...app, param_audience: 'https://api.acme.test/' })
    expect((await begun('auth0')).get('audience')).toBe('https://api.acme.test/')
  })
})

describe('a parameter of the connection that is a scope', () => {
  it('is asked for where it has a value', async () => {
    await visitor.post('/connectors/snowflake/app', { ...APP, param_account: 'myorg-myaccount' })
    expect((await begun('snowflake')).get('scope')).toBe('refresh_token')
    expect((await begun('snowflake', { param_role: 'REPORTING' })).get('scope')).toBe(
      'refresh_token session:role:REPORTING',
    )
    const refused = await visitor.post('/connections', {
      connector: 'snowflake',
      name: '',
      param_role: 'A session:role:ACCOUNTADMIN',
    })
    expect(refused.status).toBe(400)
  })
})
