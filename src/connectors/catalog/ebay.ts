import type { Connector } from '../../domain/connector.ts'

const SCOPE = 'https://api.ebay.com/oauth/api_scope/'

// Unverified: too few sources. eBay takes the RuName of the app as redirect_uri, and leads to the address behind it.
export const ebay: Connector = {
  id: 'ebay',
  name: 'eBay',
  category: 'Commerce',
  description: 'Listings, orders and finances of one eBay seller.',
  icon: 'ebay',
  confidence: 'unverified',
  keywords: ['marketplace', 'auctions', 'listings', 'orders'],
  consoleUrl: 'https://developer.ebay.com/my/keys',
  docsUrl: 'https://developer.ebay.com/api-docs/static/oauth-authorization-code-grant.html',
  setupSteps: [
    'Join the eBay developer program and create a production keyset; eBay asks how you handle account deletions.',
    'Open User Tokens → Get a Token from eBay via Your Application and add a redirect.',
    'Enter the callback URL below as the accepted URL, and copy the RuName that eBay gives this redirect.',
    'Copy App ID as client ID and Cert ID as client secret.',
  ],
  tips: [
    'Consent lasts eighteen months; reconnect before the date the connection shows.',
    'Access ends in the seller’s account under sign-in and security, not from here.',
  ],
  params: [
    {
      name: 'ru_name',
      label: 'RuName of the redirect',
      pattern: '[A-Za-z0-9_-]{3,200}',
      example: 'Acme_Ltd-AcmeFlow-PRD-abc12',
      source: 'app',
    },
  ],
  authorize: {
    url: 'https://auth.ebay.com/oauth2/authorize',
    params: {},
    chooserParams: { prompt: 'login' },
    pkce: 'none',
    redirectUriParam: 'ru_name',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://api.ebay.com/identity/v1/oauth2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
    answer: { anyTokenType: true },
  },
  baseScopes: [`${SCOPE}commerce.identity.readonly`],
  scopes: [
    { scope: `${SCOPE}commerce.identity.readonly`, title: 'Know which account this is', sensitive: false },
    { scope: `${SCOPE}sell.inventory.readonly`, title: 'Read stock and offers', sensitive: false },
    { scope: `${SCOPE}sell.inventory`, title: 'Change stock and offers', sensitive: false },
    { scope: `${SCOPE}sell.fulfillment.readonly`, title: 'Read orders', sensitive: true },
    { scope: `${SCOPE}sell.fulfillment`, title: 'Ship and refund orders', sensitive: true },
    { scope: `${SCOPE}sell.account.readonly`, title: 'Read selling policies', sensitive: false },
    { scope: `${SCOPE}sell.account`, title: 'Change selling policies', sensitive: true },
    { scope: `${SCOPE}sell.marketing.readonly`, title: 'Read promotions', sensitive: false },
    { scope: `${SCOPE}sell.marketing`, title: 'Manage promotions and ads', sensitive: true },
    {
      scope: `${SCOPE}sell.analytics.readonly`,
      title: 'Read traffic and seller standards',
      sensitive: false,
    },
    { scope: `${SCOPE}sell.finances`, title: 'Read payouts and transactions', sensitive: true },
    { scope: `${SCOPE}sell.payment.dispute`, title: 'Answer payment disputes', sensitive: true },
  ],
  tools: [
    { id: 'inventory.read', title: 'Look up stock', scopes: [`${SCOPE}sell.inventory.readonly`] },
    { id: 'inventory.write', title: 'Change stock and offers', scopes: [`${SCOPE}sell.inventory`] },
    { id: 'orders.read', title: 'Read orders', scopes: [`${SCOPE}sell.fulfillment.readonly`] },
    { id: 'orders.write', title: 'Ship and refund orders', scopes: [`${SCOPE}sell.fulfillment`] },
    { id: 'policies.read', title: 'Read selling policies', scopes: [`${SCOPE}sell.account.readonly`] },
    { id: 'policies.write', title: 'Change selling policies', scopes: [`${SCOPE}sell.account`] },
    { id: 'marketing.read', title: 'Read promotions', scopes: [`${SCOPE}sell.marketing.readonly`] },
    { id: 'marketing.write', title: 'Manage promotions', scopes: [`${SCOPE}sell.marketing`] },
    { id: 'analytics.read', title: 'Read traffic', scopes: [`${SCOPE}sell.analytics.readonly`] },
    { id: 'finances.read', title: 'Read payouts', scopes: [`${SCOPE}sell.finances`] },
    { id: 'disputes', title: 'Answer disputes', scopes: [`${SCOPE}sell.payment.dispute`] },
  ],
  lifetimes: { access: 7200, refreshIdle: null, refreshAbsolute: 47304000 },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'Eighteen months have passed since consent, or the seller removed the app under third-party app access.',
    },
  ],
  identity: {
    url: 'https://apiz.ebay.com/commerce/identity/v1/user/',
    id: 'userId',
    name: 'username',
  },
  revocation: null,
  api: {
    baseUrl: 'https://api.ebay.com',
    otherOrigins: ['https://apiz.ebay.com'],
    examplePath: '/sell/inventory/v1/inventory_item?limit=1',
  },
}
