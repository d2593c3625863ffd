import type { Connector } from '../../domain/connector.ts'

/** Etsy wants the app’s keystring and shared secret beside the token. */
const API_KEY = { 'x-api-key': '{client_id}:{client_secret}' }

export const etsy: Connector = {
  id: 'etsy',
  name: 'Etsy',
  category: 'Commerce',
  description: 'Listings and orders of one Etsy shop.',
  icon: 'etsy',
  confidence: 'verified',
  keywords: ['marketplace', 'shop', 'handmade', 'listings', 'orders'],
  consoleUrl: 'https://www.etsy.com/developers/register',
  docsUrl: 'https://developers.etsy.com/documentation/essentials/authentication',
  setupSteps: [
    'Create a new app, describe it, and wait until Etsy has approved its key.',
    'Under Your Apps edit the callback URLs and add the callback URL below.',
    'Copy the keystring as client ID and the shared secret as client secret.',
    'Ask Etsy for commercial access if other sellers shall connect.',
  ],
  tips: [
    'A new app reaches only your own shop until Etsy grants commercial access.',
    'A connection that is not renewed for ninety days is over.',
  ],
  params: [],
  authorize: {
    url: 'https://www.etsy.com/oauth/connect',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  // The code challenge proves the request: the secret is for the API alone.
  token: {
    url: 'https://api.etsy.com/v3/public/oauth/token',
    clientAuth: 'none',
    scopeSeparator: ' ',
  },
  baseScopes: ['shops_r'],
  scopes: [
    { scope: 'shops_r', title: 'Read shops, and know which account this is', sensitive: false },
    { scope: 'shops_w', title: 'Change shops', sensitive: true },
    { scope: 'listings_r', title: 'Read listings, drafts too', sensitive: false },
    { scope: 'listings_w', title: 'Create and change listings', sensitive: false },
    { scope: 'listings_d', title: 'Delete listings', sensitive: true },
    { scope: 'transactions_r', title: 'Read orders and who bought', sensitive: true },
    { scope: 'transactions_w', title: 'Change orders and add tracking numbers', sensitive: true },
    { scope: 'email_r', title: 'See the e-mail address', sensitive: false },
    { scope: 'profile_r', title: 'Read the profile', sensitive: false },
    { scope: 'profile_w', title: 'Change the profile', sensitive: false },
    { scope: 'address_r', title: 'See shipping addresses', sensitive: true },
  ],
  tools: [
    { id: 'shops.read', title: 'Read shops', scopes: ['shops_r'] },
    { id: 'shops.write', title: 'Change shops', scopes: ['shops_r', 'shops_w'] },
    { id: 'listings.read', title: 'Look up listings', scopes: ['listings_r'] },
    { id: 'listings.write', title: 'Add and change listings', scopes: ['listings_r', 'listings_w'] },
    { id: 'listings.delete', title: 'Delete listings', scopes: ['listings_d'] },
    { id: 'orders.read', title: 'Read orders', scopes: ['transactions_r'] },
    { id: 'orders.write', title: 'Change orders', scopes: ['transactions_r', 'transactions_w'] },
    { id: 'profile.read', title: 'Read profile and e-mail address', scopes: ['profile_r', 'email_r'] },
    { id: 'profile.write', title: 'Change the profile', scopes: ['profile_r', 'profile_w'] },
    { id: 'addresses.read', title: 'Read shipping addresses', scopes: ['address_r'] },
  ],
  lifetimes: { access: 3600, refreshIdle: 90 * 24 * 3600, refreshAbsolute: null },
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
      hint: 'The connection was not renewed for ninety days, or the seller removed the app in the account settings.',
    },
  ],
  identity: {
    url: 'https://api.etsy.com/v3/application/users/me',
    headers: API_KEY,
    id: 'user_id',
    tenant: 'shop_id',
  },
  revocation: null,
  api: {
    baseUrl: 'https://api.etsy.com/v3',
    otherOrigins: ['https://openapi.etsy.com'],
    headers: API_KEY,
    examplePath: '/application/users/me',
  },
}
