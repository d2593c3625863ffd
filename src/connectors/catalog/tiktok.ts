import type { Connector } from '../../domain/connector.ts'

export const tiktok: Connector = {
  id: 'tiktok',
  name: 'TikTok',
  category: 'Social',
  description: 'Profile, statistics and videos of one TikTok account.',
  icon: 'tiktok',
  confidence: 'verified',
  keywords: ['video', 'creator', 'social media', 'posting'],
  consoleUrl: 'https://developers.tiktok.com/apps/',
  docsUrl: 'https://developers.tiktok.com/doc/oauth-user-access-token-management',
  setupSteps: [
    'Under Manage apps press Connect an app.',
    'Add Login Kit, and the Content Posting API where you publish, both for the platform Web.',
    'Enter the callback URL below as the redirect URI.',
    'Add the scopes of your tools and send the app to review with a video that shows its use.',
    'Copy the client key as client ID, and the client secret.',
  ],
  tips: [
    'Until TikTok has audited the app, everything it publishes stays private.',
    'Every scope but the basic one needs TikTok’s approval before people can grant it.',
    'A year after consent the connection ends and must be made again.',
  ],
  params: [],
  clientIdParam: 'client_key',
  authorize: {
    url: 'https://www.tiktok.com/v2/auth/authorize/',
    params: {},
    chooserParams: { disable_auto_auth: '1' },
    pkce: 'S256',
    scopeSeparator: ',',
  },
  token: {
    url: 'https://open.tiktokapis.com/v2/oauth/token/',
    clientAuth: 'client_secret_post',
    scopeSeparator: ',',
  },
  baseScopes: ['user.info.basic'],
  scopes: [
    { scope: 'user.info.basic', title: 'Know which account this is', sensitive: false },
    { scope: 'user.info.profile', title: 'Read the profile’s text and links', sensitive: false },
    { scope: 'user.info.stats', title: 'See counts of followers, likes and videos', sensitive: false },
    { scope: 'video.list', title: 'See your public videos', sensitive: false },
    { scope: 'video.upload', title: 'Put videos into your drafts', sensitive: false },
    { scope: 'video.publish', title: 'Publish videos in your name', sensitive: true },
  ],
  tools: [
    { id: 'account.profile', title: 'Read the profile', scopes: ['user.info.basic', 'user.info.profile'] },
    { id: 'account.stats', title: 'Read account statistics', scopes: ['user.info.basic', 'user.info.stats'] },
    { id: 'videos.read', title: 'List videos', scopes: ['video.list'] },
    { id: 'videos.draft', title: 'Upload drafts', scopes: ['video.upload'] },
    { id: 'videos.publish', title: 'Publish videos', scopes: ['video.publish'] },
  ],
  lifetimes: { access: 86400, refreshIdle: null, refreshAbsolute: 365 * 24 * 3600 },
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
      hint: 'A year has passed since consent, or the person removed the app in TikTok’s settings.',
    },
  ],
  identity: {
    url: 'https://open.tiktokapis.com/v2/user/info/?fields=open_id,display_name',
    id: 'data.user.open_id',
    name: 'data.user.display_name',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    token: 'access_token',
    clientAuth: 'client_secret_post',
  },
  api: {
    baseUrl: 'https://open.tiktokapis.com/v2',
    examplePath: '/user/info/?fields=open_id,display_name',
  },
}
