import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/domain/connection.ts'
import type { Failure } from '../../src/domain/failure.ts'
import { guidance } from '../../src/domain/guidance.ts'
import { problemReply } from '../../src/http/problem.ts'

const PUBLIC_URL = 'https://evergrant.example.com'
const CONNECTION = 'con_0123456789abcdefghijklmnop'
const RECONNECT = `${PUBLIC_URL}/connections/${CONNECTION}`

interface Expected {
  status: number
  extras?: Record<string, unknown>
  headers?: Record<string, string>
}

const TABLE: { [code in Failure['code']]: [Extract<Failure, { code: code }>, Expected] } = {
  invalid_request: [
    { code: 'invalid_request', errors: [{ path: 'tools.0', message: 'is not a tool.' }] },
    { status: 400, extras: { errors: [{ path: 'tools.0', message: 'is not a tool.' }] } },
  ],
  invalid_api_key: [{ code: 'invalid_api_key' }, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }],
  forbidden: [
    { code: 'forbidden', permission: 'proxy' },
    { status: 403, extras: { permission: 'proxy' } },
  ],
  insufficient_scope: [
    { code: 'insufficient_scope', missingScopes: ['a', 'b'], connectionId: CONNECTION },
    { status: 403, extras: { missing_scopes: ['a', 'b'], reconnect_url: RECONNECT } },
  ],
  connection_not_found: [{ code: 'connection_not_found' }, { status: 404 }],
  connector_not_found: [{ code: 'connector_not_found' }, { status: 404 }],
  not_found: [{ code: 'not_found' }, { status: 404 }],
  method_not_allowed: [
    { code: 'method_not_allowed', allow: ['GET', 'HEAD'] },
    { status: 405, headers: { Allow: 'GET, HEAD' } },
  ],
  reauthorization_required: [
    { code: 'reauthorization_required', reason: 'grant_revoked', connectionId: CONNECTION },
    { status: 409, extras: { reason: 'grant_revoked', reconnect_url: RECONNECT } },
  ],
  connection_pending: [{ code: 'connection_pending' }, { status: 409 }],
  connection_paused: [{ code: 'connection_paused' }, { status: 409 }],
  app_not_configured: [{ code: 'app_not_configured', connector: 'google' }, { status: 409 }],
  conflict: [{ code: 'conflict', detail: 'Already there.' }, { status: 409 }],
  payload_too_large: [{ code: 'payload_too_large', limitBytes: 65536 }, { status: 413 }],
  rate_limited: [
    { code: 'rate_limited', retryAfterSeconds: 0 },
    { status: 429, headers: { 'Retry-After': '1' } },
  ],
  provider_misconfigured: [{ code: 'provider_misconfigured' }, { status: 502 }],
  provider_unavailable: [
    { code: 'provider_unavailable', retryAfterSeconds: 4.2 },
    { status: 503, headers: { 'Retry-After': '5' } },
  ],
  temporarily_unavailable: [
    { code: 'temporarily_unavailable', retryAfterSeconds: 2 },
    { status: 503, headers: { 'Retry-After': '2' } },
  ],
  not_configured: [
    { code: 'not_configured', detail: 'PUBLIC_URL is not set.' },
    { status: 503, headers: { 'Retry-After': '60' } },
  ],
  internal_error: [{ code: 'internal_error' }, { status: 500 }],
}

describe('every failure is a problem (RFC 9457)', () => {
  it.each(Object.values(TABLE))('$code', (failure, { status, extras = {}, headers = {} }) => {
    const reply = problemReply(failure, { publicUrl: PUBLIC_URL, requestId: 'r1' })
    const problem = reply.body as Record<string, unknown>
    expect(reply.status).toBe(status)
    expect(reply.type).toBe('application/problem+json')
    expect(Object.keys(problem).sort()).toEqual(
      ['type', 'title', 'status', 'detail', 'code', 'request_id', ...Object.keys(extras)].sort(),
    )
    expect(problem).toMatchObject({
      type: `${PUBLIC_URL}/docs#${failure.code}`,
      status,
      code: failure.code,
      request_id: 'r1',
      ...extras,
    })
    expect(problem.title).toMatch(/\S/)
    expect(problem.detail).toMatch(/\.$/)
    expect(reply.headers ?? {}).toEqual(headers)
  })

  it.each(REASONS)('says why and what to do for %s', (reason) => {
    const failure: Failure = { code: 'reauthorization_required', reason, connectionId: CONNECTION }
    const { body } = problemReply(failure, { publicUrl: PUBLIC_URL, requestId: 'r1' })
    expect(body).toMatchObject({ detail: expect.stringContaining(guidance(reason).action) })
  })
})
