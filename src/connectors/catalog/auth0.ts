import type { Connector } from '../../domain/connector.ts'

// Unverified: too few sources. Without an audience the access token opens the profile only.
export const auth0: Connector = {
  id: 'auth0',
  name: 'Auth0',
  category: 'Identity',
  description: 'The profile of one person of your Auth0 tenant.',
  icon: 'auth0',
  confidence: 'unverified',
  keywords: ['okta', 'single sign-on', 'sso', 'login', 'oidc'],
  consoleUrl: 'https://manage.auth0.com/#/applications',
  docsUrl: 'https://auth0.com/docs/api/authentication',
  setupSteps: [
    'Under Applications create a Regular Web Application.',
    'In its settings add the callback URL below to the allowed callback URLs.',
    'Under Advanced, Grant Types, tick Refresh Token.',
    'Under APIs switch on Allow Offline Access for the API that you will call.',
    'Copy domain, client ID and client secret from the settings.',
  ],
  tips: [
    'With rotation switched on, a refresh token that is used twice ends the grant: set a rotation overlap period of some seconds.',
    'With rotation switched on, a grant lives thirty days by default, however often it is renewed; raise the lifetime in the settings of the application.',
    'Beyond the profile, calls work only with an audience: of your own API, or of the Management API for the tools here.',
  ],
  params: [
    {
      name: 'domain',
      label: 'Domain of the tenant',
      pattern: '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.(us|eu|au|jp|ca|uk))?\\.auth0\\.com',
      example: 'acme.eu.auth0.com',
      source: 'app',
    },
    {
      name: 'audience',
      label: 'Audience: identifier of the API, left empty for the profile alone',
      pattern: '[A-Za-z0-9][A-Za-z0-9:/._-]{0,199}',
      example: 'https://acme.eu.auth0.com/api/v2/',
      source: 'app',
      default: '',
    },
  ],
  authorize: {
    url: 'https://{domain}/authorize',
    params: { audience: '{audience}' },
    chooserParams: { prompt: 'login' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
    issuer: 'https://{domain}/',
  },
  token: {
    url: 'https://{domain}/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'profile', 'email', 'offline_access'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'profile', title: 'See the name', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'read:current_user', title: 'Read the whole user record', sensitive: true },
    { scope: 'update:current_user_metadata', title: 'Change the metadata of the user', sensitive: false },
    { scope: 'update:current_user_identities', title: 'Link other logins to the user', sensitive: true },
  ],
  tools: [
    { id: 'account.read', title: 'Read the user record', scopes: ['read:current_user'] },
    { id: 'account.metadata', title: 'Change metadata', scopes: ['update:current_user_metadata'] },
    { id: 'account.identities', title: 'Link logins', scopes: ['update:current_user_identities'] },
  ],
  lifetimes: { access: 86400, refreshIdle: 30 * 24 * 3600, refreshAbsolute: null },
  // Each application chooses whether it rotates; where it does, reuse ends the whole family.
  refresh: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      description: 'blocked',
      class: 'dead',
      hint: 'The user of this connection is blocked in Auth0: unblock it, or reconnect as another user.',
    },
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The grant was revoked, ran out by the settings of the application, or its refresh token was used twice.',
    },
    { error: 'too_many_attempts', class: 'limited' },
  ],
  identity: {
    url: 'https://{domain}/userinfo',
    id: 'sub',
    email: 'email',
    name: 'name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://{domain}/oauth/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_post',
  },
  api: { baseUrl: 'https://{domain}', examplePath: '/userinfo' },
}
