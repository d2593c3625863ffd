// What is wrong in a workspace, counted: for the strip over the list. What is fine is not asked about.

import { appKeyOf, type Connector } from '../domain/connector.ts'
import { listHeldApps } from '../storage/app-alerts.ts'
import { type AttentionCounts, countAttention, countHeld } from '../storage/attention.ts'
import { DEPLOYMENT, listWorkspaceApps } from '../storage/oauth-apps.ts'
import type { Context } from './context.ts'

/** An OAuth app by the connector on whose page it stands. */
export interface AppName {
  connector: string
  name: string
}

export interface Trouble {
  /** Each counted up to a thousand. */
  counts: AttentionCounts
  /** Refused apps that hold connections of this workspace. */
  held: (AppName & { own: boolean; connections: number })[]
  /** Secrets with a known end, near or far. */
  secrets: (AppName & { secretExpiresAt: number })[]
  /** Whether any connector has an OAuth app. */
  appConfigured: boolean
}

export async function findTrouble(
  { db, config }: Pick<Context, 'db' | 'config'>,
  workspaceId: string,
  connectors: Connector[],
): Promise<Trouble> {
  const [counts, apps, alerts] = await Promise.all([
    countAttention(db, workspaceId),
    listWorkspaceApps(db, workspaceId),
    listHeldApps(db, [workspaceId, DEPLOYMENT]),
  ])
  const nameOf = (key: string): AppName => {
    const family = connectors.filter((connector) => appKeyOf(connector) === key)
    const { id, name } = family.find((connector) => connector.id === key) ??
      family[0] ?? { id: key, name: key }
    return { connector: id, name }
  }
  const held = await Promise.all(
    alerts.map(async (app) => ({
      ...nameOf(app.connector),
      own: app.owner === workspaceId,
      connections: await countHeld(db, workspaceId, app),
    })),
  )
  return {
    counts,
    held: held.filter(({ connections }) => connections > 0),
    secrets: apps.flatMap(({ connector, secretExpiresAt }) =>
      secretExpiresAt === null ? [] : [{ ...nameOf(connector), secretExpiresAt }],
    ),
    appConfigured: apps.length > 0 || config.deploymentApps.size > 0,
  }
}
