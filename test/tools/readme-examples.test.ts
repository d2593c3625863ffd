// The examples of README.md, run as they are printed, against the running Worker and the local upstream.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upstream } from '../upstream/client.ts'
import { type RunningEvergrant, startEvergrant } from './start.ts'
import { signIn } from './visitor.ts'

const [, section = ''] = readFileSync('README.md', 'utf8').split('### Examples')
const EXAMPLES = [...(section.split(/\n## /)[0] ?? '').matchAll(/```(\w+)\n(.*?)```/gs)].map(
  ([, language = '', code = '']) => ({ language, code }),
)

let evergrant: RunningEvergrant
let stateDir: string
let environment: Record<string, string>
let withoutProxy: Record<string, string>

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'evergrant-readme-'))
  evergrant = await startEvergrant({ port: 0, upstreamPort: 0, stateDir, quiet: true })
  const { publicUrl, upstreamOrigin } = evergrant
  const visitor = await signIn({
    fetch: (path, init) => fetch(publicUrl + path, { ...init, redirect: 'manual' }),
    steer: upstream(upstreamOrigin),
    publicUrl,
  })
  const CONNECTION = await visitor.connect('local')
  environment = {
    ...(process.env as Record<string, string>),
    EVERGRANT_URL: publicUrl,
    EVERGRANT_KEY: await visitor.makeKey(['tokens:read', 'proxy']),
    CONNECTION,
  }
  withoutProxy = { ...environment, EVERGRANT_KEY: await visitor.makeKey(['tokens:read']) }
})
afterAll(async () => {
  await evergrant?.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

function exampleIn(language: string): string {
  const code = EXAMPLES.find((example) => example.language === language)?.code
  if (code === undefined) throw new Error(`README.md has no example in ${language}`)
  return code
}

interface Ended {
  code: number | null
  out: string
  err: string
}

/** Code 127, as a shell says it, where there is no such command. */
function run(command: string, args: string[], env = environment): Promise<Ended> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    said.out += text
  })
  child.stderr.on('data', (text: string) => {
    said.err += text
  })
  return new Promise((resolve) => {
    child.on('error', () => resolve({ code: 127, ...said }))
    child.on('close', (code: number | null) => resolve({ code, ...said }))
  })
}

describe('the example in', () => {
  it('every language that is printed is run here', () => {
    expect(EXAMPLES.map(({ language }) => language)).toEqual(['sh', 'js', 'python', 'json'])
  })

  it('curl prints a token, and what the service answers', async () => {
    const { code, out } = await run('sh', ['-ec', exampleIn('sh')])
    const [token = '', contact = ''] = out.split(/(?<=\})(?=\{)/)
    expect(code).toBe(0)
    expect(JSON.parse(token)).toMatchObject({ token_type: 'Bearer', connector: 'local' })
    expect(JSON.parse(contact)).toMatchObject({ name: 'Ada Byron' })
  })

  it('curl fails where the key may not, and shows why', async () => {
    const { code, out } = await run('sh', ['-ec', exampleIn('sh')], withoutProxy)
    expect(code).toBeGreaterThan(0)
    expect(out).toContain('"code":"forbidden"')
  })

  it('JavaScript prints until when the token is good', async () => {
    const { out } = await run(process.execPath, ['--input-type=module', '-e', exampleIn('js')])
    expect(out).toMatch(/^A Bearer token for local, good until 20\d\d-[^ ]+Z\n$/)
  })

  it('Python prints the contacts, and says what is wrong', async (context) => {
    if ((await run('python3', ['-c', 'import requests'])).code !== 0) {
      return context.skip('python3 with the package `requests` is not installed here')
    }
    const { code, out } = await run('python3', ['-c', exampleIn('python')])
    expect([code, out]).toEqual([0, 'Charles Babbage\nAda Byron\n'])
    expect((await run('python3', ['-c', exampleIn('python')], withoutProxy)).err).toContain('forbidden: ')
  })

  it("n8n's form is the request that it says", async () => {
    const { nodes } = JSON.parse(exampleIn('json')) as { nodes: [HttpNode] }
    const { method, url, headerParameters } = nodes[0].parameters
    expect(nodes[0].type).toBe('n8n-nodes-base.httpRequest')
    const headers = headerParameters.parameters.map(({ name, value }): [string, string] => [
      name,
      evaluated(value),
    ])
    const answer = await fetch(evaluated(url), { method, headers })
    expect(answer.headers.get('Evergrant-Upstream')).toBe('true')
    expect(await answer.json()).toMatchObject({
      contacts: [{ name: 'Charles Babbage' }, { name: 'Ada Byron' }],
    })
  })
})

interface HttpNode {
  type: string
  parameters: {
    method: string
    url: string
    headerParameters: { parameters: { name: string; value: string }[] }
  }
}

/** As n8n does it: a value that begins with `=` holds expressions. */
function evaluated(value: string): string {
  if (!value.startsWith('=')) return value
  return value.slice(1).replaceAll(/\{\{ \$env\.(\w+) \}\}/g, (_, name) => environment[name] ?? '')
}
