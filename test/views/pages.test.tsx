import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/domain/connection.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { guidance } from '../../src/domain/guidance.ts'
import type { NoticeKind } from '../../src/domain/record.ts'
import type { ConnectionDetail } from '../../src/domain/snapshot.ts'
import type { PageMember } from '../../src/views/layout.tsx'
import { AppPage } from '../../src/views/pages/app.tsx'
import { CatalogPage } from '../../src/views/pages/catalog.tsx'
import { ConnectionLive, ConnectionPage } from '../../src/views/pages/connection.tsx'
import { ConnectionsPage } from '../../src/views/pages/connections.tsx'
import { ConnectorsPage } from '../../src/views/pages/connectors.tsx'
import { DeletedPage } from '../../src/views/pages/deleted.tsx'
import { KeyCreatedPage, KeysPage } from '../../src/views/pages/keys.tsx'
import { MessagePage } from '../../src/views/pages/message.tsx'
import { SetUpPage } from '../../src/views/pages/set-up.tsx'
import { SignInPage } from '../../src/views/pages/sign-in.tsx'

const HOSTILE = `<img src=x onerror=alert(1)>"'><svg/onload=alert(2)>`
const NOW = Date.UTC(2026, 10, 24, 9)
const MINUTE = 60_000
const PUBLIC_URL = 'https://evergrant.example'
const ID = 'con_4k2m9x0q7t1z8b3n5v6c7d8e9f'

const NOTICE_KINDS = Object.keys({
  connected: true,
  reconnected: true,
  fewer_permissions: true,
  declined: true,
  refused_by_service: true,
  other_account: true,
  account_unknown: true,
  exchange_failed: true,
  app_refused: true,
  provider_unavailable: true,
} satisfies Record<NoticeKind, true>) as NoticeKind[]

describe('pages', () => {
  it('show everything a person or a service supplied as text', async () => {
    const pages = everyPage(HOSTILE)
    for (const [name, markup] of Object.entries(pages)) {
      const html = await render(markup)
      expect(html, name).not.toContain('<img src=x')
      expect(html, name).not.toContain('<svg/onload')
      expect(html, name).not.toContain(`"'>`)
      expect(html, name).toContain('&lt;img src=x onerror=alert(1)&gt;')
    }
  })

  it('carry no inline script, handler or style, which the policy would block', async () => {
    for (const [name, markup] of Object.entries(everyPage('plain'))) {
      const html = await render(markup)
      expect(html, name).not.toMatch(/<[^>]+\s(style|on[a-z]+|hx-on[^=]*)=/)
      expect(html, name).not.toMatch(/<style|<script(?![^>]*\ssrc=)|"js:|javascript:/)
    }
  })

  it('say every outcome of a consent in words of its own', async () => {
    const texts = new Set<string>()
    for (const kind of NOTICE_KINDS) {
      const detail = kind === 'connected' ? null : 'what the service wrote'
      const html = await render(live({ notice: { kind, at: NOW - MINUTE, detail }, history: renamed() }))
      const banner = /<div class="notice [^"]*"><h2>(.+?)<\/h2><p>(.+?)<\/p>/.exec(html)
      expect(banner?.[2], kind).toMatch(/[a-z]{3}.*\./)
      if (detail) expect(html, kind).toContain(detail)
      texts.add(`${banner?.[1]}${banner?.[2]}`)
    }
    expect(texts.size).toBe(NOTICE_KINDS.length)
  })

  it('say every reason to reauthorize with what to do, and offer Reconnect to those who may', async () => {
    for (const reason of REASONS) {
      const html = await render(live({ state: 'reauthorize', reason }))
      expect(html, reason).toContain(guidance(reason).title)
      expect(html, reason).toContain(guidance(reason).action)
      expect(html, reason).toContain(`action="/connections/${ID}/reconnect"`)
    }
    const props = {
      ...liveProps('Reports', { state: 'reauthorize', reason: 'grant_revoked' }),
      member: viewer,
    }
    expect(await render(<ConnectionPage {...props} />)).not.toMatch(/action="\/connections\//)
  })

  it('look again every 5 seconds while something is under way, else every minute', async () => {
    const interval = async (over: Partial<ConnectionDetail>) =>
      /every (\d+)s/.exec(await render(live(over)))?.[1]
    expect(await interval({})).toBe('60')
    expect(await interval({ state: 'pending' })).toBe('5')
    expect(await interval({ health: 'retrying' })).toBe('5')
    expect(await interval({ updatedAt: NOW - 59_000 })).toBe('5')
  })

  it('never put the forms that leave for another origin into the hands of htmx', async () => {
    const pages = [
      <SignInPage returnPath="/" issuerHost="issuer.example" />,
      setUp('Service', true),
      <ConnectionPage {...liveProps('Reports', { state: 'pending' })} />,
    ]
    for (const markup of pages) {
      const forms = (await render(markup)).match(/<form[^>]*>/g) ?? []
      const leaving = forms.filter((form) => /action="(\/sign-in|\/connections|.*\/reconnect)"/.test(form))
      expect(leaving.length).toBeGreaterThan(0)
      for (const form of leaving) expect(form).not.toContain('hx-')
    }
  })
})

const viewer: PageMember = { email: 'v@example.com', name: null, role: 'viewer', workspaceName: 'Northwind' }

async function render(markup: unknown): Promise<string> {
  return String(await markup)
}

function member(text: string): PageMember {
  return { email: text, name: text, role: 'owner', workspaceName: text }
}

function renamed(): ConnectionDetail['history'] {
  return [{ at: NOW, kind: 'renamed', trigger: 'manual', outcome: null, detail: null, durationMs: null }]
}

function live(over: Partial<ConnectionDetail>) {
  return <ConnectionLive {...liveProps('Reports', over)} />
}

function liveProps(text: string, over: Partial<ConnectionDetail> = {}) {
  return {
    member: member(text),
    now: NOW,
    connection: { ...connection(text), ...over },
    connector: connector(text),
    publicUrl: PUBLIC_URL,
    confirmDelete: false,
    siblings: 0,
  }
}

function setUp(text: string, configured: boolean) {
  return (
    <SetUpPage
      member={member(text)}
      connector={connector(text)}
      app={configured ? { configured: true, owner: 'workspace' } : { configured: false }}
      callbackUrl={`${PUBLIC_URL}/oauth/callback/service`}
      values={{ name: text, clientId: text, params: { region: text } }}
      errors={[
        { path: 'name', message: text },
        { path: '', message: text },
      ]}
    />
  )
}

function everyPage(text: string): Record<string, unknown> {
  const common = { member: member(text), now: NOW }
  const notices = NOTICE_KINDS.map((kind) => [
    `connection, ${kind}`,
    <ConnectionPage {...liveProps(text, { notice: { kind, at: NOW, detail: text } })} />,
  ])
  const key = {
    id: 'k3x9a0b1c2d4',
    name: text,
    permissions: ['tokens:read' as const],
    connectionIds: [ID],
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: NOW + MINUTE,
    revokedAt: null,
  }
  const held = { since: NOW - MINUTE, detail: text }
  const app = { clientId: text, secretSet: true, params: { region: text }, updatedAt: NOW }
  return {
    ...Object.fromEntries(notices),
    'sign-in': <SignInPage returnPath={text} issuerHost={text} problem={text} />,
    message: (
      <MessagePage title={text} text={text} detail={text} action={{ href: '/', label: text }} {...common} />
    ),
    connections: (
      <ConnectionsPage
        {...common}
        connections={[connection(text)]}
        connectorNames={{ service: text, other: text }}
        query={{ q: text, state: null, connector: null }}
        nextCursor={text}
      />
    ),
    catalog: (
      <CatalogPage
        {...common}
        connectors={[{ ...connector(text), connectionCount: 2 }]}
        query={{ q: text }}
      />
    ),
    'set-up': setUp(text, true),
    'set-up, no app': setUp(text, false),
    'connection, in trouble': (
      <ConnectionPage
        {...liveProps(text, {
          health: 'held',
          trouble: { class: 'config', attempts: 1, retryAt: NOW + MINUTE, detail: text },
        })}
        confirmDelete
        siblings={1}
        errors={[{ path: 'name', message: text }]}
      />
    ),
    deleted: <DeletedPage {...common} name={text} report={{ revoked: false, detail: text }} />,
    connectors: (
      <ConnectorsPage
        {...common}
        connectors={[{ ...connector(text), configuredBy: 'workspace', held, connectionCount: 1 }]}
      />
    ),
    app: (
      <AppPage
        {...common}
        connector={connector(text)}
        app={app}
        deploymentApp
        held={held}
        callbackUrl={PUBLIC_URL}
        connectionCount={1}
        confirmRemove
        errors={[{ path: 'client_id', message: text }]}
      />
    ),
    keys: <KeysPage {...common} keys={[key]} connections={[{ id: ID, name: text }]} revoke={key.id} />,
    'key created': (
      <KeyCreatedPage
        {...common}
        name={text}
        apiKey="egk_example"
        publicUrl={PUBLIC_URL}
        permissions={['tokens:read']}
        connectionId={ID}
      />
    ),
  }
}

function connection(text: string): ConnectionDetail {
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
    appOwner: 'wsp_1',
    generation: 2,
    revision: 3,
    obtainedAt: NOW - 30 * MINUTE,
    lastUse: { at: NOW - MINUTE, keyId: 'k3x9a0b1c2d4', keyName: text },
    notice: null,
    trouble: null,
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

function connector(text: string): Connector {
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
