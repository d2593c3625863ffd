// What everybody needs of a page: no serious accessibility violation by axe-core, on a wide light screen and on a narrow
// dark one; on a phone nothing that sticks out, and
// nothing too small for a finger; nothing that sticks out at 400 % either.

import axe from 'axe-core'
import type { Page } from 'playwright-core'

const GRAVE = ['serious', 'critical']
const RUN = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
  ({ id, impact, nodes }) => ({ id, impact, where: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary) })))`

export const SCREENS = [
  { colorScheme: 'light', width: 1280, height: 900 },
  { colorScheme: 'dark', width: 390, height: 844 },
] as const

const ZOOMED_PX = 320

/** What a finger has to hit, and is less than 44 px high. */
const SMALL_TARGETS = `[...document.querySelectorAll(
    'button, .button, summary, select, input:not([type=checkbox], [type=radio], [type=hidden]), nav a, .tab, .back, .brand')]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
  .map((node) => node.outerHTML.slice(0, 120) + ' ' + node.getBoundingClientRect().height)`

interface Violation {
  id: string
  impact: string
  where: string[]
}

/** One line for each fault of the page as it is now. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const { colorScheme, width, height } of SCREENS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    const screen = `${new URL(page.url()).pathname}, ${colorScheme}, ${width} px`
    // Outside the page's policy, which lets no foreign script in.
    await page.evaluate(axe.source)
    const violations = await page.evaluate<Violation[]>(RUN)
    for (const { id, impact, where } of violations) {
      if (GRAVE.includes(impact)) faults.push(`${screen}: ${id} at ${where.join(' and ')}`)
    }
    if (width < 500) {
      for (const small of await page.evaluate<string[]>(SMALL_TARGETS))
        faults.push(`${screen}: small ${small}`)
    }
    faults.push(...(await sticksOut(page, screen, width)))
  }
  // What a zoom of 400 % leaves of a wide screen (WCAG 1.4.10).
  await page.setViewportSize({ width: ZOOMED_PX, height: 800 })
  faults.push(...(await sticksOut(page, new URL(page.url()).pathname, ZOOMED_PX)))
  return faults
}

async function sticksOut(page: Page, screen: string, width: number): Promise<string[]> {
  const inner = await page.evaluate<number>('document.documentElement.scrollWidth')
  return inner > width ? [`${screen}: ${inner} px wide of ${width}`] : []
}
