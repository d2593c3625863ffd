import type { Connector } from '../../domain/connector.ts'

export const helpscout: Connector = {
  id: 'helpscout',
  name: 'Help Scout',
  category: 'Support',
  description: 'Conversations, customers and mailboxes that one Help Scout user can reach.',
  icon: 'helpscout',
  confidence: 'unverified',
  keywords: ['helpdesk', 'mailbox', 'conversations', 'customers'],
  docsUrl: 'https://developer.helpscout.com/mailbox-api/overview/authentication/',
  setupSteps: [
    'Open your profile in Help Scout and create an app under My Apps.',
    'Enter the callback URL below as its redirection URL.',
    'Copy app ID and app secret.',
  ],
  tips: [
    'Help Scout has no scopes: a connection can do all that its person can, so let a user with few rights connect.',
  ],
  params: [],
  authorize: {
    url: 'https://secure.helpscout.net/authentication/authorizeClientApplication',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.helpscout.net/v2/oauth2/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Our name for all that there is: Help Scout knows no scopes.
  scopes: [
    { scope: 'everything', title: 'Everything you can do in Help Scout', sensitive: true, unnamed: true },
  ],
  tools: [{ id: 'mailbox', title: 'Work with conversations and customers', scopes: ['everything'] }],
  lifetimes: { access: 48 * 3600, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: {
    url: 'https://api.helpscout.net/v2/users/me',
    id: 'id',
    email: 'email',
    name: 'firstName lastName',
  },
  revocation: null,
  api: { baseUrl: 'https://api.helpscout.net/v2', examplePath: '/users/me' },
}
