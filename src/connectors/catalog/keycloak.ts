import type { Connector } from '../../domain/connector.ts'

const HOST = '([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]'

export const keycloak: Connector = {
  id: 'keycloak',
  name: 'Keycloak',
  category: 'Identity',
  description: 'Sign-in of one Keycloak realm, and an API of yours that takes its tokens.',
  confidence: 'verified',
  keywords: ['sso', 'openid connect', 'iam', 'realm', 'red hat'],
  docsUrl: 'https://www.keycloak.org/securing-apps/oidc-layers',
  setupSteps: [
    'Open the admin console of your server, choose the realm, and press Create client under Clients.',
    'Choose OpenID Connect, and switch on Client authentication and Standard flow.',
    'Enter the callback URL below as a valid redirect URI, exactly as it stands.',
    'On the Client scopes tab see that offline_access is there as an optional scope.',
    'Copy the secret from the Credentials tab.',
  ],
  tips: [
    'The person needs the realm role offline_access, or the grant ends with the browser session.',
    'An offline grant ends after thirty days without use, and at once when the person is disabled.',
    'Where Revoke Refresh Token is on, a token used twice ends the whole session: let no other system renew it.',
    'Ending one connection ends the offline access of that person for this client.',
  ],
  params: [
    {
      name: 'realm_url',
      label: 'Address of the realm',
      pattern: `https://${HOST}(:[0-9]{2,5})?(/auth)?/realms/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}`,
      example: 'https://sso.example.com/realms/main',
      source: 'app',
    },
    {
      name: 'api_url',
      label: 'Address of the API that takes the realm’s tokens',
      pattern: `https://${HOST}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}){0,5}`,
      example: 'https://api.example.com/v1',
      source: 'app',
    },
  ],
  authorize: {
    url: '{realm_url}/protocol/openid-connect/auth',
    params: {},
    chooserParams: { prompt: 'login' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
    issuer: '{realm_url}',
  },
  token: {
    url: '{realm_url}/protocol/openid-connect/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'profile', 'email', 'offline_access'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'profile', title: 'See the name', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'phone', title: 'See the phone number', sensitive: true },
    { scope: 'address', title: 'See the postal address', sensitive: true },
    { scope: 'roles', title: 'Carry the roles of the person', sensitive: false, unnamed: true },
    { scope: 'organization', title: 'Carry the organisation of the person', sensitive: false },
  ],
  tools: [
    { id: 'account.contact', title: 'Look up phone and address', scopes: ['phone', 'address'] },
    { id: 'account.roles', title: 'Act with the person’s roles', scopes: ['roles'] },
    { id: 'account.organization', title: 'Act for the person’s organisation', scopes: ['organization'] },
  ],
  lifetimes: { access: 300, refreshIdle: 30 * 24 * 3600, refreshAbsolute: null },
  refresh: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: true },
  errors: [
    {
      error: 'invalid_grant',
      description: 'refresh token reuse|stale token',
      class: 'dead',
      hint: 'Another system renewed this grant with an old token, and Keycloak ended the session: keep each grant in one place.',
    },
    {
      error: 'invalid_grant',
      description: 'offline|not active',
      class: 'dead',
      hint: 'The session ended: thirty days unused, revoked, the person disabled, or a restart of a server that keeps sessions in memory.',
    },
  ],
  identity: {
    url: '{realm_url}/protocol/openid-connect/userinfo',
    id: 'sub',
    email: 'email',
    name: 'name|preferred_username',
  },
  revocation: {
    style: 'rfc7009',
    url: '{realm_url}/protocol/openid-connect/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: '{api_url}', examplePath: '/' },
}
