// What the two Slack connectors share: one app, installed either as itself (bot token) or for a person (user token).

import type { Connector } from '../../domain/connector.ts'

/** The names Slack gives to a token that is over, in token answers, API answers and revocation alike. */
const DEAD = ['token_revoked', 'token_expired', 'invalid_auth', 'account_inactive', 'not_authed']

export const SLACK = {
  provider: 'slack',
  category: 'Communication',
  confidence: 'verified',
  consoleUrl: 'https://api.slack.com/apps',
  docsUrl: 'https://docs.slack.dev/authentication/installing-with-oauth',
  setupSteps: [
    'Press Create New App → From scratch, give it a name and pick a workspace.',
    'Under OAuth & Permissions add the callback URL below as a redirect URL.',
    'On the same page add the bot token scopes, and the user token scopes where a person must act.',
    'Under Manage Distribution activate public distribution if other workspaces shall install the app.',
    'Copy client ID and client secret from Basic Information.',
  ],
  tips: [
    'Leave token rotation off unless you need it: it cannot be switched off again for an app.',
    'Installing the app once more in the same workspace returns the same bot token with more scopes, so two connections there share one grant.',
    'A workspace that restricts apps must approve this one before anybody can connect it.',
  ],
  params: [],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: true,
  },
  errors: [
    {
      error: 'invalid_refresh_token',
      class: 'dead',
      hint: 'The app was removed from the workspace, or this token was renewed by another system that uses the same app.',
    },
    { error: 'token_expired', class: 'dead' },
    { error: 'token_revoked', class: 'dead' },
    {
      error: 'account_inactive',
      class: 'dead',
      hint: 'The person or the workspace behind this connection was deactivated in Slack.',
    },
    {
      error: 'org_login_required',
      class: 'consent',
      hint: 'The workspace is moving to an enterprise organisation; connect again when Slack says the move is done.',
    },
    { error: 'invalid_code', class: 'dead' },
    { error: 'code_already_used', class: 'dead' },
    {
      error: 'bad_redirect_uri',
      class: 'config',
      hint: 'Add the callback URL shown here under OAuth & Permissions of the Slack app.',
    },
    { error: 'bad_client_secret', class: 'config' },
    { error: 'invalid_client_id', class: 'config' },
    { error: 'invalid_arguments', class: 'config' },
    {
      error: 'token_rotation_not_enabled',
      class: 'config',
      hint: 'Token rotation is off for this Slack app, although the connection holds a refresh token of it.',
    },
    { error: 'fatal_error', class: 'in_doubt' },
    { error: 'internal_error', class: 'in_doubt' },
    { error: 'service_unavailable', class: 'transient' },
    { error: 'request_timeout', class: 'transient' },
    { error: 'ratelimited', class: 'limited' },
  ],
  approval: {
    who: 'an owner or an app manager of your Slack workspace',
    steps: [
      'On the page of Slack, press Request to install: that sends the request to whoever manages apps.',
      'The app manager opens Manage apps, finds the request, and presses Approve.',
      'Slackbot tells you when that is done.',
    ],
    url: 'https://my.slack.com/apps/manage',
    urlLabel: 'Open Manage apps',
  },
  deadEnds: [
    {
      says: 'Request to install, or “is not approved”',
      means:
        'The workspace lets only approved apps in. Send the request there; connect again when Slackbot says that it was approved.',
    },
    {
      says: 'bad_redirect_uri, or “redirect_uri did not match”',
      means:
        'The callback URL is missing under OAuth & Permissions of the Slack app, exactly as it stands here.',
    },
    {
      says: 'invalid_team_for_non_distributed_app',
      means:
        'The app may be installed in its own workspace only: activate public distribution under Manage Distribution.',
    },
  ],
  revocation: {
    style: 'own',
    url: 'https://slack.com/api/auth.revoke',
    method: 'POST',
    token: 'access_token',
    headers: { authorization: 'Bearer {token}' },
    success: { path: 'ok', value: 'true' },
    goneErrors: DEAD,
  },
  api: {
    baseUrl: 'https://slack.com/api',
    otherOrigins: ['https://files.slack.com'],
    deadToken: [{ status: 200, path: 'error', values: DEAD }],
    examplePath: '/team.info',
  },
} satisfies Partial<Connector>
