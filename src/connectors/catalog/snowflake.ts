import type { Connector } from '../../domain/connector.ts'

// One source for everything.
export const snowflake: Connector = {
  id: 'snowflake',
  name: 'Snowflake',
  category: 'Data',
  description: 'SQL and data of one Snowflake account, with one role of the user who consented.',
  icon: 'snowflake',
  confidence: 'unverified',
  keywords: ['warehouse', 'sql', 'database', 'analytics'],
  docsUrl: 'https://docs.snowflake.com/en/user-guide/oauth-custom',
  setupSteps: [
    'As an account administrator create a security integration of type OAuth for a confidential custom client.',
    'Set the callback URL below as its redirect URI, and let it issue refresh tokens.',
    'Leave single-use refresh tokens off unless your policy asks for them.',
    'Ask Snowflake for the client secrets of the integration; copy the client ID and one of the secrets.',
  ],
  tips: [
    'Without a role named here queries run with the default role of the user: name a narrow one, or give the connection a user of its own.',
    'Consent ends after the days set at the integration, ninety as a rule, however often the connection is used.',
  ],
  params: [
    {
      name: 'account',
      label: 'Account identifier, the part before .snowflakecomputing.com',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,3}',
      example: 'myorg-myaccount',
    },
    {
      name: 'role',
      label: 'Role to act with, left empty for the default one',
      pattern: '[A-Za-z_][A-Za-z0-9_$]{0,254}',
      example: 'REPORTING',
      source: 'connection',
      default: '',
      scope: 'session:role:{role}',
    },
  ],
  authorize: {
    url: 'https://{account}.snowflakecomputing.com/oauth/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://{account}.snowflakecomputing.com/oauth/token-request',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['refresh_token'],
  scopes: [{ scope: 'refresh_token', title: 'Act with this role, also while you are away', sensitive: true }],
  tools: [
    { id: 'sql', title: 'Run SQL', scopes: ['refresh_token'] },
    { id: 'objects.read', title: 'Look up databases, schemas and tables', scopes: ['refresh_token'] },
    { id: 'warehouses', title: 'Start and stop warehouses', scopes: ['refresh_token'] },
  ],
  lifetimes: { access: 600, refreshIdle: null, refreshAbsolute: 90 * 24 * 3600 },
  // Rotates only where the integration asks for single-use tokens; whatever comes is kept.
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
      hint: 'The consent is older than the integration allows, or it was withdrawn in Snowflake.',
    },
  ],
  identity: { id: 'username', name: 'username' },
  revocation: null,
  api: { baseUrl: 'https://{account}.snowflakecomputing.com', examplePath: '/api/v2/databases' },
}
