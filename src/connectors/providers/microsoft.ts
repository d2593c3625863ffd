// What all Microsoft services share: one app registration in Entra, one token endpoint, one API (Graph). Each service of
// the catalog is a small file that chooses its tools from here.

import type { Connector, ConnectorScope, ConnectorTool, ErrorRule } from '../../domain/connector.ts'
import { chooseTools } from './tools.ts'

const BASE: ConnectorScope[] = [
  { scope: 'openid', title: 'Know which account this is', sensitive: false },
  { scope: 'profile', title: 'See the name', sensitive: false },
  { scope: 'email', title: 'See the e-mail address', sensitive: false },
  {
    scope: 'offline_access',
    title: 'Keep access while nobody is signed in',
    sensitive: false,
    unnamed: true,
  },
  { scope: 'User.Read', title: 'Read your own profile', sensitive: false },
]

const SCOPES: ConnectorScope[] = [
  { scope: 'Mail.Read', title: 'Read your mail', sensitive: true },
  { scope: 'Mail.Send', title: 'Send mail in your name', sensitive: true },
  { scope: 'Mail.ReadWrite', title: 'Read, move, draft and delete mail', sensitive: true },
  { scope: 'Calendars.Read', title: 'Read your calendars', sensitive: true },
  { scope: 'Calendars.ReadWrite', title: 'Create and change events', sensitive: true },
  { scope: 'Contacts.Read', title: 'Read your contacts', sensitive: true },
  { scope: 'Files.Read', title: 'Read your own files', sensitive: true },
  { scope: 'Files.ReadWrite', title: 'Read and change your own files', sensitive: true },
  { scope: 'Files.ReadWrite.All', title: 'Read and change every file you can open', sensitive: true },
  { scope: 'Sites.Read.All', title: 'Read every site you can open', sensitive: true },
  { scope: 'Sites.ReadWrite.All', title: 'Read and change every site you can open', sensitive: true },
  { scope: 'Team.ReadBasic.All', title: 'List your teams', sensitive: false },
  { scope: 'Channel.ReadBasic.All', title: 'List channels', sensitive: false },
  { scope: 'ChannelMessage.Send', title: 'Post in channels', sensitive: false },
  {
    scope: 'ChannelMessage.Read.All',
    title: 'Read messages of channels (an administrator must allow it)',
    sensitive: true,
  },
  { scope: 'ChatMessage.Send', title: 'Send chat messages', sensitive: true },
  { scope: 'Chat.Read', title: 'Read your chats', sensitive: true },
  { scope: 'Tasks.ReadWrite', title: 'Read and change tasks', sensitive: false },
  { scope: 'Notes.ReadWrite', title: 'Read and change notebooks', sensitive: true },
]

const TOOLS: ConnectorTool[] = [
  { id: 'mail.send', title: 'Send mail', scopes: ['Mail.Send'] },
  { id: 'mail.read', title: 'Read and search mail', scopes: ['Mail.Read'] },
  { id: 'mail.manage', title: 'Move, draft and delete mail', scopes: ['Mail.ReadWrite'] },
  { id: 'calendar.read', title: 'Read calendars', scopes: ['Calendars.Read'] },
  { id: 'calendar.write', title: 'Create and change events', scopes: ['Calendars.ReadWrite'] },
  { id: 'contacts.read', title: 'Look up contacts', scopes: ['Contacts.Read'] },
  { id: 'files.read', title: 'Read own files and workbooks', scopes: ['Files.Read'] },
  { id: 'files.write', title: 'Change own files and workbooks', scopes: ['Files.ReadWrite'] },
  { id: 'files.all', title: 'Change every file the person can open', scopes: ['Files.ReadWrite.All'] },
  { id: 'sites.read', title: 'Read sites and lists', scopes: ['Sites.Read.All'] },
  { id: 'sites.write', title: 'Change sites and lists', scopes: ['Sites.ReadWrite.All'] },
  {
    id: 'channels.post',
    title: 'Post in channels',
    scopes: ['ChannelMessage.Send', 'Team.ReadBasic.All', 'Channel.ReadBasic.All'],
  },
  {
    id: 'channels.read',
    title: 'Read channels',
    scopes: ['ChannelMessage.Read.All', 'Team.ReadBasic.All', 'Channel.ReadBasic.All'],
  },
  { id: 'chats.send', title: 'Send chat messages', scopes: ['ChatMessage.Send', 'Chat.Read'] },
  { id: 'tasks', title: 'Work with to-do lists and plans', scopes: ['Tasks.ReadWrite'] },
  { id: 'notes', title: 'Work with notebooks', scopes: ['Notes.ReadWrite'] },
]

/** `AADSTS` and one of the numbers, not followed by another digit. */
function aadsts(...numbers: number[]): string {
  return `AADSTS(${numbers.join('|')})(?!\\d)`
}

/** By number, because one error code stands for many causes. The class follows the number's family, the hint says it. */
const ERRORS: ErrorRule[] = [
  {
    description: aadsts(700082, 70008, 700084),
    class: 'dead',
    hint: 'The grant lay unused for too long: 90 days for a web app, one day where the redirect URI is registered for a single-page app.',
  },
  {
    description: aadsts(50173, 50132, 50133),
    class: 'dead',
    hint: 'An administrator reset the password or ended all sessions of this person.',
  },
  {
    description: aadsts(70043),
    class: 'dead',
    hint: 'A sign-in frequency policy of the organisation ended the session; its administrator can exempt this app.',
  },
  {
    description: aadsts(50057, 50034, 51004, 50055, 50144, 50053),
    class: 'dead',
    hint: 'The account is disabled, deleted or locked, or its password has expired.',
  },
  {
    description: aadsts(50076, 50079, 50074, 50072, 50078, 50158),
    class: 'consent',
    hint: 'The organisation asks for a second factor: reconnect and complete it.',
  },
  {
    description: aadsts(53000, 53001, 53003, 530032, 50131, 50005, 50097),
    class: 'consent',
    hint: 'Conditional Access blocks this app or where it calls from; an administrator of the organisation must allow it.',
  },
  {
    description: aadsts(90094, 90093, 90095, 900941, 90008, 650056, 65005),
    class: 'consent',
    hint: 'An administrator must approve the permissions first: Entra, Enterprise applications, this app, Grant admin consent.',
    approval: true,
  },
  // Through the browser it is the person's own no.
  { error: 'access_denied', description: aadsts(65004), class: 'dead' },
  {
    description: aadsts(65001, 65004),
    class: 'consent',
    hint: 'Nobody has approved these permissions, or they were withdrawn: reconnect and accept them, or let an administrator approve them.',
    approval: true,
  },
  {
    description: aadsts(50105),
    class: 'consent',
    hint: 'The person is not assigned to this app: an administrator adds them under Enterprise applications, Users and groups.',
  },
  {
    description: aadsts(7000222),
    class: 'config',
    hint: 'The client secret has expired: create a new one under Certificates & secrets and store its value here.',
  },
  {
    description: aadsts(7000215, 70002, 7000218, 700025, 700027, 50012),
    class: 'config',
    hint: 'The client secret is wrong: store the Value of the secret here, not its Secret ID.',
  },
  {
    description: aadsts(50194),
    class: 'config',
    hint: 'The app is for one tenant only: enter its directory (tenant) ID with the OAuth app here.',
  },
  {
    description: aadsts(700016, 700011, 70001, 7000112, 500011, 90002, 9002332, 9001023, 90130),
    class: 'config',
    hint: 'The app is unknown or disabled in this tenant: check client ID and tenant of the OAuth app.',
  },
  { description: aadsts(70011, 28002, 700022, 900144, 9002313, 90014), class: 'config' },
  { description: aadsts(50196, 90055), class: 'limited' },
  {
    description: aadsts(90033, 90024, 90012, 90006, 50033, 50087, 90090, 70012, 40010, 50000),
    class: 'transient',
  },
]

const MICROSOFT = {
  provider: 'microsoft',
  confidence: 'verified',
  consoleUrl: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  docsUrl: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
  setupSteps: [
    'Press New registration, give it a name, and choose who may sign in: one tenant, any tenant, or personal accounts too.',
    'Under Authentication add the platform Web with the callback URL below.',
    'Under API permissions add the delegated Microsoft Graph permissions of your tools, and press Grant admin consent where one needs it.',
    'Under Certificates & secrets create a client secret and copy its Value at once; note when it expires, 24 months at most.',
    'Copy the application (client) ID, and the directory (tenant) ID where the app is for one tenant.',
  ],
  tips: [
    'Client secrets expire: store the new one here before the old one ends.',
    'Many organisations let only an administrator approve apps: ask for admin consent before people connect.',
    'Register the callback URL for the platform Web; under Single-page application grants end after a day.',
  ],
  params: [
    {
      name: 'tenant',
      label: 'Tenant: common, organizations, consumers, or the directory (tenant) ID',
      pattern:
        'common|organizations|consumers|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63}){1,4}',
      example: 'common',
      source: 'app',
      default: 'common',
    },
  ],
  authorize: {
    url: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
    params: { response_mode: 'query' },
    chooserParams: { prompt: 'select_account' },
    pkce: 'S256',
    scopeSeparator: ' ',
    loginHintParam: 'login_hint',
  },
  token: {
    url: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: BASE.map(({ scope }) => scope),
  lifetimes: { access: 3600, refreshIdle: 90 * 24 * 3600, refreshAbsolute: null },
  // A spent refresh token stays good: Microsoft does not revoke it when it gives a new one.
  refresh: {
    rotates: true,
    replay: { rule: 'grace', windowSeconds: 24 * 3600 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: ERRORS,
  approval: {
    who: 'an administrator of your Microsoft Entra directory',
    steps: [
      'Open the approval page and sign in with an account that may grant consent for the organisation, such as a Cloud Application Administrator.',
      'Read the permissions and press Accept. That grants admin consent for everybody in the directory.',
    ],
    url: 'https://login.microsoftonline.com/{tenant}/adminconsent?client_id={client_id}',
    returnParam: 'admin_consent',
  },
  deadEnds: [
    {
      says: 'Need admin approval, or Approval required',
      means:
        'The directory lets only administrators approve apps. Press “Return to the application without granting consent”, or send an administrator the approval link.',
    },
    {
      says: 'AADSTS50011',
      means:
        'The callback URL is not registered for the app under Authentication, platform Web, exactly as it stands here.',
    },
    {
      says: 'AADSTS700016, or AADSTS50194',
      means:
        'The app is not known in this directory, or is for one directory only: check client ID and tenant of the OAuth app.',
    },
  ],
  identity: {
    url: 'https://graph.microsoft.com/v1.0/me?$select=id,displayName,mail,userPrincipalName',
    id: 'id',
    email: 'mail|userPrincipalName',
    name: 'displayName',
  },
  revocation: null,
} satisfies Partial<Connector>

type Own = Pick<Connector, 'id' | 'name' | 'category' | 'description'> &
  Partial<Pick<Connector, 'popular' | 'keywords' | 'tips'>> & { examplePath?: string }

/** A Microsoft service with these tools; all of them where none are named. */
export function microsoftService(
  { examplePath = '/me', ...own }: Own,
  toolIds = TOOLS.map(({ id }) => id),
): Connector {
  const { tools, scopes } = chooseTools(TOOLS, SCOPES, toolIds)
  return {
    ...MICROSOFT,
    ...own,
    tools,
    scopes: [...BASE, ...scopes],
    api: { baseUrl: 'https://graph.microsoft.com/v1.0', examplePath },
  }
}
