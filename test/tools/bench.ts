// `npm run bench`: the built Worker without the dev proxy, on loopback, against the barest Workers that do as much. One
// run; the rows take turns, so that whatever else the machine does hits all of them. Medians over the rounds.

import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as openSocket, type Socket } from 'node:net'
import process from 'node:process'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { newApiKey, PERMISSIONS } from '../../src/domain/api-key.ts'
import { parseKeyRing } from '../../src/domain/key-ring.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { copyContext } from '../../src/storage/token-copies.ts'
import { Vault } from '../../src/storage/vault.ts'
import { upstream as steer } from '../upstream/client.ts'
import { startUpstream } from '../upstream/server.ts'

const ROOT = process.cwd()
const SECONDS = Number(process.env.BENCH_SECONDS ?? 1)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const WIDTHS = [1, 16, 64]
const CONNECTIONS = 1_000
const KEYS = 'k1:rberdl8VbTAiKu8jpocP0UtDiKqCSzbc2Wvxi359oAU'
const PUBLIC_URL = 'http://localhost:8787'
const HOUR_MS = 3600_000

interface Row {
  name: string
  /** Of which row it is a share, and which share it must reach. */
  of?: string
  target?: number
  port: number
  request(index: number): string
  status: number
  /** Every connection is asked once before it counts. */
  many?: true
}

interface Measured {
  rate: number
  p50: number
  p99: number
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

const api = await startApi()
const upstream = await startUpstream({
  port: 0,
  publicUrl: PUBLIC_URL,
  secrets: { signIn: 'bench', crm: 'bench', drive: 'bench' },
  accessTokenTtlSeconds: 3600,
})
const before = workerdProcesses()
const evergrant = await start('evergrant', {
  d1Databases: ['DB'],
  kvNamespaces: ['KV'],
  durableObjects: {
    CONNECTIONS: { className: 'ConnectionObject', useSQLite: true },
    APPS: { className: 'OAuthAppObject', useSQLite: true },
  },
  bindings: variables(upstream.origin),
})
const pid = workerdProcesses().find((each) => !before.includes(each))
const floor = await start('floor', {})
const pass = await start('pass-through', { bindings: { UPSTREAM: api.origin } })

try {
  const { key, unknown, real, copies } = await seed()
  const rows = rowsOf()
  for (const row of rows) await measure(row, 4, 0.3)
  const results = new Map<string, Measured>()
  for (const width of WIDTHS) {
    const rounds = new Map<string, Measured[]>(rows.map(({ name }) => [name, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const row of rows) {
        // Copies live ten seconds in the isolate: the row is about those that are there.
        if (row.many) await measure(row, 16, 1.5)
        rounds.get(row.name)?.push(await measure(row, width, SECONDS))
      }
    }
    for (const [name, all] of rounds) results.set(`${name} ${width}`, medianOf(all))
  }
  print(rows, results)
  const warm = rows[1]
  if (warm && pid !== undefined) await printCpu(warm, pid)

  function rowsOf(): Row[] {
    const own = evergrant.port
    const get = (path: string, extra = '', bearer = key) =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${bearer}\r\n${extra}\r\n`
    const one = copies[0] ?? ''
    const token = (id: string) => get(`/v1/connections/${id}/token`)
    const bare = 'GET /data HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const list = copies.map(token)
    const warm = token(one)
    const noCache = get(`/v1/connections/${real}/token`, 'Cache-Control: no-cache\r\n')
    const proxied = get(`/v1/connections/${one}/proxy/data`)
    const malformed = get(`/v1/connections/${one}/token`, '', 'egk_mistyped')
    const nobody = get(`/v1/connections/${one}/token`, '', unknown)
    return [
      { name: 'floor', port: floor.port, request: () => bare, status: 200 },
      { name: 'token, warm', of: 'floor', target: 0.8, port: own, request: () => warm, status: 200 },
      {
        name: 'token, 1,000 connections',
        of: 'floor',
        target: 0.6,
        port: own,
        request: (index) => list[index % list.length] ?? '',
        many: true,
        status: 200,
      },
      { name: 'token, no-cache', of: 'floor', target: 0.4, port: own, request: () => noCache, status: 200 },
      { name: 'pass-through', port: pass.port, request: () => bare, status: 200 },
      { name: 'proxy', of: 'pass-through', target: 0.7, port: own, request: () => proxied, status: 200 },
      { name: 'malformed key', of: 'floor', target: 0.9, port: own, request: () => malformed, status: 401 },
      { name: 'unknown key', of: 'floor', port: own, request: () => nobody, status: 401 },
    ]
  }
} finally {
  for (const { worker } of [evergrant, floor, pass]) await worker.dispose()
  await upstream.close()
  api.close()
}
process.exit(0)

/** A key, a thousand copies at the edge, and one connection made through a connect link. */
async function seed() {
  const { KV, DB } = await evergrant.worker.getBindings<{ KV: KVNamespace; DB: D1Database }>()
  for (const file of readdirSync(`${ROOT}/migrations`)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    const statements = readFileSync(`${ROOT}/migrations/${file}`, 'utf8').split('--> statement-breakpoint')
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
  const payload = JSON.stringify({
    accessToken: 'x'.repeat(200),
    tokenType: 'Bearer',
    scopes: ['openid', 'email', 'contacts.read'],
    connector: 'local',
    api: {
      baseUrl: api.origin,
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
  return { key, unknown: newApiKey(random).key, real: await connectOne(key), copies }
}

/** The walk of a person with a connect link. */
async function connectOne(key: string): Promise<string> {
  const made = await ask('/v1/connections', {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ connector: 'local', tools: ['contacts.read'] }),
  })
  const { id, authorize_url: link } = (await made.json()) as { id: string; authorize_url: string }
  const form = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' }
  const out = await ask(new URL(link).pathname, {
    method: 'POST',
    headers: form,
    redirect: 'manual',
  })
  const { location } = await steer(upstream.origin).consent({
    authorize_url: out.headers.get('Location') ?? '',
    account: 'ada',
  })
  const Cookie = (out.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const back = new URL(location)
  const done = await ask(back.pathname + back.search, { headers: { Cookie }, redirect: 'manual' })
  if (done.headers.get('Location') !== '/connect/done') throw new Error(`not connected: ${done.status}`)
  return id
}

function ask(path: string, init: RequestInit): Promise<Response> {
  return fetch(new URL(path, `http://127.0.0.1:${evergrant.port}`), init)
}

/** A Worker, bundled as for a deploy, on a socket of its own: no proxy in front. */
async function start(name: string, options: Record<string, unknown>) {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}/test/tools/bench-workers/${name}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
  })
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name,
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0]?.text ?? '' }],
      compatibilityDate: '2026-06-15',
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      cf: false,
      ...options,
    }),
  )
  await worker.ready
  return { worker, port: Number((await worker.unsafeGetDirectURL()).port) }
}

function variables(origin: string) {
  const app = { client_id: 'local-crm', client_secret: 'bench', params: { origin } }
  return {
    PUBLIC_URL,
    ENCRYPTION_KEYS: KEYS,
    OWNER_EMAILS: 'ada@example.com',
    SIGN_IN_ISSUER: origin,
    SIGN_IN_CLIENT_ID: 'evergrant-sign-in',
    SIGN_IN_CLIENT_SECRET: 'bench',
    OAUTH_APPS: JSON.stringify({ local: app }),
    ALLOW_INSECURE_UPSTREAMS: 'true',
  }
}

/** A fast upstream: a constant JSON answer. */
async function startApi() {
  const body = JSON.stringify({
    contacts: Array.from({ length: 10 }, (_, id) => ({ id, name: 'Ada Lovelace' })),
  })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
  const port = await new Promise<number>((resolve) => {
    server.once('listening', () => resolve(server.address()?.port ?? 0))
    server.listen(0, '127.0.0.1')
  })
  const close = () => {
    server.close(() => undefined)
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${port}`, close }
}

async function measure(row: Row, width: number, seconds: number): Promise<Measured> {
  const times: number[] = []
  const until = performance.now() + seconds * 1000
  let index = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: width }, async () => {
      const client = await openClient(row.port)
      while (performance.now() < until) {
        const sent = performance.now()
        const status = await client.ask(row.request(index++))
        times.push(performance.now() - sent)
        if (status !== row.status) throw new Error(`${row.name} answered ${status}`)
      }
      client.close()
    }),
  )
  const rate = times.length / ((performance.now() - started) / 1000)
  times.sort((left, right) => left - right)
  return { rate, p50: at(times, 0.5), p99: at(times, 0.99) }
}

/** One kept-alive connection that asks one thing after another; only as much HTTP as these answers need. */
async function openClient(port: number) {
  const socket: Socket = openSocket(port, '127.0.0.1')
  socket.setNoDelay(true)
  let text = ''
  let answered: (status: number) => void = () => undefined
  let failed: (error: Error) => void = () => undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = text.slice(0, end).toLowerCase()
    const length = /content-length: (\d+)/.exec(head)?.[1]
    const complete =
      length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
    if (!complete) return
    text = ''
    answered(Number(head.slice(9, 12)))
  })
  socket.on('error', (error: Error) => failed(error))
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return {
    ask: (request: string) =>
      new Promise<number>((resolve, reject) => {
        answered = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

function print(rows: Row[], results: Map<string, Measured>): void {
  console.log(`\n${ROUNDS} rounds of ${SECONDS} s a row, medians\n`)
  console.log('| row | connections | requests/s | p50 ms | p99 ms | of its yardstick | must reach |')
  console.log('|---|---|---|---|---|---|---|')
  for (const { name, of, target } of rows) {
    for (const width of WIDTHS) {
      const own = results.get(`${name} ${width}`)
      const yardstick = of ? results.get(`${of} ${width}`) : undefined
      if (!own) continue
      const share = yardstick ? `${(own.rate / yardstick.rate).toFixed(2)} × ${of}` : ''
      const cells = [
        name,
        width,
        Math.round(own.rate),
        own.p50.toFixed(2),
        own.p99.toFixed(2),
        share,
        target ?? '',
      ]
      console.log(`| ${cells.join(' | ')} |`)
    }
  }
}

/** CPU that the runtime's whole process takes for a request: more than the Worker itself, and so an upper bound. */
async function printCpu(row: Row, pid: number): Promise<void> {
  const before = cpuMs(pid)
  const { rate } = await measure(row, 16, 3)
  const each = (cpuMs(pid) - before) / (rate * 3)
  console.log(`\nCPU of the runtime per warm token request: ${each.toFixed(3)} ms`)
}

function workerdProcesses(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && isWorkerd(pid))
  } catch {
    return []
  }
}

function isWorkerd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'workerd'
  } catch {
    return false
  }
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function medianOf(all: Measured[]): Measured {
  const median = (pick: (each: Measured) => number) =>
    at(
      all.map(pick).sort((a, b) => a - b),
      0.5,
    )
  return { rate: median(({ rate }) => rate), p50: median(({ p50 }) => p50), p99: median(({ p99 }) => p99) }
}

function at(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
