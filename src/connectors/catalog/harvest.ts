import type { Connector } from '../../domain/connector.ts'

export const harvest: Connector = {
  id: 'harvest',
  name: 'Harvest',
  category: 'Project management',
  description: 'Tracked time, projects and invoices of one Harvest account.',
  confidence: 'unverified',
  keywords: ['time tracking', 'timesheets', 'projects', 'invoices'],
  docsUrl: 'https://help.getharvest.com/api-v2/authentication-api/authentication/authentication/',
  setupSteps: [
    'Create an OAuth2 application in the developer section of Harvest ID.',
    'Enter the callback URL below as its redirect URL.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'A login may reach several accounts, Forecast ones too: enter the number of the Harvest account to be sure.',
    'A connection can do what its person can; Harvest has no narrower permissions.',
  ],
  params: [
    {
      name: 'account',
      label: 'Number of the Harvest account, where the person has several',
      pattern: '[0-9]{1,12}',
      example: '123456',
      source: 'connection',
      default: '',
    },
    {
      name: 'account_id',
      label: 'Number of the account',
      pattern: '[0-9]{1,12}',
      example: '123456',
      source: 'after_connect',
      from: 'id',
    },
  ],
  authorize: {
    url: 'https://id.getharvest.com/oauth2/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://id.getharvest.com/api/v2/oauth2/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  scopes: [
    { scope: 'harvest:all', title: 'Everything you can do in your Harvest accounts', sensitive: true },
  ],
  tools: [{ id: 'account', title: 'Work with time, projects and invoices', scopes: ['harvest:all'] }],
  lifetimes: { access: 14 * 24 * 3600, refreshIdle: null, refreshAbsolute: null },
  // Whether it rotates is unknown; whatever comes is kept.
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: {
    url: 'https://id.getharvest.com/api/v2/accounts',
    id: 'user.id',
    email: 'user.email',
    name: 'user.first_name user.last_name',
  },
  afterConnect: {
    url: 'https://id.getharvest.com/api/v2/accounts',
    pick: { list: 'accounts', where: 'id', equals: '{account}' },
  },
  revocation: null,
  api: {
    baseUrl: 'https://api.harvestapp.com/v2',
    headers: { 'harvest-account-id': '{account_id}', 'user-agent': 'Evergrant' },
    examplePath: '/users/me',
  },
}
