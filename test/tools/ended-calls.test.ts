// A call to a service ends with the request that it was made for: in the built Worker, on sockets, where the runtime sees
// to it. How the proxy streams is tested beside its code.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startUpstream } from '../upstream/server.ts'
import { type Seeded, seed } from './bench/seed.ts'
import { PUBLIC_URL, type Running, startEvergrant } from './bench/start-worker.ts'

const SOON = { timeout: 5_000 }

let worker: Running
let seeded: Seeded
let service: Server
let upstream: Awaited<ReturnType<typeof startUpstream>>
const calls = { open: 0, begun: 0 }

beforeAll(async () => {
  service = createServer((request, response) => {
    calls.begun += 1
    calls.open += 1
    response.once('close', () => {
      calls.open -= 1
    })
    request.resume()
    if (request.url === '/dripping') response.write('a beginning')
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const api = `http://127.0.0.1:${service.address()?.port}`
  const secrets = { signIn: 'bench', crm: 'bench', drive: 'bench' }
  upstream = await startUpstream({ port: 0, publicUrl: PUBLIC_URL, secrets, accessTokenTtlSeconds: 3600 })
  worker = await startEvergrant(upstream.origin)
  seeded = await seed(worker, { api, upstream: upstream.origin })
})

afterAll(async () => {
  await worker?.worker.dispose()
  await upstream?.close()
  service?.closeAllConnections()
  service?.close()
})

/** Asks through the proxy, and waits until the service has the call. */
async function ask(method: string, path: string, body = ''): Promise<Socket> {
  const { begun } = calls
  const socket = connect(worker.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `${method} /v1/connections/${seeded.copies[0]}/proxy${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${seeded.key}\r\n${body}`,
  )
  await expect.poll(() => calls.begun, SOON).toBe(begun + 1)
  return socket
}

it.each([
  ['before the answer', 'GET', '/silent', '\r\n'],
  ['in the middle of the answer', 'GET', '/dripping', '\r\n'],
  ['in the middle of an upload', 'POST', '/silent', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
])('a caller who leaves %s ends the call', async (_when, method, path, rest) => {
  const socket = await ask(method, path, rest)
  expect(calls.open).toBe(1)
  socket.resetAndDestroy()
  await expect.poll(() => calls.open, SOON).toBe(0)
})

it('a service that says nothing for fifteen seconds is given up, and its call ended', async () => {
  const socket = await ask('GET', '/silent', '\r\n')
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await expect.poll(() => answer, { timeout: 20_000, interval: 250 }).toContain('provider_unavailable')
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  await expect.poll(() => calls.open, SOON).toBe(0)
  socket.destroy()
})
