import type { Connector } from '../../domain/connector.ts'

export const eventbrite: Connector = {
  id: 'eventbrite',
  name: 'Eventbrite',
  category: 'Marketing',
  description: 'Events, orders and attendees of one Eventbrite account.',
  confidence: 'unverified',
  keywords: ['events', 'tickets', 'attendees', 'orders'],
  consoleUrl: 'https://www.eventbrite.com/account-settings/apps/new',
  docsUrl: 'https://www.eventbrite.com/platform/api#/introduction/authentication',
  setupSteps: [
    'Open Account settings → Developer links → API keys and press Create API key.',
    'Enter the address of your application, its name and a description, and the callback URL below as OAuth redirect URI.',
    'Copy the API key as client ID, and the client secret.',
  ],
  tips: [
    'There are no permissions to choose: a connection can do everything that the person can.',
    'A person may belong to several organisations; a connection reaches all of them.',
  ],
  params: [],
  authorize: {
    url: 'https://www.eventbrite.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://www.eventbrite.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Eventbrite has no scopes; this name stands for all of it and is never sent.
  scopes: [{ scope: 'everything', title: 'Do everything that you can', sensitive: true, unnamed: true }],
  tools: [{ id: 'account', title: 'Work with events and orders', scopes: ['everything'] }],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  // There is no refresh token: the access token lasts until somebody removes the app.
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: 'https://www.eventbriteapi.com/v3/users/me/',
    id: 'id',
    email: 'emails.0.email',
    name: 'name',
  },
  revocation: null,
  api: { baseUrl: 'https://www.eventbriteapi.com/v3', examplePath: '/users/me/' },
}
