import type { Connector } from '../../domain/connector.ts'

export const stripeConnect: Connector = {
  id: 'stripe-connect',
  name: 'Stripe Connect',
  category: 'Finance',
  description: 'Payments, customers and payouts of one Stripe account that connects to your platform.',
  icon: 'stripe',
  confidence: 'verified',
  popular: 15,
  keywords: ['stripe', 'payments', 'billing', 'invoices'],
  consoleUrl: 'https://dashboard.stripe.com/settings/connect/onboarding-options/oauth',
  docsUrl: 'https://docs.stripe.com/connect/oauth-reference',
  setupSteps: [
    'Open Settings → Connect → Onboarding options → OAuth in the Stripe dashboard, and enable OAuth; ask Stripe’s support where it is not offered.',
    'Add the callback URL below to the redirect URIs.',
    'Copy the client ID that begins with ca_; test and live mode have their own.',
    'As client secret use the platform’s secret API key of the same mode.',
  ],
  tips: [
    'The client secret is your platform’s API key: rolling that key means storing the new one here.',
    'An account that another platform controls cannot give write access.',
  ],
  params: [
    {
      name: 'account_id',
      label: 'Id of the connected account',
      pattern: 'acct_[A-Za-z0-9]{5,60}',
      example: 'acct_1Example00000',
      source: 'token_response',
      from: 'stripe_user_id',
    },
  ],
  authorize: {
    url: 'https://connect.stripe.com/oauth/authorize',
    params: {},
    chooserParams: { always_prompt: 'true' },
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://connect.stripe.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  scopes: [
    { scope: 'read_only', title: 'Read everything of the account', sensitive: true },
    {
      scope: 'read_write',
      title: 'Read everything and move money',
      sensitive: true,
      covers: ['read_only'],
    },
  ],
  tools: [
    { id: 'account.read', title: 'Read the account', scopes: ['read_only'] },
    { id: 'account.write', title: 'Act on the account', scopes: ['read_write'] },
  ],
  // The key does not end; its refresh token only trades it for one of the other mode.
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: true },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The account disconnected your platform under Settings, Installed apps of its Stripe dashboard.',
    },
  ],
  identity: {
    url: 'https://api.stripe.com/v1/account',
    id: 'id',
    email: 'email',
    name: 'business_profile.name|settings.dashboard.display_name',
  },
  revocation: {
    style: 'own',
    url: 'https://connect.stripe.com/oauth/deauthorize',
    method: 'POST',
    token: 'access_token',
    headers: { authorization: 'Bearer {client_secret}' },
    form: { client_id: '{client_id}', stripe_user_id: '{account_id}' },
    goneStatuses: [401],
  },
  api: { baseUrl: 'https://api.stripe.com/v1', examplePath: '/account' },
}
