// What protects an answer: from caches and from a guessed type everywhere, and in a browser where a browser could show it.
// Chrome applies `form-action` to the whole redirect chain of a form, so pages whose form leads to another service widen
// exactly that directive.

import type { HttpContext } from '../env.ts'
import { Reply } from '../reply.ts'

/** Whatever a service sends, a browser runs nothing of it in our name. */
const UPSTREAM_POLICY =
  "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** JSON loads nothing and stands in no frame. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
const HSTS = 'max-age=31536000'

export function protect(c: HttpContext, answer: Response | Reply): Response {
  return answer instanceof Reply ? make(c, answer) : dress(c, answer)
}

function make(c: HttpContext, reply: Reply): Response {
  const template = templateOf(reply, isSecure(c))
  template.headers.set('X-Request-Id', c.get('requestId'))
  return new Response(JSON.stringify(reply.body), template)
}

/**
 * Put together once: a response takes over what a ready one says at a fraction of what setting it costs. Only what every
 * answer sets anew may be set on them.
 */
const templates = new Map<string, Response>()
/** There are few but for the values of Retry-After. */
const KEPT_TEMPLATES = 200

function templateOf({ status, type, headers }: Reply, secure: boolean): Response {
  const key = `${status} ${type} ${secure} ${headers ? JSON.stringify(headers) : ''}`
  const known = templates.get(key)
  if (known) return known
  const all = {
    ...everywhere(secure),
    'Content-Type': type,
    'Content-Security-Policy': DATA_POLICY,
    ...headers,
  }
  const template = new Response(null, { status, headers: all })
  if (templates.size >= KEPT_TEMPLATES) templates.clear()
  templates.set(key, template)
  return template
}

function dress(c: HttpContext, answer: Response): Response {
  const dressed = writable(answer)
  const { headers } = dressed
  for (const [name, value] of Object.entries(everywhere(isSecure(c)))) headers.set(name, value)
  headers.set('X-Request-Id', c.get('requestId'))
  if (headers.get('Evergrant-Upstream') === 'true') {
    headers.set('Content-Security-Policy', UPSTREAM_POLICY)
    return dressed
  }
  const config = c.get('context')?.config
  const route = c.get('route')
  headers.set(
    'Content-Security-Policy',
    policyOf({
      connectForm: route?.connectForm === true,
      allowInsecure: config?.allowInsecureUpstreams === true,
      signOutAt: config?.signIn.way === 'access' ? config.signIn.team : null,
    }),
  )
  headers.set('Cross-Origin-Opener-Policy', 'same-origin-allow-popups')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  headers.set('X-Frame-Options', 'DENY')
  // Under no-referrer Chromium sends `Origin: null` with same-origin forms.
  headers.set('Referrer-Policy', route?.secretAddress ? 'no-referrer' : 'strict-origin')
  return dressed
}

function everywhere(secure: boolean): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(secure ? { 'Strict-Transport-Security': HSTS } : {}),
  }
}

function isSecure(c: HttpContext): boolean {
  return c.get('context')?.config.publicUrl.startsWith('https:') === true
}

/** What came from a fetch cannot be changed and is copied, without what another origin lets others read. */
function writable(answer: Response): Response {
  try {
    answer.headers.delete('Access-Control-Allow-Origin')
    return answer
  } catch {
    const copy = new Response(answer.body, answer)
    for (const name of [...copy.headers.keys()]) {
      if (name.startsWith('access-control-')) copy.headers.delete(name)
    }
    return copy
  }
}

interface PolicyOptions {
  connectForm: boolean
  allowInsecure: boolean
  /** The origin that the sign-out form ends at, where it is not this one. */
  signOutAt: string | null
}

/** There are few; each is put together once. */
const policies = new Map<string, string>()

function policyOf(options: PolicyOptions): string {
  const key = JSON.stringify(options)
  const known = policies.get(key)
  if (known) return known
  const policy = contentSecurityPolicy(options)
  policies.set(key, policy)
  return policy
}

function contentSecurityPolicy({ connectForm, allowInsecure, signOutAt }: PolicyOptions): string {
  const formAction = ["'self'"]
  if (connectForm) formAction.push('https:')
  if (connectForm && allowInsecure) formAction.push('http://127.0.0.1:*', 'http://localhost:*')
  if (signOutAt !== null) formAction.push(signOutAt)
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    `form-action ${formAction.join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
