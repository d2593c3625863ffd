// `npm run lighthouse`: what Lighthouse says of the list and of one connection, in all four categories, on a phone and on
// a desk, signed in, in the test Chromium. Fails below 95. Lighthouse is 114 packages and 176 MB, so that it is installed
// into the ignored .wrangler folder the first time this runs, and not with everything else.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { chromium as launcher } from 'playwright-core'
import { launchOptions } from '../browser/driver.ts'
import { badge, connect, signIn } from '../browser/people.ts'
import { freePort } from './ports.ts'
import { startEvergrant } from './start.ts'

const VERSION = '13.5.0'
const ROOT = resolve(import.meta.dirname, '..', '..')
const FOLDER = join(ROOT, '.wrangler', `lighthouse-${VERSION}`)
const PACKAGE = join(FOLDER, 'node_modules', 'lighthouse')
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo']
const LEAST = 95

interface Report {
  finalDisplayedUrl: string
  categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>
  audits: Record<string, { score: number | null; title: string; numericValue?: number }>
}

type Lighthouse = (url: string, flags: object, config?: object) => Promise<{ lhr: Report } | undefined>

async function install(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }')
  const npm = process.env.npm_execpath
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const args = [
    ...first,
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '-E',
    `lighthouse@${VERSION}`,
  ]
  console.log(`Installing Lighthouse ${VERSION} (176 MB) ...`)
  const child = spawn(command, args, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'ignore'] })
  const code = await new Promise<number>((done) => child.once('close', (code: number) => done(code)))
  if (code !== 0) throw new Error('npm could not install Lighthouse. Is the npm registry reachable?')
}

/** The figures of one page as a line; false where one is too low. */
function tell(name: string, { categories, audits }: Report): boolean {
  const scores = CATEGORIES.map((id) => Math.round((categories[id]?.score ?? 0) * 100))
  const bytes = Math.round((audits['total-byte-weight']?.numericValue ?? 0) / 1024)
  console.log(
    `${name}: ${CATEGORIES.map((id, index) => `${id} ${scores[index]}`).join(', ')}; ${bytes} KB transferred`,
  )
  for (const id of CATEGORIES) {
    for (const { id: audit, weight } of categories[id]?.auditRefs ?? []) {
      const { score = null, title = '' } = audits[audit] ?? {}
      if (weight > 0 && score !== null && score < 0.9) console.log(`  ${id}: ${title} (${score})`)
    }
  }
  return scores.every((score) => score >= LEAST)
}

if (!existsSync(PACKAGE)) await install()
const entry = join(PACKAGE, 'core', 'index.js')
const { default: lighthouse, desktopConfig } = (await import(entry)) as {
  default: Lighthouse
  desktopConfig: object
}
const folder = mkdtempSync(join(tmpdir(), 'evergrant-lighthouse-'))
const evergrant = await startEvergrant({
  port: 0,
  upstreamPort: 0,
  stateDir: join(folder, 'state'),
  quiet: true,
})
try {
  const port = await freePort(0)
  const { executablePath, args } = await launchOptions()
  const browser = await launcher.launchPersistentContext(join(folder, 'profile'), {
    executablePath,
    args: [...args, `--remote-debugging-port=${port}`],
    baseURL: evergrant.publicUrl,
  })
  const page = await browser.newPage()
  await page.addInitScript({ content: 'window.open = () => null' })
  await signIn(page, 'Ada Lovelace')
  await connect(page, { service: 'Local CRM', person: 'Ada Lovelace' })
  await badge(page, 'Active').waitFor()
  const pages = { list: `${evergrant.publicUrl}/connections`, connection: page.url() }
  await page.close()
  const flags = { port, logLevel: 'error', onlyCategories: CATEGORIES, disableStorageReset: true }
  for (const [name, url] of Object.entries(pages)) {
    for (const [screen, config] of [
      ['phone', undefined],
      ['desk', desktopConfig],
    ] as const) {
      // A busy machine costs a run its figures for speed: the better of two counts.
      let good = false
      for (let run = 0; run < 2 && !good; run++) {
        const result = await lighthouse(url, flags, config)
        if (result?.lhr.finalDisplayedUrl !== url) throw new Error(`Lighthouse did not get to ${url}.`)
        good = tell(`${name}, ${screen}`, result.lhr)
      }
      if (!good) process.exitCode = 1
    }
  }
  await browser.close()
} finally {
  await evergrant.stop()
  rmSync(folder, { recursive: true, force: true })
}
