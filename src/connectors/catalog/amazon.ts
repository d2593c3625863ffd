import type { Connector } from '../../domain/connector.ts'

export const amazon: Connector = {
  id: 'amazon',
  name: 'Amazon',
  category: 'Marketing',
  description: 'The profile and the advertising campaigns of one Amazon account.',
  confidence: 'unverified',
  keywords: ['login with amazon', 'ads', 'advertising', 'sponsored products'],
  consoleUrl: 'https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html',
  docsUrl: 'https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html',
  setupSteps: [
    'In the Login with Amazon console create a new security profile with a name, a description and your privacy page.',
    'Under Web Settings add the callback URL below to the allowed return URLs.',
    'Copy client ID and client secret of the profile.',
    'For advertising apply for access to the Amazon Ads API with this client ID.',
  ],
  tips: [
    'Consent to the advertising scopes fails until Amazon has approved your access to the Ads API.',
    'An advertising profile lives in one region: Europe and the Far East have addresses of their own.',
    'The Selling Partner API is another system with its own app; this connection cannot call it.',
  ],
  params: [
    {
      name: 'token_host',
      label: 'Token server of the region: api.amazon.com, api.amazon.co.uk or api.amazon.co.jp',
      pattern: 'api\\.amazon\\.(com|co\\.uk|co\\.jp)',
      example: 'api.amazon.com',
      source: 'app',
      default: 'api.amazon.com',
    },
  ],
  authorize: {
    url: 'https://www.amazon.com/ap/oa',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{token_host}/auth/o2/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['profile'],
  scopes: [
    { scope: 'profile', title: 'See name, e-mail address and account id', sensitive: false },
    { scope: 'postal_code', title: 'See the postal code', sensitive: true },
    {
      scope: 'advertising::campaign_management',
      title: 'Read and change campaigns, and read their reports',
      sensitive: true,
    },
    { scope: 'advertising::account_management', title: 'Manage advertising accounts', sensitive: true },
  ],
  tools: [
    { id: 'ads.manage', title: 'Work with campaigns', scopes: ['advertising::campaign_management'] },
    { id: 'ads.account', title: 'Manage ad accounts', scopes: ['advertising::account_management'] },
    { id: 'account.postal', title: 'Read the postal code', scopes: ['postal_code'] },
  ],
  lifetimes: { access: 3600, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The person removed the app under Login with Amazon in the account, or the client ID is another than the one that was consented to.',
    },
  ],
  identity: {
    url: 'https://api.amazon.com/user/profile',
    id: 'user_id',
    email: 'email',
    name: 'name',
  },
  revocation: null,
  api: {
    baseUrl: 'https://api.amazon.com',
    otherOrigins: [
      'https://advertising-api.amazon.com',
      'https://advertising-api-eu.amazon.com',
      'https://advertising-api-fe.amazon.com',
    ],
    headers: { 'amazon-advertising-api-clientid': '{client_id}' },
    examplePath: '/user/profile',
  },
}
