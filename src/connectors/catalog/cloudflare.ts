import type { Connector } from '../../domain/connector.ts'

// Unverified: only Cloudflare's own pages speak of it, and none says how long tokens live or whether they rotate.
export const cloudflare: Connector = {
  id: 'cloudflare',
  name: 'Cloudflare',
  category: 'Infrastructure',
  description: 'Accounts and Workers of one Cloudflare user.',
  icon: 'cloudflare',
  confidence: 'unverified',
  keywords: ['workers', 'cdn', 'dns', 'edge'],
  consoleUrl: 'https://dash.cloudflare.com/?to=/:account/oauth-clients',
  docsUrl: 'https://developers.cloudflare.com/fundamentals/oauth/integrate-with-cloudflare/',
  setupSteps: [
    'In the dashboard choose the account, open Manage Account → OAuth clients, and press Create client.',
    'Choose code as response type, and both the authorization code and the refresh token as grant types.',
    'Set the token authentication method to client_secret_basic and add the callback URL below as a redirect URL.',
    'Select every scope of your tools, then create the client.',
    'Copy client ID and client secret; the secret is shown once.',
  ],
  tips: [
    'Without the refresh token grant type the client gets no refresh token, and connections end with their first access token.',
    'Creating a client needs an administrator of the account.',
  ],
  params: [],
  authorize: {
    url: 'https://dash.cloudflare.com/oauth2/auth',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://dash.cloudflare.com/oauth2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['user-details.read', 'offline_access'],
  scopes: [
    { scope: 'user-details.read', title: 'See name and e-mail address', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'account.read', title: 'See the accounts', sensitive: false },
    { scope: 'workers-platform.read', title: 'Read Workers and their settings', sensitive: false },
    { scope: 'workers-platform.write', title: 'Deploy and change Workers', sensitive: true },
  ],
  tools: [
    { id: 'accounts.read', title: 'Look up accounts', scopes: ['account.read'] },
    { id: 'workers.read', title: 'Read Workers', scopes: ['account.read', 'workers-platform.read'] },
    {
      id: 'workers.write',
      title: 'Deploy Workers',
      scopes: ['account.read', 'workers-platform.read', 'workers-platform.write'],
    },
  ],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  // Not documented. Its engine rotates, and an earlier version of it ended the grant on reuse (blog, June 2026).
  refresh: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: 'https://api.cloudflare.com/client/v4/user',
    id: 'result.id',
    email: 'result.email',
    name: 'result.first_name result.last_name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://dash.cloudflare.com/oauth2/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: 'https://api.cloudflare.com/client/v4', examplePath: '/user' },
}
