// The built Workers, each on a socket of its own.

import process from 'node:process'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const ROOT = process.cwd()

export interface Running {
  worker: Miniflare
  port: number
}

/** A Worker, bundled as for a deploy; no proxy in front. */
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
