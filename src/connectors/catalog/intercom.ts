import type { Connector } from '../../domain/connector.ts'

const API_HEADERS = { 'intercom-version': '2.14' }

export const intercom: Connector = {
  id: 'intercom',
  name: 'Intercom',
  category: 'Support',
  description: 'Conversations, people, tickets and articles of one Intercom workspace.',
  icon: 'intercom',
  confidence: 'unverified',
  keywords: ['chat', 'helpdesk', 'messenger', 'tickets'],
  consoleUrl: 'https://app.intercom.com/a/apps/_/developer-hub',
  docsUrl:
    'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/setting-up-oauth',
  setupSteps: [
    'Open the Developer Hub and press New app in a development workspace.',
    'Under Configure → Authentication tick Use OAuth and add the callback URL below as a redirect URL.',
    'On the same page tick the permissions of your tools, and no more: too many delay the review.',
    'Copy client ID and client secret from Basic Information.',
    'Submit the app for review before other workspaces connect; changed permissions are reviewed again.',
  ],
  tips: [
    'Ending one connection uninstalls the app from the workspace, for every teammate who connected it.',
    'The person connects the workspace that is open in Intercom: switch workspaces in its header first.',
    'A workspace in Europe or Australia needs its region at set-up, or signing in fails.',
  ],
  params: [
    {
      name: 'region',
      label: 'Region of the workspace: “eu.” for Europe, “au.” for Australia, empty for the United States',
      pattern: '(eu|au)\\.',
      example: 'eu.',
      source: 'connection',
      default: '',
    },
  ],
  authorize: {
    url: 'https://app.{region}intercom.com/oauth',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.{region}intercom.io/auth/eagle/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Our names for the permissions of the Developer Hub: Intercom knows no scope parameter.
  scopes: [
    {
      scope: 'read_users_companies',
      title: 'Read people and companies',
      sensitive: true,
      unnamed: true,
    },
    {
      scope: 'write_users_companies',
      title: 'Create and change people and companies',
      sensitive: true,
      unnamed: true,
    },
    { scope: 'read_conversations', title: 'Read conversations', sensitive: true, unnamed: true },
    {
      scope: 'write_conversations',
      title: 'Answer and assign conversations',
      sensitive: true,
      unnamed: true,
    },
    { scope: 'read_tickets', title: 'Read tickets', sensitive: true, unnamed: true },
    { scope: 'write_tickets', title: 'Create and change tickets', sensitive: false, unnamed: true },
    { scope: 'read_write_articles', title: 'Read and change help articles', sensitive: false, unnamed: true },
    { scope: 'read_admins', title: 'See teammates', sensitive: false, unnamed: true },
    { scope: 'read_tags', title: 'Read tags', sensitive: false, unnamed: true },
    { scope: 'write_tags', title: 'Create and set tags', sensitive: false, unnamed: true },
  ],
  tools: [
    { id: 'people.read', title: 'Look up people and companies', scopes: ['read_users_companies'] },
    { id: 'people.write', title: 'Add and change people and companies', scopes: ['write_users_companies'] },
    { id: 'conversations.read', title: 'Read conversations', scopes: ['read_conversations'] },
    { id: 'conversations.write', title: 'Answer conversations', scopes: ['write_conversations'] },
    { id: 'tickets', title: 'Work on tickets', scopes: ['read_tickets', 'write_tickets'] },
    { id: 'articles', title: 'Write help articles', scopes: ['read_write_articles'] },
    { id: 'admins.read', title: 'Look up teammates', scopes: ['read_admins'] },
    { id: 'tags', title: 'Work with tags', scopes: ['read_tags', 'write_tags'] },
  ],
  // No page says how long a token lives; none is known to end by itself.
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: true },
  errors: [],
  identity: {
    url: 'https://api.{region}intercom.io/me',
    headers: API_HEADERS,
    id: 'id',
    email: 'email',
    emailVerified: 'email_verified',
    name: 'name',
    tenant: 'app.id_code',
  },
  revocation: {
    style: 'own',
    url: 'https://api.{region}intercom.io/auth/uninstall',
    method: 'POST',
    token: 'access_token',
    headers: { authorization: 'Bearer {token}' },
    json: {},
    goneStatuses: [401],
  },
  api: { baseUrl: 'https://api.{region}intercom.io', headers: API_HEADERS, examplePath: '/me' },
}
