// The catalog: every built-in connector by its id.

import type { Connector } from '../domain/connector.ts'
import { github } from './catalog/github.ts'
import { google } from './catalog/google.ts'
import { local, localLenient } from './catalog/local.ts'

const ALL: Connector[] = [google, github, local, localLenient]
const BY_ID = new Map(ALL.map((connector) => [connector.id, connector]))

/** Connectors this deployment offers; those on loopback only where insecure upstreams are allowed. */
export function offeredConnectors(allowInsecureUpstreams: boolean): Connector[] {
  return ALL.filter((connector) => allowInsecureUpstreams || !connector.loopback)
}

export function findConnector(id: string, allowInsecureUpstreams: boolean): Connector | undefined {
  const connector = BY_ID.get(id)
  return connector && (allowInsecureUpstreams || !connector.loopback) ? connector : undefined
}
