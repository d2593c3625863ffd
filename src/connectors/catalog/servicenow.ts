import type { Connector } from '../../domain/connector.ts'

// One endpoint in two sources, the rest from memory, and no sample answer.
export const servicenow: Connector = {
  id: 'servicenow',
  name: 'ServiceNow',
  category: 'Support',
  description: 'Incidents, requests and any other table of one ServiceNow instance.',
  confidence: 'unverified',
  keywords: ['itsm', 'incidents', 'tickets', 'service desk', 'cmdb'],
  docsUrl: 'https://www.servicenow.com/docs/',
  setupSteps: [
    'As an administrator of the instance create an OAuth API endpoint for external clients in the application registry.',
    'Enter a name and the callback URL below as the redirect URL.',
    'Set how long refresh tokens live; a hundred days is the usual value.',
    'Save, then copy client ID and client secret.',
  ],
  tips: [
    'A connection can do what its user can: give it a user of its own with just the roles it needs.',
    'The instance decides how long tokens live; if connections end after a hundred days, raise it there.',
  ],
  params: [
    {
      name: 'instance',
      label: 'Name of the instance, the part before .service-now.com',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?',
      example: 'dev12345',
    },
  ],
  authorize: {
    url: 'https://{instance}.service-now.com/oauth_auth.do',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{instance}.service-now.com/oauth_token.do',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['useraccount'],
  scopes: [{ scope: 'useraccount', title: 'Do everything your user can do', sensitive: true }],
  // The instance knows a single scope: what is possible follows from the roles of the user.
  tools: [
    { id: 'records', title: 'Read and change records', scopes: ['useraccount'] },
    { id: 'incidents', title: 'Work with incidents', scopes: ['useraccount'] },
    { id: 'requests', title: 'Work with requests', scopes: ['useraccount'] },
  ],
  lifetimes: { access: 1800, refreshIdle: null, refreshAbsolute: 100 * 24 * 3600 },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      status: 401,
      error: 'access_denied',
      class: 'suspect',
      hint: 'ServiceNow gives one answer for many causes: check that the user is active, the client exists, and its token life is not over.',
    },
    { status: 401, error: 'server_error', class: 'suspect' },
  ],
  identity: {
    url: 'https://{instance}.service-now.com/api/now/table/sys_user?sysparm_query=user_name=javascript:gs.getUserName()',
    id: 'result.0.sys_id',
    email: 'result.0.email',
    name: 'result.0.name',
  },
  revocation: null,
  api: {
    baseUrl: 'https://{instance}.service-now.com/api/now',
    examplePath: '/table/incident?sysparm_limit=1',
  },
}
