// Evergrant, its local upstream and a real Chromium for one test file. Every visit is a browser profile of its own that
// notes what no page may do: break the Content-Security-Policy, fail in the console, reach another host.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { type BrowserContextOptions, chromium as launcher, type Page } from 'playwright-core'
import { startEvergrant } from '../tools/start.ts'
import { type UpstreamClient, upstream } from '../upstream/client.ts'

/** These loosen what the pages rely on, or keep a normal Chromium from running. */
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security']
const LOOPBACK = ['localhost', '127.0.0.1']
const PATIENCE_MS = 30_000
const NO_POPUPS = 'window.open = () => null'
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', (event) =>
  noteViolation(event.violatedDirective + ' ' + event.blockedURI))`

export interface Stage {
  publicUrl: string
  upstreamOrigin: string
  /** The switches of the upstream. */
  steer: UpstreamClient
  /** Windows are blocked, unless told, so that everything happens in one page. */
  visit(options?: VisitOptions): Promise<Visit>
  stop(): Promise<void>
}

type VisitOptions = BrowserContextOptions & { popups?: boolean }

export interface Visit {
  page: Page
  /** One line for each thing that must not happen; empty as long as all is well. */
  problems: string[]
  close(): Promise<void>
}

/** `npm start` on free ports with a state folder that is thrown away afterwards. */
export async function startStage(): Promise<Stage> {
  const stateDir = mkdtempSync(join(tmpdir(), 'evergrant-'))
  const evergrant = await startEvergrant({ port: 0, upstreamPort: 0, stateDir, quiet: true })
  const browser = await launcher.launch(await launchOptions())
  return {
    publicUrl: evergrant.publicUrl,
    upstreamOrigin: evergrant.upstreamOrigin,
    steer: upstream(evergrant.upstreamOrigin),
    async visit({ popups = false, ...options } = {}) {
      const context = await browser.newContext({ baseURL: evergrant.publicUrl, ...options })
      context.setDefaultTimeout(PATIENCE_MS)
      if (!popups) await context.addInitScript({ content: NO_POPUPS })
      const problems = await watch(await context.newPage())
      return { ...problems, close: () => context.close() }
    },
    async stop() {
      await browser.close()
      await evergrant.stop()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

/** A normal Chromium, as far as a test machine allows. */
export async function launchOptions(): Promise<{ executablePath: string; args: string[] }> {
  return {
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNWANTED.includes(argument)),
  }
}

async function watch(page: Page): Promise<{ page: Page; problems: string[] }> {
  const problems: string[] = []
  const note = (what: string) => problems.push(`${page.url()}: ${what}`)
  const context = page.context()
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol.startsWith('http') && !LOOPBACK.includes(hostname)) note(`request to ${request.url()}`)
  })
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => note(`uncaught: ${error.error().message}`))
  await context.exposeFunction('noteViolation', (what: string) => note(`policy: ${what}`))
  await context.addInitScript({ content: REPORT_VIOLATIONS })
  return { page, problems }
}
