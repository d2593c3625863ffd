// `npm run screenshots`: every page at two widths, light and dark, into the ignored folder screenshots/.
// With `-- --readme` only the one picture that the README shows is renewed.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Page } from 'playwright-core'
import { type Stage, startStage } from '../browser/driver.ts'
import { FIRST_SCENES, filledScenes, type Scene } from './scenes.ts'
import { fillWorkspace, makeKey } from './workspace.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const FOLDER = join(ROOT, 'screenshots')
const README_PICTURE = join(ROOT, 'test', 'screenshots', 'connection.png')
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 390, height: 844 }

async function everyPage(page: Page, stage: Stage): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  for (const scene of FIRST_SCENES) await picture(page, scene)
  const places = await fillWorkspace(page, stage)
  for (const scene of filledScenes(places, stage)) await picture(page, scene)
  console.log(`Written to ${FOLDER}`)
}

async function picture(page: Page, { name, open }: Scene): Promise<void> {
  await page.setViewportSize(WIDE)
  await open(page)
  // Taken from further down, a full picture lacks the top of the page.
  await page.evaluate('scrollTo(0, 0)')
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const path = join(FOLDER, `${name}-${size.width}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
  }
}

/** A connection that workflows use and that was refreshed. */
async function readmePicture(page: Page, stage: Stage): Promise<void> {
  await page.setViewportSize(WIDE)
  for (const { open } of FIRST_SCENES) await open(page)
  const { active } = await fillWorkspace(page, stage)
  await makeKey(page, stage, active)
  await page.goto(active)
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.locator('.timeline').getByText('Token refreshed by hand').waitFor()
  // The page goes on by itself; the pointer leaves the button.
  await page.mouse.move(0, 0)
  await page.waitForTimeout(15_000)
  await page.screenshot({ path: README_PICTURE })
  console.log(`Written to ${README_PICTURE}`)
}

const stage = await startStage()
try {
  const { page, problems } = await stage.visit({ colorScheme: 'light' })
  await (process.argv.includes('--readme') ? readmePicture : everyPage)(page, stage)
  for (const problem of problems) console.log(problem)
} finally {
  await stage.stop()
}
