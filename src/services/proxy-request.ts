// The proxy walk: token → address → call → a dead token? one refresh and one more call → the answer, filtered. The
// caller never sees the token; whatever the service answers is passed on as it is.

import type { Failure } from '../domain/failure.ts'
import {
  answerHeaders,
  HEADERS_LIMIT,
  maySayDead,
  requestHeaders,
  saysDead,
  upstreamUrl,
} from '../domain/proxy-policy.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { log } from '../lib/log.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { AccessToken } from '../objects/rpc.ts'
import type { AuthorizedKey } from './authorize-key.ts'
import type { Context, Later } from './context.ts'
import { getAccessToken } from './get-access-token.ts'
import { reportRejected } from './report-rejected.ts'
import {
  type Beginning,
  callUpstream,
  PROXY_LIMITS,
  type ProxyLimits,
  passOn,
  readBeginning,
  readUpload,
  type UpstreamAnswer,
  type UpstreamCall,
} from './upstream-call.ts'

export interface ProxyAsk {
  connectionId: string
  method: string
  /** Raw, after `/proxy`: empty, or with its leading slash. */
  path: string
  search: string
  headers: Headers
  body: ReadableStream<Uint8Array> | null
}

type Walk = Pick<Context, 'kv' | 'vault' | 'connections' | 'config'>

/** Methods that would show the request, token and all, or are no requests. */
const REFUSED_METHODS = /^(TRACE|TRACK|CONNECT)$/i
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** A tab is allowed in a reason, but a response cannot be made with it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNPRINTABLE = /[\u0000-\u001f\u007f]/g
const TEXTUAL = /json|text|xml|x-www-form-urlencoded/i

export async function proxyRequest(
  context: Walk,
  key: AuthorizedKey,
  ask: ProxyAsk,
  now: number,
  later: Later,
  limits: ProxyLimits = PROXY_LIMITS,
): Promise<Result<Response, Failure>> {
  if (REFUSED_METHODS.test(ask.method)) return err({ code: 'method_not_allowed', allow: METHODS })
  if (/\bwebsocket\b/i.test(ask.headers.get('Upgrade') ?? '')) return err(NO_WEBSOCKET)
  const token = await currentToken(context, key, ask.connectionId, now, later)
  if (!token.ok) return token
  const call = await prepare(context, ask, token.value, limits)
  if (!call.ok) return call
  const first = await callUpstream(call.value, limits)
  if (!first.ok) return first
  const seen = await lookAt(first.value, token.value, limits)
  if (!seen.ok) return seen
  const answered = { response: first.value.response, token: token.value, url: call.value.url, ...seen.value }
  if (!answered.dead) return ok(respond(ask, answered, limits))

  const rejected = sha256Hex(token.value.accessToken).then((hash) =>
    reportRejected(context, key, ask.connectionId, hash),
  )
  if (!isRepeatable(call.value)) {
    later(rejected)
    return ok(respond(ask, answered, limits))
  }
  const fresh = await rejected
  if (!fresh.ok && fresh.error.code === 'reauthorization_required') {
    letGo(first.value.response, seen.value.beginning)
    return fresh
  }
  if (!fresh.ok || fresh.value.accessToken === token.value.accessToken || !fresh.value.api) {
    return ok(respond(ask, answered, limits))
  }
  letGo(first.value.response, seen.value.beginning)
  const headers = requestHeaders(ask.headers, fresh.value.api, fresh.value.accessToken)
  const second = await callUpstream({ ...call.value, headers }, limits)
  if (!second.ok) return second
  const again = await lookAt(second.value, fresh.value, limits)
  if (!again.ok) return again
  const { response } = second.value
  return ok(respond(ask, { response, token: fresh.value, url: call.value.url, ...again.value }, limits))
}

/** The current token with where it goes; a copy that does not say is asked of the object. */
async function currentToken(
  context: Walk,
  key: AuthorizedKey,
  connectionId: string,
  now: number,
  later: Later,
): Promise<Result<AccessToken, Failure>> {
  const ask = { connectionId, noCache: false, scopes: [], tools: [] }
  const token = await getAccessToken(context, key, ask, now, later)
  if (!token.ok || token.value.api) return token
  const asked = await getAccessToken(context, key, { ...ask, noCache: true }, now, later)
  if (!asked.ok || asked.value.api) return asked
  return err({ code: 'app_not_configured', connector: asked.value.connector })
}

async function prepare(
  context: Walk,
  ask: ProxyAsk,
  token: AccessToken,
  limits: ProxyLimits,
): Promise<Result<UpstreamCall, Failure>> {
  if (!token.api) return err({ code: 'app_not_configured', connector: token.connector })
  const address = { path: ask.path, search: ask.search, host: ask.headers.get('Evergrant-Host') }
  const url = upstreamUrl(token.api, address, context.config.allowInsecureUpstreams)
  if (!url.ok) return err({ code: 'invalid_request', errors: [url.error] })
  const headers = requestHeaders(ask.headers, token.api, token.accessToken)
  if (sizeOf(headers) > HEADERS_LIMIT) return err(HEADERS_TOO_LARGE)
  const body = await takeBody(ask, limits)
  if (!body.ok) return body
  return ok({
    url: url.value,
    method: ask.method,
    headers,
    body: body.value,
  })
}

async function takeBody(ask: ProxyAsk, limits: ProxyLimits): Promise<Result<UpstreamCall['body'], Failure>> {
  if (!ask.body || ask.method === 'GET' || ask.method === 'HEAD') return ok(null)
  const length = announcedIn(ask.headers)
  if (length === null || length > limits.bufferBytes) return ok({ stream: ask.body, length })
  return readUpload(ask.body, length, limits)
}

/** How long a body says it is; null where it says nothing that is a length. */
function announcedIn(headers: Headers): number | null {
  const length = headers.get('Content-Length')
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null
}

function isRepeatable({ body }: UpstreamCall): boolean {
  return body === null || body instanceof Uint8Array
}

interface Seen {
  dead: boolean
  beginning?: Beginning
}

/** Whether the answer says that the token is dead. A small answer is read whole, so that its stall can still be told. */
async function lookAt(
  answer: UpstreamAnswer,
  token: AccessToken,
  limits: ProxyLimits,
): Promise<Result<Seen, Failure>> {
  const { status, headers } = answer.response
  const signs = token.api?.deadToken ?? []
  const telling = maySayDead(signs, status) && /\bjson\b/i.test(headers.get('Content-Type') ?? '')
  const length = announcedIn(headers)
  const small = length !== null && length <= limits.bufferBytes
  if (status === 401 || !(telling || small)) {
    answer.watch.stop()
    return ok({ dead: status === 401 })
  }
  // What is unpacked on the way is longer than was announced.
  const announced = headers.get('Content-Encoding') === null ? length : null
  const beginning = await readBeginning(answer, announced, limits)
  if (!beginning.ok) return beginning
  const dead = telling && beginning.value.complete && saysDead(signs, status, parsed(beginning.value.bytes))
  return ok({ dead, beginning: beginning.value })
}

/** An answer that nobody is shown. */
function letGo(response: Response, beginning: Beginning | undefined): void {
  const unread = beginning ? beginning.rest : response.body
  unread?.cancel().catch(() => undefined)
}

function respond(
  ask: ProxyAsk,
  answered: { response: Response; token: AccessToken; url: URL; beginning?: Beginning },
  limits: ProxyLimits,
): Response {
  const { response, token, url, beginning } = answered
  const { status, headers: from } = response
  const statusText = response.statusText.replace(UNPRINTABLE, ' ')
  const headers = answerHeaders(from, url, token.accessToken)
  const coding = from.get('Content-Encoding')
  // The runtime has undone these two; whatever else there is stays as it came.
  const decoded = coding === null || /^\s*(gzip|br)\s*$/i.test(coding)
  if (!decoded) headers['content-encoding'] = coding
  const init = { status, statusText, headers, ...(decoded ? {} : { encodeBody: 'manual' as const }) }
  if (ask.method === 'HEAD' || [204, 205, 304].includes(status)) {
    const length = announcedIn(from)
    if (ask.method === 'HEAD' && length !== null && coding === null)
      headers['content-length'] = String(length)
    return new Response(null, init)
  }
  const watch = TEXTUAL.test(from.get('Content-Type') ?? '') ? reflection(ask, token) : undefined
  if (beginning?.complete) {
    watch?.(beginning.bytes)
    return new Response(beginning.bytes, init)
  }
  return new Response(passOn(response, beginning, limits, watch), init)
}

const WATCHED_BYTES = 1024 * 1024
const LATIN1 = new TextDecoder('latin1')

/** Says in the log that an answer held the token: whoever may call this path can read it. */
function reflection(ask: ProxyAsk, { accessToken }: AccessToken): (chunk: Uint8Array) => void {
  let tail = ''
  let left = WATCHED_BYTES
  return (chunk) => {
    if (left <= 0) return
    const text = tail + LATIN1.decode(chunk)
    left -= chunk.byteLength
    tail = text.slice(-accessToken.length)
    if (!text.includes(accessToken)) return
    left = 0
    log('warn', { event: 'token_reflected', connection: ask.connectionId })
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function sizeOf(headers: Record<string, string>): number {
  let size = 0
  for (const name in headers) size += name.length + (headers[name]?.length ?? 0)
  return size
}

const HEADERS_TOO_LARGE: Failure = {
  code: 'invalid_request',
  errors: [
    { path: 'headers', message: `The headers passed on may have ${HEADERS_LIMIT} characters in all.` },
  ],
}

const NO_WEBSOCKET: Failure = {
  code: 'invalid_request',
  errors: [{ path: 'Upgrade', message: 'WebSocket connections cannot be made through the proxy.' }],
}
