import type { Connector } from '../../domain/connector.ts'

export const outreach: Connector = {
  id: 'outreach',
  name: 'Outreach',
  category: 'Sales',
  description: 'Prospects and sequences of one Outreach user.',
  confidence: 'unverified',
  keywords: ['sales engagement', 'prospects', 'sequences'],
  docsUrl: 'https://developers.outreach.io/api/oauth/',
  setupSteps: [
    'Create an app in the developer portal of Outreach and switch on API access.',
    'Add the callback URL below as a redirect URI, and choose the scopes of your tools.',
    'Copy application ID and secret.',
  ],
  tips: [
    'A grant that lies unused for two weeks ends.',
    'Each renewal spends the refresh token: let no other system renew the same grant.',
  ],
  params: [],
  authorize: {
    url: 'https://api.outreach.io/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://api.outreach.io/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  scopes: [
    { scope: 'prospects.read', title: 'Read prospects', sensitive: true },
    { scope: 'prospects.write', title: 'Create and change prospects', sensitive: true },
    { scope: 'sequences.read', title: 'Read sequences', sensitive: false },
  ],
  tools: [
    { id: 'prospects.read', title: 'Look up prospects', scopes: ['prospects.read'] },
    {
      id: 'prospects.write',
      title: 'Add and change prospects',
      scopes: ['prospects.read', 'prospects.write'],
    },
    { id: 'sequences.read', title: 'Look up sequences', scopes: ['sequences.read'] },
  ],
  lifetimes: { access: 7200, refreshIdle: 14 * 24 * 3600, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: null,
  revocation: null,
  api: {
    baseUrl: 'https://api.outreach.io/api/v2',
    headers: { 'content-type': 'application/vnd.api+json' },
    examplePath: '/prospects?page%5Bsize%5D=1',
  },
}
