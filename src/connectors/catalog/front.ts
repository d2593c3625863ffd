import type { Connector } from '../../domain/connector.ts'

export const front: Connector = {
  id: 'front',
  name: 'Front',
  category: 'Support',
  description: 'Conversations, contacts and teammates of one Front company.',
  confidence: 'unverified',
  keywords: ['shared inbox', 'e-mail', 'conversations', 'helpdesk'],
  docsUrl: 'https://dev.frontapp.com/docs/oauth',
  setupSteps: [
    'Create an app in the developer settings of Front and switch on OAuth for it.',
    'Add the callback URL below as a redirect URL.',
    'Choose the namespaces, and whether the app may read, write, delete and send; nothing of it is asked for later.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'What a connection may do is decided by the app at Front: change it there, then reconnect.',
    'Front has no way to end access from outside; uninstall the app in Front.',
  ],
  params: [],
  authorize: {
    url: 'https://app.frontapp.com/oauth/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://app.frontapp.com/oauth/token',
    clientAuth: 'client_secret_basic',
    scopeSeparator: ' ',
    answer: { expiresAt: 'expires_at' },
  },
  baseScopes: [],
  // Our names for what is ticked at the app: Front knows no scope parameter.
  scopes: [
    { scope: 'read', title: 'Read what the app’s namespaces hold', sensitive: true, unnamed: true },
    { scope: 'write', title: 'Create and change it', sensitive: true, unnamed: true },
    { scope: 'delete', title: 'Delete it', sensitive: true, unnamed: true },
    { scope: 'send', title: 'Send messages', sensitive: true, unnamed: true },
  ],
  tools: [
    { id: 'conversations.read', title: 'Read conversations and contacts', scopes: ['read'] },
    { id: 'conversations.write', title: 'Tag, assign and change conversations', scopes: ['read', 'write'] },
    { id: 'messages.send', title: 'Send messages and replies', scopes: ['read', 'send'] },
    { id: 'records.delete', title: 'Delete records', scopes: ['delete'] },
  ],
  lifetimes: { access: 3600, refreshIdle: 183 * 24 * 3600, refreshAbsolute: null },
  // A new refresh token comes only when the old one is near its end.
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: { url: 'https://api2.frontapp.com/me', id: 'id', name: 'name' },
  revocation: null,
  api: { baseUrl: 'https://api2.frontapp.com', examplePath: '/me' },
}
