import type { Connector } from '../../domain/connector.ts'

export const gusto: Connector = {
  id: 'gusto',
  name: 'Gusto',
  category: 'HR',
  description: 'Employees, payroll and benefits of one Gusto company.',
  icon: 'gusto',
  confidence: 'unverified',
  keywords: ['payroll', 'employees', 'benefits', 'hr'],
  docsUrl: 'https://docs.gusto.com/app-integrations/docs/oauth2',
  setupSteps: [
    'Create an app in the developer portal of Gusto.',
    'Enter the callback URL below as a redirect URI.',
    'Agree with Gusto on the scopes of the app; they are fixed there and never asked for later.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'Gusto dates its API: send the header X-Gusto-API-Version with every call.',
    'Each renewal spends the refresh token: let no other system renew the same grant.',
  ],
  params: [],
  authorize: {
    url: 'https://api.gusto.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.gusto.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Our name for all that the app was approved for: the scopes are fixed at Gusto.
  scopes: [
    {
      scope: 'everything',
      title: 'Everything the app is approved for at Gusto',
      sensitive: true,
      unnamed: true,
    },
  ],
  tools: [{ id: 'company', title: 'Work with people and payroll', scopes: ['everything'] }],
  lifetimes: { access: 7200, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: { url: 'https://api.gusto.com/v1/token_info', id: 'resource_owner.uuid' },
  revocation: null,
  api: { baseUrl: 'https://api.gusto.com/v1', examplePath: '/token_info' },
}
