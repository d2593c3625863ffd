// What the bench compares: each row with its yardstick.

import type { Load } from './load.ts'
import type { Seeded } from './seed.ts'

export interface Row extends Load {
  /** Of which row it is a share. */
  of?: string
  /** The share of its requests per second that it must reach, and how many times its p99 it may take. */
  target?: number
  p99Limit?: number
  /** So many different requests: each is asked once before it counts. */
  many?: number
}

export interface Ports {
  evergrant: number
  floor: number
  sketch: number
  object: number
  passThrough: number
}

export function rowsOf(ports: Ports, { key, unknown, real, copies }: Seeded): Row[] {
  const own = ports.evergrant
  const get = (path: string, extra = '', bearer = key) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${bearer}\r\n${extra}\r\n`
  const one = copies[0] ?? ''
  const token = (id: string) => get(`/v1/connections/${id}/token`)
  const bare = 'GET /data HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const list = copies.map(token)
  const warm = token(one)
  const noCache = get(`/v1/connections/${real}/token`, 'Cache-Control: no-cache\r\n')
  const proxied = get(`/v1/connections/${one}/proxy/data`)
  const malformed = get(`/v1/connections/${one}/token`, '', 'egk_mistyped')
  const nobody = get(`/v1/connections/${one}/token`, '', unknown)
  return [
    { name: 'floor', port: ports.floor, request: () => bare, status: 200 },
    {
      name: 'token, warm',
      of: 'floor',
      target: 0.8,
      p99Limit: 1.5,
      port: own,
      request: () => warm,
      status: 200,
    },
    { name: 'sketch of a token', of: 'floor', port: ports.sketch, request: () => warm, status: 200 },
    {
      name: 'token, 1,000 connections',
      of: 'floor',
      target: 0.6,
      port: own,
      request: (index) => list[index % list.length] ?? '',
      many: list.length,
      status: 200,
    },
    { name: 'token, no-cache', of: 'floor', target: 0.4, port: own, request: () => noCache, status: 200 },
    { name: 'call to an object', of: 'floor', port: ports.object, request: () => bare, status: 200 },
    { name: 'pass-through', port: ports.passThrough, request: () => bare, status: 200 },
    { name: 'proxy', of: 'pass-through', target: 0.7, port: own, request: () => proxied, status: 200 },
    { name: 'malformed key', of: 'floor', target: 0.9, port: own, request: () => malformed, status: 401 },
    { name: 'unknown key', of: 'floor', port: own, request: () => nobody, status: 401 },
  ]
}
