// The app: the outside of every request, then the route table, each kind behind its guards, then 404, 405 and bugs.

import { Hono } from 'hono'
import type { Failure } from '../domain/failure.ts'
import { log } from '../lib/log.ts'
import { isDatabaseDown } from '../storage/database.ts'
import { configure } from './configure.ts'
import type { Guard, HttpContext, HttpEnv } from './env.ts'
import { answerFailure } from './failure.tsx'
import { requireKey } from './middleware/api-key.ts'
import { limitBody } from './middleware/body-limit.ts'
import { csrf } from './middleware/csrf.tsx'
import { envelope } from './middleware/envelope.ts'
import { requireMember } from './middleware/session.tsx'
import { Reply } from './reply.ts'
import type { Answer, Route } from './route.ts'
import { TableRouter } from './router.ts'

const DATABASE_DOWN: Failure = { code: 'temporarily_unavailable', retryAfterSeconds: 5 }
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export function createApp(routes: readonly Route[]): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>({ router: new TableRouter() })
  for (const route of routes) {
    const guards = guardsOf(route)
    app.on(route.method, route.path, (c) => envelope(c, () => answer(c, route, guards)))
  }
  const allowedMethods = methodFinder(routes)
  app.notFound((c) => envelope(c, () => nothingThere(c, allowedMethods(c.req.path))))
  return app
}

async function answer(c: HttpContext, route: Route, guards: Guard[]): Promise<Response | Reply> {
  try {
    c.set('route', route)
    const refused = configure(c)
    if (refused) return refused
    for (const guard of guards) {
      const refusal = await guard(c)
      if (refusal) return refusal
    }
    const found = await run(c, route)
    if (found instanceof Response || found instanceof Reply) return found
    return found.ok ? found.value : answerFailure(c, found.error)
  } catch (error) {
    return answerError(c, error)
  }
}

async function nothingThere(c: HttpContext, allow: string[]): Promise<Response | Reply> {
  const refused = configure(c)
  if (refused) return refused
  return answerFailure(c, allow.length === 0 ? { code: 'not_found' } : { code: 'method_not_allowed', allow })
}

/** An outage of D1, or a bug. */
function answerError(c: HttpContext, error: unknown): Promise<Response | Reply> {
  const request = { request_id: c.get('requestId') }
  if (isDatabaseDown(error)) {
    log('error', { event: 'database_down', ...request })
    return answerFailure(c, DATABASE_DOWN)
  }
  // The class only: a message can quote what was sent.
  const name = error instanceof Error ? error.name : typeof error
  log('error', { event: 'unexpected_error', ...request, class: name })
  return answerFailure(c, { code: 'internal_error' })
}

function guardsOf(route: Route): Guard[] {
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

/** The methods an address takes, for 405; none for an address that no route matches. */
function methodFinder(routes: readonly Route[]): (path: string) => string[] {
  const router = new TableRouter<Route>()
  for (const route of routes) router.add(route.method, route.path, route)
  return (path) => {
    const found = METHODS.filter((method) => router.match(method, path)[0].length > 0)
    return found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  }
}
