// Every address of a connector: where each stands in its data, which hosts its credentials go to, and whether one leads
// back to this deployment itself.

import { type Configuration, isLoopback } from './configuration.ts'
import type { Connector, ConnectorParam } from './connector.ts'
import { isOwnId } from './own-connector.ts'
import { fillPlaceholders } from './placeholders.ts'

/** What the deployment says about where requests may go. */
export type Reach = Pick<Configuration, 'publicUrl' | 'allowInsecureUpstreams'>

type Values = Record<string, string>

export interface Address {
  /** Where it stands: `token.url`. */
  path: string
  template: string
}

/** Those that a token, a code or the app's secret is sent to. */
function credentialAddresses({ token, identity, afterConnect, revocation, api }: Connector): Address[] {
  return present([
    ['token.url', token.url],
    ['token.code.url', token.code?.url],
    ['token.refresh.url', token.refresh?.url],
    ['token.upgrade.url', token.upgrade?.url],
    ['identity.url', identity?.url],
    ['identity.emailFrom.url', identity?.emailFrom?.url],
    ['afterConnect.url', afterConnect?.url],
    ['revocation.url', revocation?.url],
    ['api.baseUrl', api.baseUrl],
    ...(api.otherOrigins ?? []).map((origin, index): [string, string] => [
      `api.otherOrigins.${index}`,
      origin,
    ]),
  ])
}

export function addressesOf(connector: Connector): Address[] {
  const { authorize, approval } = connector
  return [
    ...present([
      ['authorize.url', authorize.url],
      ['authorize.issuer', authorize.issuer],
      ['approval.url', approval?.url],
    ]),
    ...credentialAddresses(connector),
  ]
}

export function urlTemplates(connector: Connector): string[] {
  return addressesOf(connector).map(({ template }) => template)
}

/** The address of the connector that leads to this deployment itself, with these values; undefined where none does. */
export function homeward(connector: Connector, values: Values, publicUrl: string): Address | undefined {
  return addressesOf(connector).find(({ template }) => {
    const filled = fillPlaceholders(template.replaceAll('{client_id}', 'client'), connector, values)
    return filled !== undefined && URL.canParse(filled) && isHome(new URL(filled), publicUrl)
  })
}

/** One name on whatever port; this machine on the same port, whatever it is called. */
export function isHome(url: URL, publicUrl: string): boolean {
  const home = new URL(publicUrl)
  if (isLoopback(home)) return isLoopback(url) && url.port === home.port
  return url.hostname.replace(/\.$/, '') === home.hostname
}

/**
 * What a grant is bound to: where its tokens and the app's secret go, as far as people decide that. A grant, and a stored
 * secret, made under another value are not sent there. What the catalog itself says may change with a release.
 */
export function boundTo(connector: Connector, values: Values): string {
  const origins = credentialAddresses(connector).map(({ template }) => originPart(template))
  if (!isOwnId(connector.id)) {
    const deciding = connector.params.filter(
      (param) => isSaid(param) && origins.some((origin) => origin.includes(`{${param.name}}`)),
    )
    return deciding.map(({ name, default: usual }) => `${name}=${values[name] ?? usual ?? ''}`).join(' ')
  }
  const filled = origins.map((origin) =>
    origin.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      const param = connector.params.find((candidate) => candidate.name === name)
      const usual = param?.default ?? ''
      return param && isSaid(param) ? originPart(values[name] ?? usual) : `{${name}=${usual}}`
    }),
  )
  return [...new Set(filled)].sort().join(' ')
}

/** By a person; else by the service, which is trusted with what it was given. */
function isSaid({ source = 'app' }: ConnectorParam): boolean {
  return source === 'app' || source === 'connection'
}

/** `https://a.example/b` → `https://a.example`; a placeholder that begins an address stays whole. */
function originPart(template: string): string {
  return /^(?:[a-z]+:\/\/)?[^/?#]*/.exec(template)?.[0] ?? ''
}

function present(entries: [path: string, template: string | undefined][]): Address[] {
  return entries.flatMap(([path, template]) => (template === undefined ? [] : [{ path, template }]))
}
