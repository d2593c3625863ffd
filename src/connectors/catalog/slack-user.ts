import type { Connector } from '../../domain/connector.ts'
import { SLACK } from '../providers/slack.ts'

export const slackUser: Connector = {
  ...SLACK,
  id: 'slack-user',
  name: 'Slack (as a person)',
  description: 'Search, read and post in one workspace in the name of the person who connects.',
  keywords: ['chat', 'search', 'user token'],
  authorize: {
    url: 'https://slack.com/oauth/v2/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ',',
    scopeParam: 'user_scope',
  },
  token: {
    url: 'https://slack.com/api/oauth.v2.access',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ',',
    answer: { tokensIn: 'authed_user', anyTokenType: true },
  },
  baseScopes: ['users:read'],
  scopes: [
    { scope: 'users:read', title: 'List people', sensitive: false },
    { scope: 'users:read.email', title: 'See e-mail addresses of people', sensitive: true },
    { scope: 'search:read', title: 'Search everything you can see', sensitive: true },
    { scope: 'chat:write', title: 'Post messages in your name', sensitive: true },
    { scope: 'channels:read', title: 'List public channels', sensitive: false },
    { scope: 'channels:history', title: 'Read messages of public channels', sensitive: true },
    { scope: 'groups:history', title: 'Read messages of your private channels', sensitive: true },
    { scope: 'channels:write', title: 'Create and change channels', sensitive: false },
    { scope: 'files:read', title: 'Read files', sensitive: true },
    { scope: 'files:write', title: 'Upload files', sensitive: false },
  ],
  tools: [
    { id: 'search', title: 'Search messages and files', scopes: ['search:read'] },
    { id: 'messages.post', title: 'Post in your name', scopes: ['chat:write'] },
    {
      id: 'channels.read',
      title: 'Read channels you are in',
      scopes: ['channels:read', 'channels:history', 'groups:history'],
    },
    { id: 'channels.manage', title: 'Create and change channels', scopes: ['channels:write'] },
    { id: 'users.lookup', title: 'Find people by e-mail', scopes: ['users:read', 'users:read.email'] },
    { id: 'files.read', title: 'Read files', scopes: ['files:read'] },
    { id: 'files.write', title: 'Upload files', scopes: ['files:write'] },
  ],
  identity: {
    url: 'https://slack.com/api/auth.test',
    emptyPost: true,
    id: 'user_id',
    name: 'user',
    tenant: 'team_id',
  },
}
