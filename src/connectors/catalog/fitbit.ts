import type { Connector } from '../../domain/connector.ts'

export const fitbit: Connector = {
  id: 'fitbit',
  name: 'Fitbit',
  category: 'Data',
  description: 'Activity and sleep of one Fitbit account, until its interface closed.',
  icon: 'fitbit',
  confidence: 'unverified',
  keywords: ['health', 'fitness', 'steps', 'sleep'],
  retired: { since: '2026-11-02' },
  docsUrl: 'https://developers.google.com/health/about',
  setupSteps: [
    'Fitbit takes no connections any more: use Google Health with a Google app.',
    'People must consent once more there; nothing carries over.',
  ],
  params: [],
  authorize: {
    url: 'https://www.fitbit.com/oauth2/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://api.fitbit.com/oauth2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  scopes: [
    { scope: 'activity', title: 'Read steps and exercise', sensitive: true },
    { scope: 'sleep', title: 'Read sleep', sensitive: true },
  ],
  tools: [
    { id: 'activity.read', title: 'Read activity', scopes: ['activity'] },
    { id: 'sleep.read', title: 'Read sleep', scopes: ['sleep'] },
  ],
  lifetimes: { access: 28800, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [
    {
      status: 410,
      class: 'config',
      hint: 'Fitbit closed this interface on 2 November 2026: connect Google Health instead.',
    },
  ],
  identity: null,
  revocation: null,
  api: { baseUrl: 'https://api.fitbit.com', examplePath: '/1/user/-/profile.json' },
}
