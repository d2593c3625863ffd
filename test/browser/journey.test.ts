// The consent journey in a real browser: in a window of its own, where that is blocked, and by keyboard alone.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from './driver.ts'
import { badge, connectionIdOf, consent, fact, signIn } from './people.ts'
import { leave, visitor } from './visitor.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

const connectButton = (page: Page) => page.getByRole('button', { name: 'Connect', exact: true })

async function allowIn(window: Page, person: string): Promise<void> {
  await window.getByRole('button', { name: person }).click()
  const closed = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Allow' }).click()
  await closed
}

describe('a window for the consent', () => {
  it('opens, holds no way back to the page, closes itself, and the page goes on', async () => {
    const visit = await visitor(stage, { popups: true })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    const opening = page.waitForEvent('popup')
    await connectButton(page).click()
    const window = await opening
    await window.getByRole('button', { name: 'Ada Lovelace' }).waitFor()
    expect(await window.evaluate('opener')).toBeNull()
    expect(await page.getByRole('status').last().textContent()).toContain('Go on in the window')
    await allowIn(window, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()

    // And a reconnect, on the same page under the same ID.
    const id = connectionIdOf(page)
    await page.waitForLoadState()
    const again = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Reconnect' }).click()
    await allowIn(await again, 'Ada Lovelace')
    await page.getByText('Reconnected as ada@example.com').waitFor()
    expect(connectionIdOf(page)).toBe(id)
    await leave(visit)
  })

  it('tells the page of a failure as well', async () => {
    const visit = await visitor(stage, { popups: true })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    const opening = page.waitForEvent('popup')
    await connectButton(page).click()
    const window = await opening
    await window.getByRole('button', { name: 'Grace Hopper' }).click()
    const closed = window.waitForEvent('close')
    await window.getByRole('button', { name: 'Decline' }).click()
    await closed
    await page.getByRole('heading', { name: 'The consent was declined' }).waitFor()
    await leave(visit)
  })

  it('does not depend on the service keeping the two windows together', async () => {
    const visit = await visitor(stage, { popups: true })
    const { page } = visit
    await page.context().route(`${stage.upstreamOrigin}/interaction/**`, async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 })
      const headers = { ...answer.headers(), 'cross-origin-opener-policy': 'same-origin' }
      await route.fulfill({ response: answer, headers })
    })
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    const opening = page.waitForEvent('popup')
    await connectButton(page).click()
    await allowIn(await opening, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()
    await leave(visit)
  })

  it('that is blocked leaves the form to go on in the page', async () => {
    const visit = await visitor(stage)
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    await connectButton(page).click()
    await consent(page, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()
    await leave(visit)
  })

  it('is not opened on a phone', async () => {
    const visit = await visitor(stage, { popups: true, viewport: { width: 390, height: 844 } })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    await connectButton(page).click()
    await consent(page, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()
    await leave(visit)
  })

  it('pressed again goes on in the page, and the window counts no more', async () => {
    const visit = await visitor(stage, { popups: true })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    const opening = page.waitForEvent('popup')
    await connectButton(page).click()
    await (await opening).getByRole('button', { name: 'Ada Lovelace' }).waitFor()
    await connectButton(page).click()
    await consent(page, 'Marketing')
    expect(await fact(page, 'Acts as').textContent()).toContain('marketing@example.com')
    await leave(visit)
  })
})

interface Focus {
  label: string
  outline: string
}

const FOCUS = `(({ activeElement: node }) => ({
  label: node === document.body ? '' : node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent ?? '',
  outline: getComputedStyle(node).outlineStyle,
}))(document)`

async function press(page: Page, name: string | RegExp): Promise<void> {
  await reach(page, name)
  await page.keyboard.press('Enter')
}

/** Tab until the focus is on a control of this name. */
async function reach(page: Page, name: string | RegExp): Promise<void> {
  for (let steps = 0; steps < 80; steps++) {
    await page.keyboard.press('Tab')
    const { label, outline } = await page.evaluate<Focus>(FOCUS)
    if (!(typeof name === 'string' ? label.trim() === name : name.test(label))) continue
    expect(outline).not.toBe('none')
    return
  }
  throw new Error(`The keyboard does not reach ${name}.`)
}

it('by keyboard alone: sign in, connect, copy the ID, reconnect', { timeout: 120_000 }, async () => {
  const visit = await visitor(stage, { permissions: ['clipboard-read', 'clipboard-write'] })
  const { page } = visit
  await page.goto('/')
  await press(page, /^\s*Continue with/)
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await press(page, /Ada Lovelace/)
  await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor()
  await press(page, '+ Add Connection')
  await page.getByRole('heading', { level: 1, name: 'Add a connection' }).waitFor()
  // What is typed before the scripts are there is searched for with Enter.
  await page.waitForLoadState('load')
  await reach(page, 'Search services')
  await page.keyboard.type('local drive')
  await expect.poll(() => page.locator('.card').count(), { timeout: 30_000 }).toBe(1)
  await press(page, 'Local Drive')
  await page.getByRole('heading', { level: 1, name: 'Connect Local Drive' }).waitFor()
  await press(page, 'Connect')
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await press(page, /Ada Lovelace/)
  await page.getByRole('heading', { name: /^Allow/ }).waitFor()
  await press(page, 'Allow')
  await badge(page, 'Active').waitFor()
  await press(page, 'Copy the connection ID')
  await page.getByText('Copied', { exact: true }).waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(connectionIdOf(page))
  await page.evaluate('document.activeElement.blur()')
  await press(page, 'Reconnect')
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await press(page, /Ada Lovelace/)
  await page.getByRole('heading', { name: /^Allow/ }).waitFor()
  await press(page, 'Allow')
  await page.getByText('Reconnected as ada@example.com').waitFor()
  await leave(visit)
})
