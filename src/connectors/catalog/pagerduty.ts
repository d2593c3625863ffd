import type { Connector } from '../../domain/connector.ts'

const ACCEPT = { accept: 'application/vnd.pagerduty+json;version=2' }

export const pagerduty: Connector = {
  id: 'pagerduty',
  name: 'PagerDuty',
  category: 'Infrastructure',
  description: 'Incidents, services and on-call schedules of one PagerDuty account.',
  icon: 'pagerduty',
  confidence: 'verified',
  keywords: ['incidents', 'on-call', 'alerts', 'schedules'],
  docsUrl: 'https://developer.pagerduty.com/docs/oauth-functionality',
  setupSteps: [
    'As a manager, global admin or owner open Integrations → Developer Tools → App Registration and press New App.',
    'Under Functionality add OAuth, and choose Scoped OAuth.',
    'Enter the callback URL below as a redirect URL, choose the scopes of your tools, and save.',
    'Copy client ID and client secret; the secret is shown once.',
  ],
  tips: [
    'A scoped app serves the account that registered it; for other accounts PagerDuty has Classic User OAuth with other scopes.',
    'An account in the European region needs its region at set-up, or every call is refused.',
    'Consent lasts a year, and a grant unused for thirty days ends sooner.',
  ],
  params: [
    {
      name: 'region',
      label: 'Service region: “eu.” for Europe, empty for the United States',
      pattern: 'eu\\.',
      example: 'eu.',
      source: 'connection',
      default: '',
    },
  ],
  authorize: {
    url: 'https://identity.pagerduty.com/oauth/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://identity.pagerduty.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'users.read'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'users.read', title: 'See people', sensitive: false },
    { scope: 'incidents.read', title: 'Read incidents', sensitive: false },
    { scope: 'incidents.write', title: 'Open, change and resolve incidents', sensitive: true },
    { scope: 'services.read', title: 'Read services', sensitive: false },
    { scope: 'schedules.read', title: 'Read on-call schedules', sensitive: false },
    { scope: 'oncalls.read', title: 'See who is on call', sensitive: false },
    { scope: 'escalation_policies.read', title: 'Read escalation policies', sensitive: false },
    { scope: 'webhook_subscriptions.write', title: 'Manage webhooks', sensitive: true },
  ],
  tools: [
    { id: 'incidents.read', title: 'Look up incidents', scopes: ['incidents.read'] },
    { id: 'incidents.write', title: 'Open and resolve incidents', scopes: ['incidents.write'] },
    { id: 'services.read', title: 'Look up services', scopes: ['services.read'] },
    { id: 'schedules.read', title: 'Look up schedules', scopes: ['schedules.read'] },
    { id: 'users.read', title: 'Look up people', scopes: ['users.read'] },
    {
      id: 'oncalls.read',
      title: 'Find who is on call',
      scopes: ['oncalls.read', 'escalation_policies.read'],
    },
    { id: 'webhooks.write', title: 'Be told of changes', scopes: ['webhook_subscriptions.write'] },
  ],
  lifetimes: { access: 24 * 3600, refreshIdle: 30 * 24 * 3600, refreshAbsolute: 365 * 24 * 3600 },
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
      hint: 'All tokens of the app were revoked, the grant lay unused for thirty days, or the year since consent is over.',
    },
  ],
  identity: {
    url: 'https://api.{region}pagerduty.com/users/me',
    headers: ACCEPT,
    id: 'user.id',
    email: 'user.email',
    name: 'user.name',
  },
  // An endpoint exists, but nobody has seen it end tokens of this server; a 200 from it would prove nothing.
  revocation: null,
  api: { baseUrl: 'https://api.{region}pagerduty.com', headers: ACCEPT, examplePath: '/users/me' },
}
