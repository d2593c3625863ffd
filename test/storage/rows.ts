// Rows as tests of the D1 repositories need them.

import { env } from 'cloudflare:workers'
import { newId } from '../../src/domain/ids.ts'
import type { ApiKeyRow } from '../../src/storage/api-keys.ts'
import type { WrittenRow } from '../../src/storage/connections.ts'
import { openDatabase } from '../../src/storage/database.ts'

export const NOW = Date.UTC(2026, 10, 24, 12)
export const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
export const db = openDatabase(env.DB)

export async function newWorkspace(): Promise<string> {
  const id = newId('wsp', random)
  await env.DB.prepare('INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)')
    .bind(id, 'Test', NOW)
    .run()
  return id
}

export type NewConnectionRow = WrittenRow

export function connectionRow(workspaceId: string, change: Partial<WrittenRow> = {}): WrittenRow {
  return {
    id: newId('con', random),
    workspaceId,
    connector: 'local',
    name: 'Local CRM - Ada Lovelace',
    state: 'active',
    paused: false,
    reason: null,
    health: 'ok',
    appConnector: 'local',
    appOwner: 'deployment',
    accountId: 'ada',
    accountTenant: null,
    accountEmail: 'ada@example.com',
    accountName: 'Ada Lovelace',
    tools: ['contacts.read'],
    requestedScopes: ['contacts.read'],
    grantedScopes: ['contacts.read'],
    params: null,
    accessExpiresAt: NOW + 60_000,
    refreshDueAt: NOW + 45_000,
    reauthorizeBefore: null,
    endsWithinDays: null,
    decideUntil: null,
    lastRefreshedAt: null,
    lastUsedAt: null,
    createdBy: 'mem_0123456789abcdefghijklmnop',
    authorizedBy: 'mem_0123456789abcdefghijklmnop',
    createdAt: NOW,
    updatedAt: NOW,
    revision: 1,
    generation: 1,
    heardBy: NOW + 3600_000,
    ...change,
  }
}

export function apiKeyRow(workspaceId: string, change: Partial<ApiKeyRow> = {}): ApiKeyRow {
  const id = newId('aud', random).slice(4, 16)
  return {
    id,
    workspaceId,
    name: 'Workflow',
    hash: `hash-of-${id}`,
    permissions: ['tokens:read'],
    connectionIds: null,
    createdBy: 'mem_0123456789abcdefghijklmnop',
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    copyDueAt: NOW,
    connectors: null,
    nextHash: null,
    rotatedAt: null,
    endedHash: null,
    ...change,
  }
}

/** What SQLite says it will do, a line a step. */
export async function planOf(query: { toSQL(): { sql: string; params: unknown[] } }): Promise<string> {
  const { sql, params } = query.toSQL()
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  return results.map(({ detail }) => detail).join('\n')
}

interface Statement {
  sql: string
  params: unknown[]
}

/** The statements that `work` sends to D1, with their parameters. */
async function statementsOf(work: (spied: typeof db) => Promise<unknown>): Promise<Statement[]> {
  const sent: Statement[] = []
  const spied = new Proxy(env.DB, {
    get(target, name) {
      if (name !== 'prepare') {
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (sql: string) => {
        const statement = target.prepare(sql)
        const bind = statement.bind.bind(statement)
        statement.bind = (...params: unknown[]) => {
          sent.push({ sql, params })
          return bind(...params)
        }
        return statement
      }
    },
  })
  await work(openDatabase(spied))
  return sent
}

/** What SQLite would do for each statement that `work` sends to D1. */
export async function plansOf(work: (spied: typeof db) => Promise<unknown>): Promise<string[]> {
  const sent = await statementsOf(work)
  return Promise.all(sent.map((statement) => planOf({ toSQL: () => statement })))
}

/** Rows that D1 counts as read for all that `work` asks. */
export async function rowsReadBy(work: (spied: typeof db) => Promise<unknown>): Promise<number> {
  let total = 0
  for (const { sql, params } of await statementsOf(work)) {
    const { meta } = await env.DB.prepare(sql)
      .bind(...params)
      .all()
    total += meta.rows_read
  }
  return total
}
