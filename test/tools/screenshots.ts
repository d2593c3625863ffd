// `npm run screenshots`: every page at two widths, light and dark, into the ignored folder screenshots/.
// With `-- --readme` it also renews the one picture that the README shows.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Page } from 'playwright-core'
import { startStage } from '../browser/driver.ts'
import { FIRST_SCENES, filledScenes, fillWorkspace, type Scene } from './scenes.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const FOLDER = join(ROOT, 'screenshots')
const README_PICTURE = join(ROOT, 'test', 'screenshots', 'connection.png')
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 390, height: 844 }

async function picture(page: Page, { name, open }: Scene): Promise<void> {
  await page.setViewportSize(WIDE)
  await open(page)
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({
        path: join(FOLDER, `${name}-${size.width}-${colorScheme}.png`),
        fullPage: true,
      })
    }
  }
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const stage = await startStage()
  try {
    const { page, problems } = await stage.visit()
    for (const scene of FIRST_SCENES) await picture(page, scene)
    const { held, made } = await fillWorkspace(page, stage)
    for (const scene of [...made, ...filledScenes(held)]) await picture(page, scene)
    if (process.argv.includes('--readme')) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize(WIDE)
      await page.goto(held.active)
      await page.screenshot({ path: README_PICTURE })
    }
    for (const problem of problems) console.log(problem)
    console.log(`Written to ${FOLDER}`)
  } finally {
    await stage.stop()
  }
}

await main()
