import type { Connector } from '../../domain/connector.ts'

export const okta: Connector = {
  id: 'okta',
  name: 'Okta',
  category: 'Identity',
  description: 'Users, groups, apps and the system log of one Okta organisation.',
  confidence: 'verified',
  keywords: ['sso', 'directory', 'users', 'groups', 'openid connect'],
  docsUrl: 'https://developer.okta.com/docs/reference/api/oidc/',
  setupSteps: [
    'Open Applications in the Admin Console and press Create App Integration, with OIDC and Web Application.',
    'Tick Authorization Code and Refresh Token, and add the callback URL below as a sign-in redirect URI.',
    'Assign the people or groups that may connect.',
    'On the Okta API Scopes tab grant each scope of your tools; only a super admin can.',
    'Copy client ID and secret from Client Credentials.',
  ],
  tips: [
    'Leave the authorization server empty for tools of the directory: custom servers issue no okta scopes.',
    'A connection can do what its person’s admin role allows: connect an account made for the purpose.',
    'A grant ends after seven days without use unless the access policy says otherwise.',
    'Where tokens rotate, one that is used twice ends the whole grant: let no other system renew it.',
  ],
  params: [
    {
      name: 'domain',
      label: 'Domain of the organisation',
      pattern:
        '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,3}\\.(okta|oktapreview|okta-emea|okta-gov)\\.com',
      example: 'acme.okta.com',
      source: 'app',
    },
    {
      name: 'authorization_server',
      label: 'Custom authorization server with a slash before its id, empty for the organisation’s own',
      pattern: '/[A-Za-z0-9_-]{1,64}',
      example: '/default',
      source: 'app',
      default: '',
    },
  ],
  authorize: {
    url: 'https://{domain}/oauth2{authorization_server}/v1/authorize',
    params: {},
    chooserParams: { prompt: 'login' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
  },
  token: {
    url: 'https://{domain}/oauth2{authorization_server}/v1/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'profile', 'email', 'offline_access'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'profile', title: 'See the name', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'okta.users.read', title: 'Read people of the directory', sensitive: true },
    { scope: 'okta.users.manage', title: 'Create, change and deactivate people', sensitive: true },
    { scope: 'okta.groups.read', title: 'Read groups', sensitive: false },
    { scope: 'okta.groups.manage', title: 'Change groups and who is in them', sensitive: true },
    { scope: 'okta.apps.read', title: 'Read apps and who has them', sensitive: false },
    { scope: 'okta.logs.read', title: 'Read the system log', sensitive: true },
  ],
  tools: [
    { id: 'users.read', title: 'Look up people', scopes: ['okta.users.read'] },
    { id: 'users.write', title: 'Manage people', scopes: ['okta.users.manage'] },
    { id: 'groups.read', title: 'Look up groups', scopes: ['okta.groups.read'] },
    { id: 'groups.write', title: 'Manage groups', scopes: ['okta.groups.manage'] },
    { id: 'apps.read', title: 'Look up apps', scopes: ['okta.apps.read'] },
    { id: 'logs.read', title: 'Read the system log', scopes: ['okta.logs.read'] },
  ],
  lifetimes: { access: 3600, refreshIdle: 7 * 24 * 3600, refreshAbsolute: null },
  // Rotation is a setting of the app; its grace of at most a minute may be none at all.
  refresh: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The grant lay unused too long, was revoked, or its token was used twice; or the person was deactivated in Okta.',
    },
    {
      error: 'use_dpop_nonce',
      class: 'config',
      hint: 'The app demands proof of possession: switch DPoP off in its general settings at Okta.',
    },
  ],
  identity: {
    url: 'https://{domain}/oauth2{authorization_server}/v1/userinfo',
    id: 'sub',
    email: 'email',
    name: 'name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://{domain}/oauth2{authorization_server}/v1/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: 'https://{domain}/api/v1', examplePath: '/users/me' },
}
