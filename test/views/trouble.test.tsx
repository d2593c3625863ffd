import { describe, expect, it } from 'vitest'
import { ConnectionsPage } from '../../src/views/pages/connections.tsx'
import { DAY, ID, listed, MINUTE, member, NO_COUNTS, NOW, PLAIN_LIST, render, VIEWER } from './fixtures.tsx'

const { trouble: FINE } = PLAIN_LIST

function list(over: Partial<Parameters<typeof ConnectionsPage>[0]> = {}): Promise<string> {
  return render(
    <ConnectionsPage
      member={member('Ada')}
      now={NOW}
      connections={[listed('Reports')]}
      connectorNames={{}}
      {...PLAIN_LIST}
      {...over}
    />,
  )
}

/** The lines of the strip, each with where it leads. */
async function strip(
  trouble: Partial<Parameters<typeof ConnectionsPage>[0]['trouble']>,
  who = member('Ada'),
): Promise<string[]> {
  const html = await list({ trouble: { ...FINE, ...trouble }, member: who })
  const items = /<ul class="trouble"[^>]*>(.*?)<\/ul>/.exec(html)?.[1] ?? ''
  return [...items.matchAll(/<li><\w+ class="trouble-item (\w+)"(?: href="([^"]+)")?>(.*?)<\/li>/g)].map(
    ([, tone, href = 'nowhere', text = '']) => `${tone} ${href}: ${text.replaceAll(/<[^>]+>/g, '')}`,
  )
}

const GITHUB = { connector: 'github', name: 'GitHub' }

describe('the strip over the list', () => {
  it('is absent where nothing is wrong', async () => {
    expect(await list()).not.toContain('class="trouble"')
    const later = { ...GITHUB, secretExpiresAt: NOW + 31 * DAY }
    expect(await strip({ secrets: [later] })).toEqual([])
  })

  it('names each kind with its number and leads to it, the worst first', async () => {
    const lines = await strip({
      counts: { reauthorize: 1, deciding: 4, failing: 2, ending: 3 },
      held: [{ ...GITHUB, own: true, connections: 12 }],
      secrets: [{ connector: 'google', name: 'Google', secretExpiresAt: NOW + 6 * DAY }],
    })
    expect(lines).toEqual([
      'bad /connections?state=reauthorize: 1 connection must be reconnected',
      'bad /connectors/github: GitHub refuses the OAuth app: 12 connections held',
      'warn /connections?state=deciding: 4 connections with an account to choose',
      'warn /connections?state=failing: 2 connections with a failing service',
      'warn /connectors/google: The app secret of Google ends in 6 days',
      'calm /connections?state=ending: 3 connections with a consent that ends soon',
    ])
  })

  it('leaves out each kind that there is none of', async () => {
    expect(await strip({ counts: { ...NO_COUNTS, ending: 2 } })).toHaveLength(1)
  })

  it('says that a secret has expired', async () => {
    const expired = { ...GITHUB, secretExpiresAt: NOW - MINUTE }
    expect(await strip({ secrets: [expired] })).toEqual([
      'bad /connectors/github: The app secret of GitHub has expired',
    ])
  })

  it('leads whoever may not see apps to the connections instead', async () => {
    const trouble = {
      held: [{ ...GITHUB, own: false, connections: 1 }],
      secrets: [{ ...GITHUB, secretExpiresAt: NOW + DAY }],
    }
    expect(await strip(trouble, VIEWER)).toEqual([
      'bad /connections?state=held: GitHub refuses the deployment’s OAuth app: 1 connection held',
      'bad nowhere: The app secret of GitHub ends in 1 day',
    ])
  })

  it('does not claim to have counted what it did not', async () => {
    const [line] = await strip({ counts: { ...NO_COUNTS, reauthorize: 1_000 } })
    expect(line).toContain('1,000 connections or more must be reconnected')
  })
})

describe('a row whose reconnect came back as another account', () => {
  const stateCell = async (over: Parameters<typeof listed>[1]) => {
    const html = await list({ connections: [listed('Reports', over)] })
    return /<td class="cell-state">(.*?)<\/td>/.exec(html)?.[1]?.replaceAll(/<\/?time[^>]*>/g, '') ?? ''
  }
  const asks = '<span class="note warn">Another account came back: choose one. The choice ends in 5 h</span>'

  it.each<[string, Parameters<typeof listed>[1]]>([
    ['works', {}],
    ['fails', { health: 'retrying' }],
    ['is paused', { state: 'paused', paused: true }],
    ['must be reconnected', { state: 'reauthorize', reason: 'grant_revoked' }],
  ])('asks for the choice where the connection %s', async (_, over) => {
    expect(await stateCell({ ...over, decideUntil: NOW + DAY / 5 })).toContain(asks)
    expect(await stateCell({ ...over, decideUntil: null })).not.toContain('Another account')
  })
})

describe('the three steps', () => {
  const done = (html: string) =>
    [...html.matchAll(/<li class="done">.*?href="([^"]+)"/g)].map(([, href]) => href)

  it('are ticked as they are done, each with its link', async () => {
    const nothing = await list({ connections: [], trouble: { ...FINE, appConfigured: false } })
    expect(done(nothing)).toEqual([])
    expect(nothing).toContain('<a class="button primary" href="/connectors">')
    expect(nothing).not.toContain('<search>')
    const app = await list({ connections: [] })
    expect(done(app)).toEqual(['/connectors'])
    const unused = listed('Reports', { lastUsedAt: null })
    const connected = await list({ connections: [unused] })
    expect(done(connected)).toEqual(['/connectors', '/connections/new'])
    expect(connected).toContain(`href="/connections/${ID}">Call it`)
  })

  it.each<[string, Parameters<typeof list>[0]]>([
    ['a workflow has called', {}],
    ['the list is narrowed', { connections: [], query: { ...PLAIN_LIST.query, q: 'x' } }],
    ['this is a later page', { connections: [], later: true }],
    ['there are more', { connections: [listed('x', { lastUsedAt: null })], nextCursor: 'more' }],
    ['the member may not connect', { connections: [], member: VIEWER }],
  ])('are gone once %s', async (_, over) => {
    expect(await list(over)).not.toContain('start-steps')
  })

  it('tell whoever may not connect whom to ask', async () => {
    expect(await list({ connections: [], member: VIEWER })).toContain('An owner or an admin')
  })
})

describe('the filter', () => {
  it('shows what the list is narrowed to, and how to get rid of it', async () => {
    const query = {
      q: 'rep',
      state: 'held',
      connector: 'github',
      by: 'mem_1',
      account: 'a@example.com',
    } as const
    const html = await list({
      query,
      connectorNames: { github: 'GitHub', google: 'Google' },
      makers: {
        members: [
          { id: 'mem_1', name: 'Ada' },
          { id: 'mem_2', name: 'Bob' },
        ],
        keys: [],
      },
    })
    for (const value of ['held', 'github', 'mem_1']) {
      expect(html).toMatch(new RegExp(`<option value="${value}" selected`))
    }
    expect(html).toContain(
      'href="/connections?q=rep&amp;state=held&amp;connector=github&amp;by=mem_1">Remove',
    )
    expect(html).toContain('<input type="hidden" name="account" value="a@example.com"')
    expect(html).not.toContain('API keys">')
  })

  it('keeps a maker who is gone', async () => {
    const html = await list({ query: { ...PLAIN_LIST.query, by: 'mem_gone' } })
    expect(html).toMatch(/<option value="mem_gone" selected[^>]*>Somebody who is gone/)
  })

  it('goes along to the next page', async () => {
    const query = { ...PLAIN_LIST.query, q: 'a b', state: 'attention' } as const
    expect(await list({ query, nextCursor: 'abc' })).toContain(
      'href="/connections?q=a+b&amp;state=attention&amp;cursor=abc"',
    )
  })
})
