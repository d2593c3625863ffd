// What a test has asked the upstream to do to the next requests, and its settings. Switches of one kind apply in the
// order they came; each is spent after its number of times.

import type { ServerResponse } from 'node:http'
import type { TokenAction, TokenSwitch, UpstreamSettings, UserinfoSwitch } from './client.ts'

interface TokenFacts {
  clientId: string | null
  grantType: string | null
}

export interface Switches {
  readonly settings: UpstreamSettings
  pushToken(next: TokenSwitch): void
  pushUserinfo(next: UserinfoSwitch): void
  /** The switch for this request, spent by one. */
  takeToken(facts: TokenFacts): TokenAction | undefined
  takeUserinfo(): UserinfoSwitch | undefined
  /** Leaves the request unanswered until the caller leaves or everything is reset. */
  hang(response: ServerResponse): Promise<void>
  reset(): void
}

export function createSwitches(initial: UpstreamSettings): Switches {
  const settings: UpstreamSettings = { ...initial }
  const hanging = new Set<ServerResponse>()
  let token: TokenSwitch[] = []
  let userinfo: UserinfoSwitch[] = []

  return {
    settings,
    pushToken: (next) => void token.push({ ...next }),
    pushUserinfo: (next) => void userinfo.push({ ...next }),
    takeToken: (facts) =>
      spend(
        token,
        (each) =>
          (each.client_id === undefined || each.client_id === facts.clientId) &&
          (each.grant_type === undefined || each.grant_type === facts.grantType),
      ),
    takeUserinfo: () => spend(userinfo, () => true),
    hang: (response) =>
      new Promise((resolve) => {
        hanging.add(response)
        response.once('close', () => {
          hanging.delete(response)
          resolve()
        })
      }),
    reset() {
      token = []
      userinfo = []
      Object.assign(settings, initial)
      for (const response of hanging) response.socket?.destroy()
    },
  }
}

function spend<T extends { times?: number }>(waiting: T[], matches: (each: T) => boolean): T | undefined {
  const next = waiting.find(matches)
  if (!next) return undefined
  const left = (next.times ?? 1) - 1
  if (left > 0) next.times = left
  else waiting.splice(waiting.indexOf(next), 1)
  return next
}
