import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  DEPLOYMENT,
  deleteWorkspaceApp,
  findWorkspaceApp,
  holdApp,
  isAppHeld,
  listHeldApps,
  listWorkspaceApps,
  releaseApp,
  saveWorkspaceApp,
} from '../../src/storage/oauth-apps.ts'
import { Vault } from '../../src/storage/vault.ts'
import { db, NOW, newWorkspace, random } from './rows.ts'

const vault = new Vault([{ kid: 'k1', bytes: random(32) }])
const SECRET = 'canary-app-secret'
let own = ''
let other = ''

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare('DELETE FROM oauth_apps'), env.DB.prepare('DELETE FROM app_health')])
  own = await newWorkspace()
  other = await newWorkspace()
})

const save = (change: Partial<Parameters<typeof saveWorkspaceApp>[2]> = {}, now = NOW) =>
  saveWorkspaceApp(
    db,
    vault,
    {
      workspaceId: own,
      connector: 'google',
      clientId: 'client-1',
      clientSecret: SECRET,
      params: { tenant: 't' },
      ...change,
    },
    now,
  )
const find = (workspaceId = own, connector = 'google') => findWorkspaceApp(db, vault, workspaceId, connector)
const dump = async () => JSON.stringify((await env.DB.prepare('SELECT * FROM oauth_apps').all()).results)

describe('a workspace’s OAuth app', () => {
  it('comes back in clear, and says whose it is', async () => {
    expect(await save()).toBe(true)
    expect(await find()).toEqual({
      owner: own,
      clientId: 'client-1',
      clientSecret: SECRET,
      params: { tenant: 't' },
    })
  })

  it('lies in D1 with its secret sealed', async () => {
    await save()
    const rows = await dump()
    expect(rows).toContain('client-1')
    for (const text of ['canary', btoa(SECRET), encodeURIComponent(btoa(SECRET))])
      expect(rows).not.toContain(text)
  })

  it('is found by nobody else', async () => {
    await save()
    expect(await find(other)).toBeUndefined()
    expect(await find(own, 'github')).toBeUndefined()
    expect(await listWorkspaceApps(db, other)).toEqual([])
  })

  it('does not open in another row: the ciphertext is bound to workspace and connector', async () => {
    await save()
    await save({ workspaceId: other, clientSecret: 'another secret' })
    await env.DB.prepare(
      'UPDATE oauth_apps SET secret_sealed = (SELECT secret_sealed FROM oauth_apps WHERE workspace_id = ?) WHERE workspace_id = ?',
    )
      .bind(own, other)
      .run()
    await expect(find(other)).rejects.toThrow('unreadable')
    expect(await find()).toMatchObject({ clientSecret: SECRET })
  })

  it('keeps the old secret where none is given, and takes a new one that is', async () => {
    await save()
    expect(await save({ clientSecret: null, clientId: 'client-2' })).toBe(true)
    expect(await find()).toMatchObject({ clientId: 'client-2', clientSecret: SECRET })
    await save({ clientSecret: 'new secret' })
    expect(await find()).toMatchObject({ clientSecret: 'new secret' })
  })

  it('is not saved without a secret where there is none to keep', async () => {
    expect(await save({ clientSecret: null })).toBe(false)
    expect(await find()).toBeUndefined()
    await save()
    expect(await save({ workspaceId: other, clientSecret: null })).toBe(false)
    expect(await save({ connector: 'github', clientSecret: null })).toBe(false)
  })

  it('moves its version with every change, so that a held connection tries again', async () => {
    await save({}, NOW)
    await save({ clientSecret: null }, NOW + 1)
    await save({}, NOW + 2)
    expect(await listWorkspaceApps(db, own)).toEqual([
      {
        workspaceId: own,
        connector: 'google',
        clientId: 'client-1',
        params: { tenant: 't' },
        version: 3,
        updatedAt: NOW + 2,
      },
    ])
  })

  it('is listed without its secret, sealed or not', async () => {
    await save()
    expect(JSON.stringify(await listWorkspaceApps(db, own))).not.toMatch(/secret|v1\.k1/i)
  })

  it('is deleted alone', async () => {
    await save()
    await save({ connector: 'github' })
    await save({ workspaceId: other })
    await deleteWorkspaceApp(db, own, 'google')
    expect(await find()).toBeUndefined()
    expect(await find(own, 'github')).toBeDefined()
    expect(await find(other)).toBeDefined()
  })
})

describe('an app that the service refuses', () => {
  const hold = (owner: string, change = {}) =>
    holdApp(db, { owner, connector: 'google', heldSince: NOW, detail: 'invalid_client', ...change })

  it('is held until it is released', async () => {
    expect(await isAppHeld(db, own, 'google')).toBe(false)
    await hold(own)
    expect(await isAppHeld(db, own, 'google')).toBe(true)
    await releaseApp(db, own, 'google')
    expect(await isAppHeld(db, own, 'google')).toBe(false)
  })

  it('stays held since its first refusal', async () => {
    await hold(own)
    await hold(own, { heldSince: NOW + 1, detail: 'again' })
    expect(await listHeldApps(db, own)).toEqual([
      { owner: own, connector: 'google', heldSince: NOW, detail: 'invalid_client' },
    ])
  })

  it('holds no other app: not of another connector, another workspace, or the deployment', async () => {
    await hold(own)
    expect(await isAppHeld(db, own, 'github')).toBe(false)
    expect(await isAppHeld(db, other, 'google')).toBe(false)
    expect(await isAppHeld(db, DEPLOYMENT, 'google')).toBe(false)
    await releaseApp(db, own, 'github')
    await releaseApp(db, other, 'google')
    expect(await isAppHeld(db, own, 'google')).toBe(true)
  })

  it('is seen by its workspace, the deployment’s by all', async () => {
    await hold(own)
    await hold(DEPLOYMENT)
    expect((await listHeldApps(db, own)).map(({ owner }) => owner).sort()).toEqual([DEPLOYMENT, own].sort())
    expect((await listHeldApps(db, other)).map(({ owner }) => owner)).toEqual([DEPLOYMENT])
  })
})
