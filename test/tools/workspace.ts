// A workspace as it looks after a while, made through the real pages and consents: a connection in every state, a key
// that has been used.

import type { Page } from 'playwright-core'
import type { Stage } from '../browser/driver.ts'
import { badge, connect, connectionIdOf, consent } from '../browser/people.ts'
import { askForToken } from '../browser/workflow.ts'

/** Paths of connections by what is to be seen there. */
export interface Places {
  active: string
  paused: string
  reauthorize: string
  pending: string
  retrying: string
  declined: string
  otherAccount: string
  fewer: string
  approval: string
  appRefused: string
}

/** Begins on the page of a connection that was made just now. */
export async function fillWorkspace(page: Page, stage: Stage): Promise<Places> {
  const active = await name(page, 'Local CRM - Ada Lovelace')

  const fewer = await connected(page, 'Local CRM', 'Marketing', 'Newsletter contacts')
  await leaveToConsent(page, 'Marketing')
  await page.getByLabel('Read your deals').uncheck()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('fewer permissions').first().waitFor()

  await connected(page, 'Local Drive', 'Marketing', 'Local Drive - Marketing')
  const paused = await connected(page, 'Local CRM', 'Grace Hopper', 'Support desk contacts')
  await page.getByRole('button', { name: 'Pause' }).click()
  await badge(page, 'Paused').waitFor()

  const reauthorize = await connected(page, 'Local Drive', 'Grace Hopper', 'Compiler manuals')
  await stage.steer.revoke({ account: 'grace', client_id: 'local-drive' })
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await badge(page, 'Reauthorize').waitFor()

  const retrying = await connected(page, 'Local Drive', 'Ada Lovelace', 'Analytical engine drawings')
  await stage.steer.nextToken({ do: 'answer', status: 503, client_id: 'local-drive', times: 20 })
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.getByRole('heading', { name: 'is failing for now' }).waitFor()

  const declined = await connected(page, 'Local CRM', 'Grace Hopper', 'Sales pipeline')
  await leaveToConsent(page, 'Grace Hopper')
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.getByText('The consent was declined').first().waitFor()

  const otherAccount = await connected(page, 'Local CRM', 'Ada Lovelace', 'Board reports')
  await leaveToConsent(page, 'Grace Hopper')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('That was another account').first().waitFor()

  const approval = await refused(page, stage, 'Shared calendar', {
    error: 'access_denied',
    error_description: 'An administrator must approve this application first.',
  })
  const appRefused = await refused(page, stage, 'Invoices', {
    error: 'unauthorized_client',
    error_description: 'The redirect URI is not registered.',
  })

  const pending = await leftPending(page, 'Trial of the new pipeline')
  return {
    active,
    paused,
    reauthorize,
    pending,
    retrying,
    declined,
    otherAccount,
    fewer,
    approval,
    appRefused,
  }
}

/** Ends on the page that shows the key; the key has been used once. */
export async function makeKey(page: Page, stage: Stage, path: string): Promise<void> {
  await page.goto('/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('Nightly sync')
  await page.getByRole('checkbox', { name: 'tokens:read' }).check()
  await page.getByRole('button', { name: 'Make this key' }).click()
  const key = (await page.locator('.copy code').first().textContent()) ?? ''
  const { status } = await askForToken(stage.publicUrl, path.split('/')[2] ?? '', key)
  if (status !== 200) throw new Error(`The token endpoint answered ${status}.`)
}

async function connected(page: Page, service: string, person: string, title: string): Promise<string> {
  await connect(page, { service, person })
  await badge(page, 'Active').waitFor()
  return name(page, title)
}

async function name(page: Page, title: string): Promise<string> {
  await page.getByLabel('Name').fill(title)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  return `/connections/${connectionIdOf(page)}`
}

/** From the page of a connection to the consent page of the upstream. */
async function leaveToConsent(page: Page, person: string): Promise<void> {
  await page.getByRole('button', { name: 'Reconnect' }).click()
  await page.getByRole('button', { name: person }).click()
  await page.getByRole('button', { name: 'Allow' }).waitFor()
}

/** A first consent that the service answers with an error. */
export async function refused(
  page: Page,
  stage: Pick<Stage, 'steer'>,
  title: string,
  answer: { error: string; error_description: string },
): Promise<string> {
  await stage.steer.settings({ consent_error: answer })
  await leaveNamed(page, title)
  await consent(page, 'Grace Hopper')
  await stage.steer.settings({ consent_error: null })
  await badge(page, 'Pending').waitFor()
  return `/connections/${connectionIdOf(page)}`
}

/** To the service, from the set-up of a new connection. */
async function leaveNamed(page: Page, title: string): Promise<void> {
  await page.goto('/connections/new/local')
  await page.getByRole('textbox', { name: 'Name' }).fill(title)
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('button', { name: 'Ada Lovelace' }).waitFor()
}

async function leftPending(page: Page, title: string): Promise<string> {
  await leaveNamed(page, title)
  await page.goto('/connections?state=pending')
  await page.getByRole('link', { name: title }).click()
  await badge(page, 'Pending').waitFor()
  return `/connections/${connectionIdOf(page)}`
}
