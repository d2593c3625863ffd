// Every page is for everybody: in every state axe-core finds nothing serious, it fits a phone, breaks no policy, and shows
// the same without JavaScript.

import process from 'node:process'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressOf, openScene, SCENES, type World } from '../tools/scenes.ts'
import type { Places } from '../tools/workspace.ts'
import { faultsOf, SCREENS } from './audit.ts'
import { type Stage, startStage, type Visit } from './driver.ts'
import { tellOnFailure } from './failure.ts'

let stage: Stage
let world: World
let visit: Visit
let page: Page
beforeAll(async () => {
  stage = await startStage()
  world = { stage, places: {} as Places }
  visit = await stage.visit()
  page = visit.page
})
afterAll(() => stage?.stop())

it('a page that is not for everybody would be noticed', async () => {
  await page.setContent('<h1>Wide</h1><img width="500" src="data:,"><p style="color: #999">Faint</p>')
  const faults = (await faultsOf(page)).join('\n')
  expect(faults).toContain('light, 1280 px: image-alt')
  expect(faults).toContain('light, 1280 px: color-contrast')
  expect(faults).toMatch(/dark, 390 px: 5\d\d px wide of 390/)
  expect(faults).toMatch(/: 5\d\d px wide of 320/)
})

describe('with JavaScript', () => {
  beforeEach(() => tellOnFailure(page))

  it.each(SCENES)('$name', { timeout: 120_000 }, async (scene) => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await openScene(page, scene, world)
    expect(await faultsOf(page)).toEqual([])
    // A page that says what went wrong has a status of its own, which the console notes.
    const own = (problem: string) => scene.refused && problem.includes('Failed to load resource')
    const problems = visit.problems.splice(0)
    expect(problems.filter((problem) => !own(problem))).toEqual([])
  })
})

const MAIN_LINKS = `[...document.querySelectorAll('nav a')].map((link) => {
  const { left, right, top } = link.getBoundingClientRect()
  return { left, right, top, cut: link.scrollWidth > link.clientWidth }
})`

it.each([
  [390, 1],
  [360, 1],
  [320, 2],
])('the way to every section stands whole on a phone of %d px, in %d rows', async (width, rows) => {
  await page.setViewportSize({ width, height: 800 })
  await page.goto('/audit')
  const links = await page.evaluate<{ left: number; right: number; top: number; cut: boolean }[]>(MAIN_LINKS)
  expect(links).toHaveLength(5)
  expect(new Set(links.map(({ top }) => top)).size).toBe(rows)
  for (const link of links) {
    expect(link.cut).toBe(false)
    expect(link.left).toBeGreaterThanOrEqual(0)
    expect(link.right).toBeLessThanOrEqual(width)
  }
})

it('a first page view transfers less than 60 KB', async () => {
  const fresh = await stage.visit()
  await fresh.page.context().addCookies(await page.context().cookies())
  const session = await fresh.page.context().newCDPSession(fresh.page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  for (const address of ['/connections', '/connections/new', '/connectors']) {
    await session.send('Network.clearBrowserCache')
    bytes = 0
    await fresh.page.goto(address, { waitUntil: 'networkidle' })
    process.stdout.write(`First view of ${address}: ${(bytes / 1024).toFixed(1)} KB transferred\n`)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(60 * 1024)
  }
  await fresh.close()
})

it.each(['/app.css', '/app.js', '/favicon.svg', '/icons/google.svg'])(
  'a static file is taken for nothing but what it says: %s',
  async (path) => {
    const { status, headers } = await fetch(stage.publicUrl + path)
    expect(status).toBe(200)
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  },
)

describe('without JavaScript', () => {
  let plain: Visit
  beforeAll(async () => {
    plain = await stage.visit({ javaScriptEnabled: false })
    await plain.page.context().addCookies(await page.context().cookies())
  })

  it.each(SCENES.filter(({ path }) => path !== undefined))('$name', async ({ path = '/' }) => {
    tellOnFailure(plain.page)
    const address = addressOf(path, world.places)
    await page.goto(address)
    await plain.page.goto(address)
    const heading = (of: Page) => of.locator('h1').allTextContents()
    expect(await heading(plain.page)).toEqual(await heading(page))
    for (const { width, height } of SCREENS) {
      await plain.page.setViewportSize({ width, height })
      expect(await plain.page.locator('h1').first().isVisible()).toBe(true)
      // Whatever can be pressed is a link, or belongs to a form that is posted or asked for.
      expect(await plain.page.locator('button:visible:not(form button, [form])').count()).toBe(0)
    }
  })
})
