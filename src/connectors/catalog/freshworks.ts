import type { Connector } from '../../domain/connector.ts'

export const freshworks: Connector = {
  id: 'freshworks',
  name: 'Freshworks',
  category: 'Support',
  description: 'Tickets and contacts of one Freshdesk, Freshservice or Freshsales account.',
  confidence: 'unverified',
  keywords: ['freshdesk', 'freshservice', 'freshsales', 'helpdesk', 'tickets'],
  docsUrl: 'https://developers.freshworks.com/docs/app-sdk/',
  setupSteps: [
    'Register an OAuth app at Freshworks for your organisation.',
    'Enter the callback URL below as its redirect URL, and choose the scopes of your tools.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'Two addresses are asked for: the organisation’s, where people sign in, and that of the product with the data.',
  ],
  params: [
    {
      name: 'hostname',
      label: 'Address of the organisation, where people sign in',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.myfreshworks\\.com',
      example: 'acme.myfreshworks.com',
      source: 'connection',
    },
    {
      name: 'api_host',
      label: 'Address of the product: Freshdesk, Freshservice or Freshsales',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.(freshdesk|freshservice|myfreshworks)\\.com',
      example: 'acme.freshdesk.com',
      source: 'connection',
    },
  ],
  authorize: {
    url: 'https://{hostname}/org/oauth/v2/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{hostname}/org/oauth/v2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  scopes: [
    { scope: 'freshdesk.tickets.view', title: 'Read tickets', sensitive: true },
    { scope: 'freshdesk.tickets.edit', title: 'Change and answer tickets', sensitive: true },
    { scope: 'freshdesk.contacts.view', title: 'Read contacts', sensitive: false },
  ],
  tools: [
    { id: 'tickets.read', title: 'Look up tickets', scopes: ['freshdesk.tickets.view'] },
    {
      id: 'tickets.write',
      title: 'Work on tickets',
      scopes: ['freshdesk.tickets.view', 'freshdesk.tickets.edit'],
    },
    { id: 'contacts.read', title: 'Look up contacts', scopes: ['freshdesk.contacts.view'] },
  ],
  lifetimes: { access: 1800, refreshIdle: null, refreshAbsolute: null },
  // Whether it rotates is unknown; whatever comes is kept.
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: null,
  revocation: null,
  api: { baseUrl: 'https://{api_host}', examplePath: '/api/v2/tickets?per_page=1' },
}
