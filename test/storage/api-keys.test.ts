import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  addSecret,
  copiesOf,
  endOldSecret,
  findApiKey,
  insertApiKey,
  keyRecordOf,
  listApiKeys,
  listCopiesDue,
  revokeApiKey,
  setCopyDue,
  touchApiKey,
} from '../../src/storage/api-keys.ts'
import { apiKeyRow, db, NOW, newWorkspace, plansOf } from './rows.ts'

let own = ''
let other = ''

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM api_keys').run()
  own = await newWorkspace()
  other = await newWorkspace()
})

async function saved(workspaceId: string, change = {}) {
  const row = apiKeyRow(workspaceId, change)
  await insertApiKey(db, row)
  return row
}

describe('an API key’s row', () => {
  it('comes back as it was written', async () => {
    const row = await saved(own, {
      connectionIds: ['con_a'],
      permissions: ['proxy', 'tokens:read'],
      expiresAt: NOW,
    })
    expect(await findApiKey(db, own, row.id)).toEqual(row)
  })

  it('is found, listed, used and revoked in its own workspace only', async () => {
    const row = await saved(own)
    expect(await findApiKey(db, other, row.id)).toBeUndefined()
    expect(await listApiKeys(db, other)).toEqual([])
    expect(await revokeApiKey(db, other, row.id, NOW)).toBeUndefined()
    await touchApiKey(db, other, row.id, NOW)
    expect(await findApiKey(db, own, row.id)).toEqual(row)
  })

  it('is listed newest first', async () => {
    const rows = [
      await saved(own, { createdAt: NOW + 1 }),
      await saved(own, { createdAt: NOW + 2 }),
      await saved(own),
    ]
    const order = [rows[1], rows[0], rows[2]].map((row) => row?.id)
    expect((await listApiKeys(db, own)).map(({ id }) => id)).toEqual(order)
  })
})

describe('a revocation', () => {
  it('is written once, and its copy is due at once', async () => {
    const row = await saved(own, { copyDueAt: null })
    expect(await revokeApiKey(db, own, row.id, NOW + 5)).toEqual({
      ...row,
      revokedAt: NOW + 5,
      copyDueAt: NOW + 5,
    })
    expect(await revokeApiKey(db, own, row.id, NOW + 9)).toBeUndefined()
    expect(await findApiKey(db, own, row.id)).toMatchObject({ revokedAt: NOW + 5 })
  })

  it('answers once to two that come together', async () => {
    const row = await saved(own)
    const answers = await Promise.all([1, 2].map((at) => revokeApiKey(db, own, row.id, NOW + at)))
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1)
  })

  it('of a key that does not exist answers nothing', async () => {
    expect(await revokeApiKey(db, own, 'nowhere', NOW)).toBeUndefined()
  })
})

describe('what the edge may know of a key', () => {
  it('is what it may do', async () => {
    const row = apiKeyRow(own, { connectionIds: ['con_a'], expiresAt: NOW })
    expect(keyRecordOf(row)).toEqual({
      revoked: false,
      id: row.id,
      workspaceId: own,
      permissions: ['tokens:read'],
      connectionIds: ['con_a'],
      expiresAt: NOW,
    })
  })

  it('is nothing but its end once it is revoked', () => {
    const row = apiKeyRow(own, { revokedAt: NOW })
    expect(keyRecordOf(row)).toEqual({ revoked: true, id: row.id })
  })
})

describe('a second secret', () => {
  const revoked = (row: { id: string }) => ({ revoked: true, id: row.id })

  it('stands beside the first, with the same rights, until the first is ended', async () => {
    const row = await saved(own, { hash: 'first', copyDueAt: null, connectors: ['local'] })
    const two = await addSecret(db, own, row.id, 'second', NOW + 1)
    expect(two).toMatchObject({ hash: 'first', nextHash: 'second', rotatedAt: NOW + 1, copyDueAt: NOW + 1 })
    const record = keyRecordOf(row)
    expect(record).toMatchObject({ connectors: ['local'] })
    expect(two && copiesOf(two)).toEqual([
      { hash: 'first', record },
      { hash: 'second', record },
    ])
    const one = await endOldSecret(db, own, row.id, NOW + 2)
    expect(one).toMatchObject({ hash: 'second', nextHash: null, endedHash: 'first', copyDueAt: NOW + 2 })
    expect(one && copiesOf(one)).toEqual([
      { hash: 'second', record },
      { hash: 'first', record: revoked(row) },
    ])
  })

  it('is one at most, of a living key of its own workspace', async () => {
    const row = await saved(own)
    expect(await addSecret(db, other, row.id, 'x', NOW)).toBeUndefined()
    expect(await endOldSecret(db, own, row.id, NOW)).toBeUndefined()
    const answers = await Promise.all(['a', 'b'].map((hash) => addSecret(db, own, row.id, hash, NOW)))
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1)
    expect(await endOldSecret(db, other, row.id, NOW)).toBeUndefined()
    const ended = await revokeApiKey(db, own, row.id, NOW)
    expect(ended && copiesOf(ended).map(({ record }) => record)).toEqual([revoked(row), revoked(row)])
    expect(await endOldSecret(db, own, row.id, NOW)).toBeUndefined()
    expect(await addSecret(db, own, row.id, 'c', NOW)).toBeUndefined()
  })

  it('keeps the copies due that were read before it', async () => {
    const read = await saved(own, { copyDueAt: NOW - 1 })
    await addSecret(db, own, read.id, 'second', NOW)
    expect(await setCopyDue(db, read, null)).toBe(false)
    const two = await findApiKey(db, own, read.id)
    await endOldSecret(db, own, read.id, NOW)
    expect(two && (await setCopyDue(db, two, null))).toBe(false)
    expect(await listCopiesDue(db, NOW + 1, 10)).toHaveLength(1)
  })
})

describe('the last use', () => {
  it('moves forward only, and at most every ten minutes', async () => {
    const row = await saved(own)
    const lastUse = async () => (await findApiKey(db, own, row.id))?.lastUsedAt
    for (const at of [NOW + 5, NOW + 3, NOW + 600_004]) await touchApiKey(db, own, row.id, at)
    expect(await lastUse()).toBe(NOW + 5)
    await touchApiKey(db, own, row.id, NOW + 600_005)
    expect(await lastUse()).toBe(NOW + 600_005)
  })
})

describe('copies that are not confirmed', () => {
  it('are listed once due, the longest waiting first, in a bounded number', async () => {
    const rows = []
    for (const at of [3, 1, 2]) rows.push(await saved(own, { copyDueAt: NOW - at }))
    await saved(own, { copyDueAt: NOW })
    await saved(own, { copyDueAt: null })
    const due = (await listCopiesDue(db, NOW, 10)).map(({ copyDueAt }) => copyDueAt)
    expect(due).toEqual([NOW - 3, NOW - 2, NOW - 1])
    expect(await listCopiesDue(db, NOW, 2)).toHaveLength(2)
  })

  it('are looked at again when told, and no more once confirmed', async () => {
    const row = await saved(own, { copyDueAt: NOW - 1 })
    expect(await setCopyDue(db, row, NOW + 1)).toBe(true)
    expect(await listCopiesDue(db, NOW, 10)).toEqual([])
    expect(await listCopiesDue(db, NOW + 2, 10)).toHaveLength(1)
    expect(await setCopyDue(db, row, null)).toBe(true)
    expect(await listCopiesDue(db, NOW + 1_000_000, 10)).toEqual([])
  })

  it('of a key revoked in the meantime stay due', async () => {
    const read = await saved(own, { copyDueAt: NOW - 1 })
    const revoked = await revokeApiKey(db, own, read.id, NOW)
    expect(await setCopyDue(db, read, null)).toBe(false)
    expect(await listCopiesDue(db, NOW + 1, 10)).toHaveLength(1)
    expect(revoked && (await setCopyDue(db, revoked, null))).toBe(true)
  })

  it('are found by their index', async () => {
    const [plan = ''] = await plansOf((spied) => listCopiesDue(spied, NOW, 10))
    expect(plan).toContain('USING INDEX api_keys_copy_due')
    expect(plan).not.toContain('TEMP B-TREE')
    const [list = ''] = await plansOf((spied) => listApiKeys(spied, own))
    expect(list).toContain('USING INDEX api_keys_list')
  })
})
