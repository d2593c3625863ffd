// Where a connection's API calls go and what goes with them: the connector's `api` with every placeholder filled. Worked
// out where the OAuth app is known, and handed on sealed, so that no call has to look anything up.

import { mayCall, type OAuthApp } from './configuration.ts'
import type { Connector } from './connector.ts'
import { fillPlaceholders } from './placeholders.ts'
import { isPublicHost } from './public-host.ts'
import { type Attachment, BEARER, type DeadTokenSign } from './service-requests.ts'

export interface ApiTarget {
  /** Origin and path, without a trailing slash. */
  baseUrl: string
  /** Origins beside that of the base URL. */
  otherOrigins: string[]
  attach: Attachment
  /** Sent with every request, beside the token. */
  headers: Record<string, string>
  deadToken: DeadTokenSign[]
  /** A header holds the OAuth app's secret: the target stays in the object and is not copied to the edge. */
  confidential?: true
}

/** Undefined where a placeholder has no value, one that its pattern refuses, or one that leads somewhere else. */
export function apiTarget(
  connector: Pick<Connector, 'api' | 'params'>,
  app: Pick<OAuthApp, 'clientId' | 'clientSecret' | 'params'>,
): ApiTarget | undefined {
  const { api } = connector
  const fill = (template: string) => fillPlaceholders(template, connector, app.params)
  const baseUrl = canonical(fill(api.baseUrl))
  const otherOrigins = (api.otherOrigins ?? []).map((origin) => canonical(fill(origin)))
  const headers = Object.entries(api.headers ?? {}).map(
    ([name, template]) => [name.toLowerCase(), fillHeader(template, connector, app)] as const,
  )
  if (baseUrl === undefined || !isComplete(otherOrigins) || !headers.every(hasValue)) return undefined
  const confidential = Object.values(api.headers ?? {}).some((value) => value.includes('{client_secret}'))
  return {
    baseUrl,
    otherOrigins,
    attach: api.attach ?? BEARER,
    headers: Object.fromEntries(headers),
    deadToken: api.deadToken ?? [],
    ...(confidential ? { confidential } : {}),
  }
}

/**
 * Whether a call may go there at all, looked at again on every call: https to a public host name, or loopback where
 * insecure upstreams are allowed.
 */
export function isCallable(url: URL, allowInsecure: boolean): boolean {
  if (!mayCall(url, allowInsecure)) return false
  return url.protocol === 'http:' || isPublicHost(url.hostname)
}

/** The text, where a URL parser reads it as it is written: no userinfo, no other spelling of the host, no way out. */
function canonical(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const path = url.pathname === '/' ? '' : url.pathname
  return text === url.origin + path && !path.endsWith('/') ? text : undefined
}

function fillHeader(
  template: string,
  connector: Pick<Connector, 'params'>,
  app: Pick<OAuthApp, 'clientId' | 'clientSecret' | 'params'>,
): string | undefined {
  let complete = true
  const filled = template.replace(/\{[a-z_]+\}/g, (placeholder) => {
    if (placeholder === '{client_id}') return app.clientId
    if (placeholder === '{client_secret}') return app.clientSecret
    const value = fillPlaceholders(placeholder, connector, app.params)
    complete &&= value !== undefined
    return value ?? ''
  })
  return complete && /^[\x20-\x7e]*$/.test(filled) ? filled : undefined
}

function isComplete(texts: (string | undefined)[]): texts is string[] {
  return texts.every((text) => text !== undefined)
}

function hasValue(entry: readonly [string, string | undefined]): entry is readonly [string, string] {
  return entry[1] !== undefined
}
