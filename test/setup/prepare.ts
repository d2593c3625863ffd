// Before every test file: the schema in D1, and a fetch that reaches loopback only, so that no test calls a real service
// by accident.

import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

await applyD1Migrations(env.DB, (env as { MIGRATIONS?: D1Migration[] }).MIGRATIONS ?? [])

const network = globalThis.fetch
globalThis.fetch = (input, init) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input)
  if (hostname === '127.0.0.1' || hostname === 'localhost') return network(input, init)
  throw new Error(`no test may reach ${hostname}`)
}
