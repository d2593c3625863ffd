// The token endpoint and the report of a rejected token: what workflows live on.

import type { Failure } from '../../domain/failure.ts'
import { sha256Hex } from '../../lib/bytes.ts'
import { isoTime } from '../../lib/iso-time.ts'
import type { AuthorizedKey } from '../../services/authorize-key.ts'
import { getAccessToken, type ServedToken } from '../../services/get-access-token.ts'
import { reportRejected } from '../../services/report-rejected.ts'
import { parseFreshness } from '../cache-control.ts'
import type { HttpContext } from '../env.ts'
import { readBody } from '../input.ts'
import { REJECTED_BODY, TOKEN_QUERY } from '../inputs.ts'
import { json, type Reply } from '../reply.ts'
import type { Answer, Route } from '../route.ts'

const OF_A_TOKEN: Failure['code'][] = [
  'connection_not_found',
  'reauthorization_required',
  'connection_pending',
  'connection_paused',
  'provider_misconfigured',
  'provider_unavailable',
]

export const tokenRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections/:id/token',
    permission: 'tokens:read',
    operation: {
      summary: 'A fresh access token',
      description:
        'Answered from the edge while the copy there is fresh enough. HEAD tells the same without a body.',
      query: TOKEN_QUERY,
      headers: {
        'Cache-Control': {
          description:
            '`min-fresh=300` asks for five more minutes of life; `no-cache` passes over the edge copy.',
          example: 'min-fresh=300',
        },
      },
      success: { status: 200, answer: 'Token' },
      problems: ['insufficient_scope', ...OF_A_TOKEN],
    },
    handler: getToken,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/:id/token/rejected',
    permission: 'tokens:read',
    operation: {
      summary: 'Report that the service refused a token',
      description:
        'A hint: where it is still the current one, it is refreshed, at most once a minute. Answers the current token.',
      body: REJECTED_BODY,
      success: { status: 200, answer: 'Token' },
      problems: OF_A_TOKEN,
    },
    handler: reject,
  },
]

async function getToken(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const connectionId = c.req.param('id') ?? ''
  const freshness = parseFreshness(c.req.header('Cache-Control'))
  const token = await getAccessToken(
    c.get('context'),
    key,
    {
      connectionId,
      ...freshness,
      scopes: given(c, 'scope').flatMap((scopes) => scopes.split(/\s+/).filter((scope) => scope !== '')),
      tools: given(c, 'tool').filter((tool) => tool !== ''),
    },
    c.get('now'),
    (work) => c.executionCtx.waitUntil(work),
  )
  return token.ok ? answer(connectionId, token.value) : token
}

/** Every value of a parameter: what the caller needs is not needed less because it stands a second time. */
function given(c: HttpContext, name: string): string[] {
  return c.req.queries(name) ?? []
}

async function reject(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const connectionId = c.req.param('id') ?? ''
  const body = await readBody(c, REJECTED_BODY)
  if (!body.ok) return body
  const { access_token: refused = '', token_sha256: given } = body.value
  const hash = given ?? (await sha256Hex(refused))
  const token = await reportRejected(c.get('context'), key, connectionId, hash)
  return token.ok ? answer(connectionId, token.value) : token
}

function answer(connectionId: string, token: ServedToken): Reply {
  const { expiresAt } = token
  return json({
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - Date.now()) / 1000)),
    expires_at: expiresAt === null ? null : isoTime(expiresAt),
    scope: token.scopes.join(' '),
    connection_id: connectionId,
    connector: token.connector,
  })
}
