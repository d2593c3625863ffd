// What all Google services share: one OAuth app, one consent screen, one grant of a person and app. Each service of the
// catalog is a small file that chooses its tools from here.

import type { Connector, ConnectorScope, ConnectorTool } from '../../domain/connector.ts'
import { chooseTools } from './tools.ts'

const SCOPE = 'https://www.googleapis.com/auth/'

const BASE: ConnectorScope[] = [
  { scope: 'openid', title: 'Know which account this is', sensitive: false },
  { scope: 'email', title: 'See the e-mail address', sensitive: false, aliases: [`${SCOPE}userinfo.email`] },
  { scope: 'profile', title: 'See the name', sensitive: false, aliases: [`${SCOPE}userinfo.profile`] },
]

const SCOPES: ConnectorScope[] = [
  { scope: `${SCOPE}gmail.send`, title: 'Send e-mail in your name', sensitive: true },
  { scope: `${SCOPE}gmail.readonly`, title: 'Read all mail', sensitive: true },
  { scope: `${SCOPE}gmail.modify`, title: 'Read, label, archive and draft mail', sensitive: true },
  { scope: `${SCOPE}drive.file`, title: 'See only files it made or you picked', sensitive: false },
  { scope: `${SCOPE}drive.readonly`, title: 'Read every file in Drive', sensitive: true },
  { scope: `${SCOPE}drive`, title: 'Read and change every file in Drive', sensitive: true },
  { scope: `${SCOPE}calendar.readonly`, title: 'Read calendars and events', sensitive: true },
  { scope: `${SCOPE}calendar.events`, title: 'Create and change events', sensitive: true },
  { scope: `${SCOPE}spreadsheets.readonly`, title: 'Read spreadsheets', sensitive: true },
  { scope: `${SCOPE}spreadsheets`, title: 'Read and change spreadsheets', sensitive: true },
  { scope: `${SCOPE}documents`, title: 'Read and change documents', sensitive: true },
  { scope: `${SCOPE}contacts.readonly`, title: 'Read contacts', sensitive: true },
  { scope: `${SCOPE}tasks`, title: 'Read and change task lists', sensitive: true },
  { scope: `${SCOPE}forms.responses.readonly`, title: 'Read answers to forms', sensitive: true },
  { scope: `${SCOPE}analytics.readonly`, title: 'Read Analytics reports', sensitive: true },
  { scope: `${SCOPE}bigquery`, title: 'Query and manage BigQuery data', sensitive: true },
  { scope: `${SCOPE}youtube.upload`, title: 'Upload videos', sensitive: true },
]

const TOOLS: ConnectorTool[] = [
  { id: 'gmail.send', title: 'Send e-mail', scopes: [`${SCOPE}gmail.send`] },
  { id: 'gmail.read', title: 'Read and search mail', scopes: [`${SCOPE}gmail.readonly`] },
  { id: 'gmail.organize', title: 'Label, archive and draft', scopes: [`${SCOPE}gmail.modify`] },
  { id: 'drive.picked', title: 'Work with picked files', scopes: [`${SCOPE}drive.file`] },
  { id: 'drive.read', title: 'Read Drive', scopes: [`${SCOPE}drive.readonly`] },
  { id: 'drive.write', title: 'Change files in Drive', scopes: [`${SCOPE}drive`] },
  { id: 'calendar.read', title: 'Read calendars', scopes: [`${SCOPE}calendar.readonly`] },
  { id: 'calendar.events', title: 'Create and change events', scopes: [`${SCOPE}calendar.events`] },
  { id: 'sheets.read', title: 'Read spreadsheets', scopes: [`${SCOPE}spreadsheets.readonly`] },
  { id: 'sheets.write', title: 'Add and change rows', scopes: [`${SCOPE}spreadsheets`] },
  { id: 'docs.write', title: 'Read and write documents', scopes: [`${SCOPE}documents`] },
  { id: 'contacts.read', title: 'Look up contacts', scopes: [`${SCOPE}contacts.readonly`] },
  { id: 'tasks', title: 'Work with tasks', scopes: [`${SCOPE}tasks`] },
  { id: 'forms.responses', title: 'Read answers to forms', scopes: [`${SCOPE}forms.responses.readonly`] },
  { id: 'analytics.read', title: 'Read Analytics reports', scopes: [`${SCOPE}analytics.readonly`] },
  { id: 'bigquery', title: 'Run BigQuery jobs', scopes: [`${SCOPE}bigquery`] },
  { id: 'youtube.upload', title: 'Upload videos', scopes: [`${SCOPE}youtube.upload`] },
]

const TEST_MODE =
  'If many connections end seven days after their consent, the app is still in Testing: publish it under Google Auth Platform, Audience.'

const GOOGLE = {
  provider: 'google',
  confidence: 'verified',
  consoleUrl: 'https://console.cloud.google.com/auth/clients',
  docsUrl: 'https://developers.google.com/identity/protocols/oauth2/web-server',
  setupSteps: [
    'Choose a Cloud project and switch on each API you will call under APIs & Services → Library.',
    'Under Google Auth Platform fill in Branding, choose Internal or External under Audience, and list the scopes under Data Access.',
    'For an External app press Publish app before you rely on it: consent given to an app in Testing ends after seven days.',
    'Under Clients create a client of type Web application and add the callback URL below as an authorised redirect URI.',
    'Copy the client ID and the secret; the secret is shown in full only once.',
  ],
  tips: [
    'All connections of one person through one app share a single grant: ending it at Google ends them all.',
    'Google keeps about a hundred live grants of one person and app; the oldest ends without a word.',
    'A Workspace administrator may have to mark the app as trusted under Security → API controls.',
    'Connect a service account’s mailbox or a shared account rather than a person who may leave.',
  ],
  params: [],
  authorize: {
    url: 'https://accounts.google.com/o/oauth2/v2/auth',
    params: { access_type: 'offline', prompt: 'consent' },
    chooserParams: { prompt: 'consent select_account' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
    issuer: 'https://accounts.google.com',
  },
  token: {
    url: 'https://oauth2.googleapis.com/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: BASE.map(({ scope }) => scope),
  lifetimes: { access: 3599, refreshIdle: 183 * 24 * 3600, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: true },
  grantsPerAccount: 100,
  errors: [
    {
      error: 'invalid_grant',
      description: 'reauth related error|invalid_rapt',
      class: 'consent',
      hint: 'The Workspace limits how long a sign-in lasts; an administrator can exempt this app under Google Cloud session control.',
    },
    { error: 'invalid_grant', description: 'account has been deleted', class: 'dead' },
    { error: 'invalid_grant', class: 'dead', hint: TEST_MODE },
    {
      error: 'admin_policy_enforced',
      class: 'consent',
      hint: 'A Workspace administrator must trust this app under Security, API controls, before people can connect it.',
      approval: true,
    },
    {
      error: 'org_internal',
      class: 'config',
      hint: 'The app is limited to its own organisation; choose External under Audience to let other accounts connect.',
    },
  ],
  approval: {
    who: 'an administrator of your Google Workspace',
    steps: [
      'Open App access control in the Admin console: Security → Access and data control → API controls → Manage third-party app access.',
      'Press Configure new app, look for the client ID below, and choose it.',
      'Set its access to Trusted, or limit it to the Google data that the tools need.',
    ],
    url: 'https://admin.google.com/ac/owl/list?tab=configuredApps',
    urlLabel: 'Open App access control',
    findByClientId: true,
  },
  deadEnds: [
    {
      says: 'Access blocked, or Error 400: admin_policy_enforced',
      means:
        'Your Workspace lets only trusted apps in. Ask an administrator of your Google Workspace to trust this one.',
    },
    {
      says: 'Error 403: org_internal',
      means:
        'The app is for its own organisation only: choose External under Google Auth Platform, Audience.',
    },
    {
      says: 'Error 403: access_denied, “has not completed the Google verification process”',
      means: 'The app is still in Testing: add the account under Audience, Test users, or publish the app.',
    },
    {
      says: 'Error 400: redirect_uri_mismatch',
      means:
        'The callback URL is missing among the authorised redirect URIs of the client, exactly as it stands here.',
    },
  ],
  identity: {
    url: 'https://openidconnect.googleapis.com/v1/userinfo',
    id: 'sub',
    email: 'email',
    emailVerified: 'email_verified',
    name: 'name',
    tenant: 'hd',
  },
  revocation: {
    style: 'rfc7009',
    url: 'https://oauth2.googleapis.com/revoke',
    token: 'refresh_token',
    clientAuth: 'none',
    goneStatuses: [400],
  },
} satisfies Partial<Connector>

type Own = Pick<Connector, 'id' | 'name' | 'category' | 'description' | 'api'> &
  Partial<Pick<Connector, 'icon' | 'popular' | 'keywords' | 'tips'>>

/** A Google service with these tools; all of them where none are named. */
export function googleService(own: Own, toolIds = TOOLS.map(({ id }) => id)): Connector {
  const { tools, scopes } = chooseTools(TOOLS, SCOPES, toolIds)
  return { ...GOOGLE, ...own, tools, scopes: [...BASE, ...scopes] }
}
