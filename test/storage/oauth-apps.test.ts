import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deleteWorkspaceApp,
  dropOldSecret,
  findWorkspaceApp,
  listWorkspaceApps,
  saveWorkspaceApp,
} from '../../src/storage/oauth-apps.ts'
import { Vault } from '../../src/storage/vault.ts'
import { db, NOW, newWorkspace, random } from './rows.ts'

const vault = new Vault([{ kid: 'k1', bytes: random(32) }])
const SECRET = 'canary-app-secret'
let own = ''
let other = ''

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM oauth_apps').run()
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
      secretExpiresAt: null,
      params: { tenant: 't' },
      sameHosts: () => true,
      ...change,
    },
    now,
  )
const find = (workspaceId = own, connector = 'google') => findWorkspaceApp(db, vault, workspaceId, connector)
const dump = async () => JSON.stringify((await env.DB.prepare('SELECT * FROM oauth_apps').all()).results)

describe('a workspace’s OAuth app', () => {
  it('comes back in clear, and says whose it is', async () => {
    expect(await save()).toBe('saved')
    expect(await find()).toEqual({
      owner: own,
      clientId: 'client-1',
      clientSecret: SECRET,
      fallbackSecret: null,
      params: { tenant: 't' },
      version: 1,
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
    expect(await save({ clientSecret: null, params: { tenant: 'u' } })).toBe('saved')
    expect(await find()).toMatchObject({ params: { tenant: 'u' }, clientSecret: SECRET })
    await save({ clientSecret: 'new secret' })
    expect(await find()).toMatchObject({ clientSecret: 'new secret' })
  })

  it('is not saved without a secret where there is none to keep', async () => {
    expect(await save({ clientSecret: null })).toBe('no_secret')
    expect(await find()).toBeUndefined()
    await save()
    expect(await save({ workspaceId: other, clientSecret: null })).toBe('no_secret')
    expect(await save({ connector: 'github', clientSecret: null })).toBe('no_secret')
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
        rotating: true,
        secretExpiresAt: null,
        version: 3,
        updatedAt: NOW + 2,
      },
    ])
  })

  it('is listed without its secret, sealed or not', async () => {
    await save()
    await save({ clientSecret: 'canary-second' })
    expect(JSON.stringify(await listWorkspaceApps(db, own))).not.toMatch(/canary|v1\.k1/i)
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

describe('two live secrets', () => {
  it('uses a new one first and keeps the old as fallback until the new has refreshed once', async () => {
    await save()
    await save({ clientSecret: 'second-secret' })
    expect(await find()).toMatchObject({ clientSecret: 'second-secret', fallbackSecret: SECRET })
    expect(await listWorkspaceApps(db, own)).toMatchObject([{ rotating: true }])
    await dropOldSecret(db, { workspaceId: own, connector: 'google', version: 1 })
    expect(await find()).toMatchObject({ fallbackSecret: SECRET })
    await dropOldSecret(db, { workspaceId: own, connector: 'google', version: 2 })
    expect(await find()).toMatchObject({ clientSecret: 'second-secret', fallbackSecret: null })
    expect(await listWorkspaceApps(db, own)).toMatchObject([{ rotating: false }])
  })

  it('keeps the secret that is known to work, whatever is tried after it', async () => {
    await save()
    await save({ clientSecret: 'mistyped' })
    await save({ clientSecret: 'third-secret' })
    expect(await find()).toMatchObject({ clientSecret: 'third-secret', fallbackSecret: SECRET })
  })

  it('forgets both where the client is another', async () => {
    await save()
    await save({ clientSecret: 'second-secret' })
    await save({ clientId: 'client-2', clientSecret: 'of-another-client' })
    expect(await find()).toMatchObject({ clientSecret: 'of-another-client', fallbackSecret: null })
  })

  it('asks for the secret of another client', async () => {
    await save()
    expect(await save({ clientId: 'client-2', clientSecret: null })).toBe('no_secret')
  })

  it('drops nothing where there is one', async () => {
    await save()
    await dropOldSecret(db, { workspaceId: own, connector: 'google', version: 1 })
    expect(await find()).toMatchObject({ clientSecret: SECRET, fallbackSecret: null })
  })
})
