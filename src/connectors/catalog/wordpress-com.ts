import type { Connector } from '../../domain/connector.ts'

// WordPress.com now announces a second pair of endpoints; which of them a new app must use is not known.
export const wordpressCom: Connector = {
  id: 'wordpress-com',
  name: 'WordPress.com',
  category: 'Media',
  description:
    'Posts, media, comments and statistics of one WordPress.com site, or of all sites of an account.',
  confidence: 'unverified',
  keywords: ['blog', 'website', 'posts', 'cms', 'jetpack'],
  consoleUrl: 'https://developer.wordpress.com/apps/',
  docsUrl: 'https://developer.wordpress.com/docs/api/oauth2/',
  setupSteps: [
    'Press Create New Application and choose the type Web.',
    'Enter name, description and website.',
    'Add the callback URL below to the redirect URLs, and leave the JavaScript origins empty.',
    'Copy client ID and client secret.',
  ],
  tips: ['A connection reaches the one site picked on the consent page, unless it asks for everything.'],
  params: [],
  authorize: {
    url: 'https://public-api.wordpress.com/oauth2/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://public-api.wordpress.com/oauth2/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: ['auth'],
  scopes: [
    { scope: 'auth', title: 'Know which account this is', sensitive: false },
    { scope: 'posts', title: 'Read and write posts and pages', sensitive: false },
    { scope: 'media', title: 'See and upload media', sensitive: false },
    { scope: 'comments', title: 'Read and moderate comments', sensitive: false },
    { scope: 'users', title: 'See the users of the site', sensitive: true },
    { scope: 'stats', title: 'Read statistics', sensitive: false },
    { scope: 'taxonomy', title: 'Manage categories and tags', sensitive: false },
    { scope: 'sites', title: 'Read the settings of the site', sensitive: false },
    { scope: 'global', title: 'Do everything on all your sites', sensitive: true },
  ],
  tools: [
    { id: 'posts.write', title: 'Read and write posts', scopes: ['posts'] },
    { id: 'media.write', title: 'Work with media', scopes: ['media'] },
    { id: 'comments.write', title: 'Moderate comments', scopes: ['comments'] },
    { id: 'users.read', title: 'Look up users', scopes: ['users'] },
    { id: 'stats.read', title: 'Read statistics', scopes: ['stats'] },
    { id: 'taxonomy.write', title: 'Manage categories and tags', scopes: ['taxonomy'] },
    { id: 'sites.read', title: 'Read site settings', scopes: ['sites'] },
    { id: 'all.full', title: 'Work on all sites', scopes: ['global'] },
  ],
  // Tokens of this pair do not end for web apps, and there is nothing to refresh.
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: 'https://public-api.wordpress.com/rest/v1.1/me',
    id: 'ID',
    email: 'email',
    name: 'display_name',
  },
  revocation: null,
  api: { baseUrl: 'https://public-api.wordpress.com', examplePath: '/rest/v1.1/me' },
}
