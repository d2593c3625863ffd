// The contract of every problem: code, status, and the extras that come with it. Written out here, not read from src.

import { expect } from 'vitest'

interface Contract {
  status: number
  extras?: string[]
  header?: string
}

const PROBLEMS: Record<string, Contract> = {
  invalid_request: { status: 400, extras: ['errors'] },
  invalid_api_key: { status: 401, header: 'WWW-Authenticate' },
  forbidden: { status: 403, extras: ['permission'] },
  insufficient_scope: { status: 403, extras: ['missing_scopes', 'reconnect_url'] },
  connection_not_found: { status: 404 },
  connector_not_found: { status: 404 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405, header: 'Allow' },
  reauthorization_required: { status: 409, extras: ['reason', 'reconnect_url'] },
  connection_pending: { status: 409 },
  connection_paused: { status: 409 },
  app_not_configured: { status: 409 },
  conflict: { status: 409 },
  payload_too_large: { status: 413 },
  rate_limited: { status: 429, header: 'Retry-After' },
  provider_misconfigured: { status: 502 },
  provider_unavailable: { status: 503, header: 'Retry-After' },
  temporarily_unavailable: { status: 503, header: 'Retry-After' },
  not_configured: { status: 503, header: 'Retry-After' },
  internal_error: { status: 500 },
}

const COMMON = ['type', 'title', 'status', 'detail', 'code', 'request_id']

/** Checks the whole problem and gives it back. */
export async function problem(answer: Response, code: string): Promise<Record<string, unknown>> {
  const body = (await answer.json()) as Record<string, unknown>
  expect(body.code).toBe(code)
  const contract = PROBLEMS[code]
  if (!contract) throw new Error(`${code} is not in the contract`)
  expect(answer.status).toBe(contract.status)
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(Object.keys(body).sort()).toEqual([...COMMON, ...(contract.extras ?? [])].sort())
  expect(body.status).toBe(contract.status)
  expect(body.request_id).toBe(answer.headers.get('X-Request-Id'))
  expect(body.request_id).toMatch(/^[0-9a-f]{32}$/)
  for (const extra of contract.extras ?? []) expect(body[extra]).toBeTruthy()
  if (contract.header) expect(answer.headers.get(contract.header)).toMatch(/\S/)
  return body
}
