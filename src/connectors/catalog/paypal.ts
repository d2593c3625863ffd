import type { Connector } from '../../domain/connector.ts'

const USERINFO = '/v1/identity/openidconnect/userinfo?schema=openid'

export const paypal: Connector = {
  id: 'paypal',
  name: 'PayPal',
  category: 'Finance',
  description: 'Profile, transactions and invoices of one PayPal account.',
  icon: 'paypal',
  confidence: 'unverified',
  keywords: ['payments', 'transactions', 'invoices', 'log in with paypal'],
  consoleUrl: 'https://developer.paypal.com/dashboard/applications/live',
  docsUrl: 'https://developer.paypal.com/docs/log-in-with-paypal/',
  setupSteps: [
    'Open Apps & Credentials, switch to Live and press Create App.',
    'Switch Log in with PayPal on, add the callback URL below as a return URL, and tick what you will ask for.',
    'Enter addresses of your privacy policy and user agreement.',
    'Copy client ID and secret of the live app.',
  ],
  tips: [
    'Transactions and invoices of other merchants need partner onboarding; plain consent gives only the profile.',
    'PayPal may show a changed permission late, because it keeps its tokens for hours.',
  ],
  params: [],
  authorize: {
    url: 'https://www.paypal.com/signin/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    issuer: 'https://www.paypal.com',
  },
  token: {
    url: 'https://api-m.paypal.com/v1/oauth2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'profile', 'email'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'profile', title: 'See the name', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'address', title: 'See the postal address', sensitive: true },
    {
      scope: 'https://uri.paypal.com/services/paypalattributes',
      title: 'See kind, age and verification of the account',
      sensitive: false,
    },
    {
      scope: 'https://uri.paypal.com/services/reporting/search/read',
      title: 'Read transactions and balances',
      sensitive: true,
    },
    {
      scope: 'https://uri.paypal.com/services/invoicing',
      title: 'Create and send invoices',
      sensitive: true,
    },
  ],
  tools: [
    { id: 'account.address', title: 'Look up the address', scopes: ['address'] },
    {
      id: 'account.attributes',
      title: 'Look up kind and age of the account',
      scopes: ['https://uri.paypal.com/services/paypalattributes'],
    },
    {
      id: 'transactions.read',
      title: 'Search transactions',
      scopes: ['https://uri.paypal.com/services/reporting/search/read'],
    },
    {
      id: 'invoices.write',
      title: 'Write invoices',
      scopes: ['https://uri.paypal.com/services/invoicing'],
    },
  ],
  lifetimes: { access: 8 * 3600, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The person took the permission back in the settings of the PayPal account.',
    },
  ],
  identity: {
    url: `https://api-m.paypal.com${USERINFO}`,
    id: 'user_id',
    email: 'email|emails.0.value',
    name: 'name',
  },
  // PayPal can end a single access token, which leaves the permission as it is.
  revocation: null,
  api: { baseUrl: 'https://api-m.paypal.com', examplePath: USERINFO },
}
