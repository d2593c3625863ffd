import type { Connector } from '../../domain/connector.ts'

export const close: Connector = {
  id: 'close',
  name: 'Close',
  category: 'Sales',
  description: 'Leads, contacts, opportunities and calls of one Close organisation.',
  confidence: 'verified',
  keywords: ['crm', 'leads', 'calls', 'opportunities'],
  consoleUrl: 'https://app.close.com/settings/',
  docsUrl: 'https://developer.close.com/api/overview/oauth-authentication',
  setupSteps: [
    'In Close open Settings → Developer → OAuth Apps and press Create App.',
    'Fill in the form and add the callback URL below as a redirect URI.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'There are no narrower permissions: a connection can read and change all data of the organisation that the person can.',
    'A person with several organisations picks one on the consent page; connect each apart.',
  ],
  params: [],
  authorize: {
    url: 'https://app.close.com/oauth2/authorize/',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://api.close.com/oauth2/token/',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['offline_access'],
  scopes: [
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'all.full_access', title: 'Read and change everything you can', sensitive: true },
  ],
  tools: [{ id: 'crm', title: 'Work in Close', scopes: ['all.full_access'] }],
  lifetimes: { access: 3600, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The person removed the app in Close, left the organisation, or another system with the same app spent the refresh token.',
    },
  ],
  identity: {
    url: 'https://api.close.com/api/v1/me/',
    id: 'id',
    email: 'email',
    name: 'first_name last_name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://api.close.com/oauth2/revoke/',
    token: 'refresh_token',
    clientAuth: 'client_secret_post',
  },
  api: { baseUrl: 'https://api.close.com/api/v1', examplePath: '/me/' },
}
