// A connector's example request with the token attached, as the proxy would send it; for services that say nothing of
// whose token it is. Only the status leaves.

import type { ApiTarget } from '../domain/api-target.ts'
import { requestHeaders, saysDead, upstreamUrl } from '../domain/proxy-policy.ts'
import { boundedFetch, TransportError } from './transport.ts'

const BODY_LIMIT = 1024 * 1024

export interface ExampleAnswer {
  outcome: 'worked' | 'refused' | 'failed'
  status: number | null
}

/** @param examplePath a GET relative to the base URL, with its query */
export async function callExample(
  target: ApiTarget,
  examplePath: string,
  accessToken: string,
  limits: { deadlineMs: number; allowInsecure: boolean },
): Promise<ExampleAnswer> {
  const [path = '', query] = examplePath.split('?')
  const search = query === undefined ? '' : `?${query}`
  const url = upstreamUrl(target, { path, search, host: null }, limits.allowInsecure)
  if (!url.ok) return { outcome: 'failed', status: null }
  const send = boundedFetch({ ...limits, maxBytes: BODY_LIMIT })
  try {
    const headers = requestHeaders([['accept', 'application/json']], target, accessToken)
    const response = await send(url.value.href, { headers })
    const { status } = response
    const body: unknown = await response.json().catch(() => null)
    if (status === 401 || saysDead(target.deadToken, status, body)) return { outcome: 'refused', status }
    return { outcome: response.ok ? 'worked' : 'failed', status }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return { outcome: 'failed', status: null }
  }
}
