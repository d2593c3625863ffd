// What the generated requests are sent at: a workspace with every role and kind of key, connections in every state, a
// second workspace that must stay unseen, and the secrets that must never come out.

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { GrantSecret } from '../../src/domain/grant.ts'
import type { ConnectionRecord } from '../../src/domain/record.ts'
import { ROLES, type Role } from '../../src/domain/roles.ts'
import { ROUTES } from '../../src/http/table.ts'
import { createSession } from '../../src/services/sessions.ts'
import type { Browser } from '../http/browser.ts'
import { newBelongings } from '../http/owned.ts'
import { api, newTenant, type Tenant } from '../http/tenant.ts'
import {
  type Connected,
  connect,
  editRecord,
  type Member,
  newKey,
  start,
  stubOf,
  testContext,
} from '../setup/harness.ts'
import { UPSTREAM_SECRETS } from '../setup/variables.ts'
import type { Words } from './requests.ts'

/** In a name of the other workspace: nobody here may read it. */
export const OTHERS = 'canary-other-workspace-3d1f'
const UNKNOWN = `con_${'0'.repeat(26)}`
const ACTIVE = ['active', 'active2', 'active3']

export interface World {
  words: Words
  /** Replaces the words in braces. */
  fill(text: string): string
  /** Makes up for what requests have ended, and learns the tokens there are now. */
  restore(): Promise<void>
  secrets: Map<string, string>
}

export async function newWorld(): Promise<World> {
  const tenant = await newTenant()
  const { owner } = tenant.members
  const values = new Map<string, string>([['unknown', UNKNOWN]])
  const held = new Map<string, Connected>()
  const secrets = new Map<string, string>(Object.entries({ ...UPSTREAM_SECRETS, [OTHERS]: OTHERS }))
  secrets.set('encryption key', (env as { ENCRYPTION_KEYS?: string }).ENCRYPTION_KEYS?.split(':')[1] ?? '')

  async function keep(word: string, made: Promise<Connected>): Promise<void> {
    const connected = await made
    held.set(word, connected)
    values.set(word, connected.connectionId)
  }

  async function makeKeys(): Promise<void> {
    const connectionIds = [values.get('active') ?? '']
    const kinds = {
      full: await tenant.key(),
      reader: await tenant.key({ permissions: ['connections:read', 'tokens:read'] }),
      caller: await tenant.key({ permissions: ['proxy'] }),
      listed: await tenant.key({ connectionIds }),
      ofConnector: await tenant.key({ connectors: ['local'] }),
      ofOther: await tenant.key({ connectors: ['google'] }),
      ended: await tenant.key({ expiresAt: Date.now() - 1 }),
    }
    for (const [word, key] of Object.entries(kinds)) {
      values.set(word, key)
      secrets.set(`key ${word}`, key)
    }
  }

  async function makeSessions(): Promise<void> {
    for (const role of ROLES) {
      await bringBack(tenant.members[role], role)
      const session = await createSession(testContext(), tenant.members[role].id, Date.now())
      values.set(role, session)
      secrets.set(`session ${role}`, session)
    }
  }

  async function makeLink(): Promise<void> {
    const json = { connector: 'local', tools: ['contacts.read'] }
    const { key } = await newKey(owner)
    const answer = await api('/v1/connections', { method: 'POST', key, json })
    const { authorize_url: url } = await answer.json<{ authorize_url: string }>()
    const token = url.split('/').at(-1) ?? ''
    values.set('link', token)
    secrets.set('link', token)
  }

  async function makeConnector(): Promise<void> {
    const json = {
      name: 'Acme',
      authorize: { url: 'https://login.example.com/authorize' },
      token: { url: 'https://login.example.com/token' },
      api: { baseUrl: 'https://api.example.com' },
    }
    await api('/v1/connectors/own-acme', { method: 'PUT', key: await tenant.key(), json })
  }

  async function restore(): Promise<void> {
    for (const word of ACTIVE) {
      const connected = held.get(word)
      if (!connected || !(await isActive(connected))) await keep(word, connect({ member: owner }))
    }
    await forgetTheRest(tenant, [...held.values()])
    await makeSessions()
    for (const [word, id] of Object.entries(await newBelongings(owner))) values.set(word, id)
    await makeLink()
    await makeConnector()
    for (const [word, connected] of held) await learnTokens(secrets, word, connected)
  }

  const other = await newTenant()
  await keep('pending', start({ member: owner }))
  await keep('paused', connect({ member: owner }))
  await keep('reauthorize', connect({ member: owner }))
  await keep('foreign', connect({ member: other.members.owner }))
  await editRecord(held.get('paused') as Connected, (record) => ({ ...record, paused: true }))
  await editRecord(held.get('reauthorize') as Connected, (record) => ({
    ...record,
    state: 'reauthorize',
    reason: 'grant_revoked',
  }))
  await editRecord(held.get('foreign') as Connected, (record) => ({ ...record, name: OTHERS }))
  await env.DB.prepare('UPDATE connections SET name = ? WHERE workspace_id = ?')
    .bind(OTHERS, other.workspaceId)
    .run()
  values.set('foreignKeyId', (await newKey(other.members.owner)).summary.id)
  await restore()
  await makeKeys()

  const braced = (...words: string[]) => words.map((word) => `{{${word}}}`)
  return {
    secrets,
    restore,
    fill: (text) => text.replaceAll(/\{\{(\w+)\}\}/g, (whole, word) => values.get(word) ?? whole),
    words: {
      connections: braced(...ACTIVE, 'pending', 'paused', 'reauthorize', 'foreign', 'unknown'),
      connectors: ['local', 'local', 'local-lenient', 'google', 'shopify', 'fitbit', 'nobody', 'own-acme'],
      keys: braced('keyId', 'foreignKeyId'),
      belongings: {
        members: braced('memberId'),
        invitations: braced('invitationId'),
        sessions: braced('sessionId'),
        workspaces: braced('otherWorkspaceId'),
        webhooks: braced('endpointId'),
      },
      links: [...braced('link'), 'done', 'x'.repeat(43)],
      sessions: braced(...ROLES),
      bearers: braced(
        'full',
        'full',
        'full',
        'reader',
        'caller',
        'listed',
        'ofConnector',
        'ofOther',
        'ended',
      ),
      forms: await formsOf(tenant, (path) =>
        path.replace(/connections\/:id/, `connections/${values.get('active')}`),
      ),
    },
  }
}

async function isActive(connected: Connected): Promise<boolean> {
  const { workspaceId, connectionId } = connected
  const detail = await stubOf(connected).describe({ workspaceId, connectionId })
  return detail.ok && detail.value.state === 'active' && !detail.value.paused
}

/** What requests have added would make every page longer. */
async function forgetTheRest({ workspaceId, members }: Tenant, held: Connected[]): Promise<void> {
  const connections = JSON.stringify(held.map(({ connectionId }) => connectionId))
  const people = JSON.stringify(Object.values(members).map(({ id }) => id))
  const others = 'workspace_id = ? AND id NOT IN (SELECT value FROM json_each(?))'
  const tables = ['api_keys', 'audit', 'former_members', 'invitations', 'webhook_endpoints', 'webhook_events']
  await env.DB.batch([
    env.DB.prepare(`DELETE FROM connections WHERE ${others}`).bind(workspaceId, connections),
    env.DB.prepare(`DELETE FROM members WHERE ${others}`).bind(workspaceId, people),
    // The same people in other workspaces; their subject is their id here.
    env.DB.prepare(
      'DELETE FROM members WHERE workspace_id <> ? AND subject IN (SELECT value FROM json_each(?))',
    ).bind(workspaceId, people),
    ...tables.map((table) => env.DB.prepare(`DELETE FROM ${table} WHERE workspace_id = ?`).bind(workspaceId)),
  ])
}

/** Somebody who left, was removed or has another role by now. */
async function bringBack({ id, workspaceId }: Member, role: Role): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO members (id, workspace_id, issuer, subject, email, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET role = excluded.role, signed_out_at = NULL`,
  )
    .bind(id, workspaceId, 'https://issuer.example', id, `${id}@example.com`, role, Date.now())
    .run()
}

async function learnTokens(secrets: Map<string, string>, word: string, connected: Connected): Promise<void> {
  const { workspaceId, connectionId } = connected
  const record = await runInDurableObject(stubOf(connected), (_, { storage }) =>
    storage.kv.get<ConnectionRecord>('record'),
  )
  if (!record?.grant) return
  const context = { purpose: 'grant', workspaceId, recordId: connectionId } as const
  const opened = await testContext().vault.open(context, record.grant.sealed)
  if (!opened.ok) throw new Error(opened.error)
  const { accessToken, refreshToken } = JSON.parse(opened.value) as GrantSecret
  secrets.set(`access token of ${word}`, accessToken)
  if (refreshToken) secrets.set(`refresh token of ${word}`, refreshToken)
}

/** The forms that the pages show. */
async function formsOf(tenant: Tenant, fill: (path: string) => string): Promise<Words['forms']> {
  const visitor: Browser = await tenant.as('owner')
  const forms: Words['forms'] = {}
  const pages = ROUTES.filter(({ kind, method }) => kind === 'page' && method === 'GET')
  for (const { path } of pages) {
    const html = await (await visitor.get(fill(path).replace(/:\w+/, 'local'))).text()
    for (const [, action = '', inside = ''] of html.matchAll(
      /<form\b[^>]*\baction="([^"]+)"[^>]*>(.*?)<\/form>/gs,
    )) {
      forms[action] ??= {}
      const fields = forms[action]
      for (const [tag] of inside.matchAll(/<(?:input|select|textarea|button)\b[^>]*>/g)) {
        const name = /\bname="([^"]+)"/.exec(tag)?.[1]
        if (name === undefined) continue
        fields[name] = [...new Set([...(fields[name] ?? []), /\bvalue="([^"]*)"/.exec(tag)?.[1] ?? ''])]
      }
    }
  }
  if (Object.keys(forms).length < 5) throw new Error('the pages have no forms')
  return forms
}
