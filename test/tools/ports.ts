// Ports of the loopback address: the one wanted where it is free, and the next free one where that is allowed.

import { createServer } from 'node:net'

const TRIES = 50

/** A port nobody listens on. 0 asks for any. */
export async function freePort(wanted: number): Promise<number> {
  if (wanted === 0) return (await tryPort(0, '127.0.0.1')) ?? freePort(0)
  for (let port = wanted; port < wanted + TRIES; port++) if (await isFree(port)) return port
  throw new Error(`No port from ${wanted} to ${wanted + TRIES - 1} is free.`)
}

/** On both loopback addresses: a browser that is sent to `localhost` may try either. */
export async function isFree(port: number): Promise<boolean> {
  return (await tryPort(port, '127.0.0.1')) !== undefined && (await tryPort(port, '::1')) !== undefined
}

/** The port that could be opened, undefined where it is taken. A machine without IPv6 has nothing taken there. */
function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: { code?: string }) => {
      resolve(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? undefined : port)
    })
    server.once('listening', () => {
      const opened = server.address().port
      server.close(() => resolve(opened))
    })
    server.listen(port, host)
  })
}
