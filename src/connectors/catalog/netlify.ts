import type { Connector } from '../../domain/connector.ts'

export const netlify: Connector = {
  id: 'netlify',
  name: 'Netlify',
  category: 'Infrastructure',
  description: 'Sites, deploys and domains of one Netlify user.',
  icon: 'netlify',
  confidence: 'unverified',
  keywords: ['hosting', 'deploy', 'sites', 'jamstack'],
  docsUrl: 'https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/',
  setupSteps: [
    'Register an OAuth application in the user settings of Netlify.',
    'Enter the callback URL below as its redirect URI.',
    'Copy client ID and client secret.',
  ],
  tips: ['Netlify has no scopes: a connection can do all that its person can, in every team of theirs.'],
  params: [],
  authorize: {
    url: 'https://app.netlify.com/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://api.netlify.com/oauth/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Our name for all that there is: Netlify knows no scopes.
  scopes: [
    { scope: 'everything', title: 'Everything you can do at Netlify', sensitive: true, unnamed: true },
  ],
  tools: [{ id: 'sites', title: 'Work with sites, deploys and domains', scopes: ['everything'] }],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  // Tokens do not end; should a refresh token come nevertheless, it is taken for a rotating one.
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: { url: 'https://api.netlify.com/api/v1/user', id: 'id', email: 'email', name: 'full_name' },
  revocation: null,
  api: { baseUrl: 'https://api.netlify.com/api/v1', examplePath: '/user' },
}
