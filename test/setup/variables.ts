// The deployment that tests run: every variable set, so that nothing of a developer's own .dev.vars leaks in.

export const PUBLIC_URL = 'http://localhost:8787'

export const UPSTREAM_SECRETS = {
  signIn: 'canary-sign-in-client-secret-5f0c',
  crm: 'canary-crm-client-secret-9a1e',
  drive: 'canary-drive-client-secret-77b2',
}

export function testVariables(upstreamOrigin: string) {
  const params = { origin: upstreamOrigin }
  return {
    PUBLIC_URL,
    ENCRYPTION_KEYS: 'k1:rberdl8VbTAiKu8jpocP0UtDiKqCSzbc2Wvxi359oAU',
    OWNER_EMAILS: 'ada@example.com',
    SIGN_IN_ISSUER: upstreamOrigin,
    SIGN_IN_CLIENT_ID: 'evergrant-sign-in',
    SIGN_IN_CLIENT_SECRET: UPSTREAM_SECRETS.signIn,
    OAUTH_APPS: JSON.stringify({
      local: { client_id: 'local-crm', client_secret: UPSTREAM_SECRETS.crm, params },
      'local-lenient': { client_id: 'local-drive', client_secret: UPSTREAM_SECRETS.drive, params },
      // A deployment-wide app is never for a connector that a workspace wrote, whatever its key.
      'own-crm': { client_id: 'meant-for-nobody', client_secret: 'canary-of-the-deployment', params: {} },
    }),
    ALLOW_INSECURE_UPSTREAMS: 'true',
  }
}
