import type { Connector } from '../../domain/connector.ts'

const ACCEPT = { accept: 'application/vnd.vimeo.*+json;version=3.4' }

export const vimeo: Connector = {
  id: 'vimeo',
  name: 'Vimeo',
  category: 'Media',
  description: 'Videos, showcases and statistics of one Vimeo account.',
  confidence: 'verified',
  keywords: ['video', 'upload', 'hosting', 'showcase'],
  consoleUrl: 'https://developer.vimeo.com/apps/new',
  docsUrl: 'https://developer.vimeo.com/api/authentication',
  setupSteps: [
    'Create a new app with a name and a description, and say who will use it.',
    'Under General information add the callback URL below.',
    'Ask for upload access on the app’s page if your tools upload videos.',
    'Copy the client identifier and the client secret.',
  ],
  tips: [
    'Uploading works only after Vimeo has approved it for the app.',
    'Links to the video files exist only for accounts on a paid plan.',
  ],
  params: [],
  authorize: {
    url: 'https://api.vimeo.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://api.vimeo.com/oauth/access_token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['public'],
  scopes: [
    { scope: 'public', title: 'Read what is public about you', sensitive: false },
    { scope: 'private', title: 'Read your private videos and settings', sensitive: true },
    { scope: 'email', title: 'See the e-mail addresses', sensitive: true },
    { scope: 'upload', title: 'Upload videos', sensitive: false },
    { scope: 'edit', title: 'Change videos and their settings', sensitive: false },
    { scope: 'delete', title: 'Delete videos', sensitive: true },
    { scope: 'create', title: 'Create showcases, channels and folders', sensitive: false },
    { scope: 'video_files', title: 'Get links to the video files', sensitive: false },
    { scope: 'stats', title: 'Read statistics', sensitive: false },
    { scope: 'interact', title: 'Like, follow and comment in your name', sensitive: false },
  ],
  tools: [
    { id: 'account.private', title: 'Read private videos', scopes: ['public', 'private'] },
    { id: 'account.email', title: 'Know the e-mail address', scopes: ['private', 'email'] },
    { id: 'videos.upload', title: 'Upload videos', scopes: ['private', 'upload'] },
    { id: 'videos.edit', title: 'Change videos', scopes: ['private', 'edit'] },
    { id: 'videos.delete', title: 'Delete videos', scopes: ['private', 'delete'] },
    { id: 'showcases.create', title: 'Create showcases and folders', scopes: ['private', 'create'] },
    { id: 'videos.files', title: 'Fetch video files', scopes: ['private', 'video_files'] },
    { id: 'stats.read', title: 'Read statistics', scopes: ['private', 'stats'] },
    { id: 'interact.write', title: 'Like, follow and comment', scopes: ['private', 'interact'] },
  ],
  // Tokens do not end, and there is nothing to refresh.
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: 'https://api.vimeo.com/me',
    headers: ACCEPT,
    id: 'uri',
    email: 'email',
    name: 'name',
  },
  revocation: {
    style: 'own',
    url: 'https://api.vimeo.com/tokens',
    method: 'DELETE',
    token: 'access_token',
    headers: { authorization: 'Bearer {token}' },
  },
  api: { baseUrl: 'https://api.vimeo.com', headers: ACCEPT, examplePath: '/me' },
}
