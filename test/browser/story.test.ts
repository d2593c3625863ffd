// The whole job in a real browser: connect, hold, fetch, refresh, lose, regain, delete.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { badge, connectionIdOf, consent, fact, removeAccess, signIn } from './people.ts'
import { askForToken, callService } from './workflow.ts'

/** A refresh happens nine to ten seconds after the consent, and every time again. */
const SHORT_LIFE_SECONDS = 12
/** What the edge may still say after a change: ten seconds in the isolate, and some for the copy. */
const EDGE = { timeout: 45_000, interval: 500 }

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

it('runs from the first sign-in to the deleted connection', { timeout: 150_000 }, async () => {
  const { page, problems, close } = await stage.visit({ permissions: ['clipboard-read', 'clipboard-write'] })
  tellOnFailure(page)
  await stage.steer.settings({ access_token_ttl: SHORT_LIFE_SECONDS })

  await signIn(page, 'Ada Lovelace')
  await page.getByRole('heading', { name: 'Three steps to the first token' }).waitFor()
  expect(await page.locator('.start-steps li').count()).toBe(3)

  await setUpLocalCrm(page)
  const id = connectionIdOf(page)
  expect(id).toMatch(/^con_[0-9a-z]{26}$/)
  await badge(page, 'Active').waitFor()
  expect(await fact(page, 'Acts as').textContent()).toContain('ada@example.com')
  expect(await page.getByLabel('Name').inputValue()).toBe('Local CRM - Ada Lovelace')
  await page.getByLabel('Name').fill('CRM of the sales team')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'CRM of the sales team' }).waitFor()

  const key = await makeKey(page, 'Sales workflow')
  const ask = () => askForToken(stage.publicUrl, id, key)
  const first = await ask()
  expect(first.status).toBe(200)
  expect(await callService(stage.upstreamOrigin, first.body.access_token)).toBe(200)

  await seeRefresh(page, id)
  const served = async () => (await ask()).body.access_token
  await expect.poll(served, EDGE).not.toBe(first.body.access_token)
  expect(await callService(stage.upstreamOrigin, await served())).toBe(200)

  // A longer life, so that no refresh of its own comes between the revocation and the click.
  await stage.steer.settings({ access_token_ttl: 120 })
  await expect.poll(() => refreshNow(page), EDGE).toBe(true)
  await revokeInAnotherTab(page)
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await badge(page, 'Reauthorize').waitFor()
  await page.getByRole('heading', { name: 'Access was taken away' }).waitFor()
  await expect.poll(async () => (await ask()).status, EDGE).toBe(409)
  expect((await ask()).body).toMatchObject({
    code: 'reauthorization_required',
    reason: 'grant_revoked',
    reconnect_url: `${stage.publicUrl}/connections/${id}`,
  })

  await page.getByRole('button', { name: 'Reconnect' }).click()
  await consent(page, 'Ada Lovelace')
  await badge(page, 'Active').waitFor()
  expect(connectionIdOf(page)).toBe(id)
  await page.getByRole('heading', { level: 1, name: 'CRM of the sales team' }).waitFor()
  await expect.poll(async () => (await ask()).status, EDGE).toBe(200)
  expect(await callService(stage.upstreamOrigin, await served())).toBe(200)

  await page.getByRole('link', { name: 'Delete', exact: true }).click()
  expect(await page.locator('#confirm').textContent()).toContain('Sales workflow, last')
  await page.getByRole('button', { name: 'Delete this connection' }).click()
  await page.getByRole('heading', { name: '“CRM of the sales team” is deleted' }).waitFor()
  await page.getByRole('heading', { name: 'Revoked at the service' }).waitFor()
  await expect.poll(async () => (await ask()).status, EDGE).toBe(404)

  expect(problems).toEqual([])
  await close()
})

it('would notice a page that breaks the policy, fails, or reaches another host', async () => {
  const { page, problems, close } = await stage.visit()
  await page.goto('/sign-in')
  await page.evaluate(`{
    setTimeout(() => { throw new Error('broken') })
    fetch('https://elsewhere.example/').catch(() => 0)
    document.body.insertAdjacentHTML('beforeend', '<p style="color: red">')
    new Image().src = 'https://elsewhere.example/pixel'
  }`)
  for (const sign of ['uncaught: broken', 'policy: connect-src', 'policy: style-src', 'policy: img-src']) {
    await expect.poll(() => problems.join('\n')).toContain(sign)
  }
  await page.goto(`${stage.upstreamOrigin}/account`)
  await page.evaluate(`fetch('https://elsewhere.example/').catch(() => 0)`)
  await expect.poll(() => problems.join('\n')).toContain('request to https://elsewhere.example/')
  await close()
})

/** From the empty list through the catalog, the set-up screen and the upstream's own pages. */
async function setUpLocalCrm(page: Page): Promise<void> {
  await page.getByRole('link', { name: '+ Add Connection' }).click()
  await page.getByRole('link', { name: 'Local CRM' }).click()
  await page.getByRole('heading', { level: 1, name: 'Connect Local CRM' }).waitFor()
  const tools = page.getByRole('group', { name: 'What workflows may do' })
  expect(await tools.textContent()).toMatch(
    /Look up contacts[\s\S]*Read contacts[\s\S]*Report on deals[\s\S]*Read deals/,
  )
  await page.getByLabel('Report on deals').uncheck()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.getByLabel('Read your contacts').waitFor()
  expect(await page.getByLabel('Read your deals').count()).toBe(0)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.locator('#connection-live').waitFor()
}

/** The key as the Copy button of the page puts it on the clipboard. */
async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByRole('link', { name: 'API keys' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('checkbox', { name: 'tokens:read' }).check()
  expect(await page.getByRole('checkbox', { name: 'connections:read' }).isChecked()).toBe(true)
  await page.getByRole('button', { name: 'Make this key' }).click()
  await page.getByRole('button', { name: 'Copy the API key' }).click()
  await page.getByText('Copied', { exact: true }).waitFor()
  const key = await page.evaluate<string>('navigator.clipboard.readText()')
  expect(key).toMatch(/^egk_/)
  return key
}

/** The page shows it by itself: it is opened once and never loaded again. */
async function seeRefresh(page: Page, id: string): Promise<void> {
  await page.goto(`/connections/${id}`)
  const refreshes = page.locator('.timeline').getByText('Token refreshed')
  const before = await refreshes.count()
  let loads = 0
  page.on('load', () => loads++)
  await expect.poll(() => refreshes.count(), { timeout: 25_000, interval: 250 }).toBeGreaterThan(before)
  expect(loads).toBe(0)
}

/** Whether the token now has the longer life: a click joins a refresh that is under way with the shorter one. */
async function refreshNow(page: Page): Promise<boolean> {
  await page.getByRole('button', { name: 'Refresh now' }).click()
  const longer = fact(page, 'Access token').getByText('left of 2 min')
  return longer.waitFor({ timeout: 3_000 }).then(
    () => true,
    () => false,
  )
}

async function revokeInAnotherTab(page: Page): Promise<void> {
  const account = await page.context().newPage()
  await account.goto(`${stage.upstreamOrigin}/account`)
  await account.getByRole('button', { name: 'Ada Lovelace' }).click()
  await removeAccess(account, 'Evergrant for Local CRM')
  await account.close()
}
