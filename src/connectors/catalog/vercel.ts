import type { Connector } from '../../domain/connector.ts'

// Endpoints rest on two sources, but lifetimes and rotation are from memory and no sample answer is known.
export const vercel: Connector = {
  id: 'vercel',
  name: 'Vercel',
  category: 'Infrastructure',
  description: 'Who somebody is at Vercel: account, name and e-mail address.',
  icon: 'vercel',
  confidence: 'unverified',
  keywords: ['hosting', 'deployments', 'sign-in', 'next.js'],
  docsUrl: 'https://vercel.com/docs/sign-in-with-vercel',
  setupSteps: [
    'Create an app for Sign in with Vercel in the settings of your team.',
    'Add the callback URL below as an authorization callback URL.',
    'Allow the permissions for profile, e-mail address and offline access.',
    'Create a client secret, then copy it and the client ID.',
  ],
  tips: [
    'This app only tells who a person is; deployments and projects are reached by a Vercel integration, which is installed another way.',
    'A connection that stands still for thirty days ends.',
  ],
  params: [],
  authorize: {
    url: 'https://vercel.com/oauth/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
    issuer: 'https://vercel.com',
  },
  token: {
    url: 'https://api.vercel.com/login/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['openid', 'offline_access'],
  scopes: [
    { scope: 'openid', title: 'Know which account this is', sensitive: false },
    { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'profile', title: 'See name, user name and picture', sensitive: false },
  ],
  tools: [
    { id: 'account.email', title: 'Know the e-mail address', scopes: ['openid', 'email'] },
    { id: 'account.profile', title: 'Know name and picture', scopes: ['openid', 'profile'] },
  ],
  lifetimes: { access: 3600, refreshIdle: 30 * 24 * 3600, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: {
    url: 'https://api.vercel.com/login/oauth/userinfo',
    id: 'sub',
    email: 'email',
    name: 'name|preferred_username',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://api.vercel.com/login/oauth/token/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_post',
  },
  api: { baseUrl: 'https://api.vercel.com', examplePath: '/login/oauth/userinfo' },
}
