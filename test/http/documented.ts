// Holds answers of the API against the OpenAPI document: path, method, status, body.

import { env } from 'cloudflare:workers'
import { Validator } from '@cfworker/json-schema'
import { openApi } from '../../src/http/openapi.ts'
import { ROUTES } from '../../src/http/table.ts'

interface Media {
  schema?: object
}
interface DocumentedOperation {
  responses: Record<string, { content: Record<string, Media> }>
}

export const DOCUMENT = openApi(ROUTES, env.PUBLIC_URL)
const PATHS = DOCUMENT.paths as unknown as Record<string, Record<string, DocumentedOperation>>
const validators = new Map<string, Validator>()
/** Codes and successes that were seen, `GET /v1/connections 200`, `not_found`. */
export const SEEN = new Set<string>()

/** Throws where the document does not say that this may be answered. */
export async function expectDocumented(method: string, path: string, answer: Response): Promise<void> {
  if (answer.headers.get('Evergrant-Upstream') === 'true' || method === 'HEAD') return
  const documented = findPath(new URL(path, env.PUBLIC_URL).pathname, method)
  const body = (await answer.clone().json()) as { code?: string }
  const operation = documented && operationOf(documented, method)
  if (!operation) return expectNoRoute(body, answer)
  const type = (answer.headers.get('Content-Type') ?? '').replace(/;.*/, '')
  const place = `${method} ${documented} ${answer.status}`
  const schema = operation.responses[answer.status]?.content[type]?.schema
  if (!schema) throw new Error(`${place} ${type} ${body.code ?? ''} is not documented`)
  SEEN.add(body.code ?? place)
  const { valid, errors } = validatorOf(place, schema).validate(body)
  if (!valid) throw new Error(`${place} is not as documented: ${JSON.stringify(errors.slice(-3))}`)
}

/** The proxy takes any method: those that the document cannot name are answered like the others. */
function operationOf(path: string, method: string): DocumentedOperation | undefined {
  const item = PATHS[path]
  return item?.[method.toLowerCase()] ?? (path.endsWith('/{path}') ? item?.get : undefined)
}

/** Where there is no operation, only these may be answered. */
function expectNoRoute(body: { code?: string }, answer: Response): void {
  const code = body.code ?? ''
  if (!['not_found', 'method_not_allowed', 'not_configured', 'internal_error'].includes(code)) {
    throw new Error(`${answer.status} ${code} where nothing is documented`)
  }
  SEEN.add(code)
  const place = `Problem_${code}`
  const { valid, errors } = validatorOf(place, { $ref: `#/components/schemas/${place}` }).validate(body)
  if (!valid) throw new Error(`${place} is not as documented: ${JSON.stringify(errors.slice(-3))}`)
}

function validatorOf(place: string, schema: object): Validator {
  const known = validators.get(place)
  if (known) return known
  const made = new Validator({ ...schema, components: DOCUMENT.components } as never, '2020-12')
  validators.set(place, made)
  return made
}

const TEMPLATES = Object.keys(PATHS)
  .sort((left, right) => parameters(left) - parameters(right))
  .map((template) => {
    const pattern = template.replace(/\{path\}/, '.*').replace(/\{\w+\}/g, '[^/]+')
    return { template, pattern: new RegExp(`^${pattern}$`) }
  })

/** The most particular one that takes the method. */
function findPath(path: string, method: string): string | undefined {
  return TEMPLATES.find(({ template, pattern }) => pattern.test(path) && operationOf(template, method))
    ?.template
}

function parameters(template: string): number {
  return template.split('{').length
}
