import type { Connector } from '../../domain/connector.ts'

/** Without them a client from before May 2026 gives no refresh token; the second is the longest life Zendesk allows. */
const LIVES = { expires_in: '1800', refresh_token_expires_in: '7776000' }

export const zendesk: Connector = {
  id: 'zendesk',
  name: 'Zendesk',
  category: 'Support',
  description: 'Tickets, people, organisations and help centre of one Zendesk account.',
  icon: 'zendesk',
  confidence: 'verified',
  keywords: ['tickets', 'help desk', 'customer service', 'help centre'],
  docsUrl: 'https://developer.zendesk.com/documentation/api-basics/authentication/refresh-token',
  setupSteps: [
    'In the Admin Center open Apps and integrations → APIs → OAuth Clients and press Add OAuth client.',
    'Choose the kind Confidential, enter an identifier, and add the callback URL below as a redirect URL.',
    'Save and copy the secret, which is shown once; the identifier is the client ID.',
    'To connect several Zendesk accounts with one client, ask Zendesk to make it a global OAuth client.',
  ],
  tips: [
    'A client works in its own Zendesk account only, until Zendesk has made it global.',
    'A connection can do what its person can: let an agent made for the purpose consent.',
    'Webhooks, triggers and the audit log need a person with an administrator’s role.',
  ],
  params: [
    {
      name: 'subdomain',
      label: 'Subdomain of the account, the part before .zendesk.com',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?',
      example: 'acme',
      source: 'connection',
    },
  ],
  authorize: {
    url: 'https://{subdomain}.zendesk.com/oauth/authorizations/new',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{subdomain}.zendesk.com/oauth/tokens',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
    code: { params: LIVES },
    refresh: { params: LIVES },
  },
  baseScopes: ['users:read'],
  scopes: [
    { scope: 'users:read', title: 'Know which account this is, and look up people', sensitive: false },
    { scope: 'read', title: 'Read everything you can see', sensitive: true },
    { scope: 'write', title: 'Change everything you may change', sensitive: true },
    { scope: 'tickets:read', title: 'Read tickets', sensitive: true },
    { scope: 'tickets:write', title: 'Create, answer and change tickets', sensitive: false },
    { scope: 'users:write', title: 'Add and change people', sensitive: true },
    { scope: 'organizations:read', title: 'Read organisations', sensitive: false },
    { scope: 'organizations:write', title: 'Change organisations', sensitive: false },
    { scope: 'hc:read', title: 'Read the help centre', sensitive: false },
    { scope: 'hc:write', title: 'Write in the help centre', sensitive: false },
    { scope: 'webhooks:read', title: 'See webhooks', sensitive: false },
    { scope: 'webhooks:write', title: 'Manage webhooks', sensitive: true },
    { scope: 'triggers:read', title: 'See triggers', sensitive: false },
    { scope: 'triggers:write', title: 'Manage triggers', sensitive: true },
    { scope: 'auditlogs:read', title: 'Read the audit log', sensitive: true },
  ],
  tools: [
    { id: 'tickets.read', title: 'Read tickets', scopes: ['tickets:read'] },
    { id: 'tickets.write', title: 'Create and answer tickets', scopes: ['tickets:write'] },
    { id: 'users.read', title: 'Look up people', scopes: ['users:read'] },
    { id: 'users.write', title: 'Add and change people', scopes: ['users:write'] },
    {
      id: 'organizations',
      title: 'Work with organisations',
      scopes: ['organizations:read', 'organizations:write'],
    },
    { id: 'helpcenter.read', title: 'Read the help centre', scopes: ['hc:read'] },
    { id: 'helpcenter.write', title: 'Write in the help centre', scopes: ['hc:write'] },
    {
      id: 'webhooks',
      title: 'Manage webhooks and triggers',
      scopes: ['webhooks:read', 'webhooks:write', 'triggers:read', 'triggers:write'],
    },
    { id: 'audit', title: 'Read the audit log', scopes: ['auditlogs:read'] },
    { id: 'read', title: 'Read everything', scopes: ['read'] },
    { id: 'write', title: 'Change everything', scopes: ['write'] },
  ],
  lifetimes: { access: 1800, refreshIdle: 90 * 24 * 3600, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: true,
    sharedGrant: false,
  },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The grant was revoked in the Admin Center, lay unused for 90 days, or was renewed by another system with the same client.',
    },
    {
      error: 'invalid_client',
      class: 'config',
      hint: 'Check identifier and secret, and that the client belongs to this Zendesk account or is a global one.',
    },
    {
      status: 404,
      class: 'config',
      hint: 'There is no Zendesk account of this subdomain any more: it was closed or renamed.',
    },
  ],
  identity: {
    url: 'https://{subdomain}.zendesk.com/api/v2/users/me.json',
    id: 'user.id',
    email: 'user.email',
    name: 'user.name',
  },
  // Its own way to end a token is known to answer 204 and end nothing.
  revocation: null,
  api: { baseUrl: 'https://{subdomain}.zendesk.com/api/v2', examplePath: '/users/me.json' },
}
