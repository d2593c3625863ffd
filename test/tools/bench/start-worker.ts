// The built Workers, each on a socket of its own.

import process from 'node:process'
import { build, type Plugin } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const ROOT = process.cwd()
export const PUBLIC_URL = 'http://localhost:8787'
export const KEYS = 'k1:rberdl8VbTAiKu8jpocP0UtDiKqCSzbc2Wvxi359oAU'

export interface Running {
  worker: Miniflare
  port: number
}

/** What a line of the log costs is the runtime's affair, and different in production. */
const WITHOUT_LOG: Plugin = {
  name: 'without-log',
  setup(build) {
    build.onLoad({ filter: /src\/lib\/log\.ts$/ }, () => ({ contents: 'export function log() {}' }))
  },
}

/** A Worker, bundled as for a deploy, but for the log; no proxy in front. */
export async function startWorker(name: string, options: Record<string, unknown>): Promise<Running> {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}/test/tools/bench/workers/${name}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    plugins: [WITHOUT_LOG],
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

/** The real one, with its bindings empty, for the local upstream as service and for signing in. */
export function startEvergrant(upstream: string): Promise<Running> {
  const app = { client_id: 'local-crm', client_secret: 'bench', params: { origin: upstream } }
  return startWorker('evergrant', {
    d1Databases: ['DB'],
    kvNamespaces: ['KV'],
    durableObjects: {
      CONNECTIONS: { className: 'ConnectionObject', useSQLite: true },
      APPS: { className: 'OAuthAppObject', useSQLite: true },
    },
    bindings: {
      PUBLIC_URL,
      ENCRYPTION_KEYS: KEYS,
      OWNER_EMAILS: 'ada@example.com',
      SIGN_IN_ISSUER: upstream,
      SIGN_IN_CLIENT_ID: 'evergrant-sign-in',
      SIGN_IN_CLIENT_SECRET: 'bench',
      OAUTH_APPS: JSON.stringify({ local: app }),
      ALLOW_INSECURE_UPSTREAMS: 'true',
    },
  })
}
