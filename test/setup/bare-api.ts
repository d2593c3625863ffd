// A bare HTTP server for the tests of the proxy and of webhooks: says what arrived, sends whatever headers it is told,
// streams, stalls, keeps what it was told by name, and knows which callers left. No token is checked here.

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    bareApiOrigin: string
  }
}

interface Told {
  method: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

/** What came to `/hook?name=…`, oldest first. */
const told = new Map<string, Told[]>()

const CHUNK = new Uint8Array(64 * 1024).fill(120)

export default async function setup(project: TestProject) {
  let left = 0
  const server = createServer((request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) left += 1
    })
    void answer(request, response, () => left).catch(() => response.destroy())
  })
  const port = await new Promise<number>((resolve) => {
    server.once('listening', () => resolve(server.address()?.port ?? 0))
    server.listen(0, '127.0.0.1')
  })
  project.provide('bareApiOrigin', `http://127.0.0.1:${port}`)
  return () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

async function answer(request: IncomingMessage, response: ServerResponse, left: () => number): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const headers = Object.fromEntries(
    url.searchParams.getAll('header').map((line) => line.split('=', 2) as [string, string]),
  )
  const bytes = Number(url.searchParams.get('bytes') ?? 0)
  switch (url.pathname.split('/').at(-1)) {
    case 'left':
      return json(response, { left: left() })
    case 'source': {
      response.writeHead(200, { 'content-type': 'application/octet-stream', ...headers })
      for (let sent = 0; sent < bytes && !response.destroyed; sent += CHUNK.length) {
        if (!response.write(CHUNK.subarray(0, Math.min(CHUNK.length, bytes - sent)))) await drained(response)
      }
      response.end()
      return
    }
    case 'sink': {
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of request) {
        hash.update(chunk)
        size += chunk.length
      }
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers
      return json(response, { size, sha256: hash.digest('hex'), length, coding })
    }
    case 'mirror':
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      for await (const chunk of request) if (!response.write(chunk)) await drained(response)
      response.end()
      return
    case 'hook': {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const name = url.searchParams.get('name') ?? ''
      const calls = told.get(name) ?? []
      told.set(name, [...calls, { method: request.method, headers: request.headers, body }])
      // The last of several goes on.
      const statuses = (url.searchParams.get('status') ?? '200').split(',')
      const status = statuses[Math.min(calls.length, statuses.length - 1)]
      if (status === 'silent') return
      if (status === 'hangup') return void response.destroy()
      response.writeHead(Number(status), { 'content-type': 'text/plain', ...headers })
      if (url.searchParams.has('endless')) {
        while (!response.destroyed) if (!response.write(CHUNK)) await drained(response)
        return
      }
      response.end('an answer that nobody reads')
      return
    }
    case 'hooks':
      return json(response, told.get(url.searchParams.get('name') ?? '') ?? [])
    case 'silent':
      return
    case 'stall':
      response.writeHead(200, { 'content-type': 'text/plain', ...headers })
      response.write('a beginning')
      return
    case 'broken':
      response.writeHead(200, { 'content-type': 'text/plain', ...headers })
      response.write('a beginning')
      setTimeout(() => response.destroy(), 20)
      return
    case 'hangup':
      response.destroy()
      return
    default: {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const status = Number(url.searchParams.get('status') ?? 200)
      const text = url.searchParams.get('text')
      response.statusMessage = url.searchParams.get('reason') ?? ''
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      const said = { method: request.method, url: request.url, headers: request.headers, body }
      response.end(text ?? JSON.stringify(said))
    }
  }
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
}
