import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { appendAudit, pruneAudit } from '../../src/storage/audit.ts'
import { db, NOW, plansOf, random } from './rows.ts'

const EVENT = {
  workspaceId: 'wsp_a',
  actor: 'mem_a',
  action: 'connection.created',
  subject: 'con_a',
  outcome: 'ok',
}

async function rows(): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare('SELECT * FROM audit ORDER BY at').all()).results
}

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM audit').run()
})

describe('the audit trail', () => {
  it('holds who did what to what, and has no column for more', async () => {
    await appendAudit(db, random, EVENT, NOW)
    expect(await rows()).toEqual([
      {
        id: expect.stringMatching(/^aud_[0-9a-z]{26}$/),
        workspace_id: 'wsp_a',
        at: NOW,
        actor: 'mem_a',
        action: 'connection.created',
        subject: 'con_a',
        outcome: 'ok',
      },
    ])
  })

  it('keeps the same event twice where it happened twice', async () => {
    await appendAudit(db, random, EVENT, NOW)
    await appendAudit(db, random, EVENT, NOW)
    expect(await rows()).toHaveLength(2)
  })

  it('loses only what is older than the retention, found by its age', async () => {
    for (const at of [NOW - 2, NOW - 1, NOW, NOW + 1]) await appendAudit(db, random, EVENT, at)
    await pruneAudit(db, NOW)
    expect((await rows()).map(({ at }) => at)).toEqual([NOW, NOW + 1])
    const [plan = ''] = await plansOf((spied) => pruneAudit(spied, NOW))
    expect(plan).toContain('USING INDEX audit_age')
  })
})
