// A browser test that fails says what stood on the page.

import process from 'node:process'
import type { Page } from 'playwright-core'
import { onTestFailed } from 'vitest'

export function tellOnFailure(page: Page): void {
  onTestFailed(async () => {
    const text = await page.locator('body').textContent({ timeout: 2000 })
    process.stderr.write(`${page.url()}\n${text?.replace(/\s+/g, ' ')}\n`)
  })
}
