import { Validator } from '@cfworker/json-schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/http/table.ts'
import { browser, PUBLIC_URL } from './browser.ts'
import { DOCUMENT } from './documented.ts'
import { api, newTenant, send } from './tenant.ts'

interface Operation {
  operationId: string
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> }
  responses: Record<
    string,
    { content: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }> }
  >
}

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(
    ([method, operation]) => [`${method} ${path}`, operation as unknown as Operation] as const,
  ),
)

function faults(schema: object, value: unknown): unknown[] {
  const whole = { ...schema, components: DOCUMENT.components } as never
  return new Validator(whole, '2020-12').validate(value).errors
}

let json: typeof DOCUMENT

beforeAll(async () => {
  json = await (await send(new Request(`${PUBLIC_URL}/openapi.json`))).json()
})

describe('/openapi.json', () => {
  it('is open, is 3.1, and is what the tests hold answers against', () => {
    expect(json.openapi).toBe('3.1.0')
    expect(json).toEqual(JSON.parse(JSON.stringify(DOCUMENT)))
    expect(json.servers).toEqual([{ url: PUBLIC_URL }])
  })

  it('has an operation for every route for keys, each under its own id', () => {
    const routes = ROUTES.filter(({ kind }) => kind === 'api')
    expect(operations.length).toBe(routes.length + 5)
    const ids = operations.map(([, { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(json).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]
    expect(refs.length).toBeGreaterThan(20)
    for (const [, name = ''] of refs) expect(json.components.schemas).toHaveProperty(name)
  })

  it.each(operations)(
    'gives an example that its own schema takes: %s',
    (_name, { requestBody, responses }) => {
      const body = requestBody?.content['application/json']
      if (body) expect(faults(body.schema, body.example)).toEqual([])
      for (const { content } of Object.values(responses)) {
        const problem = content['application/problem+json']
        for (const { value } of Object.values(problem?.examples ?? {})) {
          expect(faults(problem?.schema ?? {}, value)).toEqual([])
        }
      }
    },
  )

  it.each(Object.entries(DOCUMENT.components.schemas))('has examples that fit: %s', (_name, schema) => {
    for (const example of (schema as { examples?: unknown[] }).examples ?? []) {
      expect(faults(schema, example)).toEqual([])
    }
  })

  it('promises nothing that is not checked: an answer with one more field is a fault', () => {
    const { Token } = DOCUMENT.components.schemas as unknown as Record<
      string,
      { examples: Record<string, unknown>[] }
    >
    const [token] = Token?.examples ?? []
    expect(faults(Token ?? {}, { ...token, refresh_token: 'x' })).not.toEqual([])
    expect(faults(Token ?? {}, { ...token, expires_in: 'soon' })).not.toEqual([])
  })
})

describe('/docs', () => {
  it('explains every problem under the anchor that problems link to, and every endpoint', async () => {
    const answer = await browser(send).get('/docs')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    const text = await answer.text()
    for (const name of Object.keys(DOCUMENT.components.schemas)) {
      if (name.startsWith('Problem_')) expect(text).toContain(`id="${name.slice('Problem_'.length)}"`)
    }
    for (const path of Object.keys(DOCUMENT.paths)) {
      if (path !== '/healthz') expect(text).toContain(path)
    }
    expect(text).not.toMatch(/<script|style=/)
    expect(text).toContain('<code>min-fresh=300</code>')
    expect(text).not.toContain('`')
  })

  it('is where a problem’s type leads', async () => {
    const tenant = await newTenant()
    const { type } = await (await api('/v1/connections/x', { key: await tenant.key() })).json<{
      type: string
    }>()
    const { pathname, hash } = new URL(type)
    expect(await (await browser(send).get(pathname)).text()).toContain(`id="${hash.slice(1)}"`)
  })
})
