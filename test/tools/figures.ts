// `npm run figures`: what a deployment weighs and how long a newcomer waits. Prints, and leaves nothing running.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { startChild } from './child.ts'
import { startEvergrant } from './start.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const WRANGLER = join('node_modules', 'wrangler', 'bin', 'wrangler.js')
const folder = mkdtempSync(join(tmpdir(), 'evergrant-figures-'))

/** Output lines of a wrangler command; its exit code has to be 0. */
async function wrangler(args: string[]): Promise<string[]> {
  const lines: string[] = []
  const child = startChild([WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
    logFile: join(folder, 'wrangler.log'),
    onLine: (line) => lines.push(line),
  })
  const how = await child.ended
  if (how !== 0) throw new Error(`wrangler ${args.join(' ')} ended with ${how}:\n${lines.join('\n')}`)
  return lines
}

/** Milliseconds of a .cpuprofile in which something ran. */
function activeMs(profile: string): number {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(profile, 'utf8')) as {
    nodes: { id: number; callFrame: { functionName: string } }[]
    samples: number[]
    timeDeltas: number[]
  }
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  )
  const active = samples.reduce((sum, id, index) => sum + (idle.has(id) ? 0 : (timeDeltas[index] ?? 0)), 0)
  return active / 1000
}

try {
  const upload = await wrangler(['deploy', '--dry-run', '--outdir', join(folder, 'worker')])
  console.log(upload.find((line) => line.includes('gzip'))?.trim() ?? 'Worker size: not printed by wrangler')

  const profile = join(folder, 'startup.cpuprofile')
  await wrangler(['check', 'startup', '--outfile', profile])
  console.log(`Worker start-up: ${activeMs(profile).toFixed(1)} ms active`)

  const started = performance.now()
  const running = await startEvergrant({
    port: 0,
    upstreamPort: 0,
    stateDir: join(folder, 'state'),
    quiet: true,
  })
  const page = await fetch(`${running.publicUrl}/sign-in`)
  await page.text()
  console.log(
    `npm start to first page: ${((performance.now() - started) / 1000).toFixed(1)} s (installed already)`,
  )
  await running.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
