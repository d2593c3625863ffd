// A connector of a workspace's own as it may be sent: with what is needed only, with much of what there is, and changed.

import { type Definition, readDefinition } from '../../src/domain/connector-definition.ts'

export const REACH = { publicUrl: 'https://evergrant.example.com', allowInsecureUpstreams: false }
export const LOCAL = { publicUrl: 'http://localhost:8787', allowInsecureUpstreams: true }
export const ID = 'own-acme'

export const MINIMAL = {
  name: 'Acme',
  authorize: { url: 'https://login.acme.com/authorize' },
  token: { url: 'https://login.acme.com/token' },
  api: { baseUrl: 'https://api.acme.com/v1' },
}

export const WHOLE = {
  ...MINIMAL,
  id: ID,
  description: 'Contacts and deals of Acme.',
  consoleUrl: 'https://developers.acme.com/apps',
  params: [
    { name: 'shop', label: 'Shop', pattern: '[a-z0-9-]{1,40}', example: 'north', source: 'connection' },
  ],
  token: { url: 'https://{shop}.acme.com/token', clientAuth: 'client_secret_post', scopeSeparator: ',' },
  baseScopes: ['openid'],
  scopes: [
    { scope: 'openid', title: 'Know the account', sensitive: false },
    { scope: 'deals', title: 'Read deals', sensitive: true },
  ],
  tools: [{ id: 'deals.read', title: 'Read deals', scopes: ['deals'] }],
  errors: [
    { error: 'gone', description: 'no longer|revoked', class: 'dead', hint: 'Consent was taken back.' },
  ],
  identity: { url: 'https://api.acme.com/me', id: 'id', email: 'email' },
  revocation: {
    style: 'own',
    url: 'https://api.acme.com/revoke',
    method: 'POST',
    token: 'access_token',
    form: { token: '{token}', client: '{client_id}' },
  },
  api: {
    baseUrl: 'https://{shop}.acme.com/api',
    headers: { 'x-client': '{client_id}' },
    examplePath: '/deals',
  },
}

export type Change = (json: typeof WHOLE & Record<string, unknown>) => unknown

/** The faults of the whole form with one change. */
export function faults(change: Change, reach = REACH): string[] {
  const json = structuredClone(WHOLE) as typeof WHOLE & Record<string, unknown>
  change(json)
  const read = readDefinition(JSON.parse(JSON.stringify(json)), ID, reach)
  return read.ok ? [] : read.error.map(({ path, message }) => `${path}: ${message}`)
}

export function definition(json: unknown = WHOLE, reach = REACH): Definition {
  const read = readDefinition(JSON.parse(JSON.stringify(json)), ID, reach)
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}
