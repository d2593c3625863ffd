import { describe, expect, it } from 'vitest'
import type { AppHealth } from '../../src/views/components/app-alerts.tsx'
import { AppPage } from '../../src/views/pages/app.tsx'
import { type ConnectorRow, ConnectorsPage } from '../../src/views/pages/connectors.tsx'
import { KeysPage } from '../../src/views/pages/keys.tsx'
import { connector, DAY, HEALTHY, MINUTE, member, NOW, PUBLIC_URL, render } from './fixtures.tsx'

const HOSTILE = `<img src=x onerror=alert(1)>`
const APP = { clientId: 'client', secretSet: true, params: {}, updatedAt: NOW }

type Props = Partial<Parameters<typeof AppPage>[0]>

function appPage(health: Partial<AppHealth>, over: Props = {}): Promise<string> {
  return render(
    <AppPage
      member={member('Ada')}
      now={NOW}
      connector={connector('Service')}
      app={APP}
      deploymentApp={false}
      health={{ ...HEALTHY, ...health }}
      callbackUrl={PUBLIC_URL}
      sharedWith={[]}
      connectionCount={3}
      own={false}
      confirm={null}
      saved={null}
      {...over}
    />,
  )
}

function row(id: string, over: Partial<ConnectorRow> = {}): ConnectorRow {
  return {
    ...connector(id),
    id,
    appKey: id,
    configuredBy: over.health ? 'workspace' : null,
    health: null,
    connectionCount: 0,
    ...over,
  }
}

function list(health: Partial<AppHealth>, configuredBy: 'workspace' | 'deployment' = 'workspace') {
  return render(
    <ConnectorsPage
      member={member('Ada')}
      now={NOW}
      connectors={[
        row('service', { name: 'Service', configuredBy, health: { ...HEALTHY, ...health } }),
        row('other'),
      ]}
      query={{ q: null }}
    />,
  )
}

const bothPages = async (health: Partial<AppHealth>) => [await appPage(health), await list(health)]
const held = (detail: string) => ({ since: NOW - MINUTE, detail })

const rowsOf = (html: string) => [...html.matchAll(/<tr id="connector-([a-z-]+)"/g)].map(([, id]) => id)

describe('the order of the list', () => {
  const app = (health: Partial<AppHealth>) => ({ health: { ...HEALTHY, ...health } })

  it('is what needs a person, the gravest first, then what is set up, then the rest', async () => {
    const html = await render(
      <ConnectorsPage
        member={member('Ada')}
        now={NOW}
        query={{ q: null }}
        connectors={[
          row('bare'),
          row('fine', app({ secretExpiresAt: NOW + 31 * DAY })),
          row('ending', app({ secretExpiresAt: NOW + 29 * DAY })),
          row('lost', app({ commonCause: { since: NOW, connections: 5 } })),
          row('second', app({})),
          row('held', { ...app({ held: held('') }), configuredBy: 'deployment' }),
          row('last'),
        ]}
      />,
    )
    expect(rowsOf(html)).toEqual(['held', 'lost', 'ending', 'fine', 'second', 'bare', 'last'])
  })

  it('is the closest name first in a search, then as without one', async () => {
    const html = await render(
      <ConnectorsPage
        member={member('Ada')}
        now={NOW}
        query={{ q: 'drive' }}
        connectors={[
          row('all', { name: 'Google (all)', ...app({ held: held('') }) }),
          row('google', { name: 'Google Drive' }),
          row('local', { name: 'Local Drive', ...app({}) }),
          row('exact', { name: 'Drive' }),
        ]}
      />,
    )
    expect(rowsOf(html)).toEqual(['exact', 'local', 'google', 'all'])
  })
})

describe('an app that several connectors share', () => {
  const health = { ...HEALTHY, held: held(''), commonCause: { since: NOW - MINUTE, connections: 5 } }
  const shown = (...ids: string[]) =>
    render(
      <ConnectorsPage
        member={member('Ada')}
        now={NOW}
        query={{ q: null }}
        connectors={ids.map((id) => row(id, { name: id, appKey: 'suite', health }))}
      />,
    )

  it('is told of once, under the connector it is named after, and leads to the connections of all', async () => {
    const html = await shown('mail', 'suite', 'files')
    expect(html.match(/refuses this app/g)).toHaveLength(1)
    expect(html).toContain('suite refuses this app')
    expect(html).toContain('href="/connections?state=reauthorize"')
  })

  it('names the others on its page, and leads from there to the connections of all', async () => {
    const html = await appPage(health, { sharedWith: ['Mail', 'Files'] })
    expect(html).toContain('The same app serves Mail and Files.')
    expect(html).toContain('href="/connections?state=reauthorize"')
    const alone = await appPage(health)
    expect(alone).not.toContain('The same app serves')
    expect(alone).toContain('href="/connections?state=reauthorize&amp;connector=service"')
  })

  it('is told of under the one that was searched for', async () => {
    const html = await shown('mail')
    expect(html).toContain('mail refuses this app')
    expect(html).toContain('href="/connections?state=reauthorize&amp;connector=mail"')
  })
})

describe('an app that its service refuses', () => {
  it('is told on both pages with the likely cause, what the service said as text, and what to do', async () => {
    for (const html of await bothPages({ held: held(`HTTP 401 · invalid_client · ${HOSTILE}`) })) {
      expect(html).toContain('Service refuses this app')
      expect(html).toContain('The likely cause: the secret was replaced or has ended at the service')
      expect(html).toContain('The service said: HTTP 401 · invalid_client · &lt;img src=x')
      expect(html).not.toContain(HOSTILE)
      expect(html).toContain('nobody has to reconnect')
    }
    expect(await list({ held: held('') })).toContain('<a class="button" href="/connectors/service">')
  })

  it.each([
    ['HTTP 401 · invalid_client · The client secret has EXPIRED', 'its secret has expired'],
    ['HTTP 400 · unauthorized_client', 'switched off'],
    ['HTTP 400 · invalid_scope', 'one of the permissions'],
    ['', 'the secret was replaced'],
  ])('names the likely cause of “%s”', async (detail, words) => {
    expect(await appPage({ held: held(detail) })).toContain(words)
  })

  it('names the date that was noted for its secret, once', async () => {
    const html = await appPage({ held: held('HTTP 401'), secretExpiresAt: NOW - DAY })
    expect(html).toContain('its secret expired on 23 Nov 2026')
    expect(html).not.toContain('has expired</h2>')
  })

  it('of the deployment is not for its workspaces to mend', async () => {
    const html = await list({ held: held('HTTP 401') }, 'deployment')
    expect(html).toContain('refuses the deployment’s app')
    expect(html).toContain('OAUTH_APPS')
  })
})

describe('many consents lost at once', () => {
  const commonCause = { since: NOW - MINUTE, connections: 5 }

  it('are told on both pages with the number and where to begin', async () => {
    for (const html of await bothPages({ commonCause })) {
      expect(html).toContain(
        '5 connections of this app lost their consent within an hour; a common cause is likely:',
      )
      expect(html).toContain('href="/connections?state=reauthorize&amp;connector=service"')
    }
  })

  it('of the deployment’s app are not counted across workspaces', async () => {
    const html = await list({ commonCause }, 'deployment')
    expect(html).toContain('Many connections of this app lost their consent')
    expect(html).not.toContain('5 connections')
  })
})

describe('the secret of an app', () => {
  it('is said to be one of two while the newer one has not worked yet', async () => {
    for (const html of await bothPages({ rotating: true })) {
      expect(html).toContain('A newer secret is in use; the older one is kept until it has worked once')
    }
    expect(await appPage({})).not.toContain('A newer secret is in use')
  })

  it.each([
    [30 * DAY + 1, null, null],
    [30 * DAY, 'calm', 'in 30 days'],
    [7 * DAY + 1, 'calm', 'in 7 days'],
    [7 * DAY, 'warn', 'in 7 days'],
    [DAY, 'bad', 'in 1 day'],
    [-1, 'bad', 'expired'],
  ])('is a reminder %d ms ahead', async (left, tone, words) => {
    const [app, all] = await bothPages({ secretExpiresAt: NOW + left })
    const title = left < 0 ? 'The secret for Service has expired' : 'The secret for Service ends soon'
    // In the list what is still far away stands in its row only.
    for (const html of tone === 'calm' ? [app] : [app, all]) {
      if (tone === null) expect(html).not.toContain('The secret for Service')
      else expect(html).toContain(`<div class="notice ${tone}"><h2>${title}</h2>`)
    }
    const note = /<span class="note [a-z]+">(Secret .*?)<\/span>/.exec(all ?? '')?.[1]
    if (words === null) expect(note).toBeUndefined()
    else expect(note).toContain(words)
  })

  it('has a field for its last day, filled with what is stored or was typed', async () => {
    const end = Date.UTC(2027, 0, 31, 23, 59, 59)
    const field = (html: string) => /<input id="secret_expires"[^>]*>/.exec(html)?.[0]
    expect(field(await appPage({ secretExpiresAt: end }))).toMatch(/type="date" value="2027-01-31"/)
    expect(field(await appPage({}))).toContain('value=""')
    const refused = await appPage(
      { secretExpiresAt: end },
      {
        values: { clientId: 'client', secretExpires: 'soon', params: {} },
        errors: [{ path: 'secret_expires', message: 'Use a date such as 2027-01-31, or leave it empty.' }],
      },
    )
    expect(field(refused)).toContain('value="soon"')
    expect(field(refused)).toContain('aria-invalid="true"')
    expect(refused).toContain('<p class="error" id="secret_expires-error">Use a date such as 2027-01-31')
  })

  it('of the deployment has no date here', async () => {
    const html = await appPage({ secretExpiresAt: NOW + DAY }, { app: null, deploymentApp: true })
    expect(html).not.toContain('The secret for Service')
    expect(html).toMatch(/<input id="secret_expires"[^>]*value=""/)
  })
})

describe('the form for a key', () => {
  it('says at its field that a period is not offered', async () => {
    const message = 'Choose one of the listed periods.'
    const html = await render(
      <KeysPage
        member={member('Ada')}
        now={NOW}
        keys={[]}
        connections={[]}
        connectors={[]}
        revoke={null}
        errors={[{ path: 'expires', message }]}
      />,
    )
    expect(html).toContain(`<p class="error" id="expires-error">${message}</p>`)
    expect(html).toMatch(/<select id="expires"[^>]*aria-describedby="expires-error"/)
  })
})
