// Looks for secrets in everything that the Worker says or keeps: in clear, base64, base64url, hex and URL form.

import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { ConnectionObject } from '../../src/index.ts'
import { type Browser, browser, type Fetch } from './browser.ts'
import { send } from './tenant.ts'

const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const

export interface Watch {
  /** Everything seen so far, each with the place it was seen in. */
  seen: { place: string; text: string }[]
  visitor: Browser
  fetch: Fetch
  /** Reads all that is stored now. */
  sweep(stage: string): Promise<void>
}

/** @param mayHold whether this answer is one that hands out a secret on purpose */
export function watch(mayHold: (request: Request, answer: Response) => boolean, worker: Fetch = send): Watch {
  const seen: Watch['seen'] = []
  for (const method of CONSOLE) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      seen.push({ place: `console.${method}`, text: args.map(readable).join(' ') })
    })
  }
  const fetch: Fetch = async (request) => {
    const asked = request.clone()
    const answer = await worker(request)
    const place = `${asked.method} ${new URL(asked.url).pathname} → ${answer.status}`
    seen.push({ place: `headers of ${place}`, text: JSON.stringify(headersOf(answer)) })
    if (!mayHold(asked, answer)) seen.push({ place: `body of ${place}`, text: await answer.clone().text() })
    return answer
  }
  return {
    seen,
    fetch,
    visitor: browser(fetch),
    async sweep(stage) {
      seen.push(...(await stored()).map(({ place, text }) => ({ place: `${place}, ${stage}`, text })))
    },
  }
}

function readable(value: unknown): string {
  return value instanceof Error
    ? `${value.message} ${value.stack}`
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)
}

/** Cookies go to the one browser they are for; the way out to a service carries its state and nonce. */
function headersOf(answer: Response): Record<string, string> {
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'set-cookie'))
  const location = headers.location
  if (location && URL.canParse(location)) {
    const url = new URL(location)
    for (const name of ['state', 'nonce']) url.searchParams.delete(name)
    headers.location = url.href
  }
  return headers
}

async function stored(): Promise<Watch['seen']> {
  const found: Watch['seen'] = []
  for (const table of await tablesOf((sql) => rowsOfD1(sql))) {
    const rows = await rowsOfD1(`SELECT * FROM "${table}"`)
    found.push({ place: `D1 ${table}`, text: JSON.stringify(rows) })
  }
  for (const key of (await env.KV.list()).keys) {
    const { value, metadata } = await env.KV.getWithMetadata(key.name)
    found.push({ place: 'KV', text: JSON.stringify({ key, value, metadata }) })
  }
  const namespace = env.CONNECTIONS as unknown as DurableObjectNamespace<ConnectionObject>
  for (const id of await listDurableObjectIds(namespace)) {
    const text = await runInDurableObject(namespace.get(id), async (_, { storage }) => {
      const rows = async (sql: string) => storage.sql.exec(sql).toArray()
      const tables: unknown[] = []
      for (const table of await tablesOf(rows)) tables.push(await rows(`SELECT * FROM "${table}"`))
      return JSON.stringify({ kv: [...storage.kv.list()], tables })
    })
    found.push({ place: 'object', text })
  }
  return found
}

async function rowsOfD1(sql: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(sql).all()).results
}

async function tablesOf(query: (sql: string) => Promise<Record<string, unknown>[]>): Promise<string[]> {
  const rows = await query("SELECT name FROM sqlite_master WHERE type = 'table'")
  return rows
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'))
}

/** Every form in which a secret could lie somewhere. */
export function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const base64 = [0, 1, 2].map((shift) => base64At(bytes, shift))
  const urlForms = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    ...new Set([secret, json, encodeURIComponent(secret), hex, hex.toUpperCase(), ...base64, ...urlForms]),
  ]
}

/** What base64 makes of the bytes when they stand `shift` bytes into a group of three; only what others leave alone. */
function base64At(bytes: Uint8Array, shift: number): string {
  const text = btoa(String.fromCharCode(...new Array(shift).fill(0), ...bytes)).replace(/=+$/, '')
  const whole = Math.floor(((shift + bytes.length) / 3) | 0) * 4
  return text.slice(shift === 0 ? 0 : 4, whole)
}

/** `name: place` for every secret found anywhere. */
export function leaks(seen: Watch['seen'], secrets: Map<string, string>): string[] {
  const found = new Set<string>()
  for (const [name, secret] of secrets) {
    for (const form of formsOf(secret)) {
      for (const { place, text } of seen) if (text.includes(form)) found.add(`${name}: ${place}`)
    }
  }
  return [...found]
}
