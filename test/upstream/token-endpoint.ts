// POST /token: reads the request, lets a switch act before or after the provider, and forgives the lenient client a
// replay of a spent refresh token. The provider itself is never told of either.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type Provider from 'oidc-provider'
import type { TokenAction } from './client.ts'
import { type Answer, capture, jsonAnswer, readForm, send, sha256 } from './http.ts'
import { LENIENT_CLIENT } from './provider.ts'
import type { RequestLog } from './request-log.ts'
import type { Switches } from './switches.ts'

interface Remembered {
  answer: Promise<Answer>
  at: number
}

export function tokenEndpoint(provider: Provider, log: RequestLog, switches: Switches) {
  const handler = provider.callback()
  const remembered = new Map<string, Remembered>()

  /** The same caller with the same refresh token gets the same successful answer while the window is open. */
  async function process(request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
    const refreshToken = form.get('refresh_token')
    if (clientIdOf(request, form) !== LENIENT_CLIENT || !refreshToken) {
      return capture(handler, request, form.toString())
    }
    const key = sha256(`${request.headers.authorization ?? ''} ${form.get('client_secret')} ${refreshToken}`)
    const now = Date.now()
    for (const [each, { at }] of remembered) {
      if (now - at > switches.settings.replay_window_ms) remembered.delete(each)
    }
    const before = remembered.get(key)
    if (before && (await stillGranted(provider, await before.answer))) return before.answer
    const answer = capture(handler, request, form.toString())
    remembered.set(key, { answer, at: now })
    if ((await answer).status !== 200) remembered.delete(key)
    return answer
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readForm(request)
    const facts = { clientId: clientIdOf(request, form), grantType: form.get('grant_type') }
    await log.follow(
      request,
      response,
      { path: '/token', ...facts, token: form.get('refresh_token') },
      async () => {
        const action = switches.takeToken(facts)
        await act(action, request, response, switches, () => process(request, form))
      },
    )
  }
}

/** POST /token/revocation: only logged, since the provider does the work. */
export function revocationEndpoint(provider: Provider, log: RequestLog) {
  const handler: RequestListener = provider.callback()
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readForm(request)
    const facts = { path: '/token/revocation', clientId: clientIdOf(request, form), token: form.get('token') }
    await log.follow(request, response, facts, async () => {
      send(response, await capture(handler, request, form.toString()))
    })
  }
}

async function act(
  action: TokenAction | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  switches: Switches,
  process: () => Promise<Answer>,
): Promise<void> {
  switch (action?.do) {
    case undefined:
      return send(response, await process())
    case 'answer':
      if (action.ms !== undefined) await wait(action.ms)
      return send(response, fixedAnswer(action.status ?? 200, action.body, action.headers))
    case 'delay':
      await wait(action.ms)
      return send(response, await process())
    case 'delay_answer': {
      const answer = await process()
      await wait(action.ms)
      return send(response, answer)
    }
    case 'hang':
      return switches.hang(response)
    case 'drop':
      await process()
      request.socket.destroy()
      return
    case 'refuse':
      request.socket.destroy()
      return
    case 'invalid_grant':
      return send(response, jsonAnswer(400, { error: 'invalid_grant', error_description: 'grant is gone' }))
    case 'invalid_client':
      return send(response, invalidClient(request))
    case 'edit':
      return send(response, edited(await process(), action.set ?? {}, action.remove ?? []))
    case 'status':
      return send(response, withStatus(await process(), action.status, action.body))
    case 'pad':
      return send(response, padded(await process(), action.bytes))
    case 'bytes':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(Uint8Array.from(atob(action.base64), (byte) => byte.charCodeAt(0)))
      return
    case 'endless':
      return drip(response, action.chunk, action.every_ms)
  }
}

function withStatus(answer: Answer, status: number, body: string | undefined): Answer {
  if (body === undefined) return { ...answer, status }
  return { status, headers: { 'content-type': 'text/plain' }, body }
}

function padded(answer: Answer, bytes: number): Answer {
  const { 'content-length': _length, ...headers } = answer.headers
  return { ...answer, headers, body: answer.body + ' '.repeat(bytes) }
}

/** Writes until the caller leaves. */
async function drip(response: ServerResponse, chunk: string, everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  while (!response.destroyed) {
    response.write(chunk)
    await wait(everyMs)
  }
}

/** The answer of a test's own making: text as it is, anything else as JSON. */
export function fixedAnswer(
  status: number,
  body: string | object | undefined,
  headers: Record<string, string> = {},
): Answer {
  if (typeof body !== 'string') return jsonAnswer(status, body ?? {}, headers)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** RFC 6749 section 5.2: a caller that used the Authorization header is challenged with the same scheme. */
function invalidClient(request: IncomingMessage): Answer {
  const challenge = request.headers.authorization
    ? { 'www-authenticate': 'Basic realm="Local upstream"' }
    : {}
  return jsonAnswer(
    401,
    { error: 'invalid_client', error_description: 'client authentication failed' },
    challenge,
  )
}

function edited(answer: Answer, set: Record<string, unknown>, remove: string[]): Answer {
  if (answer.status !== 200) return answer
  const fields = { ...(JSON.parse(answer.body) as Record<string, unknown>), ...set }
  for (const name of remove) delete fields[name]
  const { 'content-length': _length, ...headers } = answer.headers
  return { ...answer, headers, body: JSON.stringify(fields) }
}

async function stillGranted(provider: Provider, answer: Answer): Promise<boolean> {
  if (answer.status !== 200) return false
  const { refresh_token: refreshToken } = JSON.parse(answer.body) as { refresh_token?: string }
  return refreshToken !== undefined && (await provider.RefreshToken.find(refreshToken)) !== undefined
}

function clientIdOf(request: IncomingMessage, form: URLSearchParams): string | null {
  const [scheme, credentials] = request.headers.authorization?.split(' ') ?? []
  if (scheme?.toLowerCase() !== 'basic' || !credentials) return form.get('client_id')
  try {
    return decodeURIComponent(atob(credentials).split(':')[0] ?? '')
  } catch {
    return null
  }
}
