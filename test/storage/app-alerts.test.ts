import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { clearAlert, isHeld, listAlerts, pruneAlerts, raiseAlert } from '../../src/storage/app-alerts.ts'
import { DEPLOYMENT } from '../../src/storage/oauth-apps.ts'
import { db, NOW } from './rows.ts'

const app = { owner: 'wsp_a', connector: 'google' }
const held = { kind: 'held' as const, since: NOW, detail: 'invalid_client' }

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM app_alerts').run()
})

describe('an app that the service refuses', () => {
  it('is held until it is released', async () => {
    expect(await isHeld(db, app)).toBe(false)
    await raiseAlert(db, app, held)
    expect(await isHeld(db, app)).toBe(true)
    await clearAlert(db, app, 'held')
    expect(await isHeld(db, app)).toBe(false)
  })

  it('holds no other app, and clears no other alert', async () => {
    await raiseAlert(db, app, held)
    await raiseAlert(db, app, { kind: 'common_cause', since: NOW, detail: '5' })
    expect(await isHeld(db, { ...app, connector: 'github' })).toBe(false)
    expect(await isHeld(db, { ...app, owner: DEPLOYMENT })).toBe(false)
    await clearAlert(db, { ...app, connector: 'github' }, 'held')
    await clearAlert(db, app, 'held')
    expect(await listAlerts(db, [app.owner])).toMatchObject([{ kind: 'common_cause' }])
  })

  it('is seen by its owner, the deployment’s by all who ask for it', async () => {
    await raiseAlert(db, app, held)
    await raiseAlert(db, { ...app, owner: DEPLOYMENT }, held)
    expect(await listAlerts(db, ['wsp_b', DEPLOYMENT])).toMatchObject([{ owner: DEPLOYMENT }])
    expect(await listAlerts(db, [app.owner, DEPLOYMENT])).toHaveLength(2)
  })
})

describe('a likely common cause', () => {
  it('is news for a day; a held app stays until it is released', async () => {
    await raiseAlert(db, app, { ...held, since: NOW - 10 })
    await raiseAlert(db, app, { kind: 'common_cause', since: NOW - 10, detail: '5' })
    await pruneAlerts(db, NOW)
    expect(await listAlerts(db, [app.owner])).toMatchObject([{ kind: 'held' }])
  })
})
