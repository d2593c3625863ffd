// Small helpers over Node's HTTP: reading a body, answering, and running a handler whose answer is kept instead of
// sent. The last one lets the upstream decide what becomes of an answer after the provider has done its work.

import { createHash } from 'node:crypto'
import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

const BODY_LIMIT_BYTES = 1024 * 1024

export interface Answer {
  status: number
  headers: Record<string, string | number | string[] | undefined>
  body: string
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder()
  let body = ''
  for await (const chunk of request) {
    body += decoder.decode(chunk, { stream: true })
    if (body.length > BODY_LIMIT_BYTES) throw new Error('The request body is too large.')
  }
  return body + decoder.decode()
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readBody(request))
}

export function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.writableEnded) return
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

export function jsonAnswer(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value),
  }
}

export function htmlAnswer(status: number, markup: string): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
    body: markup,
  }
}

export function seeOther(location: string): Answer {
  return { status: 303, headers: { location }, body: '' }
}

/** Runs `handler` on the request with the body already read, apart from the caller's connection. */
export function capture(handler: RequestListener, request: IncomingMessage, body: string): Promise<Answer> {
  const bytes = new TextEncoder().encode(body)
  const headers: IncomingMessage['headers'] = { ...request.headers, 'content-length': String(bytes.length) }
  delete headers['transfer-encoding']
  const replayed = Object.assign(Readable.from([bytes]), {
    method: request.method,
    url: request.url,
    headers,
    socket: request.socket,
  }) as IncomingMessage
  const response = new ServerResponse(replayed)
  const decoder = new TextDecoder()
  return new Promise((resolve) => {
    response.end = (chunk) => {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk)
      resolve({ status: response.statusCode, headers: response.getHeaders(), body: text })
      return response
    }
    handler(replayed, response)
  })
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
