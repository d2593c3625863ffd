// CPU time of the runtimes that this process has started, where the system tells it.

import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** Ids of the workerd processes that are children of this one. */
export function ownRuntimes(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && isOwnRuntime(pid))
  } catch {
    return []
  }
}

/** User and system time so far. */
export function cpuMs(pid: number): number {
  const fields = fieldsOf(pid)
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function isOwnRuntime(pid: number): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'workerd' &&
      Number(fieldsOf(pid)[1]) === process.pid
    )
  } catch {
    return false
  }
}

/** What stands behind the name of the process. */
function fieldsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
}
