// Two people in two browsers: invited, promoted, sent away; with and without JavaScript, every page for everybody.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { faultsOf } from './audit.ts'
import { type Stage, startStage, type Visit } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { badge, connect, join, signIn } from './people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

async function expectFaultless({ page, problems }: Visit, path?: string): Promise<void> {
  if (path) await page.goto(path)
  expect(await faultsOf(page)).toEqual([])
  // Pages that say what went wrong have a status of their own, which the console notes.
  expect(problems.filter((problem) => !problem.includes('Failed to load resource'))).toEqual([])
}

/** Ends on the page that shows the link, once. */
async function invite(page: Page, email: string, role: string): Promise<string> {
  await page.goto('/members')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('radio', { name: role }).check()
  await page.getByRole('button', { name: 'Make the invitation' }).click()
  await page.getByRole('heading', { name: `Invitation for ${email}` }).waitFor()
  return (await page.locator('.copy code').textContent()) ?? ''
}

it('an owner invites somebody, who joins, works, and is removed', async () => {
  const ada = await stage.visit()
  tellOnFailure(ada.page)
  await signIn(ada.page, 'Ada Lovelace')
  await expectFaultless(ada, '/members')
  const link = await invite(ada.page, 'grace@example.com', 'admin')
  await expectFaultless(ada)
  await expectFaultless(ada, '/members')

  const grace = await stage.visit()
  tellOnFailure(grace.page)
  await grace.page.goto(link)
  await expectFaultless(grace)
  await join(grace.page, link, 'Marketing')
  await grace.page.getByRole('heading', { name: 'This invitation is for another address' }).waitFor()
  await expectFaultless(grace)
  await grace.page.context().clearCookies()
  await join(grace.page, link, 'Grace Hopper')
  await grace.page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor()
  await connect(grace.page, { service: 'Local CRM', person: 'Grace Hopper' })
  await badge(grace.page, 'Active').waitFor()
  await grace.page.goto(link)
  await grace.page.getByRole('heading', { name: 'This invitation was used already' }).waitFor()
  await expectFaultless(grace, '/settings')

  await ada.page.goto('/members')
  await ada.page.getByText('1 connection', { exact: true }).waitFor()
  await ada.page.getByLabel('Role of Grace Hopper').selectOption('viewer')
  await ada.page.getByRole('button', { name: 'Change the role of Grace Hopper' }).click()
  await grace.page.goto('/connections')
  expect(await grace.page.getByRole('link', { name: '+ Add Connection' }).count()).toBe(0)
  await expectFaultless(grace, '/members')

  await ada.page.getByRole('link', { name: 'Remove Grace Hopper' }).click()
  await expectFaultless(ada)
  await ada.page.getByRole('button', { name: 'Remove this member' }).click()
  await ada.page.getByRole('heading', { name: 'Grace Hopper is removed' }).waitFor()
  await ada.page.getByRole('heading', { name: 'Authorize again with a service account?' }).waitFor()
  await expectFaultless(ada)
  await grace.page.goto('/connections')
  await grace.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  await grace.close()

  await expectFaultless(ada, '/audit')
  await ada.page.getByText('Removed a member').last().waitFor()
  await ada.page.getByLabel('What', { exact: true }).selectOption('Changed a role')
  await ada.page.getByRole('button', { name: 'Filter' }).click()
  await ada.page.getByText('admin → viewer').waitFor()
  expect(await ada.page.locator('table.audit tbody tr').count()).toBe(1)
  await expectFaultless(ada, '/audit?from=never')
  await ada.close()
})

it('an owner of the deployment makes a workspace and goes there and back, without JavaScript', async () => {
  const visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.goto('/workspaces/new')
  await page.getByLabel('Name').fill('Second world')
  await page.getByRole('button', { name: 'Create the workspace' }).click()
  await page.getByRole('heading', { name: 'Three steps to the first token' }).waitFor()
  await page.locator('details.member summary').click()
  await page.getByRole('button', { name: 'Workspace', exact: true }).click()
  await page.getByRole('link', { name: 'Local CRM - Grace Hopper' }).waitFor()
  await page.goto('/settings')
  await page.getByLabel('Keep rows for').selectOption('30 days')
  await page.locator('#audit-title ~ form').getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Keep rows for 30 days only?' }).waitFor()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Leave Workspace' }).click()
  await page.getByRole('button', { name: 'Leave this workspace' }).click()
  await page.getByText('You cannot leave').waitFor()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  expect(visit.problems.filter((problem) => !problem.includes('409'))).toEqual([])
  await visit.close()
})

it('the pages of a deployment owner with several workspaces', async () => {
  const visit = await stage.visit()
  tellOnFailure(visit.page)
  await signIn(visit.page, 'Ada Lovelace')
  await visit.page.locator('details.member summary').click()
  await expectFaultless(visit)
  await expectFaultless(visit, '/workspaces/new')
  await expectFaultless(visit, '/settings')
  await expectFaultless(visit, '/settings?confirm=leave')
  await visit.close()
})

it('the keyboard alone invites, changes a role and opens the way out', async () => {
  const { page, close } = await stage.visit()
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.goto('/members')
  await page.getByLabel('E-mail address').focus()
  await page.keyboard.type('marketing@example.com')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Invitation for marketing@example.com' }).waitFor()
  await page.getByText('becomes builder').waitFor()
  await page.goto('/settings')
  await page.getByRole('link', { name: 'Leave' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Leave this workspace' }).waitFor()
  await close()
})
