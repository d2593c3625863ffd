// The deployment's configuration, read once: either all of it is usable, or one sentence says which variable to mend.

import { isObject, parseObject } from '../lib/json.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type KeyRing, parseKeyRing } from './key-ring.ts'

export interface Variables {
  PUBLIC_URL?: string
  ENCRYPTION_KEYS?: string
  OWNER_EMAILS?: string
  SIGN_IN_ISSUER?: string
  SIGN_IN_CLIENT_ID?: string
  SIGN_IN_CLIENT_SECRET?: string
  ACCESS_TEAM_DOMAIN?: string
  ACCESS_AUD?: string
  OAUTH_APPS?: string
  ALLOW_INSECURE_UPSTREAMS?: string
}

/** An OAuth app in clear. Never logged, never stored unsealed. */
export interface OAuthApp {
  clientId: string
  clientSecret: string
  params: Record<string, string>
}

/** One OpenID issuer, asked at each sign-in. */
export interface OpenIdSignIn {
  way: 'openid'
  issuer: string
  clientId: string
  clientSecret: string
}

/** Cloudflare Access in front of the deployment: its word comes with every request. */
export interface AccessSignIn {
  way: 'access'
  /** `https://team.cloudflareaccess.com`: the issuer, and where the keys and the way out are. */
  team: string
  /** Application audience tag. */
  audience: string
}

export type SignIn = OpenIdSignIn | AccessSignIn

export interface Configuration {
  /** Origin without a trailing slash. */
  publicUrl: string
  keyRing: KeyRing
  ownerEmails: string[]
  signIn: SignIn
  /** Deployment-wide apps by connector id. */
  deploymentApps: Map<string, OAuthApp>
  allowInsecureUpstreams: boolean
}

export function readConfiguration(variables: Variables): Result<Configuration, string> {
  const allowInsecureUpstreams = variables.ALLOW_INSECURE_UPSTREAMS === 'true'

  const publicUrl = readOrigin(variables.PUBLIC_URL, allowInsecureUpstreams)
  if (publicUrl === undefined) {
    return err(
      'PUBLIC_URL must be the https address of this deployment, without a path: https://evergrant.example.com',
    )
  }
  if (!variables.ENCRYPTION_KEYS) {
    return err(
      'ENCRYPTION_KEYS is not set: make one key with `npm run key`, then `npx wrangler secret put ENCRYPTION_KEYS`',
    )
  }
  const keyRing = parseKeyRing(variables.ENCRYPTION_KEYS)
  if (!keyRing.ok) return err(`ENCRYPTION_KEYS: ${keyRing.error} Make a key with \`npm run key\`.`)

  const ownerEmails = (variables.OWNER_EMAILS ?? '')
    .split(',')
    .map((email) => email.trim().toLowerCase())
    .filter((email) => email !== '')
  if (ownerEmails.length === 0 || ownerEmails.some((email) => !/^[^\s@]+@[^\s@]+$/.test(email))) {
    return err('OWNER_EMAILS must name at least one e-mail address; several are separated by commas')
  }

  const signIn = readSignIn(variables, allowInsecureUpstreams)
  if (!signIn.ok) return signIn
  const deploymentApps = readApps(variables.OAUTH_APPS)
  if (!deploymentApps.ok) return deploymentApps

  return ok({
    publicUrl,
    keyRing: keyRing.value,
    ownerEmails,
    signIn: signIn.value,
    deploymentApps: deploymentApps.value,
    allowInsecureUpstreams,
  })
}

/** Whether the host is this machine: the only place plain http may go, and only where it is allowed. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]'
}

/** Whether a server-side call may go to this address: https, or loopback http where insecure upstreams are allowed. */
export function mayCall(url: URL, allowInsecure: boolean): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (allowInsecure && url.protocol === 'http:' && isLoopback(url))
}

function readOrigin(text: string | undefined, allowInsecure: boolean): string | undefined {
  if (!text || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const bare = url.pathname === '/' && url.search === '' && url.hash === ''
  return bare && mayCall(url, allowInsecure) ? url.origin : undefined
}

const OPENID_VARIABLES = ['SIGN_IN_ISSUER', 'SIGN_IN_CLIENT_ID', 'SIGN_IN_CLIENT_SECRET'] as const
const ACCESS_VARIABLES = ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUD'] as const

function readSignIn(variables: Variables, allowInsecure: boolean): Result<SignIn, string> {
  const openId = OPENID_VARIABLES.filter((name) => variables[name])
  const access = ACCESS_VARIABLES.filter((name) => variables[name])
  if (openId.length > 0 && access.length > 0) {
    return err(
      `${openId.join(', ')} and ${access.join(', ')} are both set: there is one way to sign in, so remove one or the other`,
    )
  }
  if (access.length > 0) return readAccess(variables)
  if (openId.length > 0) return readOpenId(variables, allowInsecure)
  return err(
    'SIGN_IN_ISSUER is not set: name your OpenID provider there, or set ACCESS_TEAM_DOMAIN and ACCESS_AUD to use Cloudflare Access',
  )
}

function readAccess({ ACCESS_TEAM_DOMAIN, ACCESS_AUD }: Variables): Result<SignIn, string> {
  const team = /^(?:https:\/\/)?((?:[a-z0-9-]+\.)+cloudflareaccess\.com)\/?$/i.exec(
    ACCESS_TEAM_DOMAIN ?? '',
  )?.[1]
  if (team === undefined) {
    return err('ACCESS_TEAM_DOMAIN must be the team domain of Zero Trust, such as YOURS.cloudflareaccess.com')
  }
  if (!/^[0-9a-f]{64}$/.test(ACCESS_AUD ?? '')) {
    return err(
      'ACCESS_AUD must be the application audience tag of the Access application: 64 characters 0-9 and a-f',
    )
  }
  return ok({ way: 'access', team: `https://${team.toLowerCase()}`, audience: ACCESS_AUD ?? '' })
}

function readOpenId(variables: Variables, allowInsecure: boolean): Result<SignIn, string> {
  const {
    SIGN_IN_ISSUER: issuer,
    SIGN_IN_CLIENT_ID: clientId,
    SIGN_IN_CLIENT_SECRET: clientSecret,
  } = variables
  if (!issuer || !URL.canParse(issuer) || !mayCall(new URL(issuer), allowInsecure)) {
    return err(
      'SIGN_IN_ISSUER must be the https address of your OpenID provider, for example https://accounts.google.com',
    )
  }
  if (isMultiTenantIssuer(issuer)) {
    return err(
      'SIGN_IN_ISSUER must name one tenant; common, organizations and consumers would let anybody in',
    )
  }
  if (!clientId)
    return err('SIGN_IN_CLIENT_ID is not set: it is the client ID registered with SIGN_IN_ISSUER')
  if (!clientSecret) {
    return err('SIGN_IN_CLIENT_SECRET is not set: `npx wrangler secret put SIGN_IN_CLIENT_SECRET`')
  }
  return ok({ way: 'openid', issuer, clientId, clientSecret })
}

/** Microsoft's personal accounts: everybody's, whatever the address says. */
const PERSONAL_ACCOUNTS = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** A template issuer accepts the accounts of every tenant, so that an e-mail address proves nothing. */
function isMultiTenantIssuer(issuer: string): boolean {
  return (
    /[{}]|%7b|\/(common|organizations|consumers)(\/|$)/i.test(issuer) ||
    issuer.toLowerCase().includes(PERSONAL_ACCOUNTS)
  )
}

/**
 * Whether an address counts as verified where the issuer says nothing of it: Microsoft never says, and the addresses of
 * one tenant are its administrators' to give.
 */
export function vouchesForAddresses(issuer: string): boolean {
  const tenant = /^https:\/\/login\.microsoftonline\.(?:com|us)\/([0-9a-f-]{36})\/v2\.0$/.exec(issuer)?.[1]
  return tenant !== undefined && tenant !== PERSONAL_ACCOUNTS
}

function readApps(text: string | undefined): Result<Map<string, OAuthApp>, string> {
  const apps = new Map<string, OAuthApp>()
  if (text === undefined || text.trim() === '') return ok(apps)
  const wrong = err(
    'OAUTH_APPS must be JSON of the form {"google": {"client_id": "…", "client_secret": "…", "params": {}}}',
  )
  const parsed = parseObject(text)
  if (!parsed) return wrong
  for (const [connector, app] of Object.entries(parsed)) {
    if (!isObject(app) || !isText(app.client_id) || !isText(app.client_secret)) return wrong
    const params = app.params ?? {}
    if (!isObject(params)) return wrong
    const texts = Object.entries(params).filter((entry): entry is [string, string] => isText(entry[1]))
    if (texts.length !== Object.keys(params).length) return wrong
    apps.set(connector, {
      clientId: app.client_id,
      clientSecret: app.client_secret,
      params: Object.fromEntries(texts),
    })
  }
  return ok(apps)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
