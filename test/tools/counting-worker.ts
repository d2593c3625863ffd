// The Worker as it is, with its writes counted and its refreshes timed, for the figures that cannot be seen from outside.

import type { ConnectionRecord } from '../../src/domain/record.ts'
import worker, {
  ConnectionObject as RealConnectionObject,
  OAuthAppObject as RealOAuthAppObject,
} from '../../src/index.ts'
import type { Step } from '../../src/objects/object-context.ts'

export interface Counts {
  kvPuts: number
  d1Writes: number
  /** The same by what was written: `insert connections`. */
  d1ByTable: Record<string, number>
  /** New token sets stored, and how many of them brought a connection back after its token had ended. */
  refreshes: number
  afterExpiry: number
  /** Milliseconds from due to stored, of every refresh. */
  lags: number[]
}

const NONE: Counts = { kvPuts: 0, d1Writes: 0, d1ByTable: {}, refreshes: 0, afterExpiry: 0, lags: [] }
let counts: Counts = { ...NONE }
const WRITE = /^\s*(insert|update|delete|replace)\b(?: into| from)?\s+"?(\w+)/i

const wrapped = new WeakMap<Env, Env>()

function counted(env: Env): Env {
  const known = wrapped.get(env)
  if (known) return known
  const KV = watched(env.KV, (method) => {
    if (method === 'put') counts.kvPuts += 1
  })
  const DB = watched(env.DB, (method, [sql]) => {
    const [, verb, table] = (method === 'prepare' && WRITE.exec(String(sql))) || []
    if (verb === undefined) return
    counts.d1Writes += 1
    const what = `${verb.toLowerCase()} ${table}`
    counts.d1ByTable[what] = (counts.d1ByTable[what] ?? 0) + 1
  })
  const fresh = { ...env, KV, DB }
  wrapped.set(env, fresh)
  return fresh
}

function watched<T extends object>(target: T, seen: (method: string, args: unknown[]) => void): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        seen(String(name), args)
        return value.apply(object, args)
      }
    },
  })
}

export class ConnectionObject extends RealConnectionObject {
  #before: ConnectionRecord | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env))
  }

  protected override async step(name: Step): Promise<void> {
    const record = this.ctx.storage.kv.get<ConnectionRecord>('record')
    if (name === 'refresh:journaled') this.#before = record
    if (name !== 'refresh:stored' || !record || record.generation === this.#before?.generation) return
    const now = Date.now()
    const { dueAt, expiresAt } = this.#before?.grant ?? {}
    counts.refreshes += 1
    if (dueAt) counts.lags.push(Math.max(0, now - dueAt))
    if (expiresAt && expiresAt <= now) counts.afterExpiry += 1
  }
}

export class OAuthAppObject extends RealOAuthAppObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env))
  }
}

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname === '/counts') return Response.json(counts)
    if (pathname === '/counts/reset') {
      counts = { ...NONE, d1ByTable: {}, lags: [] }
      return new Response(null, { status: 204 })
    }
    return worker.fetch(request, counted(env), context)
  },
  scheduled: (controller, env) => worker.scheduled(controller, counted(env)),
} satisfies ExportedHandler<Env>
