// What a person does on the pages, in the words that stand there.

import type { Locator, Page } from 'playwright-core'

/** From the sign-in page to the list of connections. */
export async function signIn(page: Page, person: string): Promise<void> {
  await page.goto('/')
  await page.getByRole('button', { name: 'Continue with' }).click()
  await page.getByRole('button', { name: person }).click()
  await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor()
}

/** From the link to the list of connections; the sign-in provider asks who it is. */
export async function join(page: Page, link: string, person: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign in and join' }).click()
  await page.getByRole('button', { name: person }).click()
}

interface Choice {
  service: string
  person: string
  /** Titles of tools to switch off. */
  without?: string[]
}

/** From anywhere to the page of the new connection. */
export async function connect(page: Page, { service, person, without = [] }: Choice): Promise<void> {
  await page.goto('/connections/new')
  await page.getByRole('link', { name: service }).click()
  for (const tool of without) await page.getByLabel(tool).uncheck()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await consent(page, person)
}

/** At the upstream: signs in, agrees, and waits to be back. */
export async function consent(page: Page, person: string): Promise<void> {
  await page.getByRole('button', { name: person }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.locator('#connection-live').waitFor()
}

/** Takes the access away on the upstream's own account page. */
export async function removeAccess(page: Page, application: string): Promise<void> {
  const section = page.locator('section', { hasText: application })
  await section.getByRole('button', { name: 'Remove access' }).click()
  await section.waitFor({ state: 'detached' })
}

/** Asks first, as the danger zone does. */
export async function deleteConnection(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Delete', exact: true }).click()
  await page.getByRole('button', { name: 'Delete this connection' }).click()
}

/** The badge beside the title of a connection. */
export function badge(page: Page, state: string): Locator {
  return page.locator('#connection-live h1 + .lead .badge', { hasText: state })
}

/** What stands beside a term on the page of a connection. */
export function fact(page: Page, term: string): Locator {
  return page.locator('.fact', { has: page.getByText(term, { exact: true }) }).locator('dd')
}

export function connectionIdOf(page: Page): string {
  return new URL(page.url()).pathname.split('/')[2] ?? ''
}
