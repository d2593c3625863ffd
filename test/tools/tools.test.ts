// What `npm start` promises about secrets and output.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSecrets, upstreamSecret, workerVariables, writeEnvFile } from './secrets.ts'
import { troubleOnly } from './wrangler.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('local secrets', () => {
  it('are made once, kept from other users, and the same in the next run', () => {
    const file = join(folder, 'new', '.dev.vars')
    const first = readSecrets(file)
    expect(first.ENCRYPTION_KEYS).toMatch(/^k1:[\w-]{43}$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readSecrets(file)).toEqual(first)
    expect(upstreamSecret(first, 'local-crm')).not.toBe(upstreamSecret(first, 'local-drive'))
  })

  it('are added to a file without touching what it says', () => {
    const file = join(folder, '.dev.vars')
    writeFileSync(file, '# mine\nSIGN_IN_CLIENT_SECRET="kept"')
    chmodSync(file, 0o644)
    expect(readSecrets(file).SIGN_IN_CLIENT_SECRET).toBe('kept')
    expect(readFileSync(file, 'utf8')).toMatch(
      /^# mine\nSIGN_IN_CLIENT_SECRET="kept"\nENCRYPTION_KEYS=k1:[\w-]{43}\n$/,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it("reach the Worker together with the developer's own OAuth apps", () => {
    const secrets = { SIGN_IN_CLIENT_SECRET: 's', OAUTH_APPS: '{"google":{"client_id":"it\'s"}}' }
    const variables = workerVariables(secrets, 'http://localhost:1', 'http://127.0.0.1:2')
    const file = join(folder, 'worker.env')
    writeEnvFile(file, variables)
    expect(parseEnv(readFileSync(file, 'utf8'))).toEqual(variables)
    expect(JSON.parse(variables.OAUTH_APPS ?? '')).toMatchObject({
      google: { client_id: "it's" },
      local: { client_id: 'local-crm', params: { origin: 'http://127.0.0.1:2' } },
    })
  })
})

describe('the output of the Worker', () => {
  it('lets through only what is wrong, with the lines that belong to it', () => {
    const shown: string[] = []
    const line = troubleOnly((text) => shown.push(text))
    for (const text of [
      '[wrangler:info] GET / 200 OK',
      '✘ [ERROR] Could not resolve "x"',
      '',
      '    src/index.ts:1:7:',
      '[wrangler:info] Ready',
      '  indented, but of no error',
      '▲ [WARNING] Scheduled Workers are not automatically triggered during local development.',
      '  To manually trigger',
      '{"level":"error","event":"boom"}',
    ])
      line(text)
    expect(shown).toEqual([
      '✘ [ERROR] Could not resolve "x"',
      '    src/index.ts:1:7:',
      '{"level":"error","event":"boom"}',
    ])
  })
})
