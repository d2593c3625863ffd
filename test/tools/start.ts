// `npm start`: the local upstream and the Worker under wrangler dev, with local secrets and an up-to-date database.
// PORT, UPSTREAM_PORT and EVERGRANT_STATE_DIR choose other ports and another place for the data.

import { mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import process from 'node:process'
import { clearInterval, setInterval } from 'node:timers'
import { setTimeout as wait } from 'node:timers/promises'
import { CRM_CLIENT, LENIENT_CLIENT } from '../upstream/provider.ts'
import { startUpstream } from '../upstream/server.ts'
import { freePort, isFree } from './ports.ts'
import { readSecrets, upstreamSecret, workerVariables, writeEnvFile } from './secrets.ts'
import { migrate, startWorker } from './wrangler.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const DEFAULT_PORT = 8787
const DEFAULT_UPSTREAM_PORT = 4400
const READY_WITHIN_MS = 90_000
const CRON_EVERY_MS = 60_000

export interface StartOptions {
  /** 0 takes a free one; left out, 8787 or the next free one. A port that is named has to be free. */
  port?: number
  /** The same for the upstream, from 4400. */
  upstreamPort?: number
  /** Holds the local database, the upstream's grants and the logs. One of its own keeps its own secrets as well. */
  stateDir?: string
  /** Shows nothing of the Worker's output; the log file has it. */
  quiet?: boolean
}

export interface RunningEvergrant {
  publicUrl: string
  upstreamOrigin: string
  logFile: string
  /** Resolves with a sentence if the Worker ends by itself. */
  died: Promise<string>
  stop(): Promise<void>
}

export async function startEvergrant(options: StartOptions = {}): Promise<RunningEvergrant> {
  const stateDir = options.stateDir ? resolve(ROOT, options.stateDir) : join(ROOT, '.wrangler', 'state')
  mkdirSync(stateDir, { recursive: true })
  const secrets = readSecrets(join(options.stateDir ? stateDir : ROOT, '.dev.vars'))
  const port = await choosePort(options.port, DEFAULT_PORT)
  const publicUrl = `http://localhost:${port}`
  const upstream = await startUpstream({
    port: await choosePort(options.upstreamPort, DEFAULT_UPSTREAM_PORT),
    publicUrl,
    secrets: {
      signIn: secrets.SIGN_IN_CLIENT_SECRET ?? '',
      crm: upstreamSecret(secrets, CRM_CLIENT),
      drive: upstreamSecret(secrets, LENIENT_CLIENT),
    },
    stateFile: join(stateDir, 'upstream.json'),
  })
  try {
    await migrate({ root: ROOT, stateDir })
    const envFile = join(stateDir, 'worker.env')
    const logFile = join(stateDir, 'dev.log')
    writeEnvFile(envFile, workerVariables(secrets, publicUrl, upstream.origin))
    const worker = startWorker({
      root: ROOT,
      stateDir,
      port,
      envFile,
      logFile,
      onTrouble: (line) => options.quiet || console.error(line),
    })
    const died = worker.ended.then((how) => `The Worker ended (${how}).\nIts log: ${logFile}`)
    const waiting = new AbortController()
    const trouble = await Promise.race([ready(port, logFile, waiting.signal), died])
    waiting.abort()
    if (trouble !== undefined) {
      await worker.stop()
      throw new Error(trouble)
    }
    const cron = setInterval(() => void ringCron(port), CRON_EVERY_MS).unref()
    const stop = async () => {
      clearInterval(cron)
      await worker.stop()
      await upstream.close()
    }
    return { publicUrl, upstreamOrigin: upstream.origin, logFile, died, stop }
  } catch (error) {
    await upstream.close()
    throw error
  }
}

async function choosePort(named: number | undefined, fallback: number): Promise<number> {
  if (named === undefined || named === 0) return freePort(named ?? fallback)
  if (await isFree(named)) return named
  throw new Error(`Port ${named} is taken. Choose another one, or leave it out to get the next free one.`)
}

/** Undefined once the Worker is healthy; a sentence when it does not become so. */
async function ready(port: number, logFile: string, signal: AbortSignal): Promise<string | undefined> {
  const until = Date.now() + READY_WITHIN_MS
  let last = 'It never answered.'
  while (Date.now() < until && !signal.aborted) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5000) })
      if (answer.ok) return undefined
      last = `/healthz says ${answer.status}: ${await answer.text()}`
    } catch {
      // Not listening yet.
    }
    await wait(200)
  }
  return `The Worker is not healthy. ${last}\nIts log: ${logFile}`
}

/** wrangler dev rings no cron by itself; the platform rings it every minute. */
async function ringCron(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/cdn-cgi/local/scheduled`).catch(() => undefined)
}

async function main(): Promise<void> {
  const { PORT, UPSTREAM_PORT, EVERGRANT_STATE_DIR } = process.env
  console.log('Starting Evergrant and a local upstream to connect to ...')
  const starting = startEvergrant({
    ...(PORT && { port: Number(PORT) }),
    ...(UPSTREAM_PORT && { upstreamPort: Number(UPSTREAM_PORT) }),
    ...(EVERGRANT_STATE_DIR && { stateDir: EVERGRANT_STATE_DIR }),
  })
  const interrupted = new Promise<undefined>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(undefined))
  })
  const running = await Promise.race([starting, interrupted])
  // Too early to stop in good order; leaving ends the children as well.
  if (!running) process.exit(130)
  greet(running)
  const sentence = await Promise.race([running.died, interrupted])
  console.log(sentence ?? '\nStopping ...')
  await running.stop()
  process.exitCode = sentence === undefined ? 0 : 1
}

function greet({ publicUrl, upstreamOrigin, logFile }: RunningEvergrant): void {
  console.log(`
  Evergrant is running.

    Open      ${publicUrl}
    Sign in   choose Ada Lovelace, the owner; there is no password
    Connect   Local CRM or Local Drive; their access tokens live two minutes
    Revoke    ${upstreamOrigin}/account
    Log       ${relative(process.cwd(), logFile)}

  Press Ctrl+C to stop.
`)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
