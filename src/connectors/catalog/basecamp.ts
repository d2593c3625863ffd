import type { Connector } from '../../domain/connector.ts'

export const basecamp: Connector = {
  id: 'basecamp',
  name: 'Basecamp',
  category: 'Project management',
  description: 'Projects, to-dos, messages and files of one Basecamp account.',
  icon: 'basecamp',
  confidence: 'verified',
  keywords: ['37signals', 'to-do', 'projects', 'messages'],
  consoleUrl: 'https://launchpad.37signals.com/integrations',
  docsUrl: 'https://github.com/basecamp/api/blob/master/sections/authentication.md',
  setupSteps: [
    'Sign in to Launchpad and register one more application.',
    'Enter its name, your company and your website.',
    'Tick the Basecamp products that it shall reach.',
    'Add the callback URL below as the redirect URI.',
    'Copy client ID and client secret.',
  ],
  tips: [
    'There are no permissions to choose: a connection can do everything that the person can.',
    'A person with several accounts should enter the number of the right one; else the first is taken.',
    'Basecamp does not check e-mail addresses: do not trust the one shown here as proof of who somebody is.',
  ],
  params: [
    {
      name: 'contact',
      label: 'E-mail address that Basecamp may write to about this app',
      pattern: '[a-zA-Z0-9._+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.){1,4}[a-z]{2,24}',
      example: 'ops@example.com',
      source: 'app',
    },
    {
      name: 'account',
      label: 'Number of the account, as in its address, where the person has several',
      pattern: '[0-9]{1,15}',
      example: '5899981',
      source: 'connection',
      default: '',
    },
    {
      name: 'account_url',
      label: 'Address of the account',
      pattern: 'https://3\\.basecampapi\\.com/[0-9]{1,15}',
      example: 'https://3.basecampapi.com/5899981',
      source: 'after_connect',
      from: 'href',
    },
  ],
  authorize: {
    url: 'https://launchpad.37signals.com/authorization/new',
    params: { type: 'web_server' },
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://launchpad.37signals.com/authorization/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
    code: { params: { type: 'web_server' } },
    refresh: { params: { type: 'refresh' } },
  },
  baseScopes: [],
  // Basecamp has no scopes; this name stands for all of it and is never sent.
  scopes: [{ scope: 'everything', title: 'Do everything that you can', sensitive: true, unnamed: true }],
  tools: [{ id: 'account', title: 'Work in Basecamp', scopes: ['everything'] }],
  lifetimes: { access: 14 * 24 * 3600, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [
    {
      error: 'invalid_grant',
      class: 'dead',
      hint: 'The person removed the app in Launchpad, or no longer belongs to the account.',
    },
  ],
  identity: {
    url: 'https://launchpad.37signals.com/authorization.json',
    id: 'identity.id',
    email: 'identity.email_address',
    name: 'identity.first_name identity.last_name',
    tenantParam: 'account_url',
  },
  afterConnect: {
    url: 'https://launchpad.37signals.com/authorization.json',
    pick: { list: 'accounts', where: 'id', equals: '{account}' },
  },
  revocation: null,
  // Basecamp refuses calls that name no contact.
  api: {
    baseUrl: '{account_url}',
    headers: { 'user-agent': 'Evergrant ({contact})' },
    examplePath: '/projects.json',
  },
}
