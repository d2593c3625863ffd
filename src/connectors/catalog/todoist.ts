import type { Connector } from '../../domain/connector.ts'

// Refresh tokens are new at Todoist and rest on its SDK alone.
export const todoist: Connector = {
  id: 'todoist',
  name: 'Todoist',
  category: 'Productivity',
  description: 'Tasks, projects and labels of one Todoist account.',
  confidence: 'unverified',
  keywords: ['tasks', 'to-do', 'projects', 'reminders'],
  consoleUrl: 'https://app.todoist.com/app/settings/integrations/app-management',
  docsUrl: 'https://developer.todoist.com/api/v1/#tag/Authorization',
  setupSteps: [
    'Open Settings → Integrations → Developer, press Manage, then add a new integration.',
    'Give the app a name and create it.',
    'Enter the callback URL below as the OAuth redirect URL.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'Tokens of a new app end after a while and are renewed by themselves; those of an older app do not end.',
  ],
  params: [],
  authorize: {
    url: 'https://todoist.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ',',
  },
  token: {
    url: 'https://todoist.com/oauth/access_token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ',',
  },
  baseScopes: ['data:read'],
  scopes: [
    { scope: 'data:read', title: 'Read tasks, projects and labels', sensitive: false },
    { scope: 'task:add', title: 'Add tasks', sensitive: false },
    {
      scope: 'data:read_write',
      title: 'Read and change tasks, projects and labels',
      sensitive: false,
      covers: ['data:read', 'task:add'],
    },
    { scope: 'data:delete', title: 'Delete tasks and labels', sensitive: true },
    { scope: 'project:delete', title: 'Delete projects', sensitive: true },
    { scope: 'backups:read', title: 'List backups without a second factor', sensitive: true },
  ],
  tools: [
    { id: 'tasks.read', title: 'Read tasks and projects', scopes: ['data:read'] },
    { id: 'tasks.add', title: 'Add tasks', scopes: ['task:add'] },
    { id: 'tasks.write', title: 'Change tasks and projects', scopes: ['data:read_write'] },
    { id: 'tasks.delete', title: 'Delete tasks', scopes: ['data:read_write', 'data:delete'] },
    { id: 'projects.delete', title: 'Delete projects', scopes: ['data:read_write', 'project:delete'] },
    { id: 'backups.read', title: 'List backups', scopes: ['backups:read'] },
  ],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: {
    url: 'https://api.todoist.com/api/v1/user',
    id: 'id',
    email: 'email',
    name: 'full_name',
  },
  revocation: {
    style: 'own',
    url: 'https://api.todoist.com/api/v1/revoke',
    method: 'POST',
    token: 'access_token',
    clientAuth: 'client_secret_basic',
    json: { token: '{token}', token_type_hint: 'access_token' },
  },
  api: { baseUrl: 'https://api.todoist.com/api/v1', examplePath: '/user' },
}
