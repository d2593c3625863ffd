// Every page is for everybody: axe-core finds nothing serious, and every page fits a phone.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { faultsOf } from './audit.ts'
import { type Stage, startStage, type Visit } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { badge, connect, connectionIdOf, consent, signIn } from './people.ts'

let stage: Stage
let visit: Visit
let page: Page
beforeAll(async () => {
  stage = await startStage()
  visit = await stage.visit()
  page = visit.page
})
afterAll(() => stage?.stop())
beforeEach(() => tellOnFailure(page))

async function expectFaultless(path?: string): Promise<void> {
  if (path) await page.goto(path)
  expect(await faultsOf(page)).toEqual([])
  // The pages that say what went wrong have a status of their own, which the console notes.
  expect(visit.problems.filter((problem) => !problem.includes('Failed to load resource'))).toEqual([])
}

it('a page that is not for everybody would be noticed', async () => {
  await page.setContent('<h1>Wide</h1><img width="500" src="data:,"><p style="color: #999">Faint</p>')
  const faults = (await faultsOf(page)).join('\n')
  expect(faults).toContain('light, 1280 px: image-alt')
  expect(faults).toContain('light, 1280 px: color-contrast')
  expect(faults).toMatch(/dark, 390 px: 5\d\d px wide/)
})

it('the sign-in page, and a page that says what went wrong', async () => {
  await expectFaultless('/sign-in')
  await expectFaultless('/oauth/callback/local?code=x&state=y')
})

it('the pages of an empty workspace', async () => {
  await signIn(page, 'Ada Lovelace')
  await expectFaultless()
  await expectFaultless('/keys')
  await expectFaultless('/connections/new')
  await expectFaultless('/connections/new/local')
  await expectFaultless('/connections/new/google')
  await expectFaultless('/connectors')
  await expectFaultless('/connectors/google')
})

it('the pages of a connection in its states, and the filled list', async () => {
  await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
  const path = `/connections/${connectionIdOf(page)}`
  await badge(page, 'Active').waitFor()
  await expectFaultless()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await expectFaultless()
  await page.getByRole('button', { name: 'Pause' }).click()
  await badge(page, 'Paused').waitFor()
  await expectFaultless()
  await page.getByRole('button', { name: 'Resume' }).click()
  await badge(page, 'Active').waitFor()

  await stage.steer.revoke({ client_id: 'local-crm' })
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await badge(page, 'Reauthorize').waitFor()
  await expectFaultless()
  await expectFaultless(`${path}?confirm=delete`)
  await expectFaultless('/connections')
  await expectFaultless('/connections?q=nothing')
  await expectFaultless('/connections/con_00000000000000000000000000')
})

it('the pages that ask whose account it is, and what it may do', async () => {
  await connect(page, { service: 'Local CRM', person: 'Marketing' })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  const path = `/connections/${connectionIdOf(page)}`
  await page.getByRole('button', { name: 'Reconnect' }).click()
  await consent(page, 'Grace Hopper')
  await page.getByRole('button', { name: 'Switch to grace@example.com' }).waitFor()
  await expectFaultless()
  await expectFaultless(`${path}/permissions`)
  await page.getByRole('checkbox', { name: 'Add and change contacts' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.goto(path)
  await page.getByRole('heading', { name: 'Needs reconnect' }).waitFor()
  await expectFaultless()
  await connect(page, { service: 'Local CRM', person: 'Marketing' })
  await page.getByRole('heading', { name: 'This account is connected already' }).waitFor()
  await expectFaultless()
})

it('the pages of API keys', async () => {
  await page.goto('/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('Reports')
  await page.getByRole('checkbox', { name: 'tokens:read' }).check()
  await page.getByRole('button', { name: 'Make this key' }).click()
  await page.getByRole('heading', { name: 'Your new API key' }).waitFor()
  await expectFaultless()
  await expectFaultless('/keys')
  await page.getByRole('link', { name: 'Revoke' }).click()
  await expectFaultless()
})
