// A service that keeps one grant of an account and an app: what is said before a second connection and before a delete,
// and what a delete leaves alone.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findConnector } from '../../src/connectors/catalog.ts'
import { mend } from '../setup/faults.ts'
import { connect, steer } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { connectAs } from './flow.ts'
import { newTenant, type Tenant, textOf } from './tenant.ts'

const local = findConnector('local', true)
let tenant: Tenant
let visitor: Browser

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
  visitor = await tenant.as('admin')
  if (local) local.refresh.sharedGrant = true
})
afterEach(() => {
  if (local) local.refresh.sharedGrant = false
})

const revocations = async () => (await steer.requests({ path: '/token/revocation' })).length
const WARNING = 'If you choose an account that is connected here already'

describe('before a second connection', () => {
  it('the set-up page says what sharing a grant means, and not before the first', async () => {
    expect(await textOf(await visitor.get('/connections/new/local'))).not.toContain(WARNING)
    await connectAs(visitor)
    const text = await textOf(await visitor.get('/connections/new/local'))
    expect(text).toContain(WARNING)
    expect(text).toContain('Local CRM keeps one grant of an account and an OAuth app.')
    expect(text).toContain('1 connection of this workspace uses the same OAuth app.')
    expect(await textOf(await visitor.get('/connections/new/local-lenient'))).not.toContain(WARNING)
  })

  it('it names the limit of refresh tokens, also where each connection has a grant of its own', async () => {
    await visitor.post('/connectors/github/app', { client_id: 'client', client_secret: 'secret' })
    await visitor.post('/connections', { connector: 'github', name: '' })
    const text = await textOf(await visitor.get('/connections/new/github'))
    expect(text).toContain('GitHub keeps 10 live refresh tokens of an account and an OAuth app')
    expect(text).not.toContain('keeps one grant')
  })

  it('another workspace’s connections do not count', async () => {
    await connect({ member: (await newTenant()).members.owner, account: 'grace' })
    expect(await textOf(await visitor.get('/connections/new/local'))).not.toContain(WARNING)
  })
})

describe('a delete', () => {
  it('of a newcomer with the same account leaves the older one working, and says so', async () => {
    const first = await connectAs(visitor, 'unverified')
    const second = await connectAs(visitor, 'unverified')
    const page = await textOf(await visitor.get(`/connections/${second}?confirm=delete`))
    expect(page).toContain('Deleting this one leaves that grant in place, so the other keeps working.')
    expect(page).toContain('so it is not revoked there as long as that one lives')
    await visitor.post(`/connections/${second}/delete`)
    expect(await revocations()).toBe(0)
    await visitor.post(`/connections/${first}/delete`)
    expect(await revocations()).toBe(1)
  })

  it('does not end what another workspace has through the app of the deployment', async () => {
    const elsewhere = await connect({ member: (await newTenant()).members.owner, account: 'marketing' })
    const own = await connectAs(visitor, 'marketing')
    const page = await textOf(await visitor.get(`/connections/${own}?confirm=delete`))
    expect(page).toContain('unless another connection of the app stands on it')
    expect(page).not.toContain(elsewhere.connectionId)
    await visitor.post(`/connections/${own}/delete`)
    expect(await revocations()).toBe(0)
  })
})
