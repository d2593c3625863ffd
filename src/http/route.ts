// A route as data. The app registers the table and guards each kind; the test matrix loops over the same table, so that
// a new route is guarded and tested by being added.

import type { Permission } from '../domain/api-key.ts'
import type { Failure } from '../domain/failure.ts'
import type { Action } from '../domain/roles.ts'
import type { Result } from '../lib/result.ts'
import type { AuthorizedKey } from '../services/authorize-key.ts'
import type { SignedInMember } from '../services/sessions.ts'
import type { HttpContext, MatchedRoute } from './env.ts'
import type { Operation } from './operation.ts'
import type { Reply } from './reply.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A failure becomes a problem for API callers and a page for people. */
export type Answer = Response | Reply | Result<Response | Reply, Failure>

/** For signed-in people. HEAD works where GET does; every other method is refused across sites. */
export interface PageRoute extends MatchedRoute {
  kind: 'page'
  method: 'GET' | 'POST'
  action: Action
  handler: (c: HttpContext, member: SignedInMember) => Answer | Promise<Answer>
}

/** For API keys, under /v1. Cookies are ignored. */
export interface ApiRoute extends MatchedRoute {
  kind: 'api'
  method: Method | 'ALL'
  permission: Permission
  /** The handler bounds the body itself, streaming it. */
  ownBody?: true
  /** For the OpenAPI document and the reference page. */
  operation: Operation
  handler: (c: HttpContext, key: AuthorizedKey) => Answer | Promise<Answer>
}

/** For everybody. State-changing methods are refused across sites. */
export interface OpenRoute extends MatchedRoute {
  kind: 'open'
  method: 'GET' | 'POST'
  handler: (c: HttpContext) => Answer | Promise<Answer>
}

export type Route = PageRoute | ApiRoute | OpenRoute
