import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/domain/connection.ts'
import { formOf } from '../../src/domain/definition-form.ts'
import { guidance } from '../../src/domain/guidance.ts'
import type { NoticeKind } from '../../src/domain/record.ts'
import type { ConnectionDetail } from '../../src/domain/snapshot.ts'
import { AddConnectorPage } from '../../src/views/pages/add-connector.tsx'
import { AppPage } from '../../src/views/pages/app.tsx'
import { CatalogPage } from '../../src/views/pages/catalog.tsx'
import { ConnectionPage } from '../../src/views/pages/connection.tsx'
import { ConnectionsPage } from '../../src/views/pages/connections.tsx'
import { ConnectorsPage } from '../../src/views/pages/connectors.tsx'
import { DefinitionPage } from '../../src/views/pages/definition.tsx'
import { DeletedPage } from '../../src/views/pages/deleted.tsx'
import { KeyCreatedPage, KeysPage } from '../../src/views/pages/keys.tsx'
import { MessagePage } from '../../src/views/pages/message.tsx'
import { SetUpPage } from '../../src/views/pages/set-up.tsx'
import { SignInPage } from '../../src/views/pages/sign-in.tsx'
import { WebhookPage } from '../../src/views/pages/webhook.tsx'
import { WebhookSecretPage, WebhooksPage } from '../../src/views/pages/webhooks.tsx'
import {
  connector,
  ID,
  listed,
  live,
  liveProps,
  MINUTE,
  member,
  NOW,
  PLAIN_LIST,
  PUBLIC_URL,
  renamed,
  render,
  VIEWER,
} from './fixtures.tsx'

const FIELDS = Object.keys(formOf({}))

const HOSTILE = `<img src=x onerror=alert(1)>"'><svg/onload=alert(2)>`

const NOTICE_KINDS = Object.keys({
  connected: true,
  reconnected: true,
  fewer_permissions: true,
  declined: true,
  refused_by_service: true,
  approval_required: true,
  scope_refused: true,
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
      member: VIEWER,
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

function setUp(text: string, configured: boolean) {
  return (
    <SetUpPage
      member={member(text)}
      connector={connector(text)}
      app={configured ? { configured: true, owner: 'workspace' } : { configured: false }}
      callbackUrl={`${PUBLIC_URL}/oauth/callback/service`}
      alreadyConnected={2}
      values={{ name: text, clientId: text, secretExpires: text, params: { region: text } }}
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
  const endpoint = {
    id: 'whk_1',
    url: `https://example.com/${encodeURIComponent(text)}`,
    events: ['connection.held' as const],
    disabledAt: null,
    disabledReason: null,
    createdAt: NOW,
    oldSecretUntil: NOW + MINUTE,
  }
  const delivery = {
    eventId: 'evt_1',
    type: 'connection.held' as const,
    connectionId: ID,
    at: NOW,
    state: 'failed' as const,
    attempts: 8,
    nextAt: null,
    lastAt: NOW,
    lastAnswer: text,
    lastMs: 12,
  }
  const key = {
    id: 'k3x9a0b1c2d4',
    name: text,
    permissions: ['tokens:read' as const],
    connectionIds: [ID],
    connectors: ['local'],
    rotatingSince: NOW,
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: NOW + MINUTE,
    revokedAt: null,
  }
  const health = {
    held: { since: NOW - MINUTE, detail: text },
    commonCause: { since: NOW - MINUTE, connections: 5 },
    rotating: true,
    secretExpiresAt: NOW + MINUTE,
  }
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
        connections={[listed(text, { decideUntil: NOW + MINUTE })]}
        connectorNames={{ service: text, other: text }}
        {...PLAIN_LIST}
        query={{ q: text, state: null, connector: text, by: text, account: text }}
        makers={{ members: [{ id: text, name: text }], keys: [{ id: text, name: text }] }}
        trouble={{
          counts: { reauthorize: 1, deciding: 1, failing: 2, ending: 3 },
          held: [{ connector: 'service', name: text, own: true, connections: 2 }],
          secrets: [{ connector: 'service', name: text, secretExpiresAt: NOW }],
          appConfigured: true,
        }}
        nextCursor={text}
      />
    ),
    'connections, at the start': (
      <ConnectionsPage
        {...common}
        {...PLAIN_LIST}
        connections={[listed(text, { lastUsedAt: null })]}
        connectorNames={{}}
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
          trouble: { class: 'config', attempts: 1, retryAt: NOW + MINUTE, detail: text, hint: text },
          reauthorizeBefore: NOW + MINUTE,
        })}
        confirmDelete
        siblings={1}
        errors={[{ path: 'name', message: text }]}
      />
    ),
    'connection, to reconnect': (
      <ConnectionPage
        {...liveProps(text, { state: 'reauthorize', reason: 'grant_revoked', reasonHint: text })}
        values={{ name: text }}
        errors={[{ path: 'name', message: text }]}
      />
    ),
    deleted: <DeletedPage {...common} name={text} report={{ revoked: false, detail: text }} />,
    connectors: (
      <ConnectorsPage
        {...common}
        connectors={[
          { ...connector(text), appKey: 'app', configuredBy: 'workspace', health, connectionCount: 1 },
        ]}
        query={{ q: text }}
      />
    ),
    'connectors, none found': <ConnectorsPage {...common} connectors={[]} query={{ q: text }} />,
    app: (
      <AppPage
        {...common}
        connector={connector(text)}
        app={app}
        deploymentApp
        health={health}
        callbackUrl={PUBLIC_URL}
        sharedWith={[text]}
        connectionCount={1}
        own
        confirm="remove"
        saved="hosts"
        errors={[{ path: 'client_id', message: text }]}
      />
    ),
    'add a connector': (
      <AddConnectorPage
        {...common}
        values={{ issuer: text, json: text }}
        errors={[
          { path: 'issuer', message: text },
          { path: 'json', message: text },
        ]}
      />
    ),
    definition: (
      <DefinitionPage
        {...common}
        existing={{ id: 'own-service', name: text, version: 1, connections: 2 }}
        values={Object.fromEntries(FIELDS.map((name) => [name, text]))}
        origin="issuer"
        move={{ from: [text], to: [text], connections: 2 }}
        errors={FIELDS.map((path) => ({ path, message: text }))}
      />
    ),
    keys: (
      <KeysPage
        {...common}
        keys={[key]}
        connections={[{ id: ID, name: text }]}
        connectors={[{ id: 'local', name: text }]}
        revoke={key.id}
        finish={key.id}
      />
    ),
    webhooks: (
      <WebhooksPage
        {...common}
        endpoints={[{ ...endpoint, last: { state: 'failed', at: NOW } }]}
        values={{ url: text, events: [text] }}
        errors={[
          { path: 'url', message: text },
          { path: 'events', message: text },
        ]}
      />
    ),
    'webhook secret': <WebhookSecretPage {...common} endpoint={endpoint} secret={text} />,
    webhook: (
      <WebhookPage
        {...common}
        endpoint={{ ...endpoint, disabledAt: NOW, disabledReason: 'gone' }}
        entries={[delivery, { ...delivery, eventId: 'evt_2', state: 'waiting', nextAt: NOW + MINUTE }]}
        nextCursor={text}
        sent="evt_1"
        confirmDelete
        values={{ url: text, events: [] }}
        errors={[{ path: 'url', message: text }]}
      />
    ),
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
