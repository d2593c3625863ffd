// The yardstick of the proxy: passes every request on, and the answer back.

import { Hono } from 'hono'

export default new Hono<{ Bindings: { UPSTREAM: string } }>().get('/data', (c) =>
  fetch(`${c.env.UPSTREAM}/data`),
)
