// The OpenAPI 3.1 document, made of the route table: each API route says what it takes and gives, and what it takes is
// what it validates by.

import type { Failure } from '../domain/failure.ts'
import type { ArraySchema, ObjectSchema } from '../lib/schema.ts'
import { ANSWERS, PROBLEM_CODES, problemSample, problemSchema } from './openapi-schemas.ts'
import type { Operation } from './operation.ts'
import type { ApiRoute, Route } from './route.ts'

/** What any endpoint for keys can answer. */
const COMMON: Failure['code'][] = [
  'invalid_request',
  'invalid_api_key',
  'forbidden',
  'rate_limited',
  'temporarily_unavailable',
  'not_configured',
  'internal_error',
]
const WITH_BODY: Failure['code'][] = ['payload_too_large']
const PROXY_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

type Json = Record<string, unknown>

export function openApi(routes: readonly Route[], publicUrl: string) {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    if (route.kind !== 'api') continue
    const path = documentedPath(route)
    const methods = route.method === 'ALL' ? PROXY_METHODS : [route.method.toLowerCase()]
    paths[path] ??= {}
    for (const method of methods) paths[path][method] = operationOf(route, method, publicUrl)
  }
  paths['/healthz'] = { get: healthOperation(publicUrl) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Evergrant',
      version: '1',
      description:
        'Fresh access tokens and upstream calls by connection ID. Every failure is a problem (RFC 9457) with a stable code; times are RFC 3339 in UTC.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `egk_…`, made under API keys.' },
      },
      schemas: {
        ...ANSWERS,
        ...Object.fromEntries(
          PROBLEM_CODES.map((code) => [problemName(code), problemSchema(code, publicUrl)]),
        ),
      },
    },
  }
}

/** `/v1/connections/{id}`, and `{path}` for whatever follows. */
export function documentedPath({ path }: Pick<Route, 'path'>): string {
  return path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')
}

export function problemName(code: string): string {
  return `Problem_${code}`
}

/** Every code that the route can answer with, in the contract's order. */
export function problemsOf(route: ApiRoute): Failure['code'][] {
  const mayBeTooLarge = route.method !== 'GET' && !route.ownBody
  const codes = [...COMMON, ...(mayBeTooLarge ? WITH_BODY : []), ...route.operation.problems]
  return PROBLEM_CODES.filter((code) => codes.includes(code))
}

function operationOf(route: ApiRoute, method: string, publicUrl: string): Json {
  const { operation, permission, path } = route
  const { summary, description, body, success } = operation
  const needed = `Needs the permission \`${permission}\`.`
  return {
    operationId: operationId(method, path),
    summary,
    description: description ? `${description} ${needed}` : needed,
    parameters: parametersOf(route),
    ...(body ? { requestBody: requestBody(body) } : {}),
    ...(success ? {} : { requestBody: { content: { '*/*': { schema: {} } } } }),
    responses: {
      ...(success ? successOf(success) : UPSTREAM_ANSWER),
      ...problemResponses(problemsOf(route), publicUrl, success === undefined),
    },
  }
}

const UPSTREAM_ANSWER = {
  default: {
    description: 'Whatever the service answered, with `Evergrant-Upstream: true`.',
    headers: { 'Evergrant-Upstream': { schema: { const: 'true' } } },
    content: { '*/*': { schema: {} } },
  },
}

function healthOperation(publicUrl: string): Json {
  return {
    operationId: 'getHealth',
    summary: 'Whether the deployment works',
    security: [],
    responses: {
      ...successOf({ status: 200, answer: 'Health' }),
      ...problemResponses(['temporarily_unavailable', 'not_configured', 'internal_error'], publicUrl, false),
    },
  }
}

function successOf({ status, orStatus, answer }: NonNullable<Operation['success']>): Json {
  const schema = { $ref: `#/components/schemas/${answer}` }
  const response = { description: answer, content: { 'application/json': { schema } } }
  return { [status]: response, ...(orStatus === undefined ? {} : { [orStatus]: response }) }
}

function parametersOf({ path, operation }: ApiRoute): Json[] {
  const inPath = [...documentedPath({ path }).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const { properties = {} } = operation.query ?? {}
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    description: schema.description,
    schema,
  }))
  const inHeaders = Object.entries(operation.headers ?? {}).map(([name, { description, example }]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
    ...(example === undefined ? {} : { example }),
  }))
  return [...inPath, ...inQuery, ...inHeaders]
}

function requestBody(schema: ObjectSchema): Json {
  return {
    required: schema.required !== undefined || schema.minProperties !== undefined,
    content: { 'application/json': { schema, example: bodyExample(schema) } },
  }
}

/** The needed fields, and those that have an example. */
export function bodyExample(schema: ObjectSchema): Json {
  const example: Json = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    if (Object.keys(example).length >= (schema.maxProperties ?? Number.POSITIVE_INFINITY)) break
    const [first] = (property as ArraySchema).examples ?? []
    if (first !== undefined) example[name] = first
    else if (property.type === 'boolean' && schema.minProperties) example[name] = true
    else if (schema.required?.includes(name)) example[name] = '…'
  }
  return example
}

function problemResponses(codes: Failure['code'][], publicUrl: string, marked: boolean): Json {
  const responses: Record<string, Json> = {}
  for (const status of new Set(codes.map((code) => problemSample(code, publicUrl).status))) {
    const here = codes.filter((code) => problemSample(code, publicUrl).status === status)
    const refs = here.map((code) => ({ $ref: `#/components/schemas/${problemName(code)}` }))
    const schema = refs.length === 1 ? refs[0] : { oneOf: refs }
    const names = new Set(here.flatMap((code) => problemSample(code, publicUrl).headers))
    responses[status] = {
      description: `${here.map((code) => `\`${code}\``).join(', ')}${marked ? ', without `Evergrant-Upstream`' : ''}`,
      headers: Object.fromEntries([...names].map((name) => [name, { schema: { type: 'string' } }])),
      content: {
        'application/problem+json': {
          schema,
          examples: Object.fromEntries(
            here.map((code) => [code, { value: problemSample(code, publicUrl).example }]),
          ),
        },
      },
    }
  }
  return responses
}

function operationId(method: string, path: string): string {
  const words = path
    .replace('/v1/', '')
    .split(/[/:*]+/)
    .filter((word) => word !== '')
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}
