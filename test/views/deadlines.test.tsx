import { describe, expect, it } from 'vitest'
import { may } from '../../src/domain/roles.ts'
import type { ConnectionDetail } from '../../src/domain/snapshot.ts'
import { ConnectionPage } from '../../src/views/pages/connection.tsx'
import { ConnectionsPage } from '../../src/views/pages/connections.tsx'
import {
  DAY,
  ID,
  listed,
  live,
  liveProps,
  MINUTE,
  member,
  NOW,
  PLAIN_LIST,
  render,
  VIEWER,
} from './fixtures.tsx'

/** Tone and text of the notice; null where there is none. */
async function noticeFor(left: number, over: Partial<ConnectionDetail> = {}) {
  const html = await render(live({ reauthorizeBefore: NOW + left, ...over }))
  const found = /<div class="notice ([a-z]+)"><h2>(This consent [^<]+)<\/h2>/.exec(html)
  return found && { tone: found[1], title: found[2] }
}

async function rowFor(left: number): Promise<string> {
  const html = await render(
    <ConnectionsPage
      member={member('Reports')}
      now={NOW}
      connections={[listed('Reports', { reauthorizeBefore: NOW + left })]}
      connectorNames={{}}
      {...PLAIN_LIST}
    />,
  )
  const cell = /<td class="cell-state">(.*?)<\/td>/.exec(html)?.[1] ?? ''
  return cell.replaceAll(/<time[^>]*>/g, '')
}

describe('the end of a consent that no refresh can move', () => {
  it.each([
    [14 * DAY + 1, null],
    [14 * DAY, { tone: 'calm', title: 'This consent ends in 14 days' }],
    [7 * DAY + 1, { tone: 'calm', title: 'This consent ends in 7 days' }],
    [7 * DAY, { tone: 'warn', title: 'This consent ends in 7 days' }],
    [DAY + 1, { tone: 'warn', title: 'This consent ends in 1 day' }],
    [DAY, { tone: 'bad', title: 'This consent ends in 1 day' }],
    [20 * 60 * MINUTE, { tone: 'bad', title: 'This consent ends in 20 h' }],
    [-MINUTE, { tone: 'bad', title: 'This consent has reached its end' }],
  ])('%d ms ahead', async (left, notice) => {
    expect(await noticeFor(left)).toEqual(notice)
  })

  it('comes with the date, and with Reconnect now for those who may', async () => {
    const html = await render(live({ reauthorizeBefore: NOW + 6 * DAY }))
    expect(html).toContain('<span class="strong">30 Nov 2026</span>')
    expect(html).toContain('Reconnect now keeps everything')
    expect(html).toMatch(/reconnect"[^>]*><button[^>]*>Reconnect now</)
  })

  it('asks a viewer to tell an admin, and shows no form', async () => {
    expect(may(VIEWER.role, 'connections.manage')).toBe(false)
    const props = { ...liveProps('Reports', { reauthorizeBefore: NOW + DAY }), member: VIEWER }
    const html = await render(<ConnectionPage {...props} />)
    expect(html).toContain('This consent ends in 1 day')
    expect(html).toContain('Ask an owner or an admin of this workspace')
    expect(html).not.toContain(`action="/connections/${ID}`)
  })

  it('is no news where the consent is gone already or not given yet', async () => {
    expect(await noticeFor(DAY, { state: 'reauthorize', reason: 'grant_revoked' })).toBeNull()
    expect(await noticeFor(DAY, { state: 'pending' })).toBeNull()
    expect(await noticeFor(DAY, { state: 'paused' })).not.toBeNull()
    expect(await noticeFor(0, { reauthorizeBefore: null })).toBeNull()
  })

  it('stands in the list too', async () => {
    expect(await rowFor(6 * DAY)).toContain('<span class="note warn">Consent ends in 6 days</time>')
    expect(await rowFor(14 * DAY)).toContain('<span class="note calm">Consent ends in 14 days</time>')
    expect(await rowFor(DAY)).toContain('<span class="note bad">Consent ends in 1 day</time>')
    expect(await rowFor(14 * DAY + 1)).not.toContain('Consent ends')
  })
})
