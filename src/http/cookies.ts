// The cookies: session, sign-in under way, and the browser's flows to services. All are __Host-: only this very origin can set them, over a secure connection, for every path.

import { getCookie, setCookie } from 'hono/cookie'
import type { HttpContext } from './env.ts'

const SESSION = '__Host-session'
const SIGN_IN = '__Host-sign-in'
const FLOW = '__Host-flow'
const CONNECT_DONE = '__Host-connect-done'

/** Set by Cloudflare Access, for this host. */
const ACCESS = 'CF_Authorization'

/** The cookie outlives every flow it is bound to; each new flow renews it. */
export const FLOW_COOKIE_SECONDS = 3600

/** Lax: the cookie has to survive the way back from the sign-in provider. */
const FLAGS = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const

export function sessionCookie(c: HttpContext): string | undefined {
  return getCookie(c, SESSION)
}

export function setSessionCookie(c: HttpContext, token: string, lifeSeconds: number): void {
  setCookie(c, SESSION, token, { ...FLAGS, maxAge: lifeSeconds })
}

export function clearSessionCookie(c: HttpContext): void {
  setCookie(c, SESSION, '', { ...FLAGS, maxAge: 0 })
}

/** The word of Cloudflare Access on this request: its header, else the cookie it is made from. Proved by the service. */
export function accessToken(c: HttpContext): string | undefined {
  return c.req.header('Cf-Access-Jwt-Assertion') ?? getCookie(c, ACCESS)
}

export function signInCookie(c: HttpContext): string | undefined {
  return getCookie(c, SIGN_IN)
}

export function setSignInCookie(c: HttpContext, sealedFlow: string, lifeSeconds: number): void {
  setCookie(c, SIGN_IN, sealedFlow, { ...FLAGS, maxAge: lifeSeconds })
}

export function clearSignInCookie(c: HttpContext): void {
  setCookie(c, SIGN_IN, '', { ...FLAGS, maxAge: 0 })
}

/** One random value per browser, shared by the flows it has open. */
export function flowCookie(c: HttpContext): string | undefined {
  return getCookie(c, FLOW)
}

export function setFlowCookie(c: HttpContext, value: string, lifeSeconds: number): void {
  setCookie(c, FLOW, value, { ...FLAGS, maxAge: lifeSeconds })
}

/** How the connect link that this browser used last has ended, sealed. */
export function connectDoneCookie(c: HttpContext): string | undefined {
  return getCookie(c, CONNECT_DONE)
}

export function setConnectDoneCookie(c: HttpContext, sealed: string, lifeSeconds: number): void {
  setCookie(c, CONNECT_DONE, sealed, { ...FLAGS, maxAge: lifeSeconds })
}
