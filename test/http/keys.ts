// API keys as people make them, what is left of them in D1, and KV that fails or is slow.

import { env } from 'cloudflare:workers'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { runCron } from '../../src/services/run-cron.ts'
import { testContext } from '../setup/harness.ts'
import type { Browser } from './browser.ts'
import { api, counted } from './tenant.ts'

export const MINUTE_MS = 60_000
export const FORM = { name: 'Nightly sync', permissions: 'connections:read', expires: 'none' }

export async function makeKey(visitor: Browser, form: Record<string, string> = FORM) {
  const answer = await visitor.post('/keys', form)
  const page = await answer.text()
  const key = secretIn(page)
  return { answer, page, key, id: key.slice(4, 16), copy: `key:${await sha256Hex(key)}` }
}

/** The secret that a page shows; empty where it shows none. */
export function secretIn(page: string): string {
  return /egk_[0-9A-Za-z]{50}/.exec(page)?.[0] ?? ''
}

export const rowOf = (id: string) => env.DB.prepare('SELECT * FROM api_keys WHERE id = ?').bind(id).first()
export const ask = (key: string) => api('/v1/connections', { key }, counted().fetch)
export const cron = () => runCron(testContext(), Date.now())

/** KV that takes no write. */
export function brokenPuts(): KVNamespace {
  return new Proxy(env.KV, {
    get: (kv, name) =>
      name === 'put' ? () => Promise.reject(new Error('429')) : Reflect.get(kv, name).bind(kv),
  })
}

/** KV whose first call of this method waits until it is let through; a get has read by then. */
export function gated(slow: 'get' | 'put') {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const kv = new Proxy(env.KV, {
    get: (target, name) => {
      const method = Reflect.get(target, name).bind(target)
      if (name !== slow) return method
      return async (...args: unknown[]) => {
        const early = slow === 'get' ? await method(...args) : undefined
        reached.resolve()
        await opened.promise
        return slow === 'get' ? early : method(...args)
      }
    },
  })
  return { kv, reached: reached.promise, open: () => opened.resolve() }
}
