// A connection and its connector as pages get them, every text of theirs from outside.

import type { Connector } from '../../src/domain/connector.ts'
import type { HistoryEvent } from '../../src/domain/history.ts'
import type { ConnectionDetail, ListedConnection } from '../../src/domain/snapshot.ts'
import type { AppHealth } from '../../src/views/components/app-alerts.tsx'
import type { PageMember } from '../../src/views/layout.tsx'
import { ConnectionLive } from '../../src/views/pages/connection.tsx'

export const NOW = Date.UTC(2026, 10, 24, 9)
export const MINUTE = 60_000
export const DAY = 1440 * MINUTE
export const PUBLIC_URL = 'https://evergrant.example'
export const ID = 'con_4k2m9x0q7t1z8b3n5v6c7d8e9f'

export async function render(markup: unknown): Promise<string> {
  return String(await markup)
}

export function member(text: string): PageMember {
  return { ...VIEWER, email: text, name: text, role: 'owner', workspaceName: text }
}

export const VIEWER: PageMember = {
  email: 'v@example.com',
  name: null,
  role: 'viewer',
  workspaceId: 'wsp_1',
  workspaceName: 'Northwind',
  workspaces: [{ id: 'wsp_1', name: 'Northwind' }],
  ownsDeployment: false,
}

/** An OAuth app of which there is nothing to say. */
export const HEALTHY: AppHealth = { held: null, commonCause: null, rotating: false, secretExpiresAt: null }

export const NO_COUNTS = { reauthorize: 0, deciding: 0, failing: 0, ending: 0 }

/** A list that is not narrowed, over which nothing is wrong. */
export const PLAIN_LIST = {
  query: { q: null, state: null, connector: null, by: null, account: null },
  makers: { members: [], keys: [] },
  trouble: { counts: NO_COUNTS, held: [], secrets: [], appConfigured: true },
  later: false,
  nextCursor: null,
}

export function renamed(): ConnectionDetail['history'] {
  return [event({})]
}

export function event(over: Partial<HistoryEvent>): HistoryEvent {
  return {
    at: NOW,
    kind: 'renamed',
    trigger: 'manual',
    outcome: null,
    detail: null,
    durationMs: null,
    ...over,
  }
}

export function live(over: Partial<ConnectionDetail>) {
  return <ConnectionLive {...liveProps('Reports', over)} />
}

export function liveProps(text: string, over: Partial<ConnectionDetail> = {}) {
  return {
    member: member(text),
    now: NOW,
    connection: { ...connection(text), ...over },
    connector: connector(text),
    publicUrl: PUBLIC_URL,
    confirmDelete: false,
    siblings: 0,
    twin: null,
    holder: null,
    app: { clientId: text, approvalUrl: null },
    whoUses: { keys: [], builders: [] },
  }
}

export function listed(text: string, over: Partial<ListedConnection> = {}): ListedConnection {
  return { ...connection(text), decideUntil: null, ...over }
}

export function connection(text: string): ConnectionDetail {
  return {
    id: ID,
    workspaceId: 'wsp_1',
    connector: 'service',
    name: text,
    state: 'active',
    paused: false,
    reason: null,
    health: 'ok',
    account: { id: text, email: text, name: text },
    tools: ['tool', text],
    requestedScopes: ['read', text],
    grantedScopes: [text],
    accessExpiresAt: NOW + 30 * MINUTE,
    refreshDueAt: NOW + 20 * MINUTE,
    reauthorizeBefore: NOW + 9000 * MINUTE,
    lastRefreshedAt: NOW - 30 * MINUTE,
    lastUsedAt: NOW - MINUTE,
    createdAt: NOW - 9000 * MINUTE,
    updatedAt: NOW - 30 * MINUTE,
    appConnector: 'local',
    appOwner: 'wsp_1',
    generation: 2,
    revision: 3,
    obtainedAt: NOW - 30 * MINUTE,
    lastUse: { at: NOW - MINUTE, keyId: 'k3x9a0b1c2d4', keyName: text },
    uses: [{ at: NOW - MINUTE, keyId: 'k3x9a0b1c2d4' }],
    lastTest: null,
    notice: null,
    accountTenant: null,
    consentedScopes: ['read', text],
    wished: false,
    parked: null,
    trouble: null,
    reasonHint: null,
    refreshingSince: null,
    authorizationOpenUntil: null,
    deletion: null,
    history: [
      {
        at: NOW - MINUTE,
        kind: 'refresh_failed',
        trigger: 'alarm',
        outcome: text,
        detail: text,
        durationMs: 12,
      },
    ],
  }
}

export function connector(text: string): Connector {
  return {
    id: 'service',
    name: text,
    category: text,
    description: text,
    confidence: 'unverified',
    setupSteps: [text],
    params: [{ name: 'region', label: text, pattern: '[a-z]+', example: text }],
    authorize: { url: 'https://service.example/authorize', params: {}, pkce: 'S256', scopeSeparator: ' ' },
    token: { url: 'https://service.example/token', clientAuth: 'client_secret_basic', scopeSeparator: ' ' },
    baseScopes: [text],
    scopes: [{ scope: 'read', title: text, sensitive: true }],
    tools: [{ id: 'tool', title: text, scopes: ['read'] }],
    lifetimes: { access: 3600, refreshIdle: null, refreshAbsolute: null },
    refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: true },
    errors: [],
    identity: null,
    revocation: null,
    api: { baseUrl: 'https://api.service.example', examplePath: '/me' },
  }
}
