// The OpenAPI document and the reference page made of it. Open to everybody; both say what this deployment says of itself.

import { DocsPage } from '../../views/pages/docs.tsx'
import type { HttpContext } from '../env.ts'
import { bodyExample, documentedPath, openApi, problemsOf } from '../openapi.ts'
import { ANSWERS, PROBLEM_CODES, problemSample } from '../openapi-schemas.ts'
import { page } from '../page.ts'
import { json } from '../reply.ts'
import type { ApiRoute, Route } from '../route.ts'

/** @param apiRoutes what is documented: handed in, since the table that holds them holds these too */
export function docsRoutes(apiRoutes: readonly Route[]): Route[] {
  return [
    {
      kind: 'open',
      method: 'GET',
      path: '/openapi.json',
      handler: (c) => json(openApi(apiRoutes, publicUrlOf(c))),
    },
    {
      kind: 'open',
      method: 'GET',
      path: '/docs',
      handler: (c) =>
        page(c, <DocsPage publicUrl={publicUrlOf(c)} {...docsProps(apiRoutes, publicUrlOf(c))} />),
    },
  ]
}

function docsProps(routes: readonly Route[], publicUrl: string) {
  return {
    endpoints: routes.filter((route) => route.kind === 'api').map(endpointOf),
    problems: PROBLEM_CODES.map((code) => ({ code, ...problemSample(code, publicUrl) })),
  }
}

function endpointOf(route: ApiRoute) {
  const { operation, permission, method } = route
  const { query, body, headers = {}, success } = operation
  const [answer] = success ? ((ANSWERS[success.answer] as { examples?: unknown[] }).examples ?? []) : []
  return {
    method: method === 'ALL' ? 'ANY' : method,
    path: documentedPath(route),
    summary: operation.summary,
    description: operation.description,
    permission,
    query: fieldsOf(query),
    headers: Object.entries(headers).map(([name, { description }]) => ({ name, description, needed: false })),
    body: fieldsOf(body),
    bodyExample: body ? JSON.stringify(bodyExample(body), null, 2) : undefined,
    answer: success && {
      status: success.status,
      example: answer === undefined ? undefined : JSON.stringify(answer, null, 2),
    },
    problems: problemsOf(route),
  }
}

function fieldsOf(schema: ApiRoute['operation']['body']) {
  return Object.entries(schema?.properties ?? {}).map(([name, { description = '' }]) => ({
    name,
    description,
    needed: schema?.required?.includes(name) === true,
  }))
}

function publicUrlOf(c: HttpContext): string {
  return c.get('context').config.publicUrl
}
