// Keeps what the upstream remembers in one file, so that the grants of a local run survive a restart. The file holds
// working refresh tokens of made-up accounts and the signing key; only its owner may read it.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import type { ProviderKeys } from './provider.ts'
import type { SavedEntries } from './store.ts'

const SAVE_DELAY_MS = 500

export interface SavedState {
  keys: ProviderKeys
  entries: SavedEntries
}

export function readState(file: string): SavedState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SavedState
  } catch {
    return undefined
  }
}

/** Writes soon after `changed()`, and at once on `flush()`. */
export function stateWriter(file: string, state: () => SavedState) {
  let timer: ReturnType<typeof setTimeout> | undefined

  function write(): void {
    timer = undefined
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(state()), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }

  return {
    changed(): void {
      timer ??= setTimeout(write, SAVE_DELAY_MS).unref()
    },
    flush(): void {
      if (timer === undefined) return
      clearTimeout(timer)
      write()
    },
  }
}
