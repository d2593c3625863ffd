// What a request carries through the http floor: bindings, and the variables that middleware sets.

import type { Context as HonoContext } from 'hono'
import type { Failure } from '../domain/failure.ts'
import type { AuthorizedKey } from '../services/authorize-key.ts'
import type { Context } from '../services/context.ts'
import type { SignedInMember } from '../services/sessions.ts'
import type { Reply } from './reply.ts'

/** What the outside of a request knows of the route that matched. */
export interface MatchedRoute {
  /** In Hono's form: `/connections/:id`. */
  path: string
  /** A form on this page, or the answer to one, leads to another service: CSP `form-action` lets it. */
  connectForm?: true
  /** The address holds a code, state or token: the answer is sent with `Referrer-Policy: no-referrer`. */
  secretAddress?: true
}

/** Bindings a deployment may leave out; what they do is left out then. */
export interface OptionalBindings {
  /** Requests of one API key. */
  KEY_LIMIT?: RateLimit
  /** Failures of one source. */
  FAILURE_LIMIT?: RateLimit
  ANALYTICS?: AnalyticsEngineDataset
}

export interface HttpEnv {
  Bindings: Env & OptionalBindings
  Variables: {
    /** What the services work with; absent only while the configuration is being refused. */
    context: Context
    requestId: string
    /** Arrival, epoch milliseconds: the one clock reading of the request. */
    now: number
    /** The route that matched; absent for 404 and 405. */
    route?: MatchedRoute
    /** Set on page routes. */
    member?: SignedInMember
    /** Set on API routes. */
    key?: AuthorizedKey
    /** Code of the failure that was answered, for the log. */
    failure?: Failure['code']
  }
}

export type HttpContext = HonoContext<HttpEnv>
/** Undefined lets the request through. */
export type Guard = (c: HttpContext) => Promise<Response | Reply | undefined>
