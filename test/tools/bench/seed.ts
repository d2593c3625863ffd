// What the bench asks about: a key, a thousand copies at the edge, and one connection with an object behind it.

import { readdirSync, readFileSync } from 'node:fs'
import { newApiKey, PERMISSIONS } from '../../../src/domain/api-key.ts'
import { parseKeyRing } from '../../../src/domain/key-ring.ts'
import { sha256Hex } from '../../../src/lib/bytes.ts'
import { copyContext, copyText } from '../../../src/storage/token-copies.ts'
import { Vault } from '../../../src/storage/vault.ts'
import { upstream as steer } from '../../upstream/client.ts'
import { KEYS, type Running } from './start-worker.ts'

const CONNECTIONS = 1_000
const HOUR_MS = 3600_000

export interface Seeded {
  key: string
  /** Well formed, and nobody's. */
  unknown: string
  /** With an object behind it. */
  real: string
  copies: string[]
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** A key, a thousand copies at the edge, and one connection made through a connect link. */
export async function seed(evergrant: Running, origins: { api: string; upstream: string }): Promise<Seeded> {
  const { KV, DB } = await evergrant.worker.getBindings<{ KV: KVNamespace; DB: D1Database }>()
  for (const file of readdirSync('migrations')
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    const statements = readFileSync(`migrations/${file}`, 'utf8').split('--> statement-breakpoint')
    await DB.batch(statements.map((statement) => DB.prepare(statement)))
  }
  const workspaceId = `wsp_${'b'.repeat(26)}`
  const now = Date.now()
  await DB.prepare('INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)')
    .bind(workspaceId, 'Bench', now)
    .run()
  const { id, key } = newApiKey(random)
  const record = {
    revoked: false,
    id,
    workspaceId,
    permissions: PERMISSIONS,
    connectionIds: null,
    expiresAt: null,
  }
  const hash = await sha256Hex(key)
  await KV.put(`key:${hash}`, JSON.stringify(record))
  await DB.prepare(
    'INSERT INTO api_keys (id, workspace_id, name, hash, permissions, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
    .bind(id, workspaceId, 'Bench', hash, JSON.stringify(PERMISSIONS), 'mem_bench', now)
    .run()
  const ring = parseKeyRing(KEYS)
  if (!ring.ok) throw new Error(ring.error)
  const vault = new Vault(ring.value)
  const copies = Array.from({ length: CONNECTIONS }, (_, index) => `con_${String(index).padStart(26, '0')}`)
  const metadata = {
    workspaceId,
    state: 'active',
    reason: null,
    generation: 1,
    obtainedAt: now,
    expiresAt: now + 2 * HOUR_MS,
    dueAt: now + HOUR_MS,
    retryAt: null,
  }
  const payload = copyText({
    accessToken: 'x'.repeat(200),
    tokenType: 'Bearer',
    scopes: ['openid', 'email', 'contacts.read'],
    connector: 'local',
    api: {
      baseUrl: origins.api,
      otherOrigins: [],
      attach: { header: 'authorization', format: 'Bearer {token}' },
      headers: {},
      deadToken: [],
    },
  })
  for (let from = 0; from < copies.length; from += 50) {
    await Promise.all(
      copies.slice(from, from + 50).map(async (copy) => {
        const sealed = await vault.seal(copyContext(workspaceId, copy), payload)
        await KV.put(`token:${copy}`, sealed, { metadata })
      }),
    )
  }
  return {
    key,
    unknown: newApiKey(random).key,
    real: await connectOne(evergrant, key, origins.upstream),
    copies,
  }
}

/** The walk of a person with a connect link. */
async function connectOne(evergrant: Running, key: string, upstream: string): Promise<string> {
  const made = await ask(evergrant, '/v1/connections', {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ connector: 'local', tools: ['contacts.read'] }),
  })
  const { id, authorize_url: link } = (await made.json()) as { id: string; authorize_url: string }
  const form = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' }
  const out = await ask(evergrant, new URL(link).pathname, {
    method: 'POST',
    headers: form,
    redirect: 'manual',
  })
  const { location } = await steer(upstream).consent({
    authorize_url: out.headers.get('Location') ?? '',
    account: 'ada',
  })
  const Cookie = (out.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const back = new URL(location)
  const done = await ask(evergrant, back.pathname + back.search, { headers: { Cookie }, redirect: 'manual' })
  if (done.headers.get('Location') !== '/connect/done') throw new Error(`not connected: ${done.status}`)
  return id
}

function ask(evergrant: Running, path: string, init: RequestInit): Promise<Response> {
  return fetch(new URL(path, `http://127.0.0.1:${evergrant.port}`), init)
}
