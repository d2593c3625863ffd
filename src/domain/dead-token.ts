// Whether an answer of the service's API says that the access token itself is dead.

import { pick } from '../lib/json-path.ts'
import type { Connector } from './connector.ts'

/** `body` is the parsed JSON where there is any; null else. */
export function saysTokenIsDead(connector: Pick<Connector, 'api'>, status: number, body: unknown): boolean {
  if (status === 401) return true
  return (connector.api.deadToken ?? []).some((sign) => {
    if (sign.status !== status) return false
    const value = pick(body, sign.path)
    return value !== null && sign.values.includes(value)
  })
}
