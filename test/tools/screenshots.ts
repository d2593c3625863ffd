// `npm run screenshots`: every page at two widths, light and dark, into the ignored folder screenshots/.
// With `-- --readme` only the three pictures that the README shows are renewed.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Page } from 'playwright-core'
import { type Stage, startStage } from '../browser/driver.ts'
import { openScene, SCENES, type Scene, type World } from './scenes.ts'
import type { Places } from './workspace.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const FOLDER = join(ROOT, 'screenshots')
const README_FOLDER = join(ROOT, 'test', 'screenshots')
/** Scene → file name. */
const README_SCENES: Record<string, string> = {
  list: 'list',
  connection: 'connection',
  'catalog-filled': 'catalog',
}
const LAST_README_PICTURE = 'catalog'
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 390, height: 844 }

async function everyPage(page: Page, stage: Stage): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const world: World = { stage, places: {} as Places }
  for (const scene of SCENES) await picture(page, scene, world)
  console.log(`Written to ${FOLDER}`)
}

async function picture(page: Page, scene: Scene, world: World): Promise<void> {
  await page.setViewportSize(WIDE)
  await openScene(page, scene, world)
  // Taken from further down, a full picture lacks the top of the page.
  await page.evaluate('scrollTo(0, 0)')
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const path = join(FOLDER, `${scene.name}-${size.width}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
  }
}

/** As a workspace looks after a while. */
async function readmePictures(page: Page, stage: Stage): Promise<void> {
  const world: World = { stage, places: {} as Places }
  for (const scene of SCENES) {
    await page.setViewportSize(WIDE)
    await openScene(page, scene, world)
    const name = README_SCENES[scene.name]
    if (name === undefined) continue
    if (name === 'connection') await showRefresh(page)
    // The pointer leaves what it is over.
    await page.mouse.move(0, 0)
    await page.evaluate('scrollTo(0, 0)')
    await page.screenshot({ path: join(README_FOLDER, `${name}.png`) })
    if (name === LAST_README_PICTURE) break
  }
  console.log(`Written to ${README_FOLDER}`)
}

async function showRefresh(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.locator('.timeline').getByText('Token refreshed by hand').waitFor()
  await page.waitForTimeout(15_000)
}

const stage = await startStage()
try {
  const { page, problems } = await stage.visit({ colorScheme: 'light' })
  await (process.argv.includes('--readme') ? readmePictures : everyPage)(page, stage)
  for (const problem of problems) console.log(problem)
} finally {
  await stage.stop()
}
