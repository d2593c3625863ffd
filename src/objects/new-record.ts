// The first record of a connection: pending, without a grant.

import { appKeyOf, type Connector } from '../domain/connector.ts'
import type { Account } from '../domain/grant.ts'
import { NOTHING_TOLD, toldLost } from '../domain/news.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { scopesForTools } from '../domain/scopes.ts'
import type { BeginAuthorization, RowOfConnection } from './rpc.ts'

/** Revision 0 until it is stored. */
export function newRecord(
  ask: Pick<BeginAuthorization, 'workspaceId' | 'connectionId' | 'name' | 'tools' | 'memberId'>,
  connector: Connector,
  appOwner: string,
  pendingUntil: number,
  now: number,
): ConnectionRecord {
  return {
    version: 1,
    id: ask.connectionId,
    workspaceId: ask.workspaceId,
    connector: connector.id,
    appOwner,
    appConnector: appKeyOf(connector),
    name: ask.name ?? connector.name,
    named: ask.name !== null,
    createdAt: now,
    createdBy: ask.memberId,
    updatedAt: now,
    revision: 0,
    generation: 0,
    state: 'pending',
    paused: false,
    reason: null,
    health: 'ok',
    account: null,
    tools: ask.tools,
    requestedScopes: scopesForTools(connector, ask.tools),
    grantedScopes: [],
    rules: connector.refresh,
    reasonHint: null,
    reauthorizeBefore: null,
    grant: null,
    pending: null,
    pendingUntil,
    journal: null,
    trouble: null,
    holdOff: null,
    checkDueAt: null,
    lastForcedAt: null,
    lastRefreshedAt: null,
    lastUse: null,
    notice: null,
    askedGeneration: 0,
    publishedGeneration: 0,
    copyLivesUntil: 0,
    debts: null,
    rowWrittenAt: 0,
    deletion: null,
  }
}

/** A connection whose object was lost, rebuilt from its row: it keeps ID, name, tools and account, and asks for consent. */
export function recordOfRow(
  ref: { workspaceId: string; connectionId: string },
  row: RowOfConnection,
  connector: Connector,
  now: number,
): ConnectionRecord {
  return {
    ...newRecord(
      { ...ref, name: row.name, tools: row.tools, memberId: row.createdBy },
      connector,
      row.appOwner,
      0,
      now,
    ),
    createdAt: row.createdAt,
    revision: row.revision,
    generation: row.generation,
    requestedScopes: row.requestedScopes,
    params: row.params ?? {},
    account: accountOfRow(row, connector),
    state: 'reauthorize',
    reason: 'grant_missing',
    pendingUntil: null,
    told: row.state === 'reauthorize' ? toldLost() : NOTHING_TOLD,
  }
}

function accountOfRow(row: RowOfConnection, connector: Connector): Account | null {
  const { accountId: subject, accountTenant: tenant = null, accountEmail: email = null } = row
  if (!subject) return null
  const name = row.accountName ?? null
  return { issuer: appKeyOf(connector), tenant, subject, email, emailVerified: false, name }
}
