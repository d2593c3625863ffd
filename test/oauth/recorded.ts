// Recorded answers in place of a service: what the code under test sends is kept, and nothing leaves the machine.

import { vi } from 'vitest'
import type { OAuthApp } from '../../src/domain/configuration.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { resolveServer, type Server } from '../../src/oauth/server.ts'
import type { TokenCall } from '../../src/oauth/token-endpoint.ts'

export const APP: OAuthApp = { clientId: 'client-1', clientSecret: 'canary-app-secret', params: {} }

export interface SentRequest {
  url: string
  method: string
  headers: Headers
  body: string
  form: URLSearchParams
}

export interface Recorded {
  status?: number
  body?: unknown
  headers?: Record<string, string>
}

/** Answers every request with the record, until mocks are restored; text bodies as they are, others as JSON. */
export function answerWith({ status = 200, body, headers = {} }: Recorded): SentRequest[] {
  const sent: SentRequest[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input as RequestInfo, init as RequestInit)
    const text = await request.text()
    sent.push({
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: text,
      form: new URLSearchParams(text),
    })
    const isText = typeof body === 'string'
    const type = isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8'
    const content = body === undefined || status === 204 ? null : isText ? body : JSON.stringify(body)
    return new Response(content, { status, headers: { 'content-type': type, ...headers } })
  })
  return sent
}

export function serverOf(connector: Connector, app = APP): Server {
  const server = resolveServer(connector, app)
  if (!server) throw new Error(`${connector.id} has unfilled placeholders`)
  return server
}

export function callTo(connector: Connector, app = APP): TokenCall {
  return { server: serverOf(connector, app), app, allowInsecure: false, deadlineMs: 5_000 }
}

export function only<T>(list: T[]): T {
  const [first, ...more] = list
  if (first === undefined || more.length > 0) throw new Error(`one was expected, there are ${list.length}`)
  return first
}
