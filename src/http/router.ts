// Finds the route of an address: by its number of parts, then part by part, in the order of the table. Hono's fast router
// refuses a table in which a word and a parameter share a place (`/connect/done`, `/connect/:token`).

import type { Params, Result, Router } from 'hono/router'

interface Entry<T> {
  method: string
  parts: string[]
  handler: T
}

export class TableRouter<T> implements Router<T> {
  readonly name = 'TableRouter'
  readonly #byLength = new Map<number, Entry<T>[]>()
  /** Those that end in `*`: whatever follows. */
  readonly #open: Entry<T>[] = []

  add(method: string, path: string, handler: T): void {
    const parts = path.split('/')
    if (parts.at(-1) === '*') {
      this.#open.push({ method, parts: parts.slice(0, -1), handler })
      return
    }
    const alike = this.#byLength.get(parts.length) ?? []
    this.#byLength.set(parts.length, [...alike, { method, parts, handler }])
  }

  /** The first that fits, alone: no handler here hands on to another. */
  match(method: string, path: string): Result<T> {
    const parts = path.split('/')
    const found =
      find(this.#byLength.get(parts.length) ?? [], method, parts) ?? find(this.#open, method, parts)
    return found ? [[found]] : [[]]
  }
}

function find<T>(entries: Entry<T>[], method: string, parts: string[]): [T, Params] | undefined {
  for (const entry of entries) {
    if (entry.method !== method && entry.method !== 'ALL') continue
    const params = paramsIn(entry.parts, parts)
    if (params) return [entry.handler, params]
  }
  return undefined
}

function paramsIn(template: string[], parts: string[]): Params | undefined {
  const params: Params = {}
  for (const [index, expected] of template.entries()) {
    const part = parts[index]
    if (expected.startsWith(':') && part) params[expected.slice(1)] = part
    else if (part !== expected) return undefined
  }
  return params
}
