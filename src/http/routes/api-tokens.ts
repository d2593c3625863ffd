// The token endpoint and the report of a rejected token: what workflows live on.

import type { FieldError } from '../../domain/failure.ts'
import { sha256Hex } from '../../lib/bytes.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { AuthorizedKey } from '../../services/authorize-key.ts'
import { getAccessToken, type ServedToken } from '../../services/get-access-token.ts'
import { reportRejected } from '../../services/report-rejected.ts'
import { parseFreshness } from '../cache-control.ts'
import type { HttpContext } from '../env.ts'
import { readJson } from '../json.ts'
import type { Answer, Route } from '../route.ts'

export const tokenRoutes: Route[] = [
  {
    kind: 'api',
    method: 'GET',
    path: '/v1/connections/:id/token',
    permission: 'tokens:read',
    handler: getToken,
  },
  {
    kind: 'api',
    method: 'POST',
    path: '/v1/connections/:id/token/rejected',
    permission: 'tokens:read',
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
      scopes: (c.req.query('scope') ?? '').split(/\s+/).filter((scope) => scope !== ''),
      tools: c.req.queries('tool')?.filter((tool) => tool !== '') ?? [],
    },
    c.get('now'),
    (work) => c.executionCtx.waitUntil(work),
  )
  return token.ok ? answer(c, connectionId, token.value) : token
}

async function reject(c: HttpContext, key: AuthorizedKey): Promise<Answer> {
  const connectionId = c.req.param('id') ?? ''
  const body = await readJson(c)
  if (!body.ok) return body
  const hash = await rejectedHash(body.value)
  if (!hash.ok) return err({ code: 'invalid_request', errors: [hash.error] })
  const token = await reportRejected(c.get('context'), key, connectionId, hash.value)
  return token.ok ? answer(c, connectionId, token.value) : token
}

async function rejectedHash(body: Record<string, unknown>): Promise<Result<string, FieldError>> {
  const { access_token: token, token_sha256: hash } = body
  if (typeof token === 'string' && token !== '' && hash === undefined) return ok(await sha256Hex(token))
  if (typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) && token === undefined) return ok(hash)
  return err({
    path: '',
    message: 'Send either "access_token", or "token_sha256" as 64 lower-case hex digits.',
  })
}

function answer(c: HttpContext, connectionId: string, token: ServedToken): Response {
  const { expiresAt } = token
  return c.json({
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - Date.now()) / 1000)),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    scope: token.scopes.join(' '),
    connection_id: connectionId,
    connector: token.connector,
  })
}
