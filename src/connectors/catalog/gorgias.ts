import type { Connector } from '../../domain/connector.ts'

export const gorgias: Connector = {
  id: 'gorgias',
  name: 'Gorgias',
  category: 'Support',
  description: 'Tickets and customers of one Gorgias helpdesk.',
  confidence: 'unverified',
  keywords: ['helpdesk', 'tickets', 'e-commerce', 'customer service'],
  docsUrl: 'https://developers.gorgias.com/docs/oauth2',
  setupSteps: [
    'Register an OAuth app with Gorgias.',
    'Enter the callback URL below as its redirect URL.',
    'Copy client ID and client secret.',
  ],
  params: [
    {
      name: 'subdomain',
      label: 'Name of the helpdesk, the part before .gorgias.com',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?',
      example: 'acme',
      source: 'connection',
    },
  ],
  authorize: {
    url: 'https://{subdomain}.gorgias.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{subdomain}.gorgias.com/oauth/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['offline'],
  scopes: [
    { scope: 'offline', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'tickets:read', title: 'Read tickets', sensitive: true },
    { scope: 'tickets:write', title: 'Change and answer tickets', sensitive: true },
    { scope: 'customers:read', title: 'Read customers', sensitive: true },
  ],
  tools: [
    { id: 'tickets.read', title: 'Look up tickets', scopes: ['tickets:read'] },
    { id: 'tickets.write', title: 'Work on tickets', scopes: ['tickets:read', 'tickets:write'] },
    { id: 'customers.read', title: 'Look up customers', scopes: ['customers:read'] },
  ],
  lifetimes: { access: 24 * 3600, refreshIdle: null, refreshAbsolute: null },
  // Whether it rotates is unknown; whatever comes is kept.
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  // The helpdesk itself is the account: the answer names nobody.
  identity: { url: 'https://{subdomain}.gorgias.com/api/account', id: 'domain', name: 'domain' },
  revocation: null,
  api: { baseUrl: 'https://{subdomain}.gorgias.com/api', examplePath: '/account' },
}
