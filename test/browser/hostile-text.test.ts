// Hostile texts from everybody who can put one on a page, and long ones, in a real browser.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refused } from '../tools/workspace.ts'
import { type Stage, startStage, type Visit } from './driver.ts'
import { connect, fact, signIn } from './people.ts'
import { leave, visitor } from './visitor.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

const PAYLOADS = [
  '<script>hit()</script>',
  '"><img src=x onerror=hit()>',
  "'><svg onload=hit()>",
  '<a href="javascript:hit()">here</a>',
]
const HOSTILE = PAYLOADS.join(' ')

/** Signed in, on pages where a payload that runs is a problem. */
async function watched(): Promise<Visit> {
  const visit = await visitor(stage)
  const { page, problems } = visit
  await page.context().exposeFunction('hit', () => problems.push('a payload ran'))
  await signIn(page, 'Ada Lovelace')
  return visit
}

async function expectNone(page: Page, address: string, images: string): Promise<void> {
  await page.goto(address)
  await page.locator('h1').waitFor()
  const planted = page.locator(`${images}, main script, a[href^="javascript"]`)
  expect(await planted.count(), address).toBe(0)
}

describe('a hostile text is shown as text', () => {
  it('as account name, connection name, scope and error description', { timeout: 120_000 }, async () => {
    const visit = await watched()
    const { page } = visit

    await stage.steer.userinfo({
      status: 200,
      body: { sub: 'evil', name: HOSTILE, email: 'x@example.com', email_verified: true },
      times: 2,
    })
    await stage.steer.nextToken({
      do: 'edit',
      set: { scope: `openid contacts.read ${HOSTILE.replaceAll(' ', '')}` },
      client_id: 'local-crm',
    })
    await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
    await page.getByLabel('Name').fill(HOSTILE.slice(0, 100))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: PAYLOADS[0] ?? '' }).waitFor()
    const path = new URL(page.url()).pathname
    expect(await fact(page, 'Acts as').textContent()).toContain(HOSTILE)
    await page.getByText('Scopes as the service spells them').click()
    expect(await page.locator('#permissions').textContent()).toContain(PAYLOADS[0])

    const failed = await refused(page, stage, PAYLOADS[1] ?? '', {
      error: 'access_denied',
      error_description: HOSTILE,
    })
    expect(await page.locator('.notices').textContent()).toContain(PAYLOADS[0])

    for (const address of [
      path,
      `${path}?confirm=delete`,
      failed,
      '/connections',
      '/keys',
      `/connections?q=${encodeURIComponent(HOSTILE)}`,
    ]) {
      await expectNone(page, address, 'main img, main svg:not(.bar):not(.chart svg)')
    }
    await page.goto(`${path}?confirm=delete`)
    await page.getByRole('button', { name: 'Delete this connection' }).click()
    await page.getByRole('heading', { name: 'is deleted' }).waitFor()
    await leave(visit)
  })

  it('as workspace name, connector name and webhook address', { timeout: 120_000 }, async () => {
    const visit = await watched()
    const { page } = visit

    await page.goto('/settings')
    await page.getByLabel('Name').fill(PAYLOADS[0] ?? '')
    await page.locator('#workspace').getByRole('button', { name: 'Save' }).click()
    await page.locator('summary', { hasText: PAYLOADS[0] ?? '' }).waitFor()

    await page.goto('/connectors/new/form?from=todoist')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(PAYLOADS[1] ?? '')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Your own connector' }).waitFor()

    await page.goto('/settings/webhooks')
    await page.getByLabel('Address').fill(`${stage.upstreamOrigin}/hook?${PAYLOADS[0]}`)
    await page.getByRole('button', { name: 'Add this endpoint' }).click()
    await page.getByRole('heading', { name: 'Signing secret' }).waitFor()
    await page.getByRole('link', { name: 'I have copied it' }).click()
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor()

    for (const address of [
      new URL(page.url()).pathname,
      '/settings/webhooks',
      '/connectors',
      '/connectors/own-todoist',
      '/connectors/own-todoist/definition',
      '/connections/new',
      '/connections/new/own-todoist',
      '/members',
      '/audit',
      '/settings',
    ]) {
      await expectNone(page, address, 'img[src="x"], svg[onload]')
    }
    await page.goto('/connectors')
    expect(await page.locator('main').textContent()).toContain(PAYLOADS[1])
    await page.goto('/settings')
    await page.getByLabel('Name').fill('Workspace')
    await page.locator('#workspace').getByRole('button', { name: 'Save' }).click()
    await page.locator('summary', { hasText: 'Workspace' }).waitFor()
    await leave(visit)
  })
})

it('a long name squeezes no word beside it apart', async () => {
  const visit = await visitor(stage)
  const { page } = visit
  await signIn(page, 'Ada Lovelace')
  await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
  await page.getByLabel('Name').fill('word '.repeat(20).trim())
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'word word' }).waitFor()
  await page.goto('/audit')
  const broken = await page.evaluate<
    string[]
  >(`[...document.querySelectorAll(':is(.cell-who, .cell-outcome):not(:has(.badge))')]
    .filter((cell) => {
      const words = document.createRange()
      words.selectNodeContents(cell)
      const lines = new Set([...words.getClientRects()].map(({ bottom }) => Math.round(bottom)))
      return !/\\s/.test(cell.textContent.trim()) && lines.size > 1
    })
    .map(({ textContent }) => textContent)`)
  expect(await page.locator('.cell-outcome', { hasText: 'connected' }).count()).toBeGreaterThan(0)
  expect(broken).toEqual([])
  await leave(visit)
})
