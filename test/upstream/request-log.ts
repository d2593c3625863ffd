// What reached the endpoints that hold or take credentials, without any credential: refresh tokens appear as hashes.
// It also counts how many requests present one refresh token at the same time.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LoggedRequest, RefreshTokenStats, UpstreamStats } from './client.ts'
import { sha256 } from './http.ts'

interface RequestFacts {
  path: string
  clientId?: string | null | undefined
  grantType?: string | null | undefined
  token?: string | null | undefined
}

export interface RequestLog {
  /** Notes the request and runs `work`; in flight until both the work and the answer are over. */
  follow(
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
    work: () => Promise<void>,
  ): Promise<void>
  list(path: string | null): LoggedRequest[]
  stats(): UpstreamStats
  clear(): void
}

export function createRequestLog(): RequestLog {
  let requests: LoggedRequest[] = []
  let byToken = new Map<string, RefreshTokenStats>()
  let inFlight = 0

  function countersOf(hash: string | null): RefreshTokenStats | undefined {
    if (hash === null) return undefined
    const counters = byToken.get(hash) ?? { requests: 0, in_flight: 0, max_in_flight: 0 }
    byToken.set(hash, counters)
    return counters
  }

  return {
    async follow(request, response, facts, work) {
      const hash = facts.token ? sha256(facts.token) : null
      const entry: LoggedRequest = {
        at: Date.now(),
        method: request.method,
        path: facts.path,
        client_id: facts.clientId ?? null,
        grant_type: facts.grantType ?? null,
        refresh_token_sha256: hash,
        status: null,
        answered: false,
      }
      requests.push(entry)
      const counters = facts.path === '/token' ? countersOf(hash) : undefined
      inFlight += 1
      if (counters) {
        counters.requests += 1
        counters.in_flight += 1
        counters.max_in_flight = Math.max(counters.max_in_flight, counters.in_flight)
      }
      const over = new Promise<void>((resolve) => {
        response.once('finish', () => {
          entry.status = response.statusCode
          entry.answered = true
        })
        response.once('close', resolve)
        if (response.destroyed) resolve()
      })
      try {
        await work()
        await over
      } finally {
        inFlight -= 1
        if (counters) counters.in_flight -= 1
      }
    },

    list: (path) => requests.filter((entry) => path === null || entry.path === path),

    stats() {
      const counters = [...byToken.values()]
      return {
        in_flight: inFlight,
        max_in_flight_per_refresh_token: Math.max(0, ...counters.map((each) => each.max_in_flight)),
        refresh_tokens: Object.fromEntries(byToken),
      }
    },

    clear() {
      requests = []
      byToken = new Map()
    },
  }
}
