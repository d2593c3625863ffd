// The pages worth a picture, and how to get there.

import type { Page } from 'playwright-core'
import type { Stage } from '../browser/driver.ts'
import { badge, connect, signIn } from '../browser/people.ts'
import { makeKey, type Places } from './workspace.ts'

export interface Scene {
  name: string
  /** Brings the page there; afterwards it stays as it is. */
  open(page: Page): Promise<unknown>
}

const at = (path: string) => (page: Page) => page.goto(path)

/** Before anything is connected, up to the first connection. */
export const FIRST_SCENES: Scene[] = [
  { name: 'sign-in', open: at('/sign-in') },
  { name: 'message', open: at('/oauth/callback/local?code=x&state=y') },
  { name: 'list-empty', open: (page) => signIn(page, 'Ada Lovelace') },
  { name: 'member-menu', open: (page) => page.locator('details.member summary').click() },
  { name: 'keys-empty', open: at('/keys') },
  { name: 'catalog', open: at('/connections/new') },
  { name: 'set-up', open: at('/connections/new/local') },
  { name: 'set-up-without-app', open: at('/connections/new/google') },
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

/** In a workspace that was filled. */
export function filledScenes(places: Places, stage: Stage): Scene[] {
  return [
    { name: 'key-made', open: (page) => makeKey(page, stage, places.active) },
    { name: 'list', open: at('/connections') },
    { name: 'list-nothing-found', open: at('/connections?q=nothing') },
    { name: 'connection', open: at(places.active) },
    { name: 'connection-paused', open: at(places.paused) },
    { name: 'connection-reauthorize', open: at(places.reauthorize) },
    { name: 'connection-pending', open: at(places.pending) },
    { name: 'connection-retrying', open: at(places.retrying) },
    { name: 'connection-declined', open: at(places.declined) },
    { name: 'connection-other-account', open: at(places.otherAccount) },
    { name: 'connection-fewer-permissions', open: at(places.fewer) },
    { name: 'connection-delete', open: at(`${places.active}?confirm=delete`) },
    { name: 'not-found', open: at('/connections/con_00000000000000000000000000') },
    { name: 'catalog-filled', open: at('/connections/new') },
    { name: 'connectors-filled', open: at('/connectors') },
    { name: 'keys', open: at('/keys') },
    { name: 'keys-revoke', open: (page) => page.getByRole('link', { name: 'Revoke' }).first().click() },
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
        await page.goto(`${places.declined}?confirm=delete`)
        await page.getByRole('button', { name: 'Delete this connection' }).click()
        await page.getByRole('heading', { name: 'is deleted' }).waitFor()
      },
    },
    {
      name: 'connection-held',
      async open(page) {
        await stage.steer.nextToken({ do: 'invalid_client', client_id: 'local-crm', times: 20 })
        await page.goto(places.active)
        await page.getByRole('button', { name: 'Refresh now' }).click()
        await page.getByRole('heading', { name: 'refuses the OAuth app' }).waitFor()
      },
    },
    { name: 'list-held', open: at('/connections') },
    { name: 'connectors-held', open: at('/connectors') },
    { name: 'app-held', open: at('/connectors/local') },
  ]
}
