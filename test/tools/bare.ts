// The Worker in the bare runtime, without the proxy that wrangler dev puts in front, and the local upstream beside it:
// for tools that measure. Loopback only; everything is in a folder that is removed at the end.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { createTestHarness } from 'wrangler'
import { type UpstreamClient, upstream } from '../upstream/client.ts'
import { CRM_CLIENT, LENIENT_CLIENT } from '../upstream/provider.ts'
import { startUpstream } from '../upstream/server.ts'
import type { Counts } from './counting-worker.ts'
import { readSecrets, upstreamSecret, workerVariables } from './secrets.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** A name only: requests are handed to the runtime, and nothing listens there. */
const PUBLIC_URL = 'http://localhost:8787'

/** Longer than the Worker lets anybody wait. */
const ANSWER_WITHIN_MS = 45_000

interface Init {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export interface Bare {
  steer: UpstreamClient
  upstreamOrigin: string
  fetch(path: string, init?: Init): Promise<Response>
  counts(): Promise<Counts>
  resetCounts(): Promise<void>
  /** One run of the cron. */
  cron(): Promise<void>
  db(): Promise<D1Database>
  stop(): Promise<void>
}

export async function startBare(): Promise<Bare> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  const folder = mkdtempSync(join(tmpdir(), 'evergrant-bare-'))
  const secrets = readSecrets(join(folder, '.dev.vars'))
  const running = await startUpstream({
    port: 0,
    publicUrl: PUBLIC_URL,
    secrets: {
      signIn: secrets.SIGN_IN_CLIENT_SECRET ?? '',
      crm: upstreamSecret(secrets, CRM_CLIENT),
      drive: upstreamSecret(secrets, LENIENT_CLIENT),
    },
  })
  const configPath = join(folder, 'wrangler.toml')
  writeFileSync(configPath, countingConfig())
  const variables = workerVariables(secrets, PUBLIC_URL, running.origin)
  const harness = createTestHarness({ root: folder, workers: [{ configPath, secrets: variables }] })
  await harness.listen()
  const worker = harness.getWorker<{ DB: D1Database }>()
  await worker.applyD1Migrations('DB')
  const read = async (path: string, init: Init) => {
    const answer = await harness.fetch(PUBLIC_URL + path, { ...init, redirect: 'manual' })
    const body = await answer.arrayBuffer()
    const { status, headers } = answer
    return new Response(body.byteLength > 0 ? body : null, { status, headers: [...headers] })
  }
  /** With the whole body: a connection that breaks, or that nothing more comes through, fails this call and nothing else. */
  const ask = (path: string, init: Init = {}) =>
    Promise.race([read(path, init), aborted(AbortSignal.timeout(ANSWER_WITHIN_MS))])
  return {
    steer: upstream(running.origin),
    upstreamOrigin: running.origin,
    fetch: ask,
    counts: async () => (await ask('/counts')).json<Counts>(),
    resetCounts: async () => void (await ask('/counts/reset')),
    cron: async () => void (await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })),
    db: async () => (await worker.getEnv()).DB,
    async stop() {
      await harness.close()
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** The deployment's own configuration, with the counting Worker in place of the plain one. */
function countingConfig(): string {
  const place = (path: string) => JSON.stringify(join(ROOT, path))
  return readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
    .replace('"src/index.ts"', place('test/tools/counting-worker.ts'))
    .replace('"public"', place('public'))
    .replace('"migrations"', place('migrations'))
}
