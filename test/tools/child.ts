// A child process with all that it starts: its output goes to a log file, and stopping it stops its own children too.

import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { clearTimeout, setTimeout } from 'node:timers'

const GRACE_MS = 5000
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character.
const COLOURS = /\u001b\[[\d;]*m/g

export interface Child {
  /** Resolves when it is over, with what it ended with: an exit code or the name of a signal. */
  readonly ended: Promise<number | string>
  stop(): Promise<void>
}

export interface ChildOptions {
  cwd: string
  env: Record<string, string | undefined>
  logFile: string
  onLine?: (line: string) => void
}

/** Runs a script with this very Node, in a process group of its own. */
export function startChild(args: string[], options: ChildOptions): Child {
  const log = createWriteStream(options.logFile, { mode: 0o600 })
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (coloured: string) => {
      const chunk = coloured.replace(COLOURS, '')
      log.write(chunk)
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) options.onLine?.(line)
    })
  }

  const killAtExit = () => signalGroup(child, 'SIGKILL')
  process.on('exit', killAtExit)
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error: Error) => resolve(error.message))
    child.once('close', (code: number | null, signal: string | null) => resolve(code ?? signal ?? 0))
  }).then((how) => {
    process.off('exit', killAtExit)
    log.end()
    return how
  })

  return {
    ended,
    async stop() {
      signalGroup(child, 'SIGTERM')
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
      await ended
      clearTimeout(timer)
      // What the child left running, if anything.
      signalGroup(child, 'SIGKILL')
    },
  }
}

function signalGroup(child: ChildProcess, signal: string): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}
