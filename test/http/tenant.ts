// A workspace with one member of every role, their browsers and API keys, in front of an app of its own bindings.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  hashApiKey,
  type KeyRecord,
  newApiKey,
  PERMISSIONS,
  type Permission,
} from '../../src/domain/api-key.ts'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { createApp } from '../../src/http/app.ts'
import { ROUTES } from '../../src/http/table.ts'
import { createSession } from '../../src/services/sessions.ts'
import { putKeyRecord } from '../../src/storage/key-copies.ts'
import { type Member, newMember, testContext } from '../setup/harness.ts'
import { type Browser, browser, type Fetch, PUBLIC_URL } from './browser.ts'
import { expectDocumented } from './documented.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

export interface Tenant {
  workspaceId: string
  members: Record<Role, Member>
  /** A browser in which the member of this role is signed in. */
  as(role?: Role): Promise<Browser>
  /** A key in KV alone, as the edge knows it; every permission unless told. */
  key(change?: Partial<Extract<KeyRecord, { revoked: false }>>): Promise<string>
}

/** The Worker with these bindings; answers when all that it left for later is done. */
export function deployment(bindings: Env = env): Fetch {
  const app = createApp(ROUTES)
  return async (request) => {
    const execution = createExecutionContext()
    const answer = await app.fetch(request, bindings, execution)
    await waitOnExecutionContext(execution)
    return answer
  }
}

export const send = deployment()

export async function newTenant(): Promise<Tenant> {
  const owner = await newMember()
  const { workspaceId } = owner
  const members = { owner } as Record<Role, Member>
  for (const role of ROLES) members[role] ??= await addMember(workspaceId, role)
  return {
    workspaceId,
    members,
    as: (role = 'owner') => signedIn(members[role]),
    key: (change = {}) => keyInKv({ workspaceId, ...change }),
  }
}

/** One more member; the address is made of the id. */
export async function addMember(workspaceId: string, role: Role): Promise<Member> {
  const id = `mem_${role}${crypto.randomUUID().replaceAll('-', '').slice(0, 18)}`
  await env.DB.prepare(
    'INSERT INTO members (id, workspace_id, issuer, subject, email, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
    .bind(id, workspaceId, 'https://issuer.example', id, `${id}@example.com`, role, Date.now())
    .run()
  return { id, workspaceId }
}

export async function signedIn(member: Member, fetch: Fetch = send, at = Date.now()): Promise<Browser> {
  const visitor = browser(fetch)
  visitor.cookies.set('__Host-session', await createSession(testContext(), member.id, at))
  return visitor
}

async function keyInKv(
  change: Partial<Extract<KeyRecord, { revoked: false }>> & { workspaceId: string },
): Promise<string> {
  const { id, key } = newApiKey(random)
  const record = {
    revoked: false as const,
    id,
    permissions: [...PERMISSIONS],
    connectionIds: null,
    expiresAt: null,
    ...change,
  }
  await putKeyRecord(env.KV, await hashApiKey(key), record, Date.now())
  return key
}

export function allBut(permission: Permission): Permission[] {
  return PERMISSIONS.filter((each) => each !== permission)
}

export interface ApiInit {
  method?: string
  key?: string
  json?: unknown
  body?: string
  headers?: Record<string, string>
}

/** Every answer is held against the OpenAPI document. */
export async function api(path: string, init: ApiInit = {}, fetch: Fetch = send): Promise<Response> {
  const { method = 'GET', key, json, headers = {} } = init
  const body = json === undefined ? init.body : JSON.stringify(json)
  const answer = await fetch(
    new Request(PUBLIC_URL + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    }),
  )
  await expectDocumented(method, path, answer)
  return answer
}

/** Every row of the workspace in every table that has workspaces. */
export async function rowsOf(workspaceId: string): Promise<Record<string, unknown[]>> {
  const tables = [
    'members',
    'former_members',
    'invitations',
    'oauth_apps',
    'custom_connectors',
    'connections',
    'api_keys',
    'connect_links',
    'audit',
  ]
  const dump: Record<string, unknown[]> = {}
  for (const table of tables) {
    const found = await env.DB.prepare(`SELECT * FROM ${table} WHERE workspace_id = ? ORDER BY 1, 2`)
      .bind(workspaceId)
      .all()
    dump[table] = found.results
  }
  const workspace = await env.DB.prepare('SELECT * FROM workspaces WHERE id = ?').bind(workspaceId).all()
  dump.workspaces = workspace.results
  return dump
}

/** What a page says, without its markup. */
export async function textOf(answer: Response): Promise<string> {
  return (await answer.text())
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

export interface Calls {
  d1: number
  kv: string[]
  /** Methods called on connection objects. */
  objects: string[]
}

/** The real bindings, each call counted. Fresh ones have fresh caches in the isolate. */
export function counted(change: Partial<Env> = {}): { bindings: Env; calls: Calls; fetch: Fetch } {
  const calls: Calls = { d1: 0, kv: [], objects: [] }
  const watch = <T extends object>(target: T, seen: (method: string) => void): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          seen(String(name))
          return value.apply(object, args)
        }
      },
    })
  const namespace = {
    getByName: (name: string) => {
      const stub = env.CONNECTIONS.getByName(name) as unknown as Record<string, (ask: unknown) => unknown>
      return new Proxy(stub, {
        get: (_, method: string) => (ask: unknown) => {
          calls.objects.push(method)
          return stub[method]?.(ask)
        },
      })
    },
  }
  const bindings = {
    ...env,
    DB: watch(env.DB, () => {
      calls.d1 += 1
    }),
    KV: watch(env.KV, (method) => calls.kv.push(method)),
    CONNECTIONS: namespace as unknown as Env['CONNECTIONS'],
    ...change,
  }
  return { bindings, calls, fetch: deployment(bindings) }
}
