// Every page in every state worth a look, in the order of a workspace's life, and how to get there. Screenshots, the
// accessibility test and the test without JavaScript walk through this one table: a new page is a new line.

import type { Page } from 'playwright-core'
import type { Stage } from '../browser/driver.ts'
import { badge, connect, join, signIn } from '../browser/people.ts'
import { fillWorkspace, makeKey, type Places } from './workspace.ts'

/** What a scene may need to know; `places` is there from the filled workspace on. */
export interface World {
  stage: Stage
  places: Places
}

type Opening = (page: Page, world: World) => Promise<unknown>

export interface Scene {
  name: string
  /** Address of a page that looks can be taken at again and again. */
  path?: string | ((places: Places) => string)
  /** Where there is more to do than to go there. */
  open?: Opening
  /** What the page is expected to say in its status: a failure told as a page. */
  refused?: true
}

export async function openScene(page: Page, scene: Scene, world: World): Promise<void> {
  if (scene.path !== undefined) await page.goto(addressOf(scene.path, world.places))
  await scene.open?.(page, world)
}

export function addressOf(path: NonNullable<Scene['path']>, places: Places): string {
  return typeof path === 'string' ? path : path(places)
}

/** Signed out, then before anything is connected. */
const FIRST_SCENES: Scene[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'message', path: '/oauth/callback/local?code=x&state=y', refused: true },
  { name: 'approval-returned', path: '/oauth/callback/local?admin_consent=True' },
  { name: 'link-unknown', path: `/connect/${'x'.repeat(43)}`, refused: true },
  { name: 'docs', path: '/docs' },
  { name: 'list-empty', open: (page) => signIn(page, 'Ada Lovelace') },
  { name: 'member-menu', open: (page) => page.locator('details.member summary').click() },
  { name: 'keys-empty', path: '/keys' },
  { name: 'catalog', path: '/connections/new' },
  { name: 'set-up', path: '/connections/new/local' },
  {
    name: 'set-up-stuck',
    path: '/connections/new/local',
    open: (page) => page.getByText('shows an error and you do not come back').click(),
  },
  { name: 'set-up-without-app', path: '/connections/new/google' },
  { name: 'connectors', path: '/connectors' },
  { name: 'app', path: '/connectors/github' },
  {
    name: 'app-saved',
    async open(page) {
      await page.getByLabel('Client ID').fill('Iv23liEXAMPLE')
      await page.getByLabel('Client secret').fill('not-a-real-secret')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('A secret is set').waitFor()
    },
  },
  { name: 'app-remove', path: '/connectors/github?confirm=remove' },
]

/** A connector of one's own, from the form to its deletion. */
const OWN_SCENES: Scene[] = [
  { name: 'own-add', path: '/connectors/new' },
  {
    name: 'own-refused',
    refused: true,
    async open(page) {
      await page.getByRole('textbox', { name: 'Issuer', exact: true }).fill('https://localhost')
      await page.getByRole('button', { name: 'Find' }).click()
      await page.locator('.error').waitFor()
    },
  },
  {
    name: 'own-copy',
    path: '/connectors/new/form?from=gitlab',
  },
  {
    name: 'own-errors',
    refused: true,
    async open(page) {
      await page.getByRole('textbox', { name: 'Token address', exact: true }).fill('https://10.0.0.1/token')
      await page.getByRole('textbox', { name: 'Tools', exact: true }).fill('read | Read code | unknown_scope')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('.error').first().waitFor()
    },
  },
  {
    name: 'own-saved',
    async open(page) {
      await page.goto('/connectors/new/form?from=todoist')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { name: 'Your own connector' }).waitFor()
    },
  },
  {
    name: 'own-hosts',
    refused: true,
    async open(page) {
      await page.getByRole('link', { name: 'Change it' }).click()
      await page
        .getByRole('textbox', { name: 'Token address', exact: true })
        .fill('https://new.example.com/token')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { name: 'other hosts' }).waitFor()
    },
  },
  { name: 'own-delete', path: '/connectors/own-todoist?confirm=delete' },
]

/** From the first connection on. */
const FILLED_SCENES: Scene[] = [
  {
    name: 'connection-new',
    async open(page) {
      await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
      await badge(page, 'Active').waitFor()
    },
  },
  {
    name: 'key-made',
    async open(page, world) {
      world.places = await fillWorkspace(page, world.stage)
      await makeKey(page, world.stage, world.places.active)
    },
  },
  { name: 'list', path: '/connections' },
  { name: 'list-nothing-found', path: '/connections?q=nothing' },
  { name: 'connection', path: ({ active }) => active },
  {
    name: 'connection-tested',
    async open(page) {
      await page.getByRole('button', { name: 'Run a test call' }).click()
      await page.locator('.test-result').waitFor()
    },
  },
  {
    name: 'connection-python',
    open: (page) => page.locator('.tab', { hasText: 'Python' }).click(),
  },
  { name: 'connection-paused', path: ({ paused }) => paused },
  { name: 'connection-reauthorize', path: ({ reauthorize }) => reauthorize },
  { name: 'connection-pending', path: ({ pending }) => pending },
  { name: 'connection-retrying', path: ({ retrying }) => retrying },
  { name: 'connection-declined', path: ({ declined }) => declined },
  { name: 'connection-other-account', path: ({ otherAccount }) => otherAccount },
  { name: 'permissions', path: ({ otherAccount }) => `${otherAccount}/permissions` },
  {
    name: 'connection-needs-reconnect',
    async open(page, { places }) {
      await page.getByRole('checkbox', { name: 'Add and change contacts' }).check()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.goto(places.otherAccount)
      await page.getByRole('heading', { name: 'Needs reconnect' }).waitFor()
    },
  },
  {
    name: 'connection-twin',
    async open(page) {
      await connect(page, { service: 'Local CRM', person: 'Marketing' })
      await page.getByRole('heading', { name: 'This account is connected already' }).waitFor()
    },
  },
  { name: 'connection-fewer-permissions', path: ({ fewer }) => fewer },
  { name: 'connection-app-refused', path: ({ appRefused }) => appRefused },
  { name: 'connection-approval', path: ({ approval }) => approval },
  {
    name: 'connection-link-made',
    async open(page) {
      await page.getByRole('button', { name: 'Make a link for the administrator' }).click()
      await page.getByRole('heading', { name: 'A link for whoever shall connect it' }).waitFor()
    },
  },
  {
    name: 'connect-link',
    async open(page) {
      await page.goto((await page.locator('#link-made code').textContent()) ?? '')
    },
  },
  { name: 'connect-done', path: '/connect/done' },
  { name: 'connection-delete', path: ({ active }) => `${active}?confirm=delete` },
  { name: 'not-found', path: '/connections/con_00000000000000000000000000', refused: true },
  { name: 'catalog-filled', path: '/connections/new' },
  { name: 'connectors-filled', path: '/connectors' },
  { name: 'connectors-narrowed', path: '/connectors?q=google' },
  { name: 'connectors-nothing-found', path: '/connectors?q=nothing' },
  { name: 'list-narrowed', path: '/connections?state=attention' },
  { name: 'webhooks-empty', path: '/settings/webhooks' },
  {
    name: 'webhook-secret',
    async open(page, { stage }) {
      await page.goto('/settings/webhooks')
      await page.getByLabel('Address').fill(`${stage.upstreamOrigin}/no-webhooks-here`)
      await page.getByRole('button', { name: 'Add this endpoint' }).click()
      await page.getByRole('heading', { name: 'Signing secret' }).waitFor()
    },
  },
  {
    name: 'webhook',
    async open(page) {
      await page.getByRole('link', { name: 'I have copied it' }).click()
      await page.getByRole('button', { name: 'Send a test event' }).click()
      await page.getByRole('heading', { name: 'did not take it' }).waitFor()
    },
  },
  { name: 'webhooks', path: '/settings/webhooks' },
  { name: 'keys', path: '/keys' },
  { name: 'keys-revoke', open: (page) => page.getByRole('link', { name: 'Revoke' }).first().click() },
  {
    name: 'keys-refused',
    refused: true,
    async open(page) {
      await page.goto('/keys')
      await page.getByRole('textbox', { name: 'Name' }).fill('Reports')
      for (const name of ['connections:read', 'proxy']) await page.getByRole('checkbox', { name }).uncheck()
      await page.getByRole('button', { name: 'Make this key' }).click()
      await page.locator('.error').waitFor()
    },
  },
  { name: 'members', path: '/members' },
  {
    name: 'members-invited',
    async open(page) {
      await page.goto('/members')
      await page.getByLabel('E-mail address').fill('grace@example.com')
      await page.getByRole('button', { name: 'Make the invitation' }).click()
      await page.getByRole('heading', { name: 'Invitation for' }).waitFor()
    },
  },
  {
    name: 'invitation',
    async open(page, { stage }) {
      const link = (await page.locator('.copy code').textContent()) ?? ''
      await page.goto(link)
      const grace = await stage.visit()
      await join(grace.page, link, 'Grace Hopper')
      await grace.close()
    },
  },
  { name: 'members-two', path: '/members' },
  {
    name: 'members-remove',
    open: (page) => page.getByRole('link', { name: 'Remove Grace Hopper' }).click(),
  },
  { name: 'audit', path: '/audit' },
  { name: 'audit-refused', path: '/audit?from=never', refused: true },
  { name: 'settings', path: '/settings' },
  { name: 'settings-leave', path: '/settings?confirm=leave' },
  { name: 'workspace-new', path: '/workspaces/new' },
  {
    name: 'deleted',
    async open(page, { places }) {
      await page.goto(`${places.declined}?confirm=delete`)
      await page.getByRole('button', { name: 'Delete this connection' }).click()
      await page.getByRole('heading', { name: 'is deleted' }).waitFor()
    },
  },
  {
    name: 'connection-held',
    async open(page, { stage, places }) {
      await stage.steer.nextToken({ do: 'invalid_client', client_id: 'local-crm', times: 20 })
      await page.goto(places.active)
      await page.getByRole('button', { name: 'Refresh now' }).click()
      await page.getByRole('heading', { name: 'refuses the OAuth app' }).waitFor()
    },
  },
  { name: 'list-held', path: '/connections' },
  { name: 'connectors-held', path: '/connectors' },
  { name: 'app-held', path: '/connectors/local' },
]

export const SCENES: Scene[] = [...FIRST_SCENES, ...OWN_SCENES, ...FILLED_SCENES]
