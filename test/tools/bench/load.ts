// The load: kept-alive connections that each ask one thing after another, and how long the answers took.

import { connect as openSocket, type Socket } from 'node:net'

export interface Load {
  name: string
  port: number
  request(index: number): string
  /** What every answer must have. */
  status: number
}

export interface Measured {
  rate: number
  /** How long each answer took, milliseconds. */
  times: number[]
}

/** Connections are open, and have each been answered once, before anything counts. */
export async function measure(load: Load, width: number, seconds: number): Promise<Measured> {
  let index = 0
  const clients = await Promise.all(Array.from({ length: width }, () => openClient(load.port)))
  await Promise.all(clients.map((client) => client.ask(load.request(index++))))
  const times: number[] = []
  const started = performance.now()
  const until = started + seconds * 1000
  await Promise.all(
    clients.map(async (client) => {
      for (let sent = started; sent < until; ) {
        const status = await client.ask(load.request(index++))
        const now = performance.now()
        times.push(now - sent)
        sent = now
        if (status !== load.status) throw new Error(`${load.name} answered ${status}`)
      }
    }),
  )
  const rate = times.length / ((performance.now() - started) / 1000)
  for (const client of clients) client.close()
  return { rate, times }
}

/** The first requests, each once. */
export async function askOnce(load: Load, count: number): Promise<void> {
  let index = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      const client = await openClient(load.port)
      while (index < count) await client.ask(load.request(index++))
      client.close()
    }),
  )
}

/** One kept-alive connection that asks one thing after another; only as much HTTP as these answers need. */
async function openClient(port: number) {
  const socket: Socket = openSocket(port, '127.0.0.1')
  socket.setNoDelay(true)
  let text = ''
  let answered: (status: number) => void = () => undefined
  let failed: (error: Error) => void = () => undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = text.slice(0, end).toLowerCase()
    const length = /content-length: (\d+)/.exec(head)?.[1]
    const complete =
      length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
    if (!complete) return
    text = ''
    answered(Number(head.slice(9, 12)))
  })
  socket.on('error', (error: Error) => failed(error))
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return {
    ask: (request: string) =>
      new Promise<number>((resolve, reject) => {
        answered = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

export function median(values: number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
