// A fast upstream for the proxy: a constant JSON answer.

import { createServer } from 'node:http'

export async function startApi() {
  const body = JSON.stringify({
    contacts: Array.from({ length: 10 }, (_, id) => ({ id, name: 'Ada Lovelace' })),
  })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
  const port = await new Promise<number>((resolve) => {
    server.once('listening', () => resolve(server.address()?.port ?? 0))
    server.listen(0, '127.0.0.1')
  })
  const close = () => {
    server.close(() => undefined)
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${port}`, close }
}
