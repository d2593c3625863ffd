// The cron's claim of connections whose object broke its promise to be heard.

import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { ATTENTION } from '../../src/domain/attention.ts'
import { claimOverdue, upsertOf } from '../../src/storage/connections.ts'
import { connectionRow, db, type NewConnectionRow, NOW, newWorkspace, plansOf } from './rows.ts'

const MINUTE = 60_000
let workspaceId = ''

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM connections').run()
  workspaceId = await newWorkspace()
})

async function saved(heardBy: number | null, change: Partial<NewConnectionRow> = {}) {
  const row = connectionRow(workspaceId, { heardBy, ...change })
  await upsertOf(db, row)
  return row
}

async function claim(now = NOW, limit = 100, backOffMs = 10 * MINUTE): Promise<string[]> {
  return (await claimOverdue(db, now, { limit, backOffMs })).map(({ id }) => id).sort()
}

describe('a claim', () => {
  it('takes what is overdue, and leaves what was heard of or promises nothing', async () => {
    const overdue = await saved(NOW - 1)
    await saved(NOW)
    await saved(NOW + 1)
    await saved(null)
    expect(await claim()).toEqual([overdue.id])
  })

  it('gives the whole row back, with its back-off noted', async () => {
    const row = await saved(NOW - 1)
    expect(await claimOverdue(db, NOW, { limit: 1, backOffMs: MINUTE })).toEqual([
      { ...row, nudgeAt: NOW + MINUTE, attention: ATTENTION.active },
    ])
  })

  it('takes connections of every workspace and in every state', async () => {
    const rows = [await saved(NOW - 1, { state: 'pending' }), await saved(NOW - 1, { state: 'reauthorize' })]
    const other = connectionRow(await newWorkspace(), { heardBy: NOW - 1 })
    await upsertOf(db, other)
    expect(await claim()).toEqual([...rows, other].map(({ id }) => id).sort())
  })

  it('is shared by runs that overlap: no row is taken twice, none is left', async () => {
    const rows = await Promise.all(Array.from({ length: 30 }, (_, index) => saved(NOW - 1 - index)))
    const [left = [], right = []] = await Promise.all([claim(NOW, 20), claim(NOW, 20)])
    expect([...left, ...right].sort()).toEqual(rows.map(({ id }) => id).sort())
  })

  it('is not repeated before the back-off has passed', async () => {
    const row = await saved(NOW - 1)
    expect(await claim()).toEqual([row.id])
    expect(await claim(NOW + 10 * MINUTE)).toEqual([])
    expect(await claim(NOW + 10 * MINUTE + 1)).toEqual([row.id])
  })

  it('ends when the object is heard of: its next overdue starts afresh', async () => {
    const row = await saved(NOW - 1)
    await claim()
    await upsertOf(db, { ...row, revision: 2, heardBy: NOW + MINUTE })
    expect(await claim(NOW + MINUTE)).toEqual([])
    expect(await claim(NOW + MINUTE + 1)).toEqual([row.id])
  })

  it('takes no more than its limit, the longest overdue first', async () => {
    const rows = []
    for (let index = 0; index < 5; index++) rows.push(await saved(NOW - 100 + index))
    expect(await claim(NOW, 2)).toEqual(
      rows
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    )
    expect(await claim(NOW, 2)).toEqual(
      rows
        .slice(2, 4)
        .map(({ id }) => id)
        .sort(),
    )
    expect(await claim(NOW, 2)).toEqual([rows[4]?.id])
  })
})

describe('connections that are never heard of again', () => {
  it('cannot starve the rest, however many they are', async () => {
    // Two a minute, back in line after ten minutes: thirty broken ones would fill every run for ever.
    for (let index = 0; index < 30; index++) await saved(NOW - 1_000 + index)
    const healthy = await saved(NOW - 1)
    const turns: number[] = []
    for (let minute = 0; minute < 40; minute++) {
      if ((await claim(NOW + minute * MINUTE, 2)).includes(healthy.id)) turns.push(minute)
    }
    expect(turns[0]).toBeLessThanOrEqual(16)
  })
})

describe('the index', () => {
  it('serves the claim', async () => {
    const [plan = ''] = await plansOf((spied) => claimOverdue(spied, NOW, { limit: 100, backOffMs: MINUTE }))
    expect(plan).toContain('USING INDEX connections_due (heard_by<?)')
    expect(plan).not.toContain('SCAN connections')
  })
})
