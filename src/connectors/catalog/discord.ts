import type { Connector } from '../../domain/connector.ts'

export const discord: Connector = {
  id: 'discord',
  name: 'Discord',
  category: 'Communication',
  description: 'Profile, servers and linked accounts of one Discord account.',
  confidence: 'verified',
  keywords: ['chat', 'servers', 'guilds', 'community', 'bot'],
  consoleUrl: 'https://discord.com/developers/applications',
  docsUrl: 'https://discord.com/developers/docs/topics/oauth2',
  setupSteps: [
    'Press New Application and give it a name.',
    'Under OAuth2 add the callback URL below as a redirect and save.',
    'On the same page copy the client ID, press Reset Secret and copy the secret.',
    'If people shall add the bot to their servers, decide on the Bot page whether it is public.',
  ],
  tips: [
    'Discord lets nobody post as a person: messages need the bot and its own token, which is no connection.',
    'Adding people to a server works only where the bot of the app is a member already.',
    'Adding the bot needs a person who may manage the server.',
  ],
  params: [],
  authorize: {
    url: 'https://discord.com/oauth2/authorize',
    params: {},
    pkce: 'S256',
    scopeSeparator: ' ',
  },
  token: {
    url: 'https://discord.com/api/oauth2/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
  },
  baseScopes: ['identify', 'email'],
  scopes: [
    { scope: 'identify', title: 'Know which account this is', sensitive: false },
    { scope: 'email', title: 'See the e-mail address', sensitive: false },
    { scope: 'guilds', title: 'List your servers', sensitive: false },
    { scope: 'guilds.members.read', title: 'See your name and roles in a server', sensitive: false },
    { scope: 'guilds.join', title: 'Add you to a server', sensitive: true },
    { scope: 'connections', title: 'See accounts that you linked to Discord', sensitive: true },
    { scope: 'role_connections.write', title: 'Write facts that roles depend on', sensitive: false },
    { scope: 'bot', title: 'Add the bot to a server', sensitive: true, covers: ['applications.commands'] },
    { scope: 'applications.commands', title: 'Offer slash commands', sensitive: false },
    {
      scope: 'applications.commands.permissions.update',
      title: 'Decide who may use the commands of the app',
      sensitive: true,
    },
  ],
  tools: [
    { id: 'guilds.list', title: 'List servers', scopes: ['guilds'] },
    { id: 'guilds.member', title: 'Read roles in a server', scopes: ['guilds.members.read'] },
    { id: 'guilds.join', title: 'Add people to a server', scopes: ['guilds.join'] },
    { id: 'connections', title: 'Read linked accounts', scopes: ['connections'] },
    { id: 'roles.linked', title: 'Feed linked roles', scopes: ['role_connections.write'] },
    { id: 'bot', title: 'Add the bot to a server', scopes: ['bot', 'applications.commands'] },
    {
      id: 'commands.permissions',
      title: 'Decide who may use commands',
      scopes: ['applications.commands.permissions.update'],
    },
  ],
  lifetimes: { access: 7 * 24 * 3600, refreshIdle: null, refreshAbsolute: null },
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
      hint: 'The person removed the app under Authorized Apps in the Discord settings, or another system spent the refresh token.',
    },
  ],
  identity: {
    url: 'https://discord.com/api/v10/users/@me',
    id: 'id',
    email: 'email',
    emailVerified: 'verified',
    name: 'global_name|username',
  },
  // Ends every token of that consent, whichever is sent.
  revocation: {
    style: 'rfc7009',
    url: 'https://discord.com/api/oauth2/token/revoke',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: 'https://discord.com/api/v10', examplePath: '/users/@me' },
}
