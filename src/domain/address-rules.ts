// What an address of a connector must be: https to a public name that is not this deployment's own.

import { addressesOf, homeward, isHome, type Reach } from './addresses.ts'
import { apiTarget } from './api-target.ts'
import { isLoopback } from './configuration.ts'
import type { Connector } from './connector.ts'
import type { FieldError } from './failure.ts'
import { examplesOf, fillUrl } from './params.ts'
import { namesIn } from './placeholders.ts'
import { isPublicHost } from './public-host.ts'

/** Https to a public name that is not ours; loopback http where this deployment allows it. */
export function addressFaults(connector: Connector, reach: Reach): FieldError[] {
  const values: Record<string, string> = { ...examplesOf(connector), client_id: 'client' }
  const home = homeward(connector, examplesOf(connector), reach.publicUrl)
  const faults = addressesOf(connector).flatMap(({ path, template }) => {
    if (namesIn(template).some((name) => !(name in values))) return []
    if (home?.path === path) return [fault(path, REFUSALS.home)]
    if (fillUrl(template, connector, values) !== undefined) return []
    const filled = template.replace(/\{([a-z_]+)\}/g, (_, name: string) => values[name] ?? '')
    return [fault(path, refusedAddress(filled, reach) ?? REFUSALS.incomplete)]
  })
  if (faults.length > 0) return faults
  return [...baseFaults(connector), ...issuerFaults(connector)]
}

export type AddressTrouble = 'incomplete' | 'credentials' | 'fragment' | 'insecure' | 'private' | 'home'

const REFUSALS: Record<AddressTrouble, string> = {
  incomplete: 'Use a complete address that begins with https://.',
  credentials: 'Leave user name and password out of the address.',
  fragment: 'Leave out what begins with #.',
  insecure: 'Use an https address.',
  private: 'Use the public name of a host: no IP address, no name that only a private network knows.',
  home: 'This is the address of Evergrant itself: use one of the service.',
}

/** Why an address without placeholders may not be called; undefined where it may. */
export function addressTrouble(text: string, reach: Reach): AddressTrouble | undefined {
  if (!URL.canParse(text)) return 'incomplete'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'credentials'
  if (text.includes('#')) return 'fragment'
  if (isHome(url, reach.publicUrl)) return 'home'
  if (url.protocol === 'http:' && isLoopback(url) && reach.allowInsecureUpstreams) return undefined
  if (url.protocol !== 'https:') return 'insecure'
  return isPublicHost(url.hostname) ? undefined : 'private'
}

/** The same as a sentence for whoever wrote it. */
export function refusedAddress(text: string, reach: Reach): string | undefined {
  const trouble = addressTrouble(text, reach)
  return trouble && REFUSALS[trouble]
}

function baseFaults(connector: Connector): FieldError[] {
  const { baseUrl, otherOrigins = [] } = connector.api
  const examples = examplesOf(connector)
  const faults = otherOrigins.flatMap((origin, index) =>
    URL.canParse(origin) && new URL(origin).origin === origin
      ? []
      : [fault(`api.otherOrigins.${index}`, 'Use scheme and host only, such as https://files.example.com.')],
  )
  const app = { clientId: 'client', clientSecret: 'secret', params: examples }
  const bare = { ...connector, api: { baseUrl, examplePath: '/' } }
  if (apiTarget(bare, app)) return faults
  return [
    ...faults,
    fault('api.baseUrl', 'Write it in lower case and without a slash, a query or dots at the end.'),
  ]
}

function issuerFaults({ authorize }: Connector): FieldError[] {
  return authorize.issuerAlwaysNamed && authorize.issuer === undefined
    ? [fault('authorize.issuer', 'Name the issuer that always names itself.')]
    : []
}

function fault(path: string, message: string): FieldError {
  return { path, message }
}
