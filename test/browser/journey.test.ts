// The consent journey in a real browser: in a window of its own, where that is blocked, by keyboard alone, and with
// hostile texts from everybody who can put one on a page.

import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import process from 'node:process'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refused } from '../tools/workspace.ts'
import { type Stage, startStage, type Visit } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { badge, connect, connectionIdOf, consent, fact, signIn } from './people.ts'

let stage: Stage
let visits: Visit[] = []
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

async function visitor(options?: Parameters<Stage['visit']>[0]): Promise<Visit> {
  const visit = await stage.visit(options)
  visits.push(visit)
  tellOnFailure(visit.page)
  return visit
}

async function leave({ page, problems, close }: Visit): Promise<void> {
  expect(problems).toEqual([])
  visits = visits.filter((visit) => visit.page !== page)
  await close()
}

const connectButton = (page: Page) => page.getByRole('button', { name: 'Connect', exact: true })

async function allowIn(window: Page, person: string): Promise<void> {
  await window.getByRole('button', { name: person }).click()
  const closed = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Allow' }).click()
  await closed
}

describe('a window for the consent', () => {
  it('opens, holds no way back to the page, closes itself, and the page goes on', async () => {
    const visit = await visitor({ popups: true })
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
    const visit = await visitor({ popups: true })
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
    const visit = await visitor({ popups: true })
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
    const visit = await visitor()
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    await connectButton(page).click()
    await consent(page, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()
    await leave(visit)
  })

  it('is not opened on a phone', async () => {
    const visit = await visitor({ popups: true, viewport: { width: 390, height: 844 } })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await page.goto('/connections/new/local')
    await connectButton(page).click()
    await consent(page, 'Ada Lovelace')
    await badge(page, 'Active').waitFor()
    await leave(visit)
  })

  it('pressed again goes on in the page, and the window counts no more', async () => {
    const visit = await visitor({ popups: true })
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
  const visit = await visitor({ permissions: ['clipboard-read', 'clipboard-write'] })
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

const PAYLOADS = [
  '<script>hit()</script>',
  '"><img src=x onerror=hit()>',
  "'><svg onload=hit()>",
  '<a href="javascript:hit()">here</a>',
]
const HOSTILE = PAYLOADS.join(' ')

describe('a hostile text is shown as text', () => {
  it('as account name, connection name, scope and error description', { timeout: 120_000 }, async () => {
    const visit = await visitor()
    const { page, problems } = visit
    await page.context().exposeFunction('hit', () => problems.push('a payload ran'))
    await signIn(page, 'Ada Lovelace')

    await stage.steer.userinfo({
      status: 200,
      body: { sub: 'evil', name: HOSTILE, email: 'x@example.com', email_verified: true },
      times: 2,
    })
    await stage.steer.nextToken({
      do: 'edit',
      set: { scope: `openid contacts.read ${HOSTILE.replaceAll(' ', '')}` },
      client_id: 'local-crm',
    })
    await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
    await page.getByLabel('Name').fill(HOSTILE.slice(0, 100))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: PAYLOADS[0] ?? '' }).waitFor()
    const path = new URL(page.url()).pathname
    expect(await fact(page, 'Acts as').textContent()).toContain(HOSTILE)
    await page.getByText('Scopes as the service spells them').click()
    expect(await page.locator('#permissions').textContent()).toContain(PAYLOADS[0])

    const failed = await refused(page, stage, PAYLOADS[1] ?? '', {
      error: 'access_denied',
      error_description: HOSTILE,
    })
    expect(await page.locator('.notices').textContent()).toContain(PAYLOADS[0])

    for (const address of [
      path,
      `${path}?confirm=delete`,
      failed,
      '/connections',
      '/keys',
      `/connections?q=${encodeURIComponent(HOSTILE)}`,
    ]) {
      await page.goto(address)
      await page.locator('h1').waitFor()
      expect(
        await page
          .locator('main img, main svg:not(.bar):not(.chart svg), main script, a[href^="javascript"]')
          .count(),
        address,
      ).toBe(0)
    }
    await page.goto(`${path}?confirm=delete`)
    await page.getByRole('button', { name: 'Delete this connection' }).click()
    await page.getByRole('heading', { name: 'is deleted' }).waitFor()
    await leave(visit)
  })

  it('as workspace name, connector name and webhook address', { timeout: 120_000 }, async () => {
    const visit = await visitor()
    const { page, problems } = visit
    await page.context().exposeFunction('hit', () => problems.push('a payload ran'))
    await signIn(page, 'Ada Lovelace')

    await page.goto('/settings')
    await page.getByLabel('Name').fill(PAYLOADS[0] ?? '')
    await page.locator('#workspace').getByRole('button', { name: 'Save' }).click()
    await page.locator('summary', { hasText: PAYLOADS[0] ?? '' }).waitFor()

    await page.goto('/connectors/new/form?from=todoist')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(PAYLOADS[1] ?? '')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Your own connector' }).waitFor()

    await page.goto('/settings/webhooks')
    await page.getByLabel('Address').fill(`${stage.upstreamOrigin}/hook?${PAYLOADS[0]}`)
    await page.getByRole('button', { name: 'Add this endpoint' }).click()
    await page.getByRole('heading', { name: 'Signing secret' }).waitFor()
    await page.getByRole('link', { name: 'I have copied it' }).click()
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor()

    for (const address of [
      new URL(page.url()).pathname,
      '/settings/webhooks',
      '/connectors',
      '/connectors/own-todoist',
      '/connectors/own-todoist/definition',
      '/connections/new',
      '/connections/new/own-todoist',
      '/members',
      '/audit',
      '/settings',
    ]) {
      await page.goto(address)
      await page.locator('h1').waitFor()
      const planted = 'img[src="x"], svg[onload], main script, a[href^="javascript"]'
      expect(await page.locator(planted).count(), address).toBe(0)
    }
    await page.goto('/connectors')
    expect(await page.locator('main').textContent()).toContain(PAYLOADS[1])
    await page.goto('/settings')
    await page.getByLabel('Name').fill('Workspace')
    await page.locator('#workspace').getByRole('button', { name: 'Save' }).click()
    await page.locator('summary', { hasText: 'Workspace' }).waitFor()
    await leave(visit)
  })
})

describe('what JavaScript adds', () => {
  it('exact times in the zone of the reader, on hover and on focus', async () => {
    const visit = await visitor({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' })
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
    const time = fact(page, 'Created').locator('time')
    await expect.poll(() => time.getAttribute('title')).toMatch(/GMT\+9/)
    await time.focus()
    const shown = await page.evaluate<string>(
      `getComputedStyle(document.querySelector(':focus'), '::after').content`,
    )
    expect(shown).toContain('GMT+9')
    await leave(visit)
  })

  it('a sign of life on a form that takes long, and no second press', async () => {
    const visit = await visitor()
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
    let posts = 0
    const held = Promise.withResolvers<void>()
    await page.route('**/test', async (route) => {
      posts += 1
      await held.promise
      await route.continue()
    })
    const button = page.getByRole('button', { name: 'Run a test call' })
    const sign = () =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('#test button'), '::after').opacity`)
    await button.click()
    await expect.poll(sign, { timeout: 10_000 }).toBe('1')
    await button.click()
    held.resolve()
    await page.locator('.test-result').waitFor()
    expect(posts).toBe(1)
    await leave(visit)
  })

  it('a choice that outlives the polling', async () => {
    const visit = await visitor()
    const { page } = visit
    await signIn(page, 'Ada Lovelace')
    await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
    await page.locator('.tab', { hasText: 'Python' }).click()
    const looked = page.waitForResponse('**/live')
    await page.evaluate(`document.getElementById('connection-live').dispatchEvent(new Event('wake'))`)
    await (await looked).finished()
    await page.waitForTimeout(300)
    expect(await page.locator('.tab-panel:visible code').textContent()).toContain('import json')
    await leave(visit)
  })
})

it('the code on the page runs as it stands', { timeout: 60_000 }, async () => {
  const visit = await visitor()
  const { page } = visit
  await signIn(page, 'Ada Lovelace')
  await page.goto('/keys')
  await page.getByRole('textbox', { name: 'Name' }).fill('Snippets')
  await page.getByRole('checkbox', { name: 'tokens:read' }).check()
  await page.getByRole('button', { name: 'Make this key' }).click()
  const key = (await page.locator('.copy code').first().textContent()) ?? ''
  await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
  const runs: [language: string, command: string, before: string[]][] = [
    ['curl', 'sh', ['-c']],
    ['JavaScript', process.execPath, ['--input-type=module', '-e']],
    ['Python', 'python3', ['-c']],
    ['Token only', 'sh', ['-c']],
  ]
  for (const [language, command, before] of runs) {
    await page.locator('.tab', { hasText: language }).click()
    const code = (await page.locator('.tab-panel:visible code').textContent()) ?? ''
    const said = await run(command, [...before, code], key)
    expect(said, language).toContain(language === 'Token only' ? '"access_token"' : 'Charles Babbage')
  }
  await leave(visit)
})

/** What the program says; a word of its own where this machine has no such program. */
function run(command: string, args: string[], key: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: tmpdir(),
      env: { ...process.env, EVERGRANT_KEY: key },
      detached: false,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        said += chunk
      })
    }
    child.once('error', () => resolve('Charles Babbage (the program is not installed)'))
    child.once('close', () => resolve(said))
  })
}
