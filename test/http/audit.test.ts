import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import * as trail from '../../src/services/audit-trail.ts'
import { mend } from '../setup/faults.ts'
import { connect, newKey, steer } from '../setup/harness.ts'
import { newTenant, type Tenant, textOf } from './tenant.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const DAY_MS = 24 * 3600_000

let tenant: Tenant

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
})

interface Row {
  at?: number
  actor?: string
  action?: string
  subject?: string
  outcome?: string
  failed?: boolean
  detail?: string | null
}

async function note(...rows: Row[]): Promise<void> {
  const insert = env.DB.prepare(
    'INSERT INTO audit (id, workspace_id, at, actor, action, subject, outcome, failed, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const now = Date.now()
  await env.DB.batch(
    rows.map((row, index) =>
      insert.bind(
        newId('aud', random),
        tenant.workspaceId,
        row.at ?? now - 1000 - index,
        row.actor ?? tenant.members.owner.id,
        row.action ?? 'connection.refreshed',
        row.subject ?? 'con_x',
        row.outcome ?? 'ok',
        row.failed ? 1 : 0,
        row.detail ?? null,
      ),
    ),
  )
}

async function lines(query = ''): Promise<Record<string, string | null>[]> {
  const answer = await (await tenant.as('admin')).get(`/audit/export?format=jsonl${query}`)
  expect(answer.status).toBe(200)
  const text = await answer.text()
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ action }) => action !== 'audit.exported')
}

describe('the page', () => {
  it('says who did what to what, when, with which outcome, newest first', async () => {
    const { owner } = tenant.members
    const { connectionId } = await connect({ member: owner })
    await newKey(owner)
    const visitor = await tenant.as()
    await visitor.post(`/connections/${connectionId}/name`, { name: 'The CRM' })
    await visitor.post(`/connections/${connectionId}/delete`)
    const answer = await visitor.get('/audit')
    const html = await answer.clone().text()
    const text = (await textOf(answer)).replace(/\s+/g, ' ')
    for (const words of ['Made an API key Test key', 'Renamed a connection', 'Deleted a connection']) {
      expect(text).toContain(words)
    }
    expect(text).toContain(`${owner.id}@example.com`)
    expect(text).toMatch(/Deleted a connection .*The CRM.*Renamed a connection.*Made an API key/)
    expect(html).toContain('<time datetime=')
  })

  it('goes on page by page, with the filter it has', async () => {
    await note(...Array.from({ length: 120 }, (_, index) => ({ subject: `con_${index}` })))
    const visitor = await tenant.as()
    let path: string | undefined = '/audit?action=connection.refreshed'
    const seen: string[] = []
    while (path) {
      const html: string = await (await visitor.get(path)).text()
      seen.push(...[...html.matchAll(/<span class="strong">(con_\d+)</g)].map(([, id = '']) => id))
      path = /href="([^"]*cursor=[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => `con_${index}`))
  })

  it.each([
    ['from=yesterday', 'Use a date'],
    ['from=2026-01-03&to=2026-01-02', 'The last day is before the first.'],
    ['to=2026-02-30', 'Use a date'],
    ['action=drop', 'listed actions'],
    ['outcome=maybe', 'listed outcomes'],
    ['cursor=AAAA', 'Start from the first page'],
  ])('says what is wrong with %s', async (query, words) => {
    const answer = await (await tenant.as()).get(`/audit?${query}`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(words)
  })

  it('renders what others wrote as text', async () => {
    const evil = '<script>alert(1)</script>'
    await note({ subject: evil, detail: evil, outcome: evil, actor: evil, action: evil, failed: true })
    const html = await (await (await tenant.as()).get('/audit')).text()
    expect(html).not.toContain(evil)
    expect(html).toContain('&lt;script&gt;')
  })
})

describe('the filter', () => {
  beforeEach(async () => {
    await note(
      { actor: 'key1', action: 'connection.imported', subject: 'con_1', at: Date.UTC(2026, 0, 1, 12) },
      {
        actor: 'link',
        action: 'connection.authorized',
        subject: 'con_1',
        outcome: 'declined',
        failed: true,
        at: Date.UTC(2026, 0, 2),
      },
      {
        actor: 'link',
        action: 'connection.authorized',
        subject: 'con_2',
        outcome: 'connected',
        at: Date.UTC(2026, 0, 3) - 1,
      },
      { actor: 'mem_1', action: 'member.left', subject: 'mem_1', at: Date.UTC(2026, 0, 4) },
    )
  })

  it.each([
    ['&actor=link', ['con_2', 'con_1']],
    ['&action=member.left', ['mem_1']],
    ['&subject=con_1', ['con_1', 'con_1']],
    ['&subject=%20con_2%20', ['con_2']],
    ['&outcome=failed', ['con_1']],
    ['&outcome=done&actor=link', ['con_2']],
    ['&from=2026-01-02&to=2026-01-02', ['con_2', 'con_1']],
    ['&to=2026-01-01', ['con_1']],
    ['&from=2026-01-03', ['mem_1']],
    ['&actor=nobody', []],
  ])('%s', async (query, subjects) => {
    expect((await lines(query)).map(({ subject }) => subject)).toEqual(subjects)
  })
})

describe('the file', () => {
  it('is CSV that a spreadsheet opens, whose cells it never runs', async () => {
    const formulas = [
      '=HYPERLINK("https://evil.test")',
      '+1+1',
      '-2+3',
      '@SUM(1)',
      '\t=1',
      ' =1',
      '＝1',
      '|calc',
    ]
    await note(...formulas.map((detail) => ({ detail, subject: detail })))
    await note({ detail: 'says "hello", twice\nand more' })
    const answer = await (await tenant.as()).get('/audit/export?format=csv')
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('Content-Disposition')).toMatch(
      /^attachment; filename="evergrant-audit-\d{4}-\d\d-\d\d\.csv"$/,
    )
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const text = await answer.text()
    const [head] = text.split('\r\n')
    expect(head).toBe('"time","actor","actor_name","action","subject","subject_name","outcome","detail","id"')
    const cells = [...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell)
    expect(cells.filter((cell) => /^[\s]*[=+\-@＝|]/.test(cell))).toEqual([])
    for (const formula of formulas) expect(cells).toContain(`'${formula.replaceAll('"', '""')}`)
    expect(text).toContain('"says ""hello"", twice\nand more"')
    expect(text.endsWith('\r\n')).toBe(true)
  })

  it('is JSON lines, one whole row a line', async () => {
    await note({ detail: 'a\nb', at: Date.UTC(2026, 0, 1) })
    const answer = await (await tenant.as()).get('/audit/export?format=jsonl')
    expect(answer.headers.get('Content-Type')).toBe('application/jsonl; charset=utf-8')
    const found = await lines()
    expect(found.at(-1)).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      actor: tenant.members.owner.id,
      actor_name: `${tenant.members.owner.id}@example.com`,
      action: 'connection.refreshed',
      subject: 'con_x',
      subject_name: null,
      outcome: 'ok',
      detail: 'a\nb',
      id: expect.stringMatching(/^aud_/),
    })
  })

  it('holds every row over many batches, each once', { timeout: 30_000 }, async () => {
    for (let batch = 0; batch < 5; batch++) {
      await note(...Array.from({ length: 500 }, (_, index) => ({ subject: `con_${batch}_${index}` })))
    }
    const subjects = (await lines('&action=connection.refreshed')).map(({ subject }) => subject)
    expect(subjects).toHaveLength(2500)
    expect(new Set(subjects).size).toBe(2500)
  })

  it('is whole or not at all: too many rows are told of, with the day to begin at', {
    timeout: 60_000,
  }, async () => {
    const insert = env.DB.prepare(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO audit (id, workspace_id, at, actor, action, subject, outcome)
      SELECT 'aud_' || ? || i, ?, ? - i * 1000, 'a', 'key.revoked', 's', 'ok' FROM n`)
    const now = Date.UTC(2026, 5, 15)
    await insert.bind(trail.EXPORT_LIMIT, tenant.workspaceId.slice(4), tenant.workspaceId, now).run()
    const visitor = await tenant.as()
    const answer = await visitor.get('/audit/export?format=csv')
    expect(answer.status).toBe(400)
    const text = await answer.text()
    expect(text).toContain('Export them in parts')
    const day = /from (\d{4}-\d\d-\d\d) on/.exec(text)?.[1]
    expect(day).toBe(new Date(now - trail.EXPORT_LIMIT * 1000 + DAY_MS).toISOString().slice(0, 10))
    expect((await visitor.get(`/audit/export?format=csv&from=${day}`)).status).toBe(200)
  })

  it('breaks off where it cannot be read to its end, instead of looking whole', async () => {
    await note(...Array.from({ length: 1001 }, () => ({})))
    const real = env.DB.prepare.bind(env.DB)
    let reads = 0
    vi.spyOn(env.DB, 'prepare').mockImplementation((sql: string) => {
      if (sql.includes('INDEXED BY') && ++reads === 3) throw new Error('D1 is down')
      return real(sql)
    })
    const answer = await (await tenant.as()).get('/audit/export?format=jsonl')
    await expect(answer.text()).rejects.toThrow()
    vi.restoreAllMocks()
  })

  it('is noted in the trail', async () => {
    await (await tenant.as('admin')).get('/audit/export?format=csv')
    const { results } = await env.DB.prepare(
      "SELECT actor, detail FROM audit WHERE action = 'audit.exported' AND workspace_id = ?",
    )
      .bind(tenant.workspaceId)
      .all()
    expect(results).toEqual([{ actor: tenant.members.admin.id, detail: 'csv' }])
  })

  it('is of a form that there is', async () => {
    for (const format of ['', 'xlsx', '__proto__', 'constructor']) {
      expect((await (await tenant.as()).get(`/audit/export?format=${format}`)).status).toBe(400)
    }
  })
})
