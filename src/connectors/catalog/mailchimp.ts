import type { Connector } from '../../domain/connector.ts'
import type { Attachment } from '../../domain/service-requests.ts'

const METADATA = 'https://login.mailchimp.com/oauth2/metadata'
const ATTACH: Attachment = { header: 'authorization', format: 'OAuth {token}' }

export const mailchimp: Connector = {
  id: 'mailchimp',
  name: 'Mailchimp',
  category: 'Marketing',
  description: 'Audiences, campaigns and reports of one Mailchimp account.',
  icon: 'mailchimp',
  confidence: 'verified',
  keywords: ['newsletter', 'e-mail marketing', 'campaigns', 'audience'],
  consoleUrl: 'https://admin.mailchimp.com/account/oauth2/client/',
  docsUrl: 'https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/',
  setupSteps: [
    'Open Account & billing → Extras → Registered apps and press Register an app.',
    'Enter name, description, company and website.',
    'Enter the callback URL below as the redirect URI.',
    'Press Create and copy client ID and client secret; the secret is shown once.',
  ],
  tips: [
    'Mailchimp has no scopes: a connection can do all that its person’s role allows, so choose the role with care.',
    'The token never ends by itself; access is taken away in Mailchimp, among the authorized apps under Extras.',
  ],
  params: [
    {
      name: 'dc',
      label: 'Data centre of the account',
      pattern: '[a-z]{2,3}[0-9]{1,3}',
      example: 'us6',
      source: 'after_connect',
    },
  ],
  authorize: {
    url: 'https://login.mailchimp.com/oauth2/authorize',
    params: {},
    pkce: 'none',
    scopeSeparator: ' ',
    scopeParam: null,
  },
  token: {
    url: 'https://login.mailchimp.com/oauth2/token',
    clientAuth: 'client_secret_post',
    scopeSeparator: ' ',
  },
  baseScopes: [],
  // Our name for all that there is: Mailchimp knows no scopes.
  scopes: [
    {
      scope: 'everything',
      title: 'Everything your role allows in the account',
      sensitive: true,
      unnamed: true,
    },
  ],
  tools: [{ id: 'account', title: 'Work with audiences, campaigns and reports', scopes: ['everything'] }],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: { rotates: false, replay: { rule: 'harmless' }, killsOldAccess: false, sharedGrant: false },
  errors: [],
  identity: {
    url: METADATA,
    attach: ATTACH,
    id: 'user_id',
    email: 'login.login_email|login.email',
    name: 'accountname',
  },
  afterConnect: { url: METADATA, attach: ATTACH },
  revocation: null,
  api: { baseUrl: 'https://{dc}.api.mailchimp.com/3.0', examplePath: '/' },
}
