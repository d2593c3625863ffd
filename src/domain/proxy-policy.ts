// What may pass between a caller and an upstream API, both ways: address, request headers, response headers. Pure.
// A caller chooses a path below the base URL and one of the connector's hosts, and nothing else about where it goes.

import { err, ok, type Result } from '../lib/result.ts'
import { type ApiTarget, isCallable } from './api-target.ts'
import type { FieldError } from './failure.ts'
import type { DeadTokenSign } from './service-requests.ts'

/** Path and query together. */
export const ADDRESS_LIMIT = 8_192
/** Names and values of the headers that are passed on. */
export const HEADERS_LIMIT = 32_768

export interface ProxyAddress {
  /** As it arrived, after `/proxy`: empty, or with its leading slash. */
  path: string
  /** With its question mark; or empty. */
  search: string
  /** Header `Evergrant-Host`. */
  host: string | null
}

/** The address to call. The host is one of the connector's, the path stays below the base path. */
export function upstreamUrl(
  target: ApiTarget,
  { path, search, host }: ProxyAddress,
  allowInsecure: boolean,
): Result<URL, FieldError> {
  const base = baseOf(target, host)
  if (base === undefined) {
    return err({ path: 'Evergrant-Host', message: `Use one of ${hostsOf(target).join(', ')}.` })
  }
  if (path.length + search.length > ADDRESS_LIMIT) {
    return err({ path: 'path', message: `Path and query may have at most ${ADDRESS_LIMIT} characters.` })
  }
  const objection = objectToPath(path)
  if (objection !== undefined) return err({ path: 'path', message: objection })
  const address = base + path + search
  const url = URL.parse(address)
  // What the parser makes of it is exactly what was checked.
  const bare = `${base}${path}`
  const expected = path === '' && !bare.slice('https://'.length).includes('/') ? `${bare}/` : bare
  if (url === null || url.origin + url.pathname !== expected || url.search !== search || url.hash !== '') {
    return err({ path: 'path', message: 'Use an address in its plain, normalised form.' })
  }
  if (!isCallable(url, allowInsecure)) {
    return err({ path: 'path', message: 'This host cannot be called through the proxy.' })
  }
  return ok(url)
}

/** Hosts a caller may name, that of the base URL first. */
function hostsOf(target: ApiTarget): string[] {
  return [target.baseUrl, ...target.otherOrigins].map((address) => new URL(address).host)
}

/** What was asked for is only ever compared, never parsed. */
function baseOf(target: ApiTarget, host: string | null): string | undefined {
  if (host === null) return target.baseUrl
  const wanted = host.trim().toLowerCase()
  return [target.baseUrl, ...target.otherOrigins].find((address) => new URL(address).host === wanted)
}

const DECODINGS = 4

/** Why a path is refused: anything that some server could read as leaving the base path. */
function objectToPath(path: string): string | undefined {
  if (path === '') return undefined
  if (!path.startsWith('/')) return 'Begin the path with a slash.'
  if (!/^[\x21-\x7e]*$/.test(path) || /[\\?#]/.test(path))
    return 'Percent-encode what is no plain URL character.'
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return 'A percent sign must be followed by two hexadecimal digits.'
  if (path.slice(1).split('/').slice(0, -1).includes('')) return 'Leave no part of the path empty.'
  let text = path
  for (let round = 0; round < DECODINGS; round++) {
    if (hasDotSegment(text)) return 'Leave out "." and ".." in the path, in every spelling.'
    const decoded = decode(text)
    if (decoded === undefined) {
      if (round === 0) return 'Percent-encode the path as UTF-8.'
      return undefined
    }
    if (round === 0 && HIDDEN.test(decoded)) return 'Leave out backslashes and control characters.'
    if (decoded === text) return undefined
    text = decoded
  }
  return 'Percent-encode the path once.'
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const HIDDEN = /[\u0000-\u001f\u007f\\]/

function hasDotSegment(text: string): boolean {
  return text
    .normalize('NFKC')
    .split(/[/\\]/)
    .some((segment) => /^\s*\.{1,2}\s*$/.test(segment.replace(/;.*$/s, '')))
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Requests carry these and no others: what describes the content, what is wanted back, and what services ask for. */
const FORWARDED = new Set([
  'accept',
  'accept-language',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-range',
  'content-type',
  'consistencylevel',
  'depth',
  'destination',
  'developer-token',
  'digest',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'login-customer-id',
  'overwrite',
  'prefer',
  'range',
  'repr-digest',
  'slug',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-atlassian-token',
  'x-correlation-id',
  'x-request-id',
  'x-requested-with',
  'x-upload-content-length',
  'x-upload-content-type',
])
const FAMILIES =
  /^(amazon-advertising-api-|anthropic-|asana-|dropbox-api-|harvest-|hubspot-|intuit-|linear-|linkedin-|notion-|openai-|sforce-|square-|stripe-|tus-|upload-|x-airtable-|x-figma-|x-github-|x-goog-|x-hubspot-|x-ms-|x-restli-|x-shopify-|xero-|zendesk-)[a-z0-9-]+$/
/** Never, whatever a family or a connector says: credentials, connection control, and who is said to be asking. */
const NEVER =
  /^(authorization|cookie2?|host|connection|keep-alive|transfer-encoding|content-length|upgrade|te|trailer|expect|via|forwarded|from|origin|referer|date|http2-settings|true-client-ip|(proxy|cf|sec|evergrant|x-forwarded|x-real|x-original|x-rewrite|x-client|x-cluster|x-envoy|x-http|x-method)(-.*)?)$|(-|^)(api-?key|access-token|auth-token|security-token|session-token|secret|signature)$/
/** A caller's own choice of these comes before the connector's. */
const CALLERS_CHOICE = /^(accept|accept-language|content-type|prefer|user-agent)$|-version$/

export const DEFAULT_USER_AGENT = 'Evergrant'

/** Headers of the upstream request; the token is the last word on its header. */
export function requestHeaders(
  from: Iterable<readonly [string, string]>,
  target: Pick<ApiTarget, 'attach' | 'headers'>,
  accessToken: string,
): Record<string, string> {
  const attach = target.attach.header.toLowerCase()
  const own = new Map(Object.entries(target.headers))
  const headers: Record<string, string> = { 'user-agent': DEFAULT_USER_AGENT, ...target.headers }
  for (const [given, value] of from) {
    const name = given.toLowerCase()
    if (!isForwarded(name) || name === attach || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue
    if (!own.has(name) || CALLERS_CHOICE.test(name)) headers[name] = value
  }
  headers[attach] = target.attach.format.replace('{token}', () => accessToken)
  return headers
}

function isForwarded(name: string): boolean {
  return !NEVER.test(name) && (FORWARDED.has(name) || FAMILIES.test(name))
}

/** What a service says to browsers about itself, to caches, or hop by hop, is not for our origin. */
const KEPT_BACK = new Set([
  'age',
  'alt-svc',
  'authentication-info',
  'authorization',
  'cache-control',
  'clear-site-data',
  'connection',
  'content-encoding',
  'content-length',
  'critical-ch',
  'accept-ch',
  'expect-ct',
  'expires',
  'keep-alive',
  'location',
  'nel',
  'origin-agent-cluster',
  'p3p',
  'permissions-policy',
  'pragma',
  'public-key-pins',
  'public-key-pins-report-only',
  'referrer-policy',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'sourcemap',
  'speculation-rules',
  'strict-transport-security',
  'surrogate-control',
  'te',
  'timing-allow-origin',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-sourcemap',
  'x-xss-protection',
])
const KEPT_BACK_FAMILIES =
  /^(access-control|cf|content-security-policy|cross-origin|evergrant|proxy|cdn|cloudflare|x-content-security-policy|x-webkit-csp)(-|$)|-cdn-cache-control$/
/** No control character, which many a client refuses with the whole answer. */
const PRINTABLE = /^[\t\x20-\x7e\x80-\uffff]*$/
/** Types that a browser would run: they are downloads here. */
const ACTIVE_TYPE = /html|svg|xml|javascript|ecmascript|pdf|x-shockwave/i

/** Headers of the answer to the caller. */
export function answerHeaders(from: Headers, calledUrl: URL, accessToken: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of from) {
    const keptBack = KEPT_BACK.has(name) || KEPT_BACK_FAMILIES.test(name) || !PRINTABLE.test(value)
    if (!keptBack && !value.includes(accessToken)) headers[name] = value
  }
  const location = absolute(from.get('location'), calledUrl)
  if (location !== undefined && !location.includes(accessToken)) headers.location = location
  const inline = !/^\s*attachment\b/i.test(headers['content-disposition'] ?? '')
  if (inline && ACTIVE_TYPE.test(headers['content-type'] ?? '')) headers['content-disposition'] = 'attachment'
  headers['evergrant-upstream'] = 'true'
  return headers
}

/** A redirect is the caller's to follow: in full, since a relative one would lead to this deployment. */
function absolute(location: string | null, calledUrl: URL): string | undefined {
  if (location === null || !URL.canParse(location, calledUrl)) return undefined
  const url = new URL(location, calledUrl)
  return /^https?:$/.test(url.protocol) ? url.href : undefined
}

/** Whether an answer of this status can say that the token is dead; its body is worth a look. */
export function maySayDead(signs: readonly DeadTokenSign[], status: number): boolean {
  return signs.some((sign) => sign.status === status)
}

export function saysDead(signs: readonly DeadTokenSign[], status: number, body: unknown): boolean {
  return signs.some((sign) => {
    if (sign.status !== status) return false
    return sign.path.split('|').some((path) => {
      const value = valueAt(body, path)
      return value !== undefined && sign.values.includes(String(value))
    })
  })
}

function valueAt(body: unknown, path: string): unknown {
  let value = body
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
