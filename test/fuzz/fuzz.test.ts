// 20,000 generated requests over the whole route table: every one is answered, in time, as documented, and tells no
// secret. A new route is part of it by being in the table.

import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Route } from '../../src/http/route.ts'
import { ROUTES } from '../../src/http/table.ts'
import { PUBLIC_URL } from '../http/browser.ts'
import { leaks, type Watch, watch } from '../http/canary.ts'
import { expectDocumented } from '../http/documented.ts'
import { deployment } from '../http/tenant.ts'
import { mend } from '../setup/faults.ts'
import { steer } from '../setup/harness.ts'
import { type Asked, requests } from './requests.ts'
import { newWorld, OTHERS, type World } from './world.ts'

/** Each batch has its own. The same every time, so that a change is judged by its own; put another here to look elsewhere. */
const SEED = 20_000
const BATCH = 100
const BATCHES = 200
const AT_ONCE = 10
/** Longer than any deadline of ours that a request here can meet. */
const PATIENCE_MS = 15_000

let world: World
let watching: Watch
/** Routes that have done what they are for at least once. */
const served = new Set<string>()
beforeAll(async () => {
  mend()
  await steer.reset()
  await steer.settings({ access_token_ttl: 3600 })
  const { KEY_LIMIT: _key, FAILURE_LIMIT: _source, ...unbraked } = env
  watching = watch(
    // The token endpoint hands a token out; the page of a link leads to its own address.
    ({ url }, { status }) =>
      status === 200 && /\/token(\/rejected)?([?#]|$)|\/connect\/[\w-]{43}([?#]|$)/.test(url),
    deployment(unbraked as typeof env),
  )
  world = await newWorld()
}, 60_000)
afterAll(() => vi.restoreAllMocks())

it('every request is answered in time, as documented, and without a secret', {
  timeout: 900_000,
}, async () => {
  const any = requests(ROUTES, world.words)
  for (let batch = 0; batch < BATCHES; batch++) {
    const seed = SEED + batch
    watching.seen.length = 0
    const asked = fc.sample(any, { numRuns: BATCH, seed })
    for (let from = 0; from < asked.length; from += AT_ONCE) {
      await Promise.all(asked.slice(from, from + AT_ONCE).map((each) => check(each, seed)))
    }
    await world.restore()
    expect(leaks(watching.seen, world.secrets), `seed ${seed}`).toEqual([])
  }
  watching.seen.length = 0
  await watching.sweep('in the end')
  // What is stored may hold what the other workspace calls its own.
  world.secrets.delete(OTHERS)
  expect(leaks(watching.seen, world.secrets)).toEqual([])
  // Nothing of this means anything where all is refused at the door. Some routes chance alone does not open: they take a
  // code and a state, a refresh token, an account that waits.
  const refused = ROUTES.map(nameOf).filter((name) => !served.has(name))
  expect(refused.length, refused.join()).toBeLessThan(ROUTES.length / 5)
})

async function check(asked: Asked, seed: number): Promise<void> {
  const request = build(asked)
  try {
    const answer = await within(watching.fetch(request))
    if (answer.status < 400) served.add(nameOf(asked.route))
    await judge(asked, request, answer)
  } catch (error) {
    const { route, ...rest } = asked
    const told = JSON.stringify(rest).slice(0, 2_000)
    throw new Error(`seed ${seed}: ${nameOf(route)}: ${told}`, { cause: error })
  }
}

function nameOf(route: Route | null): string {
  return route ? `${route.method} ${route.path}` : 'nowhere'
}

function build({ method, path, query, headers, body }: Asked): Request {
  const url = new URL(PUBLIC_URL + world.fill(path))
  for (const [name, value] of query) url.searchParams.append(name, world.fill(value))
  const filled = Object.entries(headers).map(([name, value]) => [name, world.fill(value)] as [string, string])
  const bytes =
    body === null
      ? null
      : typeof body === 'string'
        ? world.fill(body)
        : Uint8Array.from(atob(body.base64), (c) => c.charCodeAt(0))
  const carries = bytes !== null && !['GET', 'HEAD'].includes(method.toUpperCase())
  const init = new Headers(filled)
  if (carries && !init.has('Content-Type')) {
    init.set(
      'Content-Type',
      path.startsWith('/v1') ? 'application/json' : 'application/x-www-form-urlencoded',
    )
  }
  return new Request(url, { method, headers: init, redirect: 'manual', ...(carries ? { body: bytes } : {}) })
}

async function judge(asked: Asked, request: Request, answer: Response): Promise<void> {
  const { pathname } = new URL(request.url)
  const { headers, status } = answer
  const upstreams = headers.get('Evergrant-Upstream') === 'true'
  if (!upstreams) expect(status).not.toBe(500)
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{32}$/)
  expect(headers.get('X-Injected')).toBeNull()
  if (pathname === '/v1' || pathname.startsWith('/v1/'))
    return expectDocumented(request.method, pathname, answer)
  const type = headers.get('Content-Type') ?? ''
  if (type.includes('html')) expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  else if (type.includes('json')) JSON.parse(request.method === 'HEAD' ? '{}' : await answer.clone().text())
  else expect([301, 302, 303, 401, 404, 405]).toContain(status)
  const location = headers.get('Location')
  if (location !== null) expect(location).toMatch(leadsTo(asked))
}

/** Within the deployment; out to a service only where the policy of the page lets a form go there. */
function leadsTo({ method, route }: Asked): RegExp {
  // The method may be another than the one the address was picked for.
  const outwards = ROUTES.some(
    (each) => each.kind !== 'api' && each.path === route?.path && each.method === method && each.connectForm,
  )
  return outwards ? /^(\/(?![/\\])|http:\/\/127\.0\.0\.1:\d+\/)/ : /^\/(?![/\\])/
}

async function within(answer: Promise<Response> | Response): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('there is no answer')), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
