// The control API that tests steer the upstream with; the shapes are in client.ts. It is for programs on this machine
// only: a browser sends an Origin header or another host name, and is refused.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { revokeGrants } from './account.ts'
import type { ConsentRequest, TokenSwitch, UpstreamSettings, UserinfoSwitch } from './client.ts'
import { driveConsent } from './consent-driver.ts'
import { type Answer, jsonAnswer, readBody, send } from './http.ts'
import type { RequestLog } from './request-log.ts'
import type { Store } from './store.ts'
import type { Switches } from './switches.ts'

interface Parts {
  origin: string
  store: Store
  log: RequestLog
  switches: Switches
}

/** Handles everything below `/control/`. */
export function controlApi(parts: Parts) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.headers.origin !== undefined || !isLoopback(request.headers.host)) {
      return send(response, jsonAnswer(403, { error: 'For programs on this machine only.' }))
    }
    try {
      const body = request.method === 'POST' ? JSON.parse((await readBody(request)) || '{}') : {}
      send(response, await answer(parts, `${request.method} ${url.pathname}`, url, body))
    } catch (error) {
      send(response, jsonAnswer(422, { error: error instanceof Error ? error.message : String(error) }))
    }
  }
}

async function answer(parts: Parts, route: string, url: URL, body: unknown): Promise<Answer> {
  const { origin, store, log, switches } = parts
  switch (route) {
    case 'POST /control/reset':
      switches.reset()
      log.clear()
      return jsonAnswer(200, { ok: true })
    case 'GET /control/requests':
      return jsonAnswer(200, log.list(url.searchParams.get('path')))
    case 'GET /control/stats':
      return jsonAnswer(200, log.stats())
    case 'POST /control/token':
      switches.pushToken(body as TokenSwitch)
      return jsonAnswer(200, { ok: true })
    case 'POST /control/userinfo':
      switches.pushUserinfo(body as UserinfoSwitch)
      return jsonAnswer(200, { ok: true })
    case 'POST /control/settings':
      return jsonAnswer(200, Object.assign(switches.settings, body as Partial<UpstreamSettings>))
    case 'POST /control/revoke':
      return jsonAnswer(200, {
        revoked: revokeGrants(store, body as { account?: string; client_id?: string }),
      })
    case 'POST /control/consent':
      return jsonAnswer(200, { location: await driveConsent(origin, body as ConsentRequest) })
    default:
      return jsonAnswer(404, { error: `There is no ${route}.` })
  }
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
}
