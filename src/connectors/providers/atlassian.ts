// What the Atlassian products share. An Atlassian app takes a single callback URL, so that each product has its own app.

import type { Connector } from '../../domain/connector.ts'

export const ATLASSIAN = {
  confidence: 'verified',
  consoleUrl: 'https://developer.atlassian.com/console/myapps/',
  params: [
    {
      name: 'site_url',
      label: 'Address of the site, where the account has several',
      pattern: 'https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.(atlassian\\.net|jira\\.com)',
      example: 'https://acme.atlassian.net',
      source: 'connection',
      default: '',
    },
    {
      name: 'cloud_id',
      label: 'Id of the site',
      pattern: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
      example: '11223344-a1b2-3b33-c444-def123456789',
      source: 'after_connect',
      from: 'id',
    },
  ],
  tips: [
    'Two connections of one person through one app share a grant, and renewing one may end the other: make one connection a person and app.',
    'Consent lasts at most a year; reconnect before the date the connection shows.',
    'Calls go through api.atlassian.com; the site’s own address refuses these tokens.',
  ],
  authorize: {
    url: 'https://auth.atlassian.com/authorize',
    params: { audience: 'api.atlassian.com', prompt: 'consent' },
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://auth.atlassian.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
    body: 'json',
  },
  baseScopes: ['read:me', 'offline_access'],
  lifetimes: { access: 3600, refreshIdle: 90 * 24 * 3600, refreshAbsolute: 365 * 24 * 3600 },
  refresh: {
    rotates: true,
    replay: { rule: 'grace', windowSeconds: 600 },
    killsOldAccess: false,
    sharedGrant: true,
  },
  errors: [
    {
      status: 403,
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The grant was unused for 90 days, a year old, revoked, or renewed through another connection of the same person and app.',
    },
    { status: 403, error: 'unauthorized_client', class: 'dead' },
    { error: 'unauthorized_client', description: 'refresh', class: 'dead' },
    {
      status: 401,
      error: 'access_denied',
      class: 'config',
      hint: 'Atlassian does not know this client ID and secret: copy both again from the app’s Settings.',
    },
  ],
  identity: {
    url: 'https://api.atlassian.com/me',
    id: 'account_id',
    email: 'email',
    name: 'name',
    tenantParam: 'cloud_id',
  },
  afterConnect: {
    url: 'https://api.atlassian.com/oauth/token/accessible-resources',
    pick: { list: '', where: 'url', equals: '{site_url}' },
  },
  revocation: null,
} satisfies Partial<Connector>

/** The steps, for the name of the product's API. */
export function atlassianSteps(api: string): string[] {
  return [
    'Press Create → OAuth 2.0 integration and give it a name.',
    `Under Permissions add the ${api} and the User Identity API, then tick every scope of your tools.`,
    'Under Authorization add OAuth 2.0 (3LO) with the callback URL below; an app takes only one.',
    'Copy client ID and secret from Settings.',
    'Under Distribution switch sharing on, or only the owner of the app can connect.',
  ]
}

export const ATLASSIAN_BASE_SCOPES = [
  { scope: 'read:me', title: 'Know which account this is', sensitive: false },
  { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
]
