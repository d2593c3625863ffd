// The proxy in front of any API: connection objects that answer with a token and a target of the test's choice.

import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import type { ApiTarget } from '../../src/domain/api-target.ts'
import type { Failure } from '../../src/domain/failure.ts'
import { BEARER } from '../../src/domain/service-requests.ts'
import { createApp } from '../../src/http/app.ts'
import { ROUTES } from '../../src/http/table.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import type { AccessToken } from '../../src/objects/rpc.ts'
import { PUBLIC_URL } from './browser.ts'
import { deployment } from './tenant.ts'

export const CONNECTION = `con_${'p'.repeat(26)}`
export const TOKENS = ['canary-first-token-5f0c', 'canary-second-token-9a1e']

export interface Proxied {
  /** Calls on connection objects. */
  calls: { method: string; ask: Record<string, unknown> }[]
  bindings: Env
  send(path: string, init?: RequestInit & { key?: string }): Promise<Response>
}

export interface ProxiedOptions {
  api?: Partial<ApiTarget> | null
  key: string
  /** What a report of a rejected token is answered with; the second token unless told. */
  rejected?: Failure | 'same'
}

export function bareApi(change: Partial<ApiTarget> = {}): ApiTarget {
  const baseUrl = `${inject('bareApiOrigin')}/base`
  return { baseUrl, otherOrigins: [], attach: BEARER, headers: {}, deadToken: [], ...change }
}

export function proxied({ api = {}, key, rejected }: ProxiedOptions): Proxied {
  const calls: Proxied['calls'] = []
  const target = api === null ? {} : { api: bareApi(api) }
  const token = (index: number): AccessToken => ({
    accessToken: TOKENS[index] ?? '',
    tokenType: 'Bearer',
    expiresAt: Date.now() + 3600_000,
    obtainedAt: Date.now(),
    dueAt: Date.now() + 1800_000,
    generation: index + 1,
    scopes: [],
    connector: 'local',
    ...target,
  })
  const object = {
    accessToken: async () => ({ ok: true, value: token(0) }),
    reportRejected: async (ask: { tokenHash: string }) => {
      if (ask.tokenHash !== (await sha256Hex(TOKENS[0] ?? ''))) throw new Error('another token')
      if (rejected === 'same') return { ok: true, value: token(0) }
      return rejected ? { ok: false, error: rejected } : { ok: true, value: token(1) }
    },
    noteUse: async () => undefined,
  }
  const namespace = {
    getByName: () =>
      new Proxy(object, {
        get: (known, method) => (ask: Record<string, unknown>) => {
          calls.push({ method: String(method), ask })
          return Reflect.get(known, method)(ask)
        },
      }),
  }
  const bindings = { ...env, CONNECTIONS: namespace as unknown as Env['CONNECTIONS'] }
  const fetch = deployment(bindings)
  return {
    calls,
    bindings,
    send: async (path, { key: other = key, ...init } = {}) => {
      const headers = new Headers(init.headers)
      headers.set('Authorization', `Bearer ${other}`)
      const address = `${PUBLIC_URL}/v1/connections/${CONNECTION}/proxy${path}`
      return fetch(new Request(address, { ...init, headers, redirect: 'manual' }))
    },
  }
}

/** Answers as soon as there is an answer, while the work behind it still goes on. */
export async function sendEarly(bindings: Env, request: Request): Promise<Response> {
  return createApp(ROUTES).fetch(request, bindings, createExecutionContext())
}
