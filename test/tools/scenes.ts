// A workspace as it looks after a while, made through the real pages and consents, and the pages worth a picture.

import type { Page } from 'playwright-core'
import type { Stage } from '../browser/driver.ts'
import { badge, connect, connectionIdOf, consent, signIn } from '../browser/people.ts'
import { askForToken } from '../browser/workflow.ts'

export interface Scene {
  name: string
  /** Brings the page there; afterwards it stays as it is. */
  open(page: Page): Promise<unknown>
}

const at = (path: string) => (page: Page) => page.goto(path)

/** Before anybody has connected anything. */
export const FIRST_SCENES: Scene[] = [
  { name: 'sign-in', open: at('/sign-in') },
  { name: 'message', open: at('/oauth/callback/local?code=x&state=y') },
  { name: 'list-empty', open: (page) => signIn(page, 'Ada Lovelace') },
  { name: 'keys-empty', open: at('/keys') },
  { name: 'catalog', open: at('/connections/new') },
  { name: 'set-up', open: at('/connections/new/local') },
  { name: 'set-up-without-app', open: at('/connections/new/google') },
  {
    name: 'set-up-refused',
    async open(page) {
      await page.goto('/connections/new/local')
      for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
      await page.getByRole('button', { name: 'Connect', exact: true }).click()
      await page.locator('#connection-live, .notice, .error').first().waitFor()
    },
  },
  { name: 'connectors', open: at('/connectors') },
  { name: 'app', open: at('/connectors/github') },
  {
    name: 'app-saved',
    async open(page) {
      await page.getByLabel('Client ID').fill('Iv23liEXAMPLE')
      await page.getByLabel('Client secret').fill('not-a-real-secret')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('A secret is set').waitFor()
    },
  },
  { name: 'app-remove', open: at('/connectors/github?confirm=remove') },
  {
    name: 'connection-new',
    async open(page) {
      await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
      await badge(page, 'Active').waitFor()
    },
  },
]

interface Held {
  /** Paths of connections by their state. */
  active: string
  paused: string
  reauthorize: string
  pending: string
  retrying: string
  declined: string
  fewer: string
}

/** Connections in every state, and a key that has been used. */
export async function fillWorkspace(page: Page, stage: Stage): Promise<{ held: Held; made: Scene[] }> {
  const path = () => `/connections/${connectionIdOf(page)}`
  await name(page, 'Local CRM - Ada Lovelace')
  const active = path()

  const fewer = await connected(page, 'Local CRM', 'Marketing', 'Newsletter contacts', [
    'Add and change contacts',
  ])
  await page.getByRole('button', { name: 'Reconnect' }).click()
  await page.getByRole('button', { name: 'Marketing' }).click()
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
  await page.getByRole('button', { name: 'Reconnect' }).click()
  await page.getByRole('button', { name: 'Grace Hopper' }).click()
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.getByText('The consent was declined').first().waitFor()

  await page.goto('/connections/new/local')
  await page.getByRole('textbox', { name: 'Name' }).fill('Board reports')
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('button', { name: 'Ada Lovelace' }).waitFor()
  await page.goto('/connections?state=pending')
  await page.getByRole('link', { name: 'Board reports' }).click()
  await badge(page, 'Pending').waitFor()
  const pending = path()

  const made: Scene[] = [{ name: 'key-made', open: (tab) => makeKey(tab, stage, active) }]
  return { held: { active, paused, reauthorize, pending, retrying, declined, fewer }, made }
}

export function filledScenes(held: Held): Scene[] {
  return [
    { name: 'list', open: at('/connections') },
    { name: 'list-nothing-found', open: at('/connections?q=nothing') },
    { name: 'connection', open: at(held.active) },
    { name: 'connection-paused', open: at(held.paused) },
    { name: 'connection-reauthorize', open: at(held.reauthorize) },
    { name: 'connection-pending', open: at(held.pending) },
    { name: 'connection-retrying', open: at(held.retrying) },
    { name: 'connection-declined', open: at(held.declined) },
    { name: 'connection-fewer-permissions', open: at(held.fewer) },
    { name: 'connection-delete', open: at(`${held.active}?confirm=delete`) },
    { name: 'not-found', open: at('/connections/con_00000000000000000000000000') },
    { name: 'catalog-filled', open: at('/connections/new') },
    { name: 'connectors-filled', open: at('/connectors') },
    { name: 'keys', open: at('/keys') },
    {
      name: 'keys-revoke',
      open: async (page) => page.getByRole('link', { name: 'Revoke' }).first().click(),
    },
    {
      name: 'keys-refused',
      async open(page) {
        await page.goto('/keys')
        await page.getByRole('textbox', { name: 'Name' }).fill('Reports')
        await page.getByRole('checkbox', { name: 'connections:read' }).uncheck()
        await page.getByRole('button', { name: 'Make this key' }).click()
        await page.locator('.error').waitFor()
      },
    },
    {
      name: 'deleted',
      async open(page) {
        await page.goto(`${held.declined}?confirm=delete`)
        await page.getByRole('button', { name: 'Delete this connection' }).click()
        await page.getByRole('heading', { name: 'is deleted' }).waitFor()
      },
    },
  ]
}

async function connected(page: Page, service: string, person: string, title: string, without: string[] = []) {
  await connect(page, { service, person, without })
  await badge(page, 'Active').waitFor()
  await name(page, title)
  return `/connections/${connectionIdOf(page)}`
}

async function name(page: Page, title: string): Promise<void> {
  await page.getByLabel('Name').fill(title)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

/** The key is used once, for a connection whose page then says so. */
async function makeKey(page: Page, stage: Stage, path: string): Promise<void> {
  await page.goto('/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('Nightly sync')
  await page.getByRole('checkbox', { name: 'tokens:read' }).check()
  await page.getByRole('button', { name: 'Make this key' }).click()
  const key = (await page.locator('.copy code').first().textContent()) ?? ''
  const { status } = await askForToken(stage.publicUrl, path.split('/')[2] ?? '', key)
  if (status !== 200) throw new Error(`The token endpoint answered ${status}.`)
}
