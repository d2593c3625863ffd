// The Worker with probes beside its routes: one of every kind, so that the guards are tested before and beside the real
// ones; and a signed-in member of every role.

import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { hashApiKey, type KeyRecord, newApiKey, type Permission } from '../../src/domain/api-key.ts'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { createApp } from '../../src/http/app.ts'
import { contextOf } from '../../src/http/configure.ts'
import type { Operation } from '../../src/http/operation.ts'
import { page } from '../../src/http/page.ts'
import type { Route } from '../../src/http/route.ts'
import { ROUTES } from '../../src/http/table.ts'
import { createSession } from '../../src/services/sessions.ts'
import { putKeyRecord } from '../../src/storage/key-copies.ts'
import { addMember } from '../../src/storage/members.ts'
import { firstWorkspaceOr } from '../../src/storage/workspaces.ts'
import { browser, type Fetch, PUBLIC_URL } from './browser.ts'

export const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' }
const SESSIONS = new Map<Role, string>()

let made = 0

/** How often a probe changed something. */
export const changes = () => made

const operation: Operation = { summary: 'A probe', problems: [] }

export const PROBES: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/probe',
    action: 'connections.read',
    handler: (c, member) => page(c, `<p>${member.email}`),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/probe',
    action: 'settings.manage',
    handler: async (c) => {
      made++
      return c.text(String((await c.req.parseBody()).name))
    },
  },
  {
    kind: 'page',
    method: 'GET',
    path: '/probe/connect',
    action: 'connections.manage',
    connectForm: true,
    handler: (c) => page(c, '<p>connect'),
  },
  {
    kind: 'open',
    method: 'POST',
    path: '/probe/open',
    handler: (c) => {
      made++
      return c.text('changed')
    },
  },
  { kind: 'open', method: 'GET', path: '/probe/secret', secretAddress: true, handler: (c) => c.text('ok') },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/throws',
    handler: () => {
      throw new RangeError('the secret is hunter2')
    },
  },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/fails',
    handler: () => ({ ok: false, error: { code: 'rate_limited', retryAfterSeconds: 7 } }),
  },
  {
    kind: 'open',
    method: 'GET',
    path: '/probe/fetched',
    // The headers of what a fetch answers cannot be changed.
    handler: () => fetch(`${inject('upstreamOrigin')}/.well-known/openid-configuration`),
  },
  {
    kind: 'api',
    method: 'PUT',
    path: '/v1/probe',
    permission: 'connectors:write',
    operation,
    handler: (c, key) => c.json({ workspaceId: key.workspaceId }),
  },
  {
    kind: 'api',
    method: 'ALL',
    path: '/v1/probe/any/*',
    permission: 'proxy',
    operation,
    ownBody: true,
    handler: (c) => c.json({}),
  },
]

export const send = appWith({})

export function appWith(change: object): Fetch {
  const app = createApp([...ROUTES, ...PROBES])
  const bindings = { ...env, ...change }
  return (request) => app.fetch(request, bindings, createExecutionContext())
}

export function as(role: Role) {
  const visitor = browser(send)
  visitor.cookies.set('__Host-session', sessionOf(role))
  return visitor
}

export function sessionOf(role: Role): string {
  return SESSIONS.get(role) ?? ''
}

export function api(path: string, init: RequestInit = {}, fetch: Fetch = send): Promise<Response> | Response {
  return fetch(new Request(PUBLIC_URL + path, init))
}

export async function keyWith(...permissions: Permission[]): Promise<Record<string, string>> {
  const { id, key } = newApiKey((length) => crypto.getRandomValues(new Uint8Array(length)))
  const record: KeyRecord = {
    revoked: false,
    id,
    workspaceId: 'wsp_a',
    permissions,
    connectionIds: null,
    expiresAt: null,
  }
  await putKeyRecord(env.KV, await hashApiKey(key), record, Date.now())
  return { Authorization: `Bearer ${key}` }
}

/** Once in a file, before its tests. */
export async function signInEveryRole(): Promise<void> {
  const context = contextOf(env)
  if (!context.ok) throw new Error(context.error)
  const { db } = context.value
  const now = Date.now()
  const { id: workspaceId } = await firstWorkspaceOr(db, { id: 'wsp_a', name: 'A', createdAt: now })
  for (const role of ROLES) {
    const member = await addMember(db, {
      id: `mem_${role}`,
      workspaceId,
      issuer: 'https://issuer.test',
      subject: role,
      email: `${role}@example.com`,
      name: null,
      signedOutAt: null,
      lastOpenedAt: null,
      role,
      createdAt: now,
    })
    SESSIONS.set(role, await createSession(context.value, member.id, now))
  }
}
