import type { Connector } from '../../domain/connector.ts'

const VERSION = { 'notion-version': '2022-06-28' }

export const notion: Connector = {
  id: 'notion',
  name: 'Notion',
  category: 'Productivity',
  description: 'The pages and databases of one Notion workspace that the person picks at consent.',
  icon: 'notion',
  confidence: 'verified',
  popular: 10,
  keywords: ['wiki', 'notes', 'pages', 'databases'],
  consoleUrl: 'https://www.notion.so/my-integrations',
  docsUrl: 'https://developers.notion.com/reference/create-a-token',
  setupSteps: [
    'Press New integration, choose the type Public, and fill in company, website and the links it asks for.',
    'Add the callback URL below under Redirect URIs.',
    'Under Capabilities tick what your tools need, and how much of people it may see.',
    'Save, open Configuration, and copy the OAuth client ID and secret.',
  ],
  tips: [
    'A connection sees only the pages that the person picked at consent; reconnect to pick more.',
    'Capabilities belong to the integration: a change there counts for a connection only after it is reconnected.',
  ],
  params: [],
  authorize: {
    url: 'https://api.notion.com/v1/oauth/authorize',
    params: { owner: 'user' },
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.notion.com/v1/oauth/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
    body: 'json',
    headers: VERSION,
    answer: { error: 'error|code', description: 'error_description|message' },
  },
  baseScopes: [],
  // Capabilities ticked on the integration; the names are ours, and they are never sent.
  scopes: [
    { scope: 'read_content', title: 'Read the picked pages and databases', sensitive: false },
    { scope: 'update_content', title: 'Change the picked pages', sensitive: false },
    { scope: 'insert_content', title: 'Create pages under the picked ones', sensitive: false },
    { scope: 'read_comments', title: 'Read comments', sensitive: false },
    { scope: 'insert_comments', title: 'Write comments', sensitive: false },
    { scope: 'user_information_with_email', title: 'See people and their e-mail addresses', sensitive: true },
  ],
  tools: [
    { id: 'pages.read', title: 'Read pages and databases', scopes: ['read_content'] },
    { id: 'pages.update', title: 'Change pages and properties', scopes: ['read_content', 'update_content'] },
    { id: 'pages.insert', title: 'Create pages', scopes: ['read_content', 'insert_content'] },
    { id: 'comments.read', title: 'Read comments', scopes: ['read_comments'] },
    { id: 'comments.write', title: 'Write comments', scopes: ['insert_comments'] },
    { id: 'users.read', title: 'Look up people', scopes: ['user_information_with_email'] },
  ],
  // Notion tells no end of either token; the daily look at the account shows whether they live.
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [
    {
      error: 'unauthorized',
      class: 'dead',
      hint: 'The integration was removed from the workspace, or the person who connected it has left.',
    },
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The integration was removed from the workspace, or this grant was replaced.',
    },
  ],
  identity: {
    url: 'https://api.notion.com/v1/users/me',
    headers: VERSION,
    id: 'bot.owner.user.id|id',
    email: 'bot.owner.user.person.email',
    name: 'bot.workspace_name|bot.owner.user.name|name',
    tenant: 'bot.workspace_id',
  },
  revocation: {
    style: 'own',
    url: 'https://api.notion.com/v1/oauth/revoke',
    method: 'POST',
    token: 'access_token',
    clientAuth: 'client_secret_basic',
    headers: VERSION,
    json: { token: '{token}' },
    goneStatuses: [400, 401],
  },
  api: { baseUrl: 'https://api.notion.com/v1', headers: VERSION, examplePath: '/users/me' },
}
