import type { Connector } from '../../domain/connector.ts'

export const adobe: Connector = {
  id: 'adobe',
  name: 'Adobe',
  category: 'Design',
  description: 'Creative Cloud and Experience Cloud services of one Adobe account.',
  confidence: 'verified',
  keywords: ['photoshop', 'lightroom', 'creative cloud', 'analytics', 'experience cloud'],
  consoleUrl: 'https://developer.adobe.com/console/',
  docsUrl: 'https://developer.adobe.com/developer-console/docs/guides/authentication/UserAuthentication/ims/',
  setupSteps: [
    'In the Developer Console create a project and add the API you will call.',
    'Choose OAuth Web App as the kind of credential.',
    'Enter the callback URL below as default redirect URI and once more as redirect URI pattern, there with a backslash before each dot.',
    'Tick the scopes of your tools and save.',
    'Copy client ID and client secret; a second secret can live beside the first while you change over.',
  ],
  tips: [
    'A connection that is not renewed for fourteen days is over: leave background renewal on.',
    'Adobe must approve some APIs before people outside your organisation can use them.',
    'Each Adobe service has an address of its own; the app must have that service added in the console.',
  ],
  params: [],
  authorize: {
    url: 'https://ims-na1.adobelogin.com/ims/authorize/v2',
    params: {},
    chooserParams: { prompt: 'login' },
    pkce: 'S256',
    scopeSeparator: ',',
  },
  token: {
    url: 'https://ims-na1.adobelogin.com/ims/token/v3',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ',',
  },
  baseScopes: ['openid', 'email', 'profile', 'offline_access'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'profile', title: 'See the name', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'creative_sdk', title: 'Edit pictures with Photoshop and Lightroom', sensitive: false },
    { scope: 'AdobeID', title: 'Use the Adobe ID in Experience Cloud', sensitive: false },
    { scope: 'read_organizations', title: 'See the organisations of the account', sensitive: false },
    {
      scope: 'additional_info.projectedProductContext',
      title: 'See which products the account may use',
      sensitive: false,
    },
    { scope: 'additional_info.job_function', title: 'See the job function', sensitive: false },
    { scope: 'address', title: 'See the country', sensitive: false },
  ],
  tools: [
    { id: 'creative', title: 'Edit with Photoshop and Lightroom', scopes: ['creative_sdk'] },
    {
      id: 'analytics',
      title: 'Read Adobe Analytics',
      scopes: [
        'AdobeID',
        'read_organizations',
        'additional_info.projectedProductContext',
        'additional_info.job_function',
      ],
    },
    { id: 'country.read', title: 'Read the country of the account', scopes: ['address'] },
  ],
  lifetimes: { access: 86399, refreshIdle: 14 * 24 * 3600, refreshAbsolute: null },
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
      hint: 'The grant was not renewed for fourteen days, or the person removed the app from the Adobe account.',
    },
    { error: 'invalid_token', class: 'dead' },
  ],
  identity: {
    url: 'https://ims-na1.adobelogin.com/ims/userinfo/v2',
    id: 'sub',
    email: 'email',
    name: 'name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://ims-na1.adobelogin.com/ims/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  // Each Adobe service lies on a host of its own; the account itself is all they share.
  api: {
    baseUrl: 'https://ims-na1.adobelogin.com',
    otherOrigins: [
      'https://platform.adobe.io',
      'https://analytics.adobe.io',
      'https://image.adobe.io',
      'https://lr.adobe.io',
    ],
    headers: { 'x-api-key': '{client_id}' },
    examplePath: '/ims/userinfo/v2',
  },
}
