// Two live secrets of one OAuth app: the newer is used first; where the service refuses it, the older one is tried at once.
// Safe with any refresh token: a service checks the client before it looks at the grant.

import type { CallbackOutcome, TokenOutcome } from '../oauth/token-endpoint.ts'
import type { OwnedApp } from '../storage/oauth-apps.ts'

export async function withSecrets<T extends TokenOutcome | CallbackOutcome>(
  app: OwnedApp,
  call: (app: OwnedApp) => Promise<T>,
  mayTryOlder: () => Promise<boolean> = async () => true,
): Promise<{ outcome: T; usedFallback: boolean }> {
  const outcome = await call(app)
  const refused = outcome.kind === 'failed' && outcome.class === 'config'
  if (!refused || app.fallbackSecret === null || !(await mayTryOlder()))
    return { outcome, usedFallback: false }
  const second = await call({ ...app, clientSecret: app.fallbackSecret, fallbackSecret: null })
  return { outcome: second, usedFallback: true }
}
