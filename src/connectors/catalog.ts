// The catalog: every built-in connector by its id. The edge's token path takes nothing from here but what it looks up.

import { appKeyOf, type Connector } from '../domain/connector.ts'
import { adobe } from './catalog/adobe.ts'
import { airtable } from './catalog/airtable.ts'
import { amazon } from './catalog/amazon.ts'
import { asana } from './catalog/asana.ts'
import { attio } from './catalog/attio.ts'
import { auth0 } from './catalog/auth0.ts'
import { basecamp } from './catalog/basecamp.ts'
import { bitbucket } from './catalog/bitbucket.ts'
import { box } from './catalog/box.ts'
import { calendly } from './catalog/calendly.ts'
import { canva } from './catalog/canva.ts'
import { clickup } from './catalog/clickup.ts'
import { close } from './catalog/close.ts'
import { cloudflare } from './catalog/cloudflare.ts'
import { confluence } from './catalog/confluence.ts'
import { digitalocean } from './catalog/digitalocean.ts'
import { discord } from './catalog/discord.ts'
import { docusign } from './catalog/docusign.ts'
import { dropbox } from './catalog/dropbox.ts'
import { ebay } from './catalog/ebay.ts'
import { etsy } from './catalog/etsy.ts'
import { eventbrite } from './catalog/eventbrite.ts'
import { facebook } from './catalog/facebook.ts'
import { figma } from './catalog/figma.ts'
import { fitbit } from './catalog/fitbit.ts'
import { freshbooks } from './catalog/freshbooks.ts'
import { freshworks } from './catalog/freshworks.ts'
import { front } from './catalog/front.ts'
import { github } from './catalog/github.ts'
import { gitlab } from './catalog/gitlab.ts'
import { gmail } from './catalog/gmail.ts'
import { google } from './catalog/google.ts'
import { googleCalendar } from './catalog/google-calendar.ts'
import { googleDocs } from './catalog/google-docs.ts'
import { googleDrive } from './catalog/google-drive.ts'
import { googleSheets } from './catalog/google-sheets.ts'
import { gorgias } from './catalog/gorgias.ts'
import { gusto } from './catalog/gusto.ts'
import { harvest } from './catalog/harvest.ts'
import { helpscout } from './catalog/helpscout.ts'
import { hubspot } from './catalog/hubspot.ts'
import { instagram } from './catalog/instagram.ts'
import { intercom } from './catalog/intercom.ts'
import { jira } from './catalog/jira.ts'
import { keycloak } from './catalog/keycloak.ts'
import { klaviyo } from './catalog/klaviyo.ts'
import { linear } from './catalog/linear.ts'
import { linkedin } from './catalog/linkedin.ts'
import { local, localLenient } from './catalog/local.ts'
import { mailchimp } from './catalog/mailchimp.ts'
import { microsoft } from './catalog/microsoft.ts'
import { microsoftExcel } from './catalog/microsoft-excel.ts'
import { microsoftTeams } from './catalog/microsoft-teams.ts'
import { miro } from './catalog/miro.ts'
import { monday } from './catalog/monday.ts'
import { netlify } from './catalog/netlify.ts'
import { notion } from './catalog/notion.ts'
import { okta } from './catalog/okta.ts'
import { onedrive } from './catalog/onedrive.ts'
import { outlook } from './catalog/outlook.ts'
import { outreach } from './catalog/outreach.ts'
import { pagerduty } from './catalog/pagerduty.ts'
import { paypal } from './catalog/paypal.ts'
import { pinterest } from './catalog/pinterest.ts'
import { pipedrive } from './catalog/pipedrive.ts'
import { quickbooks } from './catalog/quickbooks.ts'
import { reddit } from './catalog/reddit.ts'
import { ringcentral } from './catalog/ringcentral.ts'
import { salesforce } from './catalog/salesforce.ts'
import { sentry } from './catalog/sentry.ts'
import { servicenow } from './catalog/servicenow.ts'
import { sharepoint } from './catalog/sharepoint.ts'
import { shopify } from './catalog/shopify.ts'
import { slack } from './catalog/slack.ts'
import { slackUser } from './catalog/slack-user.ts'
import { smartsheet } from './catalog/smartsheet.ts'
import { snowflake } from './catalog/snowflake.ts'
import { spotify } from './catalog/spotify.ts'
import { square } from './catalog/square.ts'
import { strava } from './catalog/strava.ts'
import { stripeConnect } from './catalog/stripe-connect.ts'
import { surveymonkey } from './catalog/surveymonkey.ts'
import { threads } from './catalog/threads.ts'
import { tiktok } from './catalog/tiktok.ts'
import { todoist } from './catalog/todoist.ts'
import { twitch } from './catalog/twitch.ts'
import { typeform } from './catalog/typeform.ts'
import { vercel } from './catalog/vercel.ts'
import { vimeo } from './catalog/vimeo.ts'
import { webex } from './catalog/webex.ts'
import { webflow } from './catalog/webflow.ts'
import { wordpressCom } from './catalog/wordpress-com.ts'
import { wrike } from './catalog/wrike.ts'
import { x } from './catalog/x.ts'
import { xero } from './catalog/xero.ts'
import { zendesk } from './catalog/zendesk.ts'
import { zoho } from './catalog/zoho.ts'
import { zoom } from './catalog/zoom.ts'

const ALL: Connector[] = [
  adobe,
  airtable,
  amazon,
  asana,
  attio,
  auth0,
  basecamp,
  bitbucket,
  box,
  calendly,
  canva,
  clickup,
  close,
  cloudflare,
  confluence,
  digitalocean,
  discord,
  docusign,
  dropbox,
  ebay,
  etsy,
  eventbrite,
  facebook,
  figma,
  fitbit,
  freshbooks,
  freshworks,
  front,
  github,
  gitlab,
  gmail,
  google,
  googleCalendar,
  googleDocs,
  googleDrive,
  googleSheets,
  gorgias,
  gusto,
  harvest,
  helpscout,
  hubspot,
  instagram,
  intercom,
  jira,
  keycloak,
  klaviyo,
  linear,
  linkedin,
  local,
  localLenient,
  mailchimp,
  microsoft,
  microsoftExcel,
  microsoftTeams,
  miro,
  monday,
  netlify,
  notion,
  okta,
  onedrive,
  outlook,
  outreach,
  pagerduty,
  paypal,
  pinterest,
  pipedrive,
  quickbooks,
  reddit,
  ringcentral,
  salesforce,
  sentry,
  servicenow,
  sharepoint,
  shopify,
  slack,
  slackUser,
  smartsheet,
  snowflake,
  spotify,
  square,
  strava,
  stripeConnect,
  surveymonkey,
  threads,
  tiktok,
  todoist,
  twitch,
  typeform,
  vercel,
  vimeo,
  webex,
  webflow,
  wordpressCom,
  wrike,
  x,
  xero,
  zendesk,
  zoho,
  zoom,
]
const BY_ID = new Map(ALL.map((connector) => [connector.id, connector]))

/** Connectors this deployment offers; those on loopback only where insecure upstreams are allowed. */
export function offeredConnectors(allowInsecureUpstreams: boolean): Connector[] {
  return ALL.filter((connector) => allowInsecureUpstreams || !connector.loopback)
}

export function findConnector(id: string, allowInsecureUpstreams: boolean): Connector | undefined {
  const connector = BY_ID.get(id)
  return connector && (allowInsecureUpstreams || !connector.loopback) ? connector : undefined
}

/** Ids of the connectors that share an OAuth app with this one, its own among them. */
export function familyOf(connector: Connector): string[] {
  return ALL.filter((other) => appKeyOf(other) === appKeyOf(connector)).map(({ id }) => id)
}
