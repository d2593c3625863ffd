// The small protected API behind the local upstream, and its userinfo endpoint. A bearer token is asked of the
// provider on every call, so that a revoked grant is refused at once.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { AccessToken } from 'oidc-provider'
import { type Answer, jsonAnswer, readBody, send } from './http.ts'
import { personById } from './people.ts'
import type { RequestLog } from './request-log.ts'
import type { Switches } from './switches.ts'
import { fixedAnswer } from './token-endpoint.ts'

interface Contact {
  id: string
  name: string
}

/** Handles `/api/me`, `/api/contacts` and `/api/echo` with anything below it. */
export function protectedApi(provider: Provider, log: RequestLog) {
  const contacts = new Map<string, Contact[]>()

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const body = await readBody(request)
    const token = await findToken(provider, request)
    const facts = { path: url.pathname, clientId: token?.clientId }
    await log.follow(request, response, facts, async () => {
      send(response, token ? answer(request, url, body, token) : unauthorized(request))
    })
  }

  function answer(request: IncomingMessage, url: URL, body: string, token: AccessToken): Answer {
    const { pathname } = url
    if (pathname === '/api/me' && request.method === 'GET') return me(token)
    if (pathname === '/api/contacts') return contactsAnswer(request.method, body, token)
    if (pathname === '/api/echo' || pathname.startsWith('/api/echo/')) return echo(request, url, body)
    return jsonAnswer(404, { error: 'not_found' })
  }

  function contactsAnswer(method: string, body: string, token: AccessToken): Answer {
    const needed = method === 'GET' ? 'contacts.read' : 'contacts.write'
    if (!token.scopes.has(needed)) return insufficientScope(needed)
    const mine = contacts.get(token.accountId) ?? [{ id: '1', name: 'Charles Babbage' }]
    if (method === 'GET') return jsonAnswer(200, { contacts: mine })
    if (method !== 'POST') return jsonAnswer(405, { error: 'method_not_allowed' }, { allow: 'GET, POST' })
    const name = nameIn(body)
    if (name === undefined) return jsonAnswer(400, { error: 'invalid_request' })
    const contact = { id: String(mine.length + 1), name }
    contacts.set(token.accountId, [...mine, contact])
    return jsonAnswer(201, contact)
  }
}

/** GET and POST `/me`: the provider answers, unless a switch does. */
export function userinfoEndpoint(provider: Provider, log: RequestLog, switches: Switches) {
  const handler = provider.callback()
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = await findToken(provider, request)
    await log.follow(request, response, { path: '/me', clientId: token?.clientId }, async () => {
      const next = switches.takeUserinfo()
      if (next?.hang) return switches.hang(response)
      if (next) return send(response, fixedAnswer(next.status ?? 503, next.body, next.headers))
      handler(request, response)
    })
  }
}

function me(token: AccessToken): Answer {
  const person = personById(token.accountId)
  return jsonAnswer(200, {
    id: token.accountId,
    name: person?.name,
    email: person?.email,
    scope: [...token.scopes].join(' '),
  })
}

/** Says what arrived. `?status=` and `?location=` choose the answer's status and Location header. */
function echo(request: IncomingMessage, url: URL, body: string): Answer {
  const status = Number(url.searchParams.get('status') ?? 200)
  const location = url.searchParams.get('location')
  return jsonAnswer(
    status >= 200 && status <= 599 ? status : 400,
    {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      query_string: url.search.slice(1),
      headers: request.headers,
      body,
    },
    location === null ? {} : { location },
  )
}

async function findToken(provider: Provider, request: IncomingMessage): Promise<AccessToken | undefined> {
  const bearer = /^bearer ([\w~+/.-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
  const token = bearer === undefined ? undefined : await provider.AccessToken.find(bearer)
  return token && (await provider.Grant.find(token.grantId)) ? token : undefined
}

/** RFC 6750 section 3: no error code where no token was presented. */
function unauthorized(request: IncomingMessage): Answer {
  const error = request.headers.authorization ? ', error="invalid_token"' : ''
  return jsonAnswer(
    401,
    { error: 'invalid_token' },
    { 'www-authenticate': `Bearer realm="Local upstream"${error}` },
  )
}

function insufficientScope(scope: string): Answer {
  return jsonAnswer(
    403,
    { error: 'insufficient_scope', scope },
    { 'www-authenticate': `Bearer realm="Local upstream", error="insufficient_scope", scope="${scope}"` },
  )
}

function nameIn(body: string): string | undefined {
  try {
    const { name } = JSON.parse(body) as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}
