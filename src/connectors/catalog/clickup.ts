import type { Connector } from '../../domain/connector.ts'

export const clickup: Connector = {
  id: 'clickup',
  name: 'ClickUp',
  category: 'Project management',
  description: 'Tasks, lists and documents of the ClickUp workspaces that a person picks.',
  icon: 'clickup',
  confidence: 'verified',
  keywords: ['tasks', 'projects', 'to-do', 'docs'],
  consoleUrl: 'https://app.clickup.com/settings/apps',
  docsUrl: 'https://developer.clickup.com/docs/authentication',
  setupSteps: [
    'As owner or administrator of the workspace open Settings → Apps and press Create new app.',
    'Enter a name and the callback URL below as the redirect URL.',
    'Create it, then copy client ID and client secret.',
  ],
  tips: [
    'There are no permissions to choose: a connection can do what the person can, in the workspaces picked at consent.',
    'Consent once more to add a workspace.',
  ],
  params: [],
  authorize: {
    url: 'https://app.clickup.com/api',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.clickup.com/api/v2/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // ClickUp has no scopes; this name stands for all of it and is never sent.
  scopes: [
    {
      scope: 'everything',
      title: 'Do everything that you can in the picked workspaces',
      sensitive: true,
      unnamed: true,
    },
  ],
  tools: [{ id: 'workspace', title: 'Work in ClickUp', scopes: ['everything'] }],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  // There is no refresh token: the access token lasts until somebody removes the app.
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: 'https://api.clickup.com/api/v2/user',
    id: 'user.id',
    email: 'user.email',
    name: 'user.username',
  },
  revocation: null,
  api: { baseUrl: 'https://api.clickup.com/api/v2', examplePath: '/user' },
}
