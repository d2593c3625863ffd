import type { Connector } from '../../domain/connector.ts'

/** Meta retires a version about two years after its release. */
const VERSION = 'v25.0'
const GRAPH = `https://graph.facebook.com/${VERSION}`

export const facebook: Connector = {
  id: 'facebook',
  name: 'Facebook',
  category: 'Social',
  description: 'Pages, advertisements and leads that one Facebook account manages.',
  icon: 'facebook',
  confidence: 'verified',
  keywords: ['meta', 'pages', 'ads', 'messenger', 'lead ads'],
  consoleUrl: 'https://developers.facebook.com/apps/',
  docsUrl: 'https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow',
  setupSteps: [
    'On the developer dashboard press Create app, and choose its use case and your business portfolio.',
    'Under Use cases → Customize add every permission of your tools.',
    'In the settings of Facebook Login add the callback URL below to the valid OAuth redirect URIs, and leave strict mode on.',
    'Under App settings → Basic enter your privacy page, and copy app ID and app secret.',
    'For accounts of other people pass business verification and App Review, then switch the app to Live.',
  ],
  tips: [
    'Until App Review is passed, only people with a role in the app can connect.',
    'Leave “Require app secret” off in the advanced settings: calls carry no proof of the secret.',
    'Access ends sixty days after consent unless Meta prolongs it; reconnect before the date the connection shows.',
    'Tokens of a page that are made from this connection have no end of their own.',
  ],
  params: [],
  authorize: {
    url: `https://www.facebook.com/${VERSION}/dialog/oauth`,
    // Without it a permission that was once declined is never asked for again.
    params: { auth_type: 'rerequest' },
    pkce: 'S256',
    scopeSeparator: ',',
  },
  token: {
    url: `${GRAPH}/oauth/access_token`,
    clientAuth: 'client_secret_post',
    scopeSeparator: ',',
    upgrade: {
      url: `${GRAPH}/oauth/access_token`,
      method: 'GET',
      grantType: 'fb_exchange_token',
      tokenParam: 'fb_exchange_token',
    },
    refresh: {
      method: 'GET',
      params: { grant_type: 'fb_exchange_token' },
      rename: { refresh_token: 'fb_exchange_token' },
    },
    answer: { error: 'error.code', description: 'error.message', accessTokenRenews: true },
  },
  baseScopes: ['public_profile', 'email'],
  scopes: [
    { scope: 'public_profile', title: 'See the name', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'pages_show_list', title: 'List the pages you manage', sensitive: false },
    { scope: 'pages_read_engagement', title: 'Read posts and followers of pages', sensitive: false },
    { scope: 'pages_read_user_content', title: 'Read what people write on pages', sensitive: true },
    { scope: 'pages_manage_posts', title: 'Publish on pages', sensitive: true },
    { scope: 'pages_manage_engagement', title: 'Answer and hide comments', sensitive: true },
    { scope: 'pages_messaging', title: 'Read and send messages of pages', sensitive: true },
    { scope: 'pages_manage_metadata', title: 'Let pages send notices to the app', sensitive: false },
    { scope: 'read_insights', title: 'Read statistics of pages', sensitive: false },
    { scope: 'ads_read', title: 'Read advertisements and reports', sensitive: true },
    { scope: 'ads_management', title: 'Create and change advertisements', sensitive: true },
    { scope: 'business_management', title: 'Manage the business portfolio', sensitive: true },
    { scope: 'leads_retrieval', title: 'Read what people enter in lead forms', sensitive: true },
  ],
  tools: [
    { id: 'pages.list', title: 'List pages', scopes: ['pages_show_list'] },
    { id: 'pages.read', title: 'Read posts', scopes: ['pages_show_list', 'pages_read_engagement'] },
    {
      id: 'pages.comments.read',
      title: 'Read comments',
      scopes: ['pages_show_list', 'pages_read_user_content'],
    },
    {
      id: 'pages.write',
      title: 'Publish posts',
      scopes: ['pages_show_list', 'pages_read_engagement', 'pages_manage_posts'],
    },
    {
      id: 'pages.moderate',
      title: 'Answer and hide comments',
      scopes: ['pages_show_list', 'pages_read_engagement', 'pages_manage_engagement'],
    },
    {
      id: 'pages.messages',
      title: 'Exchange Messenger messages',
      scopes: ['pages_show_list', 'pages_messaging', 'pages_manage_metadata'],
    },
    {
      id: 'insights.read',
      title: 'Read statistics',
      scopes: ['pages_read_engagement', 'read_insights'],
    },
    { id: 'ads.read', title: 'Read advertisements', scopes: ['ads_read'] },
    { id: 'ads.write', title: 'Manage advertisements', scopes: ['ads_management', 'business_management'] },
    {
      id: 'leads.read',
      title: 'Collect leads',
      scopes: ['leads_retrieval', 'pages_show_list', 'pages_read_engagement', 'pages_manage_metadata'],
    },
  ],
  // Meta promises no more than sixty days from consent.
  lifetimes: { access: 60 * 24 * 3600, refreshIdle: null, refreshAbsolute: 60 * 24 * 3600 },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: true },
  errors: [
    {
      error: '190',
      description: 'password',
      class: 'dead',
      hint: 'The person changed the Facebook password, or Facebook ended the session for safety: reconnect.',
    },
    {
      error: '190',
      description: 'not authorized',
      class: 'dead',
      hint: 'The person removed the app in the Facebook settings.',
    },
    {
      error: '190',
      class: 'dead',
      hint: 'The sixty days of this token are over, or the person must pass a check at Facebook first: reconnect.',
    },
    { error: '102', class: 'consent' },
    { error: '10', class: 'consent' },
    {
      error: '200',
      class: 'consent',
      hint: 'A permission is missing: the person declined it, or App Review has not granted it to the app.',
    },
    { error: '101', class: 'config' },
    {
      error: '191',
      class: 'config',
      hint: 'Add the callback URL shown here to the valid OAuth redirect URIs of Facebook Login.',
    },
    {
      error: '1',
      description: 'client secret',
      class: 'config',
      hint: 'Check the app secret: copy it again from App settings, Basic.',
    },
    { error: '1', class: 'transient' },
    { error: '2', class: 'transient' },
    { error: '4', class: 'limited' },
    { error: '17', class: 'limited' },
    { error: '32', class: 'limited' },
    { error: '613', class: 'limited' },
  ],
  identity: {
    url: `${GRAPH}/me?fields=id,name,email`,
    id: 'id',
    email: 'email',
    name: 'name',
  },
  // Removes the app from the account, for every connection of it.
  revocation: {
    style: 'own',
    url: `${GRAPH}/me/permissions`,
    method: 'DELETE',
    token: 'access_token',
    headers: { authorization: 'Bearer {token}' },
    success: { path: 'success', value: 'true' },
  },
  api: {
    baseUrl: GRAPH,
    deadToken: [{ status: 400, path: 'error.code', values: ['190'] }],
    examplePath: '/me?fields=id,name',
  },
}
