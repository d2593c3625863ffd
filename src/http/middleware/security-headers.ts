// Browser-side protection on every answer. Chrome applies `form-action` to the whole redirect chain of a form, so pages
// whose form leads to another service widen exactly that directive.

import type { HttpMiddleware } from '../env.ts'

const HSTS = 'max-age=31536000'

export function securityHeaders(): HttpMiddleware {
  return async function securityHeaders(c, next) {
    await next()
    const config = c.get('context')?.config
    const route = c.get('route')
    // `c.header` makes an answer that came from a fetch writable.
    c.header('X-Content-Type-Options', 'nosniff')
    const { headers } = c.res
    headers.set(
      'Content-Security-Policy',
      contentSecurityPolicy({
        connectForm: route?.connectForm === true,
        allowInsecure: config?.allowInsecureUpstreams === true,
      }),
    )
    headers.set('Cross-Origin-Opener-Policy', 'same-origin-allow-popups')
    headers.set('Cross-Origin-Resource-Policy', 'same-origin')
    headers.set('X-Frame-Options', 'DENY')
    // No page of another origin reads an answer, whatever a service that was asked through the proxy says.
    for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name)
    // Under no-referrer Chromium sends `Origin: null` with same-origin forms.
    headers.set('Referrer-Policy', route?.secretAddress ? 'no-referrer' : 'strict-origin')
    if (config?.publicUrl.startsWith('https:')) headers.set('Strict-Transport-Security', HSTS)
  }
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
