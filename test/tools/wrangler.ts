// The two wrangler commands that a local run needs, made quiet: everything is in the log file, and a person sees only
// warnings, errors and what went wrong.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type Child, startChild } from './child.ts'

const WRANGLER = join('node_modules', 'wrangler', 'bin', 'wrangler.js')
const TROUBLE = /\[(ERROR|WARNING|wrangler:error|wrangler:warn)\]|"level":"(warn|error)"/
/** Wrangler's word that nobody rings the cron; a local run does, see start.ts. */
const NO_TROUBLE = /Scheduled Workers are not automatically triggered/
const ENV = {
  CI: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  FORCE_COLOR: '0',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
}

export interface WranglerOptions {
  root: string
  stateDir: string
}

/** Applies the migrations that the local database has not seen. */
export async function migrate({ root, stateDir }: WranglerOptions): Promise<void> {
  const logFile = join(stateDir, 'migrate.log')
  const args = ['d1', 'migrations', 'apply', 'evergrant', '--local', '--persist-to', stateDir]
  const child = startChild([WRANGLER, ...args], { cwd: root, env: environment(), logFile })
  const how = await child.ended
  if (how !== 0)
    throw new Error(`The migrations could not be applied.\n${readFileSync(logFile, 'utf8').trim()}`)
}

export function startWorker(
  options: WranglerOptions & {
    port: number
    envFile: string
    logFile: string
    onTrouble: (line: string) => void
  },
): Child {
  const args = ['dev', '--ip', '127.0.0.1', '--port', String(options.port)]
  args.push('--persist-to', options.stateDir, '--env-file', options.envFile)
  args.push('--show-interactive-dev-session=false')
  return startChild([WRANGLER, ...args], {
    cwd: options.root,
    env: environment(),
    logFile: options.logFile,
    onLine: troubleOnly(options.onTrouble),
  })
}

/** Lets a line through that says something is wrong, with the indented lines that belong to it. */
export function troubleOnly(show: (line: string) => void): (line: string) => void {
  let showing = false
  return (line) => {
    const begins = TROUBLE.test(line) && !NO_TROUBLE.test(line)
    const continues = showing && /^\s+\S/.test(line)
    showing = begins || continues || (showing && line.trim() === '')
    if (showing && line.trim() !== '') show(line)
  }
}

function environment(): Record<string, string | undefined> {
  return { ...process.env, ...ENV }
}
