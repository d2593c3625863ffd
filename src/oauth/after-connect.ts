// One request after consent for the values that nothing else says: the site, the organisation, the data centre.

import { paramsOfAnswer } from '../domain/params.ts'
import { type AfterConnect, BEARER } from '../domain/service-requests.ts'
import { at } from '../lib/json-path.ts'
import type { IdentityCall } from './identity.ts'
import { addressOf, fillText, fillTexts, type Server } from './server.ts'
import { boundedFetch, TOKEN_BODY_LIMIT } from './transport.ts'

export type AfterConnectOutcome =
  | { kind: 'params'; params: Record<string, string> }
  /** The request failed, or its answer held nothing usable. */
  | { kind: 'failed' }
  /** The connector needs no such request. */
  | { kind: 'none' }

/** Takes what an identity request takes, and throws as little. */
export async function fetchAfterConnect(call: IdentityCall): Promise<AfterConnectOutcome> {
  const { server, accessToken } = call
  const { connector, app } = server
  const rule = connector.afterConnect
  if (!rule) return { kind: 'none' }
  const url = addressOf(server, rule.url)
  const own = fillTexts(server, app, rule.headers ?? {}, accessToken)
  if (!url || !own) return { kind: 'failed' }
  const send = boundedFetch({
    deadlineMs: call.deadlineMs,
    maxBytes: TOKEN_BODY_LIMIT,
    allowInsecure: call.allowInsecure,
  })
  const attach = rule.attach ?? connector.api.attach ?? BEARER
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'Evergrant', ...own })
  headers.set(
    attach.header,
    attach.format.replace('{token}', () => accessToken),
  )
  try {
    const response = await send(url, { headers })
    if (!response.ok) return { kind: 'failed' }
    const entry = choose(server, rule, await response.json())
    const params = entry === undefined ? undefined : paramsOfAnswer(connector, 'after_connect', entry)
    return params && Object.keys(params).length > 0 ? { kind: 'params', params } : { kind: 'failed' }
  } catch {
    return { kind: 'failed' }
  }
}

function choose(server: Server, rule: AfterConnect, body: unknown): unknown {
  if (!rule.pick) return body
  const { list: path, where, equals } = rule.pick
  const list = at(body, path)
  if (!Array.isArray(list)) return undefined
  const wanted = fillText(server, server.app, equals, '')
  // Nothing was asked for: what the connection has already, else the first. Something was, and it is not there: none.
  if (!wanted) return list.find((entry) => isHeld(server, entry)) ?? list[0]
  return list.find((entry) => String(at(entry, where)).toLowerCase() === wanted.toLowerCase())
}

function isHeld({ connector, params }: Server, entry: unknown): boolean {
  const values = paramsOfAnswer(connector, 'after_connect', entry) ?? {}
  const names = Object.keys(values)
  return names.length > 0 && names.every((name) => values[name] === params[name])
}
