// Every page works without JavaScript: the core of the story with scripts switched off.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { badge, connect, deleteConnection, signIn } from './people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

it('connects, refreshes, pauses, resumes, searches and deletes without JavaScript', async () => {
  const { page, problems, close } = await stage.visit({ javaScriptEnabled: false })
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await connect(page, { service: 'Local Drive', person: 'Marketing', without: ['Write files'] })
  await badge(page, 'Active').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'Local Drive - Marketing' }).waitFor()

  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.locator('.timeline').getByText('Token refreshed by hand').waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await badge(page, 'Paused').waitFor()
  await page.getByRole('link', { name: 'Look again' }).click()
  await page.getByRole('button', { name: 'Resume' }).click()
  await badge(page, 'Active').waitFor()

  await page.getByRole('link', { name: 'Connections', exact: true }).first().click()
  await page.getByRole('searchbox').fill('nobody')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('No connection matches this search.').waitFor()
  await page.getByRole('searchbox').fill('marketing')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByLabel('State').selectOption('Needs attention')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('No connection matches this search.').waitFor()
  await page.getByRole('link', { name: 'Clear' }).click()
  await page.getByRole('link', { name: 'Local Drive - Marketing' }).click()

  await deleteConnection(page)
  await page.getByRole('heading', { name: 'Revoked at the service' }).waitFor()
  await page.getByRole('link', { name: 'Back to connections' }).click()
  await page.getByRole('heading', { name: 'Three steps to the first token' }).waitFor()
  expect(problems).toEqual([])
  await close()
})

it('adds a webhook, sends a test and ends it without JavaScript', async () => {
  const { page, problems, close } = await stage.visit({ javaScriptEnabled: false })
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.locator('details.member summary').click()
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await page.getByLabel('Address').fill(`${stage.upstreamOrigin}/no-webhooks-here`)
  await page.getByRole('button', { name: 'Add this endpoint' }).click()
  await page.getByText(/^whsec_/).waitFor()
  await page.getByRole('link', { name: 'I have copied it' }).click()
  await page.getByRole('button', { name: 'Send a test event' }).click()
  await page.getByText(/^It answered 4\d\d/).waitFor()
  await page.getByRole('button', { name: 'Send now' }).click()
  await page.getByRole('heading', { name: 'did not take it' }).waitFor()
  await page.getByRole('link', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete this endpoint' }).click()
  await page.getByText('No endpoint yet.').waitFor()
  expect(problems).toEqual([])
  await close()
})

it('a form sent after the session ended waits until its sender has signed in', async () => {
  const { page, problems, close } = await stage.visit({ javaScriptEnabled: false })
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.goto('/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('Entered before')
  await page.context().clearCookies()
  await page.getByRole('button', { name: 'Make this key' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  const opened = page.waitForEvent('popup')
  await page.getByRole('link', { name: 'Sign in' }).click()
  const tab = await opened
  await tab.getByRole('button', { name: 'Continue with' }).click()
  await tab.getByRole('button', { name: 'Ada Lovelace' }).click()
  await tab.getByRole('heading', { level: 1, name: 'Connections' }).waitFor()
  await page.getByRole('button', { name: 'Send it again' }).click()
  await page.getByText(/^egk_/).first().waitFor()
  expect(await page.locator('main').textContent()).toContain('Entered before')
  expect(problems.filter((problem) => !problem.includes('401'))).toEqual([])
  await close()
})
