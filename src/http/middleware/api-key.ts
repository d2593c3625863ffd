// Which API key asks, and whether it may. Nothing of the body is read before both are settled.

import type { Permission } from '../../domain/api-key.ts'
import { authorizeKey } from '../../services/authorize-key.ts'
import type { HttpMiddleware } from '../env.ts'
import { answerFailure } from '../failure.tsx'

export function requireKey(permission: Permission): HttpMiddleware {
  return async function requireKey(c, next) {
    const key = await authorizeKey(c.get('context'), c.req.header('Authorization') ?? null, c.get('now'))
    if (!key.ok) return answerFailure(c, key.error)
    c.set('key', key.value)
    if (key.value.permissions.includes(permission)) return next()
    return answerFailure(c, { code: 'forbidden', permission })
  }
}
