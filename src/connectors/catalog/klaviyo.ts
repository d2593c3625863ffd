import type { Connector } from '../../domain/connector.ts'

const API_HEADERS = { revision: '2024-07-15' }

export const klaviyo: Connector = {
  id: 'klaviyo',
  name: 'Klaviyo',
  category: 'Marketing',
  description: 'Profiles, lists, events and campaigns of one Klaviyo account.',
  confidence: 'unverified',
  keywords: ['e-mail marketing', 'sms', 'campaigns', 'newsletter'],
  docsUrl: 'https://developers.klaviyo.com/en/docs/set_up_oauth',
  setupSteps: [
    'Create an OAuth app in Klaviyo; owners, admins and managers of the account may.',
    'Enter the scopes of your tools, and the callback URL below as a redirect URL.',
    'Copy client ID and client secret; the secret is shown once.',
  ],
  tips: [
    'A grant that lies unused for ninety days ends.',
    'Every call names a dated revision of the API; it is sent for you.',
  ],
  params: [],
  authorize: {
    url: 'https://www.klaviyo.com/oauth/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://a.klaviyo.com/oauth/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['accounts:read'],
  scopes: [
    { scope: 'accounts:read', title: 'Know which account this is', sensitive: false },
    { scope: 'profiles:read', title: 'Read profiles of customers', sensitive: true },
    { scope: 'profiles:write', title: 'Create and change profiles', sensitive: true },
    { scope: 'lists:read', title: 'Read lists', sensitive: false },
    { scope: 'events:read', title: 'Read what customers did', sensitive: true },
    { scope: 'events:write', title: 'Record what customers do', sensitive: false },
    { scope: 'campaigns:read', title: 'Read campaigns', sensitive: false },
  ],
  tools: [
    { id: 'profiles.read', title: 'Look up profiles', scopes: ['profiles:read'] },
    { id: 'profiles.write', title: 'Add and change profiles', scopes: ['profiles:read', 'profiles:write'] },
    { id: 'lists.read', title: 'Look up lists', scopes: ['lists:read'] },
    { id: 'events.read', title: 'Report on events', scopes: ['events:read'] },
    { id: 'events.write', title: 'Record events', scopes: ['events:write'] },
    { id: 'campaigns.read', title: 'Look up campaigns', scopes: ['campaigns:read'] },
  ],
  lifetimes: { access: 3600, refreshIdle: 90 * 24 * 3600, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The app was removed from the Klaviyo account, or the grant lay unused for ninety days.',
    },
  ],
  identity: {
    url: 'https://a.klaviyo.com/api/accounts/',
    headers: API_HEADERS,
    id: 'data.0.id',
    email: 'data.0.attributes.contact_information.default_sender_email',
    name: 'data.0.attributes.contact_information.organization_name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://a.klaviyo.com/oauth/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: 'https://a.klaviyo.com/api', headers: API_HEADERS, examplePath: '/accounts/' },
}
