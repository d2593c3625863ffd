// Browser-side protection on every answer. Chrome applies `form-action` to the whole redirect chain of a form, so pages
// whose form leads to another service widen exactly that directive.

import { writableHeaders } from '../answer-headers.ts'
import type { HttpMiddleware } from '../env.ts'

/** Whatever a service sends, a browser runs nothing of it in our name. */
const UPSTREAM_POLICY =
  "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const HSTS = 'max-age=31536000'

export function securityHeaders(): HttpMiddleware {
  return async function securityHeaders(c, next) {
    await next()
    const config = c.get('context')?.config
    const route = c.get('route')
    const headers = writableHeaders(c)
    const isUpstreams = headers.get('Evergrant-Upstream') === 'true'
    headers.set(
      'Content-Security-Policy',
      isUpstreams
        ? UPSTREAM_POLICY
        : policyOf(route?.connectForm === true, config?.allowInsecureUpstreams === true),
    )
    headers.set('Cross-Origin-Opener-Policy', 'same-origin-allow-popups')
    headers.set('Cross-Origin-Resource-Policy', 'same-origin')
    headers.set('X-Frame-Options', 'DENY')
    // No page of another origin reads an answer, whatever a service that was asked through the proxy says.
    if (isUpstreams || c.get('key') === undefined) {
      for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name)
    }
    // Under no-referrer Chromium sends `Origin: null` with same-origin forms.
    headers.set('Referrer-Policy', route?.secretAddress ? 'no-referrer' : 'strict-origin')
    if (config?.publicUrl.startsWith('https:')) headers.set('Strict-Transport-Security', HSTS)
  }
}

/** There are four; each is put together once. */
const policies = new Map<number, string>()

function policyOf(connectForm: boolean, allowInsecure: boolean): string {
  const index = (connectForm ? 1 : 0) + (allowInsecure ? 2 : 0)
  const known = policies.get(index)
  if (known) return known
  const policy = contentSecurityPolicy({ connectForm, allowInsecure })
  policies.set(index, policy)
  return policy
}

export function contentSecurityPolicy(options: { connectForm: boolean; allowInsecure: boolean }): string {
  const formAction = ["'self'"]
  if (options.connectForm) formAction.push('https:')
  if (options.connectForm && options.allowInsecure)
    formAction.push('http://127.0.0.1:*', 'http://localhost:*')
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
