// Which API key asks, and whether it may. Nothing of the body is read before both are settled.

import type { Permission } from '../../domain/api-key.ts'
import type { Failure } from '../../domain/failure.ts'
import { authorizeKey } from '../../services/authorize-key.ts'
import { BRAKE_SECONDS, isKeyTooFast, isSourceFailing } from '../brake.ts'
import type { Guard } from '../env.ts'
import { answerFailure } from '../failure.tsx'

const RATE_LIMITED: Failure = { code: 'rate_limited', retryAfterSeconds: BRAKE_SECONDS }

export function requireKey(permission: Permission): Guard {
  return async function requireKey(c) {
    const key = await authorizeKey(c.get('context'), c.req.header('Authorization') ?? null, c.get('now'))
    if (!key.ok) {
      const tooMany = key.error.code === 'invalid_api_key' && (await isSourceFailing(c))
      return answerFailure(c, tooMany ? RATE_LIMITED : key.error)
    }
    c.set('key', key.value)
    if (await isKeyTooFast(c, key.value.id)) return answerFailure(c, RATE_LIMITED)
    if (key.value.permissions.includes(permission)) return undefined
    return answerFailure(c, { code: 'forbidden', permission })
  }
}
