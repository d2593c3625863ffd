// A workspace's own connector as JSON: read from what people send, stored, opened again for use, and written out, of the
// catalog's too, for somebody to begin with.

import { isObject, type Json } from '../lib/json.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { faultsOf, inOrder } from '../lib/schema.ts'
import { addressFaults } from './address-rules.ts'
import { addressesOf, type Reach } from './addresses.ts'
import type { Connector } from './connector.ts'
import { ruleFaults } from './connector-rules.ts'
import { CATALOG_ONLY, CONNECTOR_SCHEMA, OWN_CONNECTOR_SCHEMA } from './connector-schema.ts'
import type { FieldError } from './failure.ts'
import { isOwnId, OWN_CATEGORY, OWN_PREFIX } from './own-connector.ts'
import { examplesOf, fillUrl } from './params.ts'

/** The JSON form: what is stored and exported. Whether it lies on loopback follows from its addresses. */
export type Definition = Omit<Connector, (typeof CATALOG_ONLY)[number]>

/** What a service is taken to do where the JSON does not say. */
const USUAL = {
  description: 'Added by this workspace.',
  setupSteps: [],
  params: [],
  baseScopes: [],
  scopes: [],
  tools: [],
  lifetimes: { access: null, refreshIdle: null, refreshAbsolute: null },
  refresh: {
    rotates: true,
    // A lost answer is asked for once more: whether the service rotates at all is not known.
    replay: { rule: 'once', pauseSeconds: 5 },
    killsOldAccess: false,
    sharedGrant: false,
  },
  errors: [],
  identity: null,
  revocation: null,
}
const USUAL_AUTHORIZE = { params: {}, pkce: 'S256', scopeSeparator: ' ' }
const USUAL_TOKEN = { clientAuth: 'client_secret_basic', scopeSeparator: ' ' }
const USUAL_API = { examplePath: '/' }

/** Errors name the place in the JSON; `id` is where it is saved. */
export function readDefinition(value: unknown, id: string, reach: Reach): Result<Definition, FieldError[]> {
  if (!isObject(value)) return err([{ path: '', message: 'A connector is one JSON object.' }])
  if (!isOwnId(id)) return err([{ path: 'id', message: idRefusal(id) }])
  if (value.id !== undefined && value.id !== id) {
    return err([{ path: 'id', message: `Leave it out, or make it ${id}, where this is saved.` }])
  }
  const whole: Json = {
    ...USUAL,
    ...value,
    id,
    category: OWN_CATEGORY,
    confidence: 'unverified',
    authorize: withUsual(USUAL_AUTHORIZE, value.authorize),
    token: withUsual(USUAL_TOKEN, value.token),
    api: withUsual(USUAL_API, value.api),
  }
  const faults = faultsOf(OWN_CONNECTOR_SCHEMA, whole)
  if (faults.length > 0) return err(faults)
  const definition = inOrder(OWN_CONNECTOR_SCHEMA, whole) as Definition
  const broken = ruleFaults(connectorOf(definition, reach), reach)
  return broken.length > 0 ? err(broken) : ok(definition)
}

/** Every fault of a connector of the catalog. */
export function connectorFaults(connector: Connector, reach: Reach): FieldError[] {
  const faults = faultsOf(CONNECTOR_SCHEMA, connector as unknown as Json)
  return faults.length > 0 ? faults : ruleFaults(connector, reach)
}

/** A stored definition for use: where its addresses may not be called by now, there is none. */
export function openDefinition(definition: Definition, reach: Reach): Connector | undefined {
  const connector = connectorOf(definition, reach)
  return addressFaults(connector, reach).length === 0 ? connector : undefined
}

/** A definition as a connector, for show; it may lie on loopback where this deployment reaches that. */
export function connectorOf(definition: Definition, reach: Reach): Connector {
  if (!reach.allowInsecureUpstreams) return definition
  const local: Connector = { ...definition, loopback: true }
  const examples = examplesOf(definition)
  const lies = addressesOf(definition).some(
    ({ template }) => fillUrl(template, local, examples)?.startsWith('http:') === true,
  )
  return lies ? local : definition
}

/** A connector as JSON that can be saved as one's own: without what ties it to the catalog. */
export function exportDefinition(connector: Connector): Definition {
  const own: Connector = { ...connector }
  for (const name of CATALOG_ONLY) delete own[name]
  return {
    ...own,
    id: isOwnId(connector.id) ? connector.id : OWN_PREFIX + connector.id,
    category: OWN_CATEGORY,
    confidence: 'unverified',
  }
}

export function idRefusal(id: string): string {
  const fits = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) && isOwnId(OWN_PREFIX + id)
  return fits
    ? `Ids of your own connectors begin with ${OWN_PREFIX}, so that none can become the catalog’s: use ${OWN_PREFIX}${id}.`
    : `Begin with ${OWN_PREFIX}, then use lower-case letters, digits and single hyphens, 64 characters at most.`
}

function withUsual(usual: Json, value: unknown): unknown {
  return isObject(value) ? { ...usual, ...value } : value
}
