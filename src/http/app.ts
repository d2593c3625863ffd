// The app: the outside of every request, then the route table, each kind behind its guards, then 404, 405 and bugs.

import { Hono } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { Failure } from '../domain/failure.ts'
import { log } from '../lib/log.ts'
import { isDatabaseDown } from '../storage/database.ts'
import { configure } from './configure.ts'
import type { HttpContext, HttpEnv, HttpMiddleware } from './env.ts'
import { answerFailure } from './failure.tsx'
import { requireKey } from './middleware/api-key.ts'
import { limitBody } from './middleware/body-limit.ts'
import { csrf } from './middleware/csrf.tsx'
import { envelope } from './middleware/envelope.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { requireMember } from './middleware/session.tsx'
import type { Answer, Route } from './route.ts'

const DATABASE_DOWN: Failure = { code: 'temporarily_unavailable', retryAfterSeconds: 5 }
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export function createApp(routes: readonly Route[]): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  app.use(envelope(), securityHeaders(), configure())
  for (const route of routes) {
    app.on(route.method, route.path, matched(route), ...guards(route), async (c) =>
      finish(c, await run(c, route)),
    )
  }

  const allowedMethods = methodFinder(routes)
  app.notFound((c) => {
    const allow = allowedMethods(c.req.path)
    return answerFailure(
      c,
      allow.length === 0 ? { code: 'not_found' } : { code: 'method_not_allowed', allow },
    )
  })
  app.onError((error, c) => {
    if (isDatabaseDown(error)) {
      log('error', { event: 'database_down', request_id: c.get('requestId') })
      return answerFailure(c, DATABASE_DOWN)
    }
    // The class only: a message can quote what was sent.
    log('error', { event: 'unexpected_error', request_id: c.get('requestId'), class: error.name })
    return answerFailure(c, { code: 'internal_error' })
  })
  return app
}

function matched(route: Route): HttpMiddleware {
  return async function matched(c, next) {
    c.set('route', route)
    await next()
  }
}

function guards(route: Route): HttpMiddleware[] {
  switch (route.kind) {
    case 'page':
      return [csrf(), requireMember(route.action), limitBody()]
    case 'open':
      return [csrf(), limitBody()]
    case 'api':
      return route.ownBody ? [requireKey(route.permission)] : [requireKey(route.permission), limitBody()]
  }
}

async function run(c: HttpContext, route: Route): Promise<Answer> {
  switch (route.kind) {
    case 'page':
      return route.handler(c, guarded(c.get('member')))
    case 'api':
      return route.handler(c, guarded(c.get('key')))
    case 'open':
      return route.handler(c)
  }
}

function guarded<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the route runs behind its guard')
  return value
}

function finish(c: HttpContext, answer: Answer): Response | Promise<Response> {
  if (answer instanceof Response) return answer
  return answer.ok ? answer.value : answerFailure(c, answer.error)
}

/** The methods an address takes, for 405; none for an address that no route matches. */
function methodFinder(routes: readonly Route[]): (path: string) => string[] {
  const router = new TrieRouter<Route>()
  for (const route of routes) router.add(route.method, route.path, route)
  return (path) => {
    const found = METHODS.filter((method) => router.match(method, path)[0].length > 0)
    return found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  }
}
