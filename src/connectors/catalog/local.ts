import type { Connector } from '../../domain/connector.ts'

/** Shared by the two clients of the local upstream. */
const UPSTREAM = {
  confidence: 'verified',
  loopback: true,
  setupSteps: ['Start the local upstream with npm start; its apps come configured.'],
  params: [
    {
      name: 'origin',
      label: 'Address of the local upstream',
      pattern: 'http://(127\\.0\\.0\\.1|localhost):[0-9]{2,5}',
      example: 'http://127.0.0.1:4400',
      source: 'app',
    },
  ],
  authorize: {
    url: '{origin}/auth',
    params: { prompt: 'consent' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
    issuer: '{origin}',
    issuerAlwaysNamed: true,
  },
  lifetimes: { access: 120, refreshIdle: null, refreshAbsolute: null },
  errors: [
    { error: 'access_denied', description: 'administrator must approve', class: 'consent', approval: true },
  ],
  approval: {
    who: 'an administrator of the local upstream',
    steps: ['Open the approval page and press Approve.'],
    url: '{origin}/admin/approve?client_id={client_id}',
    returnParam: 'admin_consent',
  },
  identity: {
    url: '{origin}/me',
    id: 'sub',
    email: 'email',
    emailVerified: 'email_verified',
    name: 'name',
  },
} satisfies Partial<Connector>

const BASE_SCOPES = ['openid', 'email', 'profile', 'offline_access']

const BASE_SCOPE_TITLES = [
  { scope: 'openid', title: 'Know which account this is', sensitive: false },
  { scope: 'email', title: 'See the e-mail address', sensitive: false },
  { scope: 'profile', title: 'See the name', sensitive: false },
  { scope: 'offline_access', title: 'Keep access while nobody is signed in', sensitive: false },
]

export const local: Connector = {
  ...UPSTREAM,
  id: 'local',
  name: 'Local CRM',
  category: 'Try it here',
  description: 'A small CRM that runs on this machine, with short-lived tokens and strict rotation.',
  token: { url: '{origin}/token', clientAuth: 'client_secret_basic', scopeSeparator: ' ' },
  baseScopes: BASE_SCOPES,
  scopes: [
    ...BASE_SCOPE_TITLES,
    { scope: 'contacts.read', title: 'Read contacts', sensitive: false },
    { scope: 'contacts.write', title: 'Create and change contacts', sensitive: true },
    { scope: 'deals.read', title: 'Read deals', sensitive: false },
  ],
  tools: [
    { id: 'contacts.read', title: 'Look up contacts', scopes: ['contacts.read'] },
    { id: 'contacts.write', title: 'Add and change contacts', scopes: ['contacts.read', 'contacts.write'] },
    { id: 'deals.read', title: 'Report on deals', scopes: ['deals.read'] },
  ],
  refresh: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: false },
  revocation: {
    style: 'rfc7009',
    url: '{origin}/token/revocation',
    token: 'refresh_token',
    clientAuth: 'client_secret_basic',
  },
  api: { baseUrl: '{origin}/api', examplePath: '/contacts' },
}

export const localLenient: Connector = {
  ...UPSTREAM,
  id: 'local-lenient',
  name: 'Local Drive',
  category: 'Try it here',
  description: 'A small file service on this machine that answers a repeated renewal once more for a minute.',
  token: { url: '{origin}/token', clientAuth: 'client_secret_post', scopeSeparator: ' ' },
  baseScopes: BASE_SCOPES,
  scopes: [
    ...BASE_SCOPE_TITLES,
    { scope: 'files.read', title: 'Read files', sensitive: false },
    { scope: 'files.write', title: 'Create and change files', sensitive: true },
  ],
  tools: [
    { id: 'files.read', title: 'Read files', scopes: ['files.read'] },
    { id: 'files.write', title: 'Write files', scopes: ['files.read', 'files.write'] },
  ],
  refresh: {
    rotates: true,
    replay: { rule: 'grace', windowSeconds: 60 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  revocation: {
    style: 'rfc7009',
    url: '{origin}/token/revocation',
    token: 'refresh_token',
    clientAuth: 'client_secret_post',
  },
  api: { baseUrl: '{origin}/api', examplePath: '/me' },
}
