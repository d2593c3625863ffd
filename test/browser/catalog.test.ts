// The catalog and the list of connectors in a real Chromium: found by typing, walked by keys, drawn in both schemes, light to load.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './driver.ts'
import { tellOnFailure } from './failure.ts'
import { connect, signIn } from './people.ts'

const BUDGET_BYTES = 60_000
const PATIENT = { timeout: 15_000 }

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

const focused = (page: Page) => page.evaluate<string>('document.activeElement?.textContent ?? ""')
const titles = (page: Page) => page.locator('#catalog h2 a').allTextContents()

it('follows the typing, and is walked by arrow keys and Enter', async () => {
  const { page, problems, close } = await stage.visit()
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
  await page.goto('/connections/new')
  expect((await titles(page)).slice(0, 2)).toEqual(['Gmail', 'Slack'])
  expect(await page.locator('#connector-local .badge').first().textContent()).toBe('Connected')

  const search = page.getByRole('searchbox')
  await search.pressSequentially('calend')
  await expect.poll(async () => (await titles(page)).length, PATIENT).toBeLessThan(6)
  expect(await titles(page)).toEqual(expect.arrayContaining(['Google Calendar', 'Calendly']))
  const found = await titles(page)
  await search.press('ArrowDown')
  expect(await focused(page)).toBe(found[0])
  await page.keyboard.press('ArrowDown')
  expect(await focused(page)).toBe(found[1])
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate('document.activeElement?.id')).toBe('q')

  // Enter asks at once and goes to the first hit of the answer; once more, and it opens.
  await search.fill('github')
  await search.press('Enter')
  await expect.poll(() => focused(page), PATIENT).toBe('GitHub')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/connections/new/github')
  expect(problems).toEqual([])
  await close()
})

it('follows the typing in the list of connectors too', async () => {
  const { page, problems, close } = await stage.visit()
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.goto('/connectors')
  const names = () => page.locator('#connector-list th a').allTextContents()
  expect((await names()).length).toBeGreaterThan(90)
  const search = page.getByRole('searchbox')
  await search.pressSequentially('calend')
  await expect.poll(async () => (await names()).length, PATIENT).toBeLessThan(6)
  const found = await names()
  expect(found).toEqual(expect.arrayContaining(['Google Calendar', 'Calendly']))
  await page.waitForURL('**/connectors?q=calend')
  await search.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await focused(page)).toBe(found[1])
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate('document.activeElement?.id')).toBe('q')

  await search.fill('no such service')
  await page.getByText('No service matches this search.').waitFor()
  await search.fill('github')
  await search.press('Enter')
  await expect.poll(() => focused(page), PATIENT).toBe('GitHub')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/connectors/github')
  expect(problems).toEqual([])
  await close()
})

/** The colour of the icon as it is drawn: of its most opaque pixel, in the reader's scheme. */
const INK = `(() => {
  const image = document.querySelector('#connector-gmail .tile img')
  const paint = Object.assign(document.createElement('canvas'), { width: 24, height: 24 }).getContext('2d')
  paint.drawImage(image, 0, 0, 24, 24)
  const { data } = paint.getImageData(0, 0, 24, 24)
  let best = 0
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > data[best + 3]) best = at
  return [...data.slice(best, best + 4)]
})()`

it.each([
  ['light', [26, 33, 30, 255]],
  ['dark', [230, 235, 232, 255]],
] as const)('draws its icons in the colour of text where the scheme is %s', async (colorScheme, ink) => {
  const { page, problems, close } = await stage.visit({ colorScheme })
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  await page.goto('/connections/new', { waitUntil: 'networkidle' })
  expect(await page.evaluate(INK)).toEqual(ink)
  expect(await page.locator('#connector-slack .tile').textContent()).toBe('Sl')
  expect(problems).toEqual([])
  await close()
})

it('weighs less than 60 KB compressed, icons and all', async () => {
  const { page, close } = await stage.visit()
  tellOnFailure(page)
  await signIn(page, 'Ada Lovelace')
  const urls = new Set<string>()
  page.on('response', (response) => urls.add(response.url()))
  await page.goto('/connections/new', { waitUntil: 'networkidle' })
  expect([...urls].filter((url) => url.includes('/icons/')).length).toBeGreaterThan(5)
  let total = 0
  for (const url of urls) {
    const body = await (await page.context().request.get(url)).body()
    const gzipped = new Blob([new Uint8Array(body)]).stream().pipeThrough(new CompressionStream('gzip'))
    total += (await new Response(gzipped).arrayBuffer()).byteLength
  }
  expect(total).toBeGreaterThan(20_000)
  expect(total).toBeLessThan(BUDGET_BYTES)
  await close()
})

it.each(['/connections/new', '/connectors'])(
  'works without JavaScript at %s: the form searches, Tab reaches each service',
  async (address) => {
    const { page, problems, close } = await stage.visit({ javaScriptEnabled: false })
    await signIn(page, 'Ada Lovelace')
    await page.goto(address)
    await page.getByRole('searchbox').fill('github')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.waitForURL(`**${address}?q=github`)
    await page.getByRole('button', { name: 'Search' }).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${address}/github`)
    expect(problems).toEqual([])
    await close()
  },
)
