// The local upstream as one HTTP server on the loopback address: an OpenID provider with its pages, a small API behind
// it, and the control API for tests. This file puts the parts together and routes between them.

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { accountPages } from './account.ts'
import { protectedApi, userinfoEndpoint } from './api.ts'
import { approvalPage } from './approval.ts'
import { controlApi } from './control.ts'
import { htmlAnswer, seeOther, send } from './http.ts'
import { interactionPages } from './interactions.ts'
import { errorPage } from './pages.ts'
import { type ClientSecrets, createProvider, generateKeys, SIGN_IN_CLIENT } from './provider.ts'
import { createRequestLog } from './request-log.ts'
import { readState, stateWriter } from './saved-state.ts'
import { createStore } from './store.ts'
import { createSwitches } from './switches.ts'
import { revocationEndpoint, tokenEndpoint } from './token-endpoint.ts'

export interface UpstreamOptions {
  /** 0 takes a free one. */
  port: number
  /** Where Evergrant runs; the redirect URIs of the three clients begin with it. */
  publicUrl: string
  secrets: ClientSecrets
  accessTokenTtlSeconds?: number
  replayWindowMs?: number
  /** Keeps grants over restarts; in memory only where it is left out. */
  stateFile?: string
}

export interface Upstream {
  origin: string
  close(): Promise<void>
}

export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const saved = options.stateFile === undefined ? undefined : readState(options.stateFile)
  const keys = saved?.keys ?? (await generateKeys(randomBytes(32).toString('base64url')))
  const writer =
    options.stateFile === undefined
      ? undefined
      : stateWriter(options.stateFile, () => ({ keys, entries: store.save() }))
  const store = createStore(saved?.entries, () => writer?.changed())
  let route: Route = async () => {}
  const server = createServer((request, response) => {
    route(request, response).catch(() => {
      send(response, htmlAnswer(500, errorPage('Error', 'The local upstream failed on this request.')))
    })
  })
  // Node's five seconds close a connection just as a busy caller sends the next request on it.
  server.keepAliveTimeout = 120_000
  const origin = `http://127.0.0.1:${await listen(server, options.port)}`
  route = createRoutes(origin, { ...options, keys, store })
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          writer?.flush()
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type Parts = UpstreamOptions & Pick<Parameters<typeof createProvider>[0], 'keys' | 'store'>

function createRoutes(origin: string, parts: Parts): Route {
  const { store } = parts
  const switches = createSwitches({
    access_token_ttl: parts.accessTokenTtlSeconds ?? 120,
    replay_window_ms: parts.replayWindowMs ?? 60_000,
    consent_error: null,
  })
  const log = createRequestLog()
  const provider = createProvider({ ...parts, origin, settings: switches.settings })
  const handler = provider.callback()
  const token = tokenEndpoint(provider, log, switches)
  const revocation = revocationEndpoint(provider, log)
  const userinfo = userinfoEndpoint(provider, log, switches)
  const interactions = interactionPages(provider, switches.settings)
  const account = accountPages(provider, store)
  const approval = approvalPage(parts.publicUrl, switches.settings)
  const api = protectedApi(provider, log)
  const control = controlApi({ origin, store, log, switches })

  return async (request, response) => {
    const url = new URL(request.url, origin)
    const path = url.pathname
    if (path === '/token' && request.method === 'POST') return token(request, response)
    if (path === '/token/revocation' && request.method === 'POST') return revocation(request, response)
    if (path === '/me') return userinfo(request, response)
    if (path.startsWith('/api/')) return api(request, response, url)
    if (path.startsWith('/control/')) return control(request, response, url)
    if (path.startsWith('/interaction/')) return interactions(request, response, path)
    if (path === '/account' || path.startsWith('/account/')) return account(request, response, url)
    if (path === '/admin/approve') return approval(request, response)
    if (path === '/') return send(response, seeOther('/account'))
    if (path === '/auth') request.url = withConsent(url)
    handler(request, response)
  }
}

/** Consent is asked for where the client does not ask itself; without it the provider drops `offline_access`. */
function withConsent(url: URL): string {
  if (!url.searchParams.has('prompt') && url.searchParams.get('client_id') !== SIGN_IN_CLIENT) {
    url.searchParams.set('prompt', 'consent')
  }
  return url.pathname + url.search
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve(server.address()?.port ?? port)
    })
    server.listen(port, '127.0.0.1')
  })
}
